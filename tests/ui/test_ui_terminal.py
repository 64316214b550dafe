"""The desk on a real pty: what reaches the terminal, how it ends, what it costs in bytes."""

import os
import re
import signal
from pathlib import Path

import pytest
from desk_fakes import HOSTILE
from terminal_session import DeskTerminal, alien

NISS = "85073003328"

INKS = {b"0", b"1", b"2", b"7", b"1;30;46", b"1;30;43", b"1;30;47"}
"""Every style of ours; a colour a card asks for is not among them."""


def started(terminal: DeskTerminal) -> DeskTerminal:
    terminal.until_text("ctrl+q")
    terminal.settle()
    return terminal


def quit_desk(terminal: DeskTerminal) -> None:
    terminal.send("\x11")
    assert terminal.wait() == 0


def test_hostile_text_in_every_field_lets_only_our_sequences_out() -> None:
    with DeskTerminal() as terminal:
        started(terminal)
        for index in range(len(HOSTILE)):
            terminal.order(f"hostile {index}")
            terminal.until_text("VERIFIED")
            terminal.settle(0.1)
            terminal.send("\r")
            terminal.until_text("DONE")
            terminal.send("h")
            terminal.until_text("KEYS")
            terminal.type("hx")
            terminal.until_text("not shown")
        quit_desk(terminal)
        assert alien(terminal.output) == []
        assert set(re.findall(rb"\x1b\[([0-9;]*)m", terminal.output)) <= INKS
        assert terminal.output.count(b"\x1b[?1049l") == 1
        assert b"CLIP" not in terminal.output
        assert len(terminal.report()["kept"]) == len(HOSTILE)


def test_markup_is_shown_as_typed() -> None:
    with DeskTerminal() as terminal:
        started(terminal)
        terminal.order(f"hostile {HOSTILE.index('[/foo] DUPONT [')}")
        terminal.until_text("[/foo] DUPONT [")
        quit_desk(terminal)


def test_bytes_that_are_not_utf8_do_no_harm() -> None:
    with DeskTerminal() as terminal:
        started(terminal)
        terminal.send("n")
        terminal.until_text("__.__.__-___.__")
        terminal.send(b"\xe9")  # é of an ISO-8859-1 terminal: a 2, seen when the next byte comes
        terminal.send(b"8")
        terminal.until_text("28.__")
        terminal.send(b"\x1b[M \xa0!")  # an X10 mouse report
        terminal.send("5")
        terminal.until_text("28.5")
        quit_desk(terminal)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_keeps_the_draft(number: signal.Signals, code: int) -> None:
    with DeskTerminal() as terminal:
        started(terminal)
        terminal.type("n850")
        terminal.until_text("85.0")
        os.kill(terminal.pid, number)
        assert terminal.wait() == code
        report = terminal.report()
        assert report["kept"][-1] == {"kind": "draft", "digits": "850"}
        assert report["closed"]
        assert terminal.output.rstrip().endswith(b"\x1b[?25h")


def test_a_dropped_line_keeps_the_draft() -> None:
    with DeskTerminal() as terminal:
        started(terminal)
        terminal.type("n850")
        terminal.until_text("85.0")
        terminal.hang_up()
        assert terminal.wait() == 129
        report = terminal.report()
        assert report["kept"][-1] == {"kind": "draft", "digits": "850"}
        assert report["closed"]


def test_a_crash_tells_where_and_nothing_else() -> None:
    with DeskTerminal() as terminal:
        started(terminal)
        terminal.type("n850")
        terminal.until_text("85.0")
        before = len(terminal.output)
        terminal.order("crash")
        assert terminal.wait() == 1
        told = terminal.output[before:]
        assert b"internal error" in told
        assert b"ValueError" in told
        assert b"desk_program.py" in told
        for secret in (NISS.encode(), b"canary", b"SPECIMEN"):
            assert secret not in told
        assert terminal.report()["kept"][-1] == {"kind": "draft", "digits": "850"}


def test_a_device_thread_that_dies_leaves_the_desk_at_work() -> None:
    with DeskTerminal() as terminal:
        started(terminal)
        before = len(terminal.output)
        terminal.order("thread-crash")
        terminal.order("good")
        terminal.until_text("VERIFIED")
        terminal.send("\r")
        terminal.until_text("DONE")
        terminal.send("\x11")
        assert terminal.wait() == 1
        assert b"canary" not in terminal.output[before:]
        assert NISS.encode() not in terminal.output[before:]
        assert len(terminal.report()["kept"]) == 1


def walk(terminal: DeskTerminal) -> None:
    """Show every kind of ink: verdicts, banner, notice, marks, disabled keys."""
    for order, awaited in (("good", "VERIFIED"), ("forged", "REFUSED")):
        terminal.order(order)
        terminal.until_text(awaited)
        terminal.send("\r")
        terminal.until(lambda: "DONE" in terminal.text() or "NO  " in terminal.text(), "a notice")
    terminal.type(f"n{NISS}")
    terminal.until_text("Why typed?")
    assert "\ufffd" not in terminal.output.decode(), "the filter took one of our own sequences"


