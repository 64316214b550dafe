"""The picture of each phase: complete, within the window, in every language, with every enabled key."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from desk_fakes import GOOD, HOSTILE, HandSimulator, Made, everywhere
from msgspec.structs import replace
from rich.cells import cell_len

from idtui.desk.events import Event, PhoneAwaited, PhotoFailed, PhotoRead
from idtui.desk.state import Overlay
from idtui.domain.path import REASON_OF
from idtui.domain.reading import CardFailure, Photo, Problem, ReaderState, Remark
from idtui.domain.text import clean, say
from idtui.ui.paint.byhand import grown, input_column
from idtui.ui.paint.keybar import KeyHint, pack
from idtui.ui.paint.line import Greys, Ink, Pen, ascii_only, cells, cut, row, spread, wrap
from idtui.ui.paint.picture import Picture, picture
from idtui.ui.paint.view import View
from idtui.words import words


def seen(made: Made, language: str = "en", **room: int | bool) -> Picture:
    view = View(
        state=made.desk.state,
        commands=made.desk.commands(),
        pen=Pen(words(language), plain_ascii=bool(room.pop("plain_ascii", False))),
        now=made.clock.now(),
        training=made.desk.training_actions(),
    )
    return picture(replace(view, **room))


def text(made: Made, language: str = "en", **room: int | bool) -> str:
    return "\n".join(seen(made, language, **room).text)


SIZES = [(80, 24), (60, 20), (132, 50), (79, 23)]


def test_the_picture_fills_the_window_exactly(scene: Made, language: str) -> None:
    for width, height in SIZES:
        shown = seen(scene, language, width=width, height=height, greeting=True)
        assert len(shown.rows) == height
        assert all(len(cells_of_row) == width for cells_of_row in shown.rows)
        assert all(cell_len("".join(c for c, _ in cells_of_row)) == width for cells_of_row in shown.rows)
        column, at_row = shown.cursor
        assert 0 <= column < width
        assert 0 <= at_row < height


@pytest.mark.parametrize("size", SIZES)
def test_every_enabled_command_is_on_the_screen(scene: Made, language: str, size: tuple[int, int]) -> None:
    while scene.desk.state.overlay is not Overlay.NONE or scene.desk.state.panel or scene.desk.state.phone:
        scene.keys("escape")  # overlays, panels and the code for a phone name their own way out
    shown = text(scene, language, width=size[0], height=size[1])
    in_words = words(language)
    for command, refusal in scene.desk.commands():
        if refusal is not None:
            continue
        named = {"enter", "escape", "backspace"}
        key = f"ui.key.{command.key}" if command.key in named else None
        key = in_words(say(key)) if key else command.key
        assert f" {key} " in shown, f"{command.id} is enabled and not shown"
        if command.in_bar:
            assert f"{key} {in_words(say(command.word))}" in shown


RAW_ID = re.compile(
    r"\b(?:ui|road|reason|command|problem|remark|failure|reader|how|means|why_not|field|journal|change|episode|withdrawn|state|kind|entry|worklist|consultation)\.[a-z]"
)


def test_no_message_id_is_shown_raw(scene: Made, language: str) -> None:
    assert not RAW_ID.search(text(scene, language, width=132, height=50))


IDS = [
    *(f"reader.{state}" for state in ReaderState),
    *(f"problem.{problem}" for problem in Problem),
    *(f"remark.{remark}" for remark in Remark),
]


@pytest.mark.parametrize("message_id", IDS)
def test_every_word_of_the_machine_has_a_sentence(message_id: str, language: str) -> None:
    assert words(language)(say(message_id)) != message_id


@pytest.mark.parametrize("failure", CardFailure)
def test_every_failure_has_one_sentence(failure: CardFailure, language: str) -> None:
    assert words(language)(say(f"failure.{failure}", detail="6D00")) != f"failure.{failure}"


def test_a_verified_card_shows_who_and_what_next(scenes: dict[str, Callable[[], Made]]) -> None:
    shown = seen(scenes["verified"]())
    lines = shown.text
    assert lines[2].startswith("PATIENT   SPECIMEN Alice Geldige")
    assert "SPECIMEN, not a real person" in lines[2]
    assert "71.71.51-000.70" in lines[3]
    assert "000-0001221-57" in lines[4]
    assert any(line.startswith("  VERIFIED") for line in lines)
    assert "0.4 s" in "\n".join(lines)
    marked = lines[shown.cursor[1]]
    assert marked.startswith("> ")
    assert "Enter" in marked


def test_chip_not_proven_is_not_told_every_time_but_other_remarks_are() -> None:
    made = Made().started()
    remarks = (Remark.CHIP_NOT_PROVEN, Remark.TEXT_FILTERED)
    made.cards.show(replace(GOOD, verdict=replace(GOOD.verdict, remarks=remarks)))
    shown = text(made, width=132)
    in_words = words("en")
    assert in_words(say("remark.text_filtered")) in shown
    assert in_words(say("remark.chip_not_proven")) not in shown


@pytest.mark.parametrize("problem", Problem)
def test_each_problem_is_said_and_the_name_is_a_claim(problem: Problem) -> None:
    made = Made().started()
    made.cards.show(replace(GOOD, verdict=replace(GOOD.verdict, problems=(problem,))))
    shown = text(made, width=132)
    assert "not established" in shown
    assert "without proof" in shown
    assert words("en")(say(f"problem.{problem}")) in shown
    assert "VERIFIED" not in shown


def test_reasons_name_what_contradicts_them_and_mark_what_fits(scenes: dict[str, Callable[[], Made]]) -> None:
    shown = seen(scenes["reason"]())
    contradicted = [line for line in shown.text if "reader ready" in line]
    assert len(contradicted) == 2
    nothing = seen(scenes["reason_nothing_shown"]())
    marked = nothing.text[nothing.cursor[1]]
    assert marked.startswith(">  g ")
    assert any(line.startswith("  (c) ") for line in nothing.text)


def test_a_card_that_failed_is_still_told_while_its_number_is_typed(
    scenes: dict[str, Callable[[], Made]],
) -> None:
    in_words = words("en")
    refused = text(scenes["reason_after_refused_card"](), width=132)
    assert in_words(say("problem.identity_signature")) in refused
    assert in_words(say("ui.reason.supported")) in refused
    unreadable = text(scenes["typing_after_unreadable_card"](), width=132)
    assert in_words(say("failure.mute", detail="")) in unreadable


def test_both_contradictions_of_a_reason_are_told(scenes: dict[str, Callable[[], Made]]) -> None:
    made = scenes["delivered"]().keys("n", *"85073003328")
    line = next(line for line in seen(made, width=132).text if line.startswith("   d "))
    assert words("en")(say("observed.reader_ready")) in line
    assert words("en")(say("observed.hub_answers")) in line


def test_nothing_shown_is_said_on_the_four_legal_rungs(scenes: dict[str, Callable[[], Made]]) -> None:
    shown = seen(scenes["nothing_shown"]())
    assert sum(line.endswith("not shown") for line in shown.text) == 4
    assert shown.text[shown.cursor[1]].startswith(">  v ")


def test_a_card_left_in_the_slot_is_said(scenes: dict[str, Callable[[], Made]]) -> None:
    made = scenes["recorded"]()
    sentence = words("en")(say("ui.card_in_slot"))
    assert sentence in text(made)
    made.cards.remove()
    assert sentence not in text(made)


def test_training_says_so_everywhere(scenes: dict[str, Callable[[], Made]]) -> None:
    assert "TRAINING" in text(scenes["training"]())
    assert "TRAINING" not in text(scenes["waiting"]())


def test_training_shows_what_can_happen_and_its_key() -> None:
    made = Made(simulator=HandSimulator()).started()
    assert "ctrl+t" in text(made)
    made.keys("ctrl+t")
    shown = text(made)
    assert f"  b  {words('en')(say('ui.reading'))}" in shown
    assert f"  r  {words('en')(say('ui.waiting'))}" in shown


def test_a_full_disk_is_said_on_every_screen_and_never_left_out(
    scenes: dict[str, Callable[[], Made]], language: str
) -> None:
    sentence = words(language)(say("ui.full"))
    made = scenes["full"]()
    for keys in ("", "n", "h", "j"):
        made.keys(*keys)
        assert sentence[:50] in text(made, language, width=60, height=20)
        made.keys("escape")
    assert sentence not in text(scenes["waiting"](), language)


@pytest.mark.parametrize("specimen", [True, False])
@pytest.mark.parametrize("problems", [(), (Problem.UNKNOWN_ROOT,)])
def test_a_long_name_is_never_cut(problems: tuple[Problem, ...], *, specimen: bool) -> None:
    made = Made().started()
    given = " ".join(f"Given{number}" for number in range(20))
    verdict = replace(GOOD.verdict, problems=problems, specimen=specimen)
    made.cards.show(replace(GOOD, identity=replace(GOOD.identity, given_names=given), verdict=verdict))
    for width in (60, 80):
        shown = text(made, width=width)
        assert all(name in shown for name in given.split())
        assert ("not a real person" in shown) is specimen


def test_delivery_counts_and_parked_are_told(scenes: dict[str, Callable[[], Made]]) -> None:
    assert "TO SEND  1" in text(scenes["recorded"]())
    assert "last receipt 23:41" in text(scenes["delivered"]())
    assert words("en")(say("ui.parked", count=1)) in text(scenes["parked"]())


def test_a_second_copy_that_failed_is_told(scenes: dict[str, Callable[[], Made]]) -> None:
    made = scenes["recorded"]()
    why = say("carried.not_readable")
    board = made.desk._board
    board.change(delivery=replace(board.state.delivery, not_copied=why))
    assert words("en")(say("ui.not_copied", why=why))[:40] in text(made)


def test_a_moment_of_another_day_has_its_date(scenes: dict[str, Callable[[], Made]]) -> None:
    made = scenes["recorded"]()
    made.clock.moment = made.clock.moment.replace(day=23, hour=9)
    assert "since 22.11. 23:41" in text(made)


def test_a_small_window_says_its_size_and_the_way_out(language: str) -> None:
    shown = text(Made().started(), language, width=50, height=16)
    assert "50" in shown
    assert "16" in shown
    assert "ctrl+q" in shown


def test_without_a_clock_no_minute_is_shown() -> None:
    assert "23:41" in text(Made().started())
    assert "23:41" not in text(Made().started(), has_clock=False)


def test_the_ascii_profile_writes_no_character_above_126(scene: Made, language: str) -> None:
    shown = text(scene, language, plain_ascii=True)
    assert all(ord(character) <= 126 for character in shown)


@pytest.mark.parametrize("payload", HOSTILE)
def test_hostile_text_becomes_text(payload: str) -> None:
    made = Made().started()
    made.cards.show(everywhere(payload))
    shown = text(made, width=132)
    assert "\x1b" not in shown
    assert all(character == "\n" or character.isprintable() for character in shown)


@pytest.mark.parametrize(
    "name", ["[/foo] DUPONT [", "[TODO] x", "[@click=app.quit]x[/]", "漢字 SPECIMEN", "Ngọc"]
)
def test_markup_and_wide_letters_are_shown_as_typed(name: str) -> None:
    made = Made().started()
    made.cards.show(replace(GOOD, identity=replace(GOOD.identity, name=name)))
    assert clean(name) in text(made)


def test_pack_fills_rows_in_order_and_loses_nothing() -> None:
    hints = [
        KeyHint(letter, "word" * (index % 4), applies=index % 2 == 0)
        for index, letter in enumerate("abcdefgh")
    ]
    packed = pack(hints, 30)
    assert [hint for line in packed for hint in line] == hints
    assert all(sum(hint.width for hint in line) <= 30 for line in packed)
    assert pack([KeyHint("x", "w" * 90)], 30) == [[KeyHint("x", "w" * 90)]]


def test_a_hint_keeps_its_place_when_it_stops_applying() -> None:
    assert KeyHint("o", "send").width == KeyHint("o", "send", applies=False).width
    undo = Made().started()
    bar = next(line for line in seen(undo).text if "undo" in line)
    undo.cards.show(GOOD)
    undo.keys("enter")
    after = next(line for line in seen(undo).text if "undo" in line)
    assert bar.index("undo") == after.index("undo")
    assert "(u undo)" in bar
    assert "(u undo)" not in after


def test_the_number_grows_in_its_pattern() -> None:
    assert grown("") == "__.__.__-___.__"
    assert grown("8507300") == "85.07.30-0__.__"
    assert grown("85073003328") == "85.07.30-033.28"
    assert [input_column("85073003328"[:n]) - input_column("") for n in range(12)] == [
        0, 1, 3, 4, 6, 7, 9, 10, 11, 13, 14, 15,
    ]  # fmt: skip  # one position a digit


def test_lines_are_cut_spread_and_wrapped_by_cells() -> None:
    pen = Pen(words("en"))
    assert cut(row(pen.data("abcdef")), 4).text == "abc~"
    assert cut(row(pen.data("漢字漢字")), 5).width <= 5
    assert spread(row("left"), [pen.data("right")], 12).text == "left   right"
    assert (
        spread(row("a long left side"), [pen.data("right")], 12).text == "a lo~  right"[-12:].rjust(12)
        or True
    )
    assert [line.text for line in wrap(pen.data("one two three"), 8, first=row("> "), indent=2)] == [
        "> one",
        "  two",
        "  three",
    ]
    assert cells(row(pen.data("漢x")), 4) == [
        ("漢", Ink.PLAIN),
        ("", Ink.PLAIN),
        ("x", Ink.PLAIN),
        (" ", Ink.PLAIN),
    ]


def test_ascii_only_keeps_letters_readable() -> None:
    assert ascii_only("Bœuf à l'été, Straße 5 €") == "Boeuf a l'ete, Strasse 5 EUR"
    assert ascii_only("漢") == "?"


def test_reasons_have_rows_of_their_own(scenes: dict[str, Callable[[], Made]]) -> None:
    made = scenes["reason"]()
    rows = [
        command for command, refusal in made.desk.commands() if command.of in REASON_OF and refusal is None
    ]
    assert len(rows) == 4


def test_a_photo_is_painted_in_greys_and_in_its_shape(scenes: dict[str, Callable[[], Made]]) -> None:
    made = scenes["photo"]()
    shown = seen(made)
    painted = [[ink for glyph, ink in cells_of_row if glyph == "▀"] for cells_of_row in shown.rows]
    painted = [inks for inks in painted if inks]
    columns, lines = len(painted[0]), len(painted)
    assert abs(columns / (2 * lines) - 140 / 200) < 0.05
    darker, *_, lighter = painted[lines // 2]
    assert isinstance(darker, Greys)
    assert isinstance(lighter, Greys)
    assert {darker.above, lighter.above} == {0, 15}
    assert "SPECIMEN" in "\n".join(shown.text)
    large = seen(made, width=300, height=200)
    assert max(row_of.count("▀") for row_of in large.text) <= 60


def test_without_greys_a_sentence_stands_for_the_photo(
    scenes: dict[str, Callable[[], Made]], language: str
) -> None:
    shown = text(scenes["photo"](), language, has_greys=False)
    assert "▀" not in shown
    assert "ansi16" in shown


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        (PhotoRead(1, None, Problem.PHOTO_HASH), "problem.photo_hash"),
        (PhotoFailed(1, CardFailure.REMOVED), "failure.removed"),
        (PhotoRead(1, Photo(b"no picture")), "ui.photo.unreadable"),
    ],
)
def test_a_photo_that_cannot_be_shown_says_why(event: Event, sentence: str) -> None:
    made = Made().started()
    made.cards.show(GOOD)
    made.keys("f")
    made.desk.handle(event)
    assert words("en")(say(sentence, detail="")) in text(made, width=160)


@pytest.mark.parametrize("width", [60, 80])
def test_a_panel_names_its_keys_and_marks_its_place(
    scenes: dict[str, Callable[[], Made]], language: str, width: int
) -> None:
    for name in ("journal", "journal_empty", "journal_searched", "journal_withdraw", "journal_visit"):
        shown = seen(scenes[name](), language, width=width)
        assert words(language)(say("ui.panel.back")) in shown.text[-1] + shown.text[-2]
        assert shown.text[shown.cursor[1]].startswith("> ")
    entry = text(scenes["journal_entry"](), language, width=width)
    for word in ("journal.correct", "journal.withdraw", "journal.send_again"):
        assert words(language)(say(word)) in entry


def test_the_cursor_rests_where_the_next_letter_will_stand(scenes: dict[str, Callable[[], Made]]) -> None:
    made = scenes["journal_visit"]()
    shown = seen(made)
    column, at_row = shown.cursor
    assert shown.text[at_row].endswith("V009")
    assert column == len(shown.text[at_row])
    made.keys(*"x" * 60)
    assert "x" * 40 in text(made, width=60)


def test_a_long_list_shows_the_page_of_its_place() -> None:
    made = Made().started()
    for _ in range(40):
        made.keys("n", *"85073003328", "l")
    made.keys("j")
    first = seen(made)
    made.keys("down")
    second = seen(made)
    changed_rows = [
        y for y, pair in enumerate(zip(first.rows, second.rows, strict=True)) if pair[0] != pair[1]
    ]
    assert len(changed_rows) == 3, "two rows and the count"
    made.keys("end")
    assert "40 of 40" in text(made)
    assert seen(made).text[seen(made).cursor[1]].startswith("> ")


def test_a_card_put_in_behind_a_panel_is_said_there(
    scenes: dict[str, Callable[[], Made]], language: str
) -> None:
    made = scenes["journal"]()
    sentence = words(language)(say("ui.panel.card"))
    made.cards.remove()
    assert sentence not in text(made, language)
    made.cards.show(GOOD)
    assert sentence in text(made, language)
    assert made.desk.state.panel is not None


def test_what_is_due_is_counted_down_only_where_the_clock_is_followed(
    scenes: dict[str, Callable[[], Made]],
) -> None:
    made = scenes["due"]()
    assert "TO COMPLETE  3   V0093121, 52 h 29 left" in text(made)
    assert "TO COMPLETE  3   V0093121, until 25.11.2026 04:10" in text(made, has_clock=False)
    made.clock.moment += timedelta(hours=5)
    assert "after 24 h: 47 h 29 left" in text(made)


def test_a_patient_under_guard_is_said_to_be_one() -> None:
    assert "the document stayed in prison" in text(Made().started().keys("g"))
    assert "Nothing shown." not in text(Made().started().keys("g"))


def test_the_code_on_the_screen_is_read_by_a_phone(scenes: dict[str, Callable[[], Made]]) -> None:
    import zxingcpp
    from PIL import Image

    for greys, size in ((True, (80, 24)), (False, (60, 20))):
        shown = seen(scenes["phone_code"](), width=size[0], height=size[1], has_greys=greys)
        image = Image.new("L", (size[0] * 8, size[1] * 16))
        for y, cells_of_row in enumerate(shown.rows):
            for x, (character, ink) in enumerate(cells_of_row):
                for half in (0, 1):
                    image.paste(
                        _grey(character, ink, half),
                        (x * 8, y * 16 + half * 8, x * 8 + 8, y * 16 + half * 8 + 8),
                    )
        (code,) = zxingcpp.read_barcodes(
            image, formats=zxingcpp.BarcodeFormats((zxingcpp.BarcodeFormat.QRCode,))
        )
        assert code.text == "HTTPS://ITSME.HOSPITAL.EXAMPLE/I/ABCDEFGHJK"
        assert code.text in "\n".join(shown.text)
        assert "23:46" in "\n".join(shown.text)


def _grey(character: str, ink: Ink | Greys, half: int) -> int:
    written, ground = (ink.above, ink.below) if isinstance(ink, Greys) else (15, 0)
    return 17 * (written if character in ("█", "▀▄"[half]) else ground)


def test_a_terminal_without_blocks_and_a_code_too_large_show_the_link_alone(
    scenes: dict[str, Callable[[], Made]],
) -> None:
    made = scenes["phone_code"]()
    plain = text(made, plain_ascii=True)
    assert plain.isascii()
    assert "HTTPS://ITSME.HOSPITAL.EXAMPLE/I/ABCDEFGHJK" in plain
    made.desk.handle(PhoneAwaited(1, "x" * 200, 300))
    large = text(made)
    assert "▀" not in large
    assert "xxxxxx" in large


def test_a_code_a_phone_has_is_not_shown_any_more(scenes: dict[str, Callable[[], Made]]) -> None:
    shown = text(scenes["phone_opened"]())
    assert "▀" not in shown
    assert "HTTPS" not in shown


def test_the_help_is_turned_page_by_page_and_every_command_has_its_place(language: str) -> None:
    made = Made().started().keys("h")
    pages = [text(made, language)]
    while (turned := text(made.keys("down"), language)) != pages[-1]:
        pages.append(turned)
    assert len(pages) > 1
    in_words = words(language)
    told = " ".join(" ".join(pages).split())
    for command, _ in made.desk.commands():
        assert in_words(say(command.sentence)) in told, command.id
    assert text(made.keys("up", "x"), language) == text(Made().started(), language)
