"""The scanner that types, beside the person who types, in every layout and with every gap."""

from collections.abc import Iterable, Sequence
from functools import cache

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from idtui.desk.wedge import (
    HOLD,
    HOLD_FROM_AFAR,
    PATIENCE,
    PERSON,
    CutShort,
    Key,
    Outcome,
    ReadAs,
    Scan,
    Typed,
    Wedge,
    WedgeSettings,
    judge,
    read_as,
)
from idtui.domain import niss
from idtui.domain.layouts import Layout
from idtui.domain.scan import Miss
from idtui.domain.symbology import Symbology

NUMBER = "85073003328"
PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))
LINE_KEYS = {"\n": "enter", "\t": "tab"}

numbers = st.integers(0, 999_999_999).map(
    lambda nine: f"{nine:09}{niss.check_number(nine, born_2000_or_later=False):02}"
)


@cache
def shown_by(reading: ReadAs) -> dict[str, str]:
    """Return the tables the other way round: what a desk shows for a character sent to be read so."""
    inverse: dict[str, str] = {}
    for letter in map(chr, range(0x20, 0x100)):
        inverse.setdefault(read_as(letter, reading), letter)
    return inverse


def seen(text: str, reading: ReadAs) -> str:
    """Return what a desk shows when a scanner sends `text` to be read so."""
    inverse = shown_by(reading)
    return "".join(inverse[letter] for letter in text)


def keys(text: str, gaps: Iterable[float] = (), start: float = 10.0) -> list[Key]:
    pressed, at, gap = [], start, iter(gaps)
    for letter in text:
        pressed.append(Key(LINE_KEYS.get(letter, letter), letter, at))
        at += next(gap, 0.005)
    return pressed


def run(wedge: Wedge, pressed: Sequence[Key]) -> list[Outcome]:
    """Give the keys, let time pass as the owner would, and wait for the end."""
    outcomes: list[Outcome] = []
    for key in pressed:
        if wedge.due is not None and wedge.due <= key.at:
            outcomes += wedge.silence(wedge.due)
        outcomes += wedge.key(key)
    if wedge.due is not None:
        outcomes += wedge.silence(wedge.due)
    assert wedge.due is None
    return outcomes


def scanned(outcomes: Sequence[Outcome]) -> Scan:
    (scan,) = outcomes
    assert isinstance(scan, Scan)
    return scan


@pytest.mark.parametrize(
    ("shown", "number", "reading"),
    [
        ("85073003328", "85073003328", ReadAs.TYPED),
        ('!(àè"àà""é!', "85073003328", ReadAs.BELGIAN),
        ("ççà§à'éè&!&", "99060427181", ReadAs.BELGIAN),
        ("*%)&#))##@*", "85073003328", ReadAs.QWERTY),
    ],
)
def test_known_bursts_are_read_back(shown: str, number: str, reading: ReadAs) -> None:
    scan = scanned(run(Wedge(WedgeSettings()), keys(shown + "\n")))
    assert (scan.found.niss, scan.read_as) == (number, reading)
    assert (scan.remark is None) is (reading is ReadAs.TYPED)


def test_the_tables_read_what_a_hospital_saw() -> None:
    assert read_as('ààJL§RVTT"§Z', ReadAs.BELGIAN) == "00JL6RVTT36W"
    assert read_as("00jl6rvtt36z", ReadAs.BELGIAN_CAPS) == "00JL6RVTT36W"


@given(numbers, st.sampled_from(ReadAs), st.lists(st.floats(0, HOLD * 0.99), min_size=14), st.booleans())
def test_a_number_in_any_layout_at_any_pace_within_the_hold_is_one_scan(
    number: str, reading: ReadAs, gaps: list[float], with_aim: bool
) -> None:
    text = ("]C0" if with_aim else "") + number
    assume(set(text) <= shown_by(reading).keys())  # a dead key writes nothing
    scan = scanned(run(Wedge(WedgeSettings()), keys(seen(text, reading) + "\n", gaps)))
    assert scan.found.niss == number or scan.found.miss is Miss.SEVERAL
    if with_aim and scan.found.niss:
        assert scan.found.symbology is Symbology.CODE_128


@given(numbers, st.sampled_from(ReadAs), st.lists(st.floats(0, 0.99 * PERSON), min_size=14))
def test_over_ssh_longer_gaps_are_one_scan(number: str, reading: ReadAs, gaps: list[float]) -> None:
    gaps[3] = HOLD_FROM_AFAR * 0.9
    gaps[4] = gaps[5] = 0.0
    scan = scanned(run(Wedge(WedgeSettings(), from_afar=True), keys(seen(number, reading) + "\n", gaps)))
    assert scan.found.niss == number or scan.found.miss is Miss.SEVERAL


