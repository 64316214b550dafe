"""The scanner that types, on a real pty: one scan or one refusal, whatever is on the screen, never a key."""

from collections.abc import Mapping

import pytest
from terminal_session import DeskTerminal

from idtui.domain.text import say
from idtui.words import LANGUAGES, words

NISS = "85073003328"
BELGIAN = '!(àè"àà""é!'
"""The same number from a scanner set to a US keyboard, at a Belgian one."""
QWERTY = "*%)&#))##@*"
"""From a scanner set to a Belgian keyboard, at a US one."""
COMMANDS = "pinfrxuljohg"
"""A code without a number, of letters that are all keys of commands."""
PREFIXES = {BELGIAN: "³", QWERTY: "~"}
"""What the desk sees of the prefix `~` of these two."""
PATIENT_HOLD = {"DESK_HOLD": "0.3"}
"""Ten times the hold of a desk, so that a busy machine does not stretch a gap beyond it."""

NOTHING_SET: Mapping[str, str] = {}

SCREENS = {
    "waiting": "",
    "nothing shown": "x",
    "scanning": "i",
    "typing": "n85",
    "reason": f"n{NISS}",
    "how": f"n{NISS}g",
    "attested": f"p{NISS}",
    "papers": "f",
    "newborn": "fn",
    "worklist": "l",
    "journal": "j",
    "who": "r",
    "help": "h",
}
"""A screen and the keys that lead to it from the idle desk."""


def started(language: str = "en", environment: Mapping[str, str] = NOTHING_SET) -> DeskTerminal:
    terminal = DeskTerminal(language, environment=environment)
    terminal.until_text("ctrl+q")
    terminal.settle()
    return terminal


def kept(terminal: DeskTerminal) -> list[str]:
    terminal.settle(0.5)
    terminal.send("\x11")
    assert terminal.wait() == 0
    return [entry["kind"] for entry in terminal.report()["kept"]]


def beginning(message_id: str, language: str, **parameters: str) -> str:
    """Return so much of a sentence as stands on one row."""
    return words(language)(say(message_id, **parameters))[:30]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_code_without_a_number_is_refused_on_every_screen_and_presses_no_key(language: str) -> None:
    refused = beginning("scan.miss.none", language)
    with started(language) as terminal:
        idle = terminal.text().splitlines()[:15]
        for keys in SCREENS.values():
            terminal.type(keys)
            terminal.burst(f"{COMMANDS}\r")
            terminal.until_text(refused)
            for _ in range(3):
                terminal.send("\x1b")
                terminal.settle(0.2)
            terminal.until(lambda: terminal.text().splitlines()[:15] == idle, "the idle desk")
        assert set(kept(terminal)) <= {"draft"}


@pytest.mark.parametrize("reading", ["good", "forged"])
def test_a_code_never_takes_or_leaves_a_card(reading: str) -> None:
    with started() as terminal:
        terminal.order(reading)
        terminal.until_text("VERIFIED" if reading == "good" else "REFUSED")
        terminal.burst(f"{COMMANDS}\r")
        terminal.until_text("holds no NISS")
        terminal.burst("\rabc\r")
        terminal.settle(0.5)
        assert kept(terminal) == []


@pytest.mark.parametrize("text", [NISS, BELGIAN, QWERTY, f"]C0{NISS}"], ids=["same", "us", "belgian", "aim"])
@pytest.mark.parametrize(
    ("environment", "gaps"),
    [
        (PATIENT_HOLD, (0.02, 0.1)),
        ({"SSH_CONNECTION": "192.0.2.1 1 192.0.2.2 22"}, ()),
        ({"DESK_PREFIX": "~"}, (0.2, 0.3)),
    ],
    ids=["here", "ssh", "prefix"],
)
def test_a_number_is_one_scan_in_one_piece_or_in_several(
    text: str, environment: Mapping[str, str], gaps: tuple[float, ...]
) -> None:
    prefix = PREFIXES.get(text, "~") if "DESK_PREFIX" in environment else ""
    with started(environment=environment) as terminal:
        terminal.burst(f"{prefix}{text}\r", *gaps)
        terminal.until_text("85.07.30-033.28")
        assert "On which support?" in terminal.text()
        terminal.type("i")
        terminal.until_text("DONE")
        assert kept(terminal) == ["verification"]


def test_a_scan_fills_what_asks_for_a_number_and_searches_a_list() -> None:
    with started() as terminal:
        terminal.type("r")
        terminal.until_text("who")
        terminal.burst(f"{NISS}\r")
        terminal.until_text(NISS)
        terminal.type("\r")
        terminal.until_text("TO COMPLETE  1")
        for key in "lj":
            terminal.type(key)
            terminal.burst(f"{NISS}\r")
            terminal.until_text(NISS)
            assert "85.07.30-033.28" in terminal.text()
            terminal.type("\x1b")
            terminal.settle(0.4)
            terminal.type("\x1b")
            terminal.settle(0.4)
        terminal.burst("17073003384\r")
        terminal.until_text("17.07.30-033.84")
        assert kept(terminal) == ["pending"]


def test_a_scan_of_a_pending_patient_finds_it() -> None:
    with started() as terminal:
        terminal.type(f"n{NISS}r")
        terminal.until_text("TO COMPLETE  1")
        terminal.burst(f"{NISS}\r")
        terminal.until_text("completes:")
        terminal.type("v")
        terminal.until_text("Completed for the care")
        terminal.burst(f"{NISS}\r")
        terminal.until_text("Already read today")
        terminal.type("c")
        terminal.until_text("consulted")
        assert kept(terminal) == ["pending", "verification", "correction", "consultation"]


@pytest.mark.parametrize("sent", ["V0093121", 'Vààç"&é&', "VO093121"], ids=["same", "us", "unknown"])
def test_a_wristband_opens_its_visit_or_is_refused_and_presses_no_key(sent: str) -> None:
    with started(environment={"DESK_VISIT": "V0093121"}) as terminal:
        terminal.burst(f"{sent}\r")
        if sent == "VO093121":
            terminal.until_text("is the number of no visit known here")
            assert "visit VO" not in terminal.text()
        else:
            terminal.until_text("Visit V0093121 opened by its label.")
            terminal.type("r")
            terminal.until_text("TO COMPLETE  1")
        assert kept(terminal) == ([] if sent == "VO093121" else ["draft", "pending", "draft"])
