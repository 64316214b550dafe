"""Keys and events through the real Textual program, without a terminal."""

import asyncio
import threading
from collections.abc import Callable

import pytest
from desk_fakes import FORGED, GOOD, STATION, HandCourier, Made

from idtui.desk.state import Tone
from idtui.domain.entries import Draft, Verification, Withdrawal
from idtui.domain.errors import CannotSave
from idtui.domain.path import Phase
from idtui.domain.text import say
from idtui.ui import app as app_module
from idtui.ui.app import IdtuiApp
from idtui.ui.paint.picture import Picture, picture
from idtui.ui.paint.view import View
from idtui.ui.profile import Profile
from idtui.ui.screens import desk as desk_screen
from idtui.ui.screens.desk import DeskScreen
from idtui.ui.widgets.canvas import Canvas
from idtui.words import words

NISS = "85073003328"


def app_of(made: Made, profile: Profile = Profile.ANSI16) -> IdtuiApp:
    return IdtuiApp(made.desk, words("en"), profile, made.clock.now)


def on_screen(app: IdtuiApp) -> str:
    canvas = app.screen.query_one(Canvas)
    return "\n".join(canvas.render_line(y).text for y in range(canvas.size.height))


def phase_of(made: Made) -> Phase:
    return made.desk.state.ladder.phase


def run(scenario: Callable[[], object]) -> None:
    asyncio.run(scenario())  # type: ignore[arg-type]  # an async function


def test_enter_does_nothing_before_the_verdict_and_records_after() -> None:
    async def scenario() -> None:
        made = Made()
        async with app_of(made).run_test(size=(80, 24)) as pilot:
            await pilot.pause()  # the desk starts behind its first picture
            await pilot.press("enter")
            made.cards.insert()
            await pilot.pause()
            assert made.desk.state.ladder.phase is Phase.READING
            await pilot.press("enter")
            assert made.journal.kept == []
            made.cards.contact = 0
            made.cards.show(GOOD)
            await pilot.pause()
            assert "VERIFIED" in on_screen(pilot.app)  # type: ignore[arg-type]  # our app
            await pilot.press("enter")
        assert [entry.kind for entry in made.journal.kept] == ["verification"]

    run(scenario)


def test_a_refused_card_is_not_taken_by_enter() -> None:
    async def scenario() -> None:
        made = Made()
        async with app_of(made).run_test(size=(80, 24)) as pilot:
            await pilot.pause()  # the desk starts behind its first picture
            made.cards.show(FORGED)
            await pilot.pause()
            await pilot.press("enter")
            assert made.desk.state.notice is not None
            assert made.desk.state.notice.tone is Tone.REFUSED
        assert made.journal.kept == []

    run(scenario)


@pytest.mark.parametrize("digits", [NISS, '!(àè"àà""é!'], ids=["digits", "azerty"])
def test_a_typed_niss_costs_thirteen_keys(digits: str) -> None:
    async def scenario() -> None:
        made = Made()
        async with app_of(made).run_test(size=(80, 24)) as pilot:
            await pilot.pause()  # the desk starts behind its first picture
            keys = ["n", *digits, "c"]
            assert len(keys) == 13
            await pilot.press(*keys)
        entry = made.journal.kept[0]
        assert isinstance(entry, Verification)
        assert entry.niss == NISS
        assert entry.reason == "pre.no_chip_or_defective"

    run(scenario)


def test_a_disabled_key_says_why_and_escape_goes_back() -> None:
    async def scenario() -> None:
        made = Made()
        app = app_of(made)
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause()  # the desk starts behind its first picture
            await pilot.press("t")
            assert "itsme" in on_screen(app).splitlines()[-7]
            await pilot.press("n", "8", "5")
            assert made.desk.state.ladder.digits == "85"
            await pilot.press("backspace")
            assert made.desk.state.ladder.digits == "8"
            await pilot.press("escape")
            assert made.desk.state.ladder.phase is Phase.WAITING

    run(scenario)