def test_no_visible_cell_has_its_own_colour_as_background() -> None:
    with DeskTerminal(profile="ansi16", environment={"TERM": "xterm"}) as terminal:
        started(terminal)
        for order, awaited in (("good", "VERIFIED"), ("forged", "REFUSED")):
            terminal.order(order)
            terminal.until_text(awaited)
            terminal.settle(0.1)
            inks = set()
            for y in range(24):
                for x in range(80):
                    cell = terminal.screen.buffer[y][x]
                    if cell.data.strip():
                        inks.add((cell.fg, cell.bg))
                        assert cell.fg == "default" or cell.fg != cell.bg
            assert len(inks) > 1, "no colour at all: nothing was tested"
        quit_desk(terminal)


def test_without_colour_every_state_is_a_word() -> None:
    with DeskTerminal(environment={"NO_COLOR": "1"}) as terminal:
        started(terminal)
        walk(terminal)
        for y in range(24):
            for x in range(80):
                cell = terminal.screen.buffer[y][x]
                assert (cell.fg, cell.bg) == ("default", "default")
        quit_desk(terminal)


@pytest.mark.parametrize("language", ["fr", "nl", "de"])
def test_the_ascii_profile_sends_no_byte_above_126(language: str) -> None:
    with DeskTerminal(language, "ascii") as terminal:
        started(terminal)
        terminal.order("good")
        terminal.until_text("71.71.51-000.70")
        terminal.type("\rn850h")
        terminal.settle()
        terminal.type("h\x11")
        assert terminal.wait() == 0
        assert max(terminal.output) <= 126


def test_bytes_of_the_low_bandwidth_profile() -> None:
    with DeskTerminal(profile="low-bandwidth") as terminal:
        started(terminal)
        assert len(terminal.output) <= 15_000

        cost = terminal.cost
        assert 0 < cost("i") <= 700, "a notice"
        assert 0 < cost("x") <= 700, "the mark moves"
        cost("n")
        for digit in NISS[:10]:
            assert 0 < cost(digit) <= 130, "a digit"
        assert 0 < cost("i") <= 250, "a field changes"
        assert terminal.settle(6.0) == 0, "idle, a tick of the clock included"
        assert b"?1004h" not in terminal.output, "no focus reports: Textual repaints at each"
        quit_desk(terminal)


def test_keys_are_counted_in_bytes_from_the_idle_desk() -> None:
    with DeskTerminal() as terminal:
        started(terminal)
        terminal.order("good")
        terminal.until_text("VERIFIED")
        terminal.send(b"\r")  # an eID: one key
        terminal.until_text("DONE")
        keys = f"n{NISS}c"
        assert len(keys) == 13
        terminal.type(keys)  # a typed NISS: thirteen
        terminal.until_text("85.07.30-033.28")
        terminal.until_text("DONE")
        quit_desk(terminal)
        assert [entry["kind"] for entry in terminal.report()["kept"]] == ["verification"] * 2


@pytest.mark.parametrize(("profile", "most"), [("auto", 15_000), ("ansi16", 9_000), ("low-bandwidth", 9_000)])
def test_a_photo_costs_bounded_bytes_and_leaves_nothing(
    tmp_path: Path, photo: bytes, profile: str, most: int
) -> None:
    (tmp_path / "photo").write_bytes(photo)
    with DeskTerminal(profile=profile) as terminal:
        started(terminal)
        terminal.order("good")
        terminal.until_text("VERIFIED")
        terminal.settle()
        terminal.send("f")
        terminal.until_text("being read")
        terminal.settle()
        before = len(terminal.output)
        terminal.order(f"photo {tmp_path / 'photo'}")
        terminal.until_text("▀" * 20)
        terminal.settle()
        assert len(terminal.output) - before <= most
        shades = {terminal.screen.buffer[12][x].fg for x in range(2, 26)}
        assert len(shades) >= (8 if profile == "auto" else 3)
        terminal.send("\x1b")
        terminal.until_text("VERIFIED")
        terminal.until(lambda: "▀" not in terminal.text(), "the photo to go")
        quit_desk(terminal)
        assert alien(terminal.output) == []


def test_a_pending_is_completed_in_two_keys_and_the_card_and_consulted_in_one() -> None:
    with DeskTerminal() as terminal:
        started(terminal)
        terminal.type("runknown, bed 4\r")
        terminal.until_text("TO COMPLETE  1")
        terminal.type("l\r")  # two keys
        terminal.until_text("completes: unknown, bed 4")
        terminal.order("good")  # and the means
        terminal.until_text("VERIFIED")
        terminal.send("\r")
        terminal.until_text("Completed for the care")
        terminal.order("remove")
        terminal.order("good")
        terminal.until_text("Already read today")
        terminal.send("c")  # one key
        terminal.until_text("consulted: SPECIMEN")
        quit_desk(terminal)
        kinds = [entry["kind"] for entry in terminal.report()["kept"] if entry["kind"] != "draft"]
        assert kinds == ["pending", "verification", "correction", "consultation"]


def test_bytes_of_a_list_in_the_low_bandwidth_profile() -> None:
    with DeskTerminal(profile="low-bandwidth") as terminal:
        started(terminal)
        for number in range(25):
            terminal.type(f"rV{number:04}\r")
            terminal.until_text(f"V{number:04}")
        assert terminal.cost("j") <= 6_000, "a list"
        for _ in range(3):
            assert 0 < terminal.cost("\x1b[B") <= 200, "an arrow"
        assert terminal.settle(6.0) == 0, "idle, a tick of the clock included"
        terminal.send("\x1b")
        quit_desk(terminal)