@given(
    numbers,
    st.sampled_from(ReadAs),
    st.lists(st.floats(0, PATIENCE * 0.99), min_size=14),
    st.sampled_from(["~", "]", "#", "Z"]),
    st.booleans(),
)
def test_with_a_prefix_any_gap_is_fine(
    number: str, reading: ReadAs, gaps: list[float], prefix: str, from_afar: bool
) -> None:
    text = prefix + ("C0" if prefix == "]" else "") + number
    assume(set(text) <= shown_by(reading).keys())
    wedge = Wedge(WedgeSettings(prefix=prefix), from_afar=from_afar)
    scan = scanned(run(wedge, keys(seen(text, reading) + "\n", gaps)))
    assert scan.found.niss == number or scan.found.miss is Miss.SEVERAL


@given(st.text(PRINTABLE, min_size=4, max_size=40), st.lists(st.floats(0, HOLD * 0.99), min_size=40))
def test_no_code_ever_presses_a_key(text: str, gaps: list[float]) -> None:
    scan = scanned(run(Wedge(WedgeSettings()), keys(text + "\n", gaps)))
    assert bool(scan.found.niss) is not bool(scan.found.miss)


@given(numbers, st.sampled_from(["", "\n", "\t"]), st.booleans(), st.data())
def test_a_person_who_types_a_number_is_never_a_scanner(
    number: str, end: str, from_afar: bool, data: st.DataObject
) -> None:
    text = f"n{number}{end}"
    gaps = data.draw(st.lists(st.floats(PERSON * 1.01, 0.5), min_size=len(text), max_size=len(text)))
    pressed = keys(text, gaps)
    outcomes = run(Wedge(WedgeSettings(), from_afar=from_afar), pressed)
    assert all(isinstance(outcome, Typed) for outcome in outcomes)
    assert [key for outcome in outcomes if isinstance(outcome, Typed) for key in outcome.keys] == pressed


@given(
    st.lists(st.tuples(st.sampled_from(PRINTABLE + "\n\t"), st.floats(0, 0.3)), max_size=60), st.booleans()
)
def test_no_key_is_lost_doubled_or_moved(pressed: list[tuple[str, float]], from_afar: bool) -> None:
    given_keys = keys("".join(letter for letter, _gap in pressed), [gap for _letter, gap in pressed])
    outcomes = run(Wedge(WedgeSettings(), from_afar=from_afar), given_keys)
    passed = [key for outcome in outcomes if isinstance(outcome, Typed) for key in outcome.keys]
    assert [key for key in given_keys if key in passed] == passed
    if all(isinstance(outcome, Typed) for outcome in outcomes):
        assert passed == given_keys


def test_one_key_waits_for_the_hold_and_no_longer() -> None:
    wedge = Wedge(WedgeSettings())
    (key,) = keys("n")
    assert wedge.key(key) == ()
    assert wedge.due == pytest.approx(key.at + HOLD)
    assert wedge.silence(key.at + HOLD * 0.9) == ()
    assert wedge.silence(key.at + HOLD) == (Typed((key,)),)


@pytest.mark.parametrize("name", ["enter", "tab", "up", "f1"])
def test_a_key_that_begins_no_scan_does_not_wait(name: str) -> None:
    key = Key(name, "", 1.0)
    assert Wedge(WedgeSettings()).key(key) == (Typed((key,)),)


def test_half_a_scan_is_refused_but_digits_go_through() -> None:
    assert run(Wedge(WedgeSettings()), keys("pipi12")) == [CutShort()]
    assert run(Wedge(WedgeSettings(prefix="~")), keys("~850730")) == [CutShort()]
    (digits,) = run(Wedge(WedgeSettings()), keys("850730"))
    assert isinstance(digits, Typed)
    (clump,) = run(Wedge(WedgeSettings(), from_afar=True), keys("pipi12"))
    assert isinstance(clump, Typed), "over SSH a person's keys come together as well"


def test_without_a_suffix_the_silence_ends_a_scan() -> None:
    assert scanned(run(Wedge(WedgeSettings(suffix="")), keys(NUMBER))).found.niss == NUMBER