def test_undo_send_and_help_by_key() -> None:
    async def scenario() -> None:
        courier = HandCourier()
        made = Made(courier=courier)
        async with app_of(made).run_test(size=(80, 24)) as pilot:
            await pilot.pause()  # the desk starts behind its first picture
            made.cards.show(GOOD)
            await pilot.pause()
            await pilot.press("enter", "u", "o", "h")
            assert words("en")(say("ui.help")) in on_screen(pilot.app)  # type: ignore[arg-type]  # our app
            await pilot.press("h")
        assert isinstance(made.journal.kept[1], Withdrawal)
        assert [entry.kind for entry in courier.given] == ["verification", "withdrawal"]

    run(scenario)


def test_the_cursor_and_the_mark_follow_the_place() -> None:
    async def scenario() -> None:
        made = Made()
        app = app_of(made)
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause()  # the desk starts behind its first picture
            for keys in ([], ["x"], ["n"], ["8"]):
                await pilot.press(*keys)
                row = on_screen(app).splitlines()[app.cursor_position.y]
                assert row.startswith("> ")
            before = app.cursor_position.x
            await pilot.press("5")
            assert app.cursor_position.x == before + 2  # over the full stop

    run(scenario)


def test_events_of_other_threads_arrive_in_the_thread_of_the_desk() -> None:
    async def scenario() -> None:
        made = Made()
        handled_in: list[int] = []
        handle = made.desk.handle

        def watched(event: object) -> None:
            handled_in.append(threading.get_ident())
            handle(event)  # type: ignore[arg-type]  # passed on

        made.desk.handle = watched  # type: ignore[method-assign]  # spied on
        async with app_of(made).run_test(size=(80, 24)) as pilot:
            await pilot.pause()  # the desk starts behind its first picture
            device = threading.Thread(target=made.cards.show, args=[GOOD])
            device.start()
            device.join(10)
            await pilot.pause()
            assert made.desk.state.ladder.phase is Phase.READ
        assert set(handled_in) == {threading.get_ident()}

    run(scenario)


@pytest.mark.parametrize("key", ["ctrl+q", "f10"])
def test_quit_keeps_the_draft_and_closes_the_store(key: str) -> None:
    async def scenario() -> None:
        made = Made()
        app = app_of(made)
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause()  # the desk starts behind its first picture
            await pilot.press("n", "8", "5", key)
            await pilot.pause()
        assert app.return_code == 0
        draft = made.journal.kept[-1]
        assert isinstance(draft, Draft)
        assert draft.digits == "85"
        assert made.journal.closed
        assert made.cards.stopped

    run(scenario)


def test_what_arrives_after_the_end_does_not_reach_the_closed_desk() -> None:
    async def scenario() -> None:
        made = Made()
        app = app_of(made)
        async with app.run_test(size=(80, 24)):
            app.leave(0)
            before = made.desk.state
            made.cards.show(GOOD)
        assert made.desk.state is before
        assert app.return_code == 0

    run(scenario)


def test_a_draft_that_cannot_be_kept_is_raised_after_the_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Made().started().keys("n", "8")

    def full(_entry: object) -> None:
        raise CannotSave(say("ui.waiting"))

    monkeypatch.setattr(made.journal, "append", full)
    monkeypatch.setattr(IdtuiApp, "run", lambda *_args, **_keywords: None)
    with pytest.raises(CannotSave):
        app_module.run(made.desk, words("en"), Profile.ANSI16, made.clock.now)


