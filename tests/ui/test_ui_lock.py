"""A locked desk shows nothing of a patient: not in its state, not on the terminal, in no profile."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from enum import Enum
from pathlib import Path

import msgspec
import pytest
from desk_fakes import GOOD, HandDoor, Made
from terminal_session import Terminal, alien

from idtui.bootstrap.desks import training_stage
from idtui.config import Config
from idtui.desk.events import DoorOpened, DoorStaysShut
from idtui.desk.outbox import Delivery
from idtui.desk.state import DeskState, Overlay
from idtui.domain.path import State
from idtui.domain.text import say
from idtui.seal.passphrase import LEAST, OF_TRAINING, Passphrase
from idtui.training.people import GEDEON, GODELIEVE
from idtui.ui.app import IdtuiApp
from idtui.ui.profile import Profile
from idtui.ui.widgets.canvas import Canvas
from idtui.words import words

TELLING = (
    *("SPECIMEN", "Alice", "Zoé", "Testdorp", "Teststraat", "lit 4", "bed 4"),
    *("717151", "850730", "984728", "000000122157", "V00", "0093"),
)
"""Parts of every name, number, address and visit of the scenes."""


def leaves(value: object) -> Iterator[str]:
    """Yield everything a state holds, down to the last text, number and byte."""
    match value:
        case msgspec.Struct():
            for name in value.__struct_fields__:
                yield from leaves(getattr(value, name))
        case Mapping():
            for key, each in value.items():
                yield from leaves(key)
                yield from leaves(each)
        case list() | tuple() | set() | frozenset():
            for each in value:
                yield from leaves(each)
        case Enum():
            yield str(value.value)
        case bytes():
            yield f"bytes {len(value)}"
        case None | str() | int() | float() | date() | datetime() | timedelta():
            yield str(value)
        case _:
            raise AssertionError(f"a state holds a {type(value).__name__}, which this test cannot look into")


def tells(state: DeskState) -> set[str]:
    return {part for leaf in leaves(state) for part in TELLING if part in leaf or leaf.startswith("bytes")}


BARE = (
    *("waiting", "greeting", "training", "full", "reading", "unreadable", "nothing_shown", "phone", "help"),
    *(
        "phone_opened",
        "phone_cancelled",
        "help_turned",
        "journal_empty",
        "scanning",
        "scanned_wrong",
        "freed",
    ),
    *("episode", "born", "camera", "phone_code", "typing", "typing_after_unreadable_card", "locked"),
    *("journal_searched", "journal_withdraw", "parked", "delivered"),
)
"""Scenes that tell of nobody, or of too little to be found by its parts."""


def test_nothing_of_a_patient_is_in_the_state_of_a_locked_desk(
    scene: Made, request: pytest.FixtureRequest
) -> None:
    name = request.node.callspec.params["scene"]
    before = scene.desk.state
    assert tells(before) or name in BARE, "the walk sees what is there"
    scene.keys("ctrl+l")
    state = scene.desk.state
    assert state.locked is not None
    assert not tells(state)
    assert state == DeskState(
        station=before.station,
        ladder=State(),
        delivery=before.delivery,
        full=before.full,
        locked=state.locked,
    ), "all that is not named here is blank"
    assert set(Delivery.__struct_fields__) == {
        *("waiting", "oldest", "last_receipt", "parked", "sending", "configured", "not_copied"),
    }, "of the line to the hospital only counts, moments and troubles are told"
    if name != "locked":
        scene.door.post(DoorOpened())
        after = scene.desk.state
        assert msgspec.structs.replace(after, overlay=before.overlay, notice=before.notice) == before
        assert after.overlay is Overlay.NONE


def on_screen(app: IdtuiApp) -> str:
    canvas = app.screen.query_one(Canvas)
    return "\n".join(canvas.render_line(y).text for y in range(canvas.size.height))


def test_a_passphrase_may_be_pasted_and_a_pasted_scan_is_none() -> None:
    from textual.events import Paste

    async def scenario() -> None:
        made = Made(door=HandDoor())
        app = IdtuiApp(made.desk, words("en"), Profile.ANSI16, made.clock.now)
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause()  # the desk starts behind its first picture
            await pilot.press("ctrl+l")
            app.screen.post_message(Paste("85073003328\r\n"))
            await pilot.pause()
            assert "A scanned code does not unlock" in on_screen(app)
            app.screen.post_message(Paste("a Long, pasted one"))
            await pilot.pause()
            await pilot.press("enter")
            assert made.door.asked == ["a Long, pasted one"]
            made.door.post(DoorStaysShut(say("lock.wrong", seconds=2)))
            await pilot.pause()
            assert "The next try waits 2 s" in on_screen(app)

    asyncio.run(scenario())


def test_the_tick_that_locks_paints_the_lock() -> None:
    async def scenario() -> None:
        made = Made(lock_after=timedelta(minutes=10))
        app = IdtuiApp(made.desk, words("en"), Profile.LOW_BANDWIDTH, made.clock.now)
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause()
            made.cards.show(GOOD)
            await pilot.pause()
            assert "VERIFIED" in on_screen(app)
            made.clock.moment += timedelta(minutes=10)
            app.screen._tick()  # type: ignore[attr-defined]  # the look at the clock, without waiting for it
            await pilot.pause()
            assert "LOCKED" in on_screen(app)
            assert "Alice" not in on_screen(app)

    asyncio.run(scenario())


def test_a_key_of_the_passphrase_sends_nothing_to_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        made = Made()
        app = IdtuiApp(made.desk, words("en"), Profile.ANSI16, made.clock.now)
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause()  # the desk starts behind its first picture
            await pilot.press("ctrl+l")
            repainted: list[object] = []
            cursor, canvas = app.cursor_position, app.screen.query_one(Canvas)
            monkeypatch.setattr(canvas, "refresh", lambda *regions: repainted.append(regions))
            await pilot.press(*"secret", "backspace", "escape", "up", "ctrl+q", "ctrl+t", "tab")
            assert repainted == []
            assert app.cursor_position == cursor
            await pilot.press("x", "enter")
            assert repainted, "a try is told"

    asyncio.run(scenario())


CTRL_L, CTRL_Q, CTRL_T = "\x0c", "\x11", "\x14"
TYPED = "85073003328"


class Training(Terminal):
    """The real desk in training, on a store that stays."""

    def __init__(self, folder: Path, profile: str) -> None:
        self.store = ["--training", "--store", str(folder / "store")]
        command = [sys.executable, "-m", "idtui", "desk", "--lang", "en", "--profile", profile, *self.store]
        super().__init__(command, environment={"XDG_CONFIG_HOME": str(folder)})
        self.until_text("ctrl+q")
        self.settle()

    def card(self, letter: str, told: str) -> None:
        self.send(CTRL_T)
        self.until_text("one hour later")
        self.send(letter)
        self.until_text(told)

    def lock(self) -> int:
        """Lock the desk; return where what was sent since begins."""
        self.settle()
        before = len(self.output)
        self.send(CTRL_L)
        self.until_text("LOCKED")
        self.settle()
        return before

    def listed(self) -> list[dict[str, str]]:
        command = [sys.executable, "-m", "idtui", "list", "--json", *self.store]
        told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
        return [json.loads(line) for line in told.stdout.splitlines()]


def parts_of(*texts: str) -> list[str]:
    return [word for text in texts for word in text.split() if len(word) > 1]


@pytest.mark.parametrize("profile", [str(profile) for profile in Profile])
def test_the_terminal_of_a_locked_desk_holds_nothing_of_the_patient(tmp_path: Path, profile: str) -> None:
    secret = parts_of(GEDEON.name, GEDEON.given_names, GEDEON.niss, GEDEON.niss[:6], "SPECIMEN", "VERIFIED")
    with Training(tmp_path, profile) as terminal:
        terminal.card("b", "VERIFIED")
        assert GEDEON.name in terminal.text()
        since = terminal.lock()
        terminal.type(f"any\x7f\x1b{CTRL_Q}{CTRL_T}")
        terminal.send("\x1b[A")
        terminal.settle()
        terminal.type("wrong\r")
        terminal.until_text("The passphrase is wrong")
        terminal.settle()
        after_lock, shown = terminal.output[since:], terminal.text()
        for part in secret:
            assert part not in shown
            assert part.encode() not in after_lock
        assert "passphrase is training" in shown
        assert b"\x1b]" not in terminal.output, "no title was ever set"
        terminal.type("training\r")
        terminal.until_text("VERIFIED")
        assert GEDEON.name in terminal.text()
        terminal.send("\r")
        terminal.until_text("DONE")
        terminal.send(CTRL_Q)
        assert terminal.wait() == 0
        assert alien(terminal.output) == []
        assert [entry["kind"] for entry in terminal.listed()] == ["verification"]


def test_a_desk_opened_by_a_credential_is_unlocked_by_typing(tmp_path: Path) -> None:
    (tmp_path / "idtui-passphrase").write_text("specimen of a desk\n", encoding="utf-8")
    command = [sys.executable, "-m", "idtui", "desk", "--lang", "en", "--store", str(tmp_path / "store")]
    environment = {
        "XDG_CONFIG_HOME": str(tmp_path),
        "CREDENTIALS_DIRECTORY": str(tmp_path),
        "PCSCLITE_CSOCK_NAME": str(tmp_path / "no-service"),
    }
    with Terminal(command, environment=environment) as terminal:
        terminal.until_text("ctrl+q")
        terminal.settle()
        terminal.type(f"n{TYPED[:4]}")
        terminal.until_text("85.07")
        terminal.send(CTRL_L)
        terminal.until_text("LOCKED")
        assert "Training:" not in terminal.text()
        terminal.type("training\r")
        terminal.until_text("The next try waits 1 s")
        terminal.type("specimen of a desk\r")
        terminal.until_text("85.07")
        terminal.send(CTRL_Q)
        assert terminal.wait() == 0


@pytest.mark.parametrize(("minutes", "after"), [(10, 10), (0, None), (3, 3)])
def test_the_minutes_are_those_of_the_configuration(tmp_path: Path, minutes: int, after: int | None) -> None:
    config = Config(lock_minutes=minutes)
    stage = training_stage(config, tmp_path / "desk", Passphrase(OF_TRAINING, LEAST))
    try:
        stage.clock.skip(timedelta(minutes=(after or 60 * 24 * 3) - 1))
        stage.desk.tick()
        assert stage.desk.state.locked is None
        stage.clock.skip(timedelta(minutes=1))
        stage.desk.tick()
        assert (stage.desk.state.locked is not None) is (after is not None)
        assert Config().lock_minutes == 10
    finally:
        stage.desk.stop()


def test_a_number_begun_outlives_a_locked_desk_that_is_killed(tmp_path: Path) -> None:
    with Training(tmp_path, "auto") as terminal:
        terminal.type(f"n{TYPED[:4]}")
        terminal.until_text("85.07")
        since = terminal.lock()
        assert b"85.07" not in terminal.output[since:]
        # Without a signal it could act on: the power goes.
    with Training(tmp_path, "auto") as terminal:
        terminal.until_text("85.07")
        terminal.type(f"{TYPED[4:]}l")
        terminal.until_text("DONE")
        terminal.send(CTRL_Q)
        assert terminal.wait() == 0
        kinds = [entry["kind"] for entry in terminal.listed()]
        assert "verification" in kinds


def test_a_card_in_the_slot_at_the_unlocking_is_shown(tmp_path: Path) -> None:
    """The training list is locked too, so the card goes in before and its reading ends behind the lock."""
    with Training(tmp_path, "auto") as terminal:
        terminal.send(CTRL_T)
        terminal.until_text("one hour later")
        terminal.send(f"c{CTRL_L}")
        terminal.until_text("LOCKED")
        terminal.settle(1.0)
        assert GODELIEVE.name not in terminal.text()
        terminal.type("training\r")
        terminal.until_text("VERIFIED")
        assert GODELIEVE.name in terminal.text()
        terminal.send(CTRL_Q)
        assert terminal.wait() == 0