def test_control_codes_are_refused_and_separators_part_fields() -> None:
    separated = [Key("ctrl+right_square_bracket", "\x1d", 10.03)]
    field = keys("SPECIMEN", start=9.99)
    rest = keys(NUMBER + "\n", start=10.04)
    assert scanned(run(Wedge(WedgeSettings()), field + separated + rest)).found.niss == NUMBER
    for trick in (Key("ctrl+q", "\x11", 10.03), Key("escape", "\x1b", 10.03), Key("f10", "", 10.03)):
        refused = scanned(run(Wedge(WedgeSettings()), [*field, trick, *rest]))
        assert refused.found.miss is Miss.CONTROL


def test_two_lines_of_one_code_are_one_scan() -> None:
    assert scanned(run(Wedge(WedgeSettings()), keys(f"SPECIMEN\n{NUMBER}\n"))).found.niss == NUMBER


def test_an_endless_burst_is_one_refusal_and_takes_no_memory() -> None:
    wedge = Wedge(WedgeSettings())
    scan = scanned(run(wedge, keys("7" * 20_000 + "\n", [0.001] * 20_001)))
    assert scan.found.miss is Miss.LONG


def test_two_readings_that_fit_are_refused() -> None:
    both = f"17073003384 {seen(NUMBER, ReadAs.BELGIAN)}"
    assert judge(both).found.miss is Miss.SEVERAL


def test_a_wrong_check_number_is_said_in_whatever_layout() -> None:
    assert judge(seen("85073003329", ReadAs.BELGIAN)).found.miss is Miss.CHECK


@pytest.mark.parametrize("end", [("enter", "ctrl+j"), ("ctrl+j",), ("enter",)])
def test_a_scanner_may_end_its_lines_in_any_way(end: tuple[str, ...]) -> None:
    signs = {"enter": "\r", "ctrl+j": "\n"}
    ends = [Key(name, signs[name], 10.06 + 0.001 * place) for place, name in enumerate(end)]
    assert scanned(run(Wedge(WedgeSettings()), [*keys(NUMBER, [0.005] * 11), *ends])).found.niss == NUMBER


def test_a_code_that_begins_with_enter_presses_nothing() -> None:
    pressed = [Key("enter", "\r", 9.995), *keys(f"{NUMBER}\n")]
    assert scanned(run(Wedge(WedgeSettings()), pressed)).found.niss == NUMBER


@pytest.mark.parametrize("key", [("backspace", "\x7f"), ("a", "a"), ("enter", "\r")])
def test_a_key_held_down_is_a_person(key: tuple[str, str]) -> None:
    repeated = [Key(*key, 1.0 + 0.025 * count) for count in range(40)]
    assert run(Wedge(WedgeSettings()), repeated) == [Typed(tuple(repeated))]


def pasted(text: str, wedge: Wedge | None = None) -> tuple[Outcome, ...]:
    return (wedge or Wedge(WedgeSettings())).paste(text, 1.0)


@pytest.mark.parametrize("text", [f"{NUMBER}\r", f"{NUMBER}\r\n", f"]C0{NUMBER}\n", '!(àè"àà""é!\r'])
def test_a_paste_that_ends_as_a_scan_is_one(text: str) -> None:
    assert scanned(pasted(text)).found.niss == NUMBER


def test_of_another_paste_only_digits_count() -> None:
    (digits,) = pasted("x 85.07.30-033.28 n")
    assert isinstance(digits, Typed)
    assert "".join(key.character for key in digits.keys) == NUMBER
    assert pasted("n x") == pasted("") == ()


def test_what_was_typed_before_a_paste_comes_before_it() -> None:
    wedge, (key,) = Wedge(WedgeSettings()), keys("n", start=0.99)
    wedge.key(key)
    before, scan = pasted(f"{NUMBER}\r", wedge)
    assert before == Typed((key,))
    assert isinstance(scan, Scan)
    assert wedge.due is None


@pytest.mark.parametrize("reading", ReadAs)
def test_a_label_in_any_layout_of_the_keys_is_among_what_may_be_a_visit(reading: ReadAs) -> None:
    found = judge(seen("V0093121", reading)).found
    assert (found.niss, found.miss) == ("", Miss.NONE)
    assert "V0093121" in found.labels


def test_a_label_of_the_site_wins_over_a_number_of_a_person_in_another_layout_of_the_keys() -> None:
    label = Layout(name="wristband", pattern="(?P<visit>V[0-9]++).*+")
    both = f"V1 {seen(NUMBER, ReadAs.BELGIAN)}"
    assert judge(both).found.niss == NUMBER
    found = judge(both, layouts=(label,)).found
    assert (found.niss, found.miss, found.labels[0]) == ("", Miss.LABEL, "V1")


def test_a_scanned_label_presses_no_key() -> None:
    assert scanned(run(Wedge(WedgeSettings()), keys("V0093121\n"))).found.labels[0] == "V0093121"