def test_a_desk_that_fails_at_its_end_is_told_without_values(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = Made().started()

    def broken() -> None:
        raise ValueError(f"canary {NISS}")

    monkeypatch.setattr(made.journal, "close", broken)
    monkeypatch.setattr(IdtuiApp, "run", lambda *_args, **_keywords: None)
    assert app_module.run(made.desk, words("en"), Profile.ANSI16, made.clock.now) == 1
    told = capsys.readouterr().err
    assert "ValueError" in told
    assert "canary" not in told
    assert NISS not in told


def test_no_stock_key_copies_prints_or_opens_anything() -> None:
    async def scenario() -> None:
        made = Made()
        app = app_of(made)
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause()  # the desk starts behind its first picture
            made.cards.show(GOOD)
            await pilot.pause()
            before = made.desk.state.ladder
            await pilot.press("ctrl+c", "ctrl+p", "ctrl+z", "tab", "shift+tab", "f2", "ctrl+s")
            assert made.desk.state.ladder == before
            assert "This key does nothing here" in on_screen(app)
            assert app.clipboard == ""
            assert len(app.screen_stack) == 1

    run(scenario)


def test_pasted_digits_are_typed_and_pasted_letters_press_nothing() -> None:
    async def scenario() -> None:
        from textual.events import Paste

        made = Made()
        app = app_of(made)
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause()  # the desk starts behind its first picture
            app.screen.post_message(Paste("n 85.07.30 x\r"))
            await pilot.pause()
            assert phase_of(made) is Phase.WAITING
            await pilot.press("n")
            app.screen.post_message(Paste("85.07.30-033.28 x"))
            await pilot.pause()
            assert phase_of(made) is Phase.REASON

    run(scenario)


def test_a_pasted_scan_is_a_scan() -> None:
    async def scenario() -> None:
        from textual.events import Paste

        made = Made()
        app = app_of(made)
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause()  # the desk starts behind its first picture
            app.screen.post_message(Paste(f"{NISS}\r\n"))
            await pilot.pause()
            assert phase_of(made) is Phase.SCANNED

    run(scenario)


def test_warnings_stand_until_the_first_key() -> None:
    async def scenario() -> None:
        warning = say("ui.typing.hint")
        made = Made(warnings=(warning,))
        app = app_of(made)
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause()  # the desk starts behind its first picture
            assert words("en")(warning) in on_screen(app)
            await pilot.press("h", "h")
            assert words("en")(warning) not in on_screen(app)

    run(scenario)


@pytest.mark.parametrize(("profile", "follows"), [(Profile.ANSI16, True), (Profile.LOW_BANDWIDTH, False)])
def test_the_minute_is_repainted_where_there_is_a_clock(profile: Profile, *, follows: bool) -> None:
    async def scenario() -> None:
        made = Made()
        app = app_of(made, profile)
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause()  # the desk starts behind its first picture
            made.clock.moment = made.clock.moment.replace(minute=42)
            app.screen._tick()  # type: ignore[attr-defined]  # the timer, without waiting for it
            await pilot.pause()
            assert ("23:42" in on_screen(app)) is follows

    run(scenario)


def test_a_resized_window_is_painted_anew() -> None:
    async def scenario() -> None:
        made = Made()
        app = app_of(made)
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause()  # the desk starts behind its first picture
            await pilot.resize_terminal(50, 10)
            await pilot.pause()
            assert "50" in on_screen(app)
            await pilot.resize_terminal(100, 30)
            await pilot.pause()
            assert STATION.desk in on_screen(app)
            assert len(on_screen(app).splitlines()) == 30

    run(scenario)


def test_the_first_picture_is_painted_once_however_often_its_size_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def scenario() -> None:
        made = Made()
        painted: list[object] = []

        def counting(view: View) -> Picture:
            painted.append(view)
            return picture(view)

        monkeypatch.setattr(desk_screen, "picture", counting)
        monkeypatch.setattr(DeskScreen, "_start", lambda _screen: None)
        app = app_of(made)
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause()
            assert len(painted) == 1
            assert STATION.desk in on_screen(app)
            await pilot.resize_terminal(100, 30)
            await pilot.pause()
            assert len(painted) == 2

    run(scenario)
