"""The screen: start to usable desk, and bytes to the terminal, beside Textual on the same pty in one run.

The start is that of the real program on a sealed store of 1,000 entries, with and without Argon2id.
For the bytes card and store are fakes.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "tests"))

from terminal_session import DeskTerminal, Terminal  # noqa: E402  # lies beside the tests that use it

from benchmarks.row import Row  # noqa: E402  # after the path is set

CLAIM = b'{"niss": "85073003328", "means": "eid", "entry": "manual", "reason": "pre.reader_unavailable"}\n'
ENTRIES = 1000

IDTUI = [sys.executable, "-m", "idtui"]
UNLOCKED = [
    *(sys.executable, "-c"),
    """import sys
from idtui.cli import passphrase, run
from idtui.seal.passphrase import LEAST
passphrase.COST = LEAST
sys.exit(run(sys.argv[1:]))""",
]
"""Makes a store whose key costs nothing to derive: its start is the start with the key at hand."""

MINIMAL = [sys.executable, str(ROOT / "benchmarks" / "minimal.py")]

STARTS = 9
"""Whole programs a median is taken of, ours and the peer's in turn."""

IDLE = 10.0
"""Seconds in which nobody touches anything."""

PEER = [sys.executable, str(ROOT / "benchmarks" / "stock_form.py")]
STOCK = "stock Textual form"


def rows() -> list[Row]:
    """Measure, and return the rows."""
    return [*_starts(), *_bytes()]


def _starts() -> Iterator[Row]:
    """Yield the start with the key at hand and that with the passphrase, beside the peer in turn."""
    with tempfile.TemporaryDirectory() as folder:
        # Both programs start from bytecode, as installed ones do, whatever this shell forbids.
        environment = {
            "PCSCLITE_CSOCK_NAME": f"{folder}/no-service",
            "XDG_CONFIG_HOME": folder,
            "TEXTUAL_ANIMATIONS": "none",
            "PYTHONDONTWRITEBYTECODE": "",
            "PYTHONPYCACHEPREFIX": f"{folder}/bytecode",
        }
        secret = Path(folder, "secret")
        secret.write_text("only for this benchmark\n", encoding="utf-8")
        commands = [(MINIMAL, "ready")]
        for name, idtui in (("unlocked", UNLOCKED), ("passphrase", IDTUI)):
            store = ["--store", f"{folder}/{name}", "--passphrase-file", str(secret), "--lang", "en"]
            recording = [*idtui, "record", *store]
            subprocess.run(recording, input=CLAIM * ENTRIES, capture_output=True, check=True)
            commands.append(([*IDTUI, "desk", *store], "ctrl+q"))
        taken = [[_painted(command, environment, text) for command, text in commands] for _ in range(STARTS)]
    minimal, unlocked, whole = (statistics.median(column) for column in zip(*taken, strict=True))
    title, goal = "start to usable desk, 1,000 entries, warm", "<= 1.3 x; aim 0.5 s"
    peer = "minimal Textual app"
    yield Row(f"{title}, unlocked", unlocked, "s", peer, minimal, unlocked / minimal, goal)
    yield Row(f"{title}, passphrase (Argon2id) included", whole, "s", peer, minimal, whole / minimal)


def _painted(command: list[str], environment: dict[str, str], text: str) -> float:
    begin = time.perf_counter()
    with Terminal(command, environment=environment) as terminal:
        terminal.until_text(text)
        return time.perf_counter() - begin


def _bytes() -> list[Row]:
    ours, stock = _bytes_of_the_desk(), _bytes_of_the_form()
    goals = {
        "first screen": "<= 15,000; aim 8,000",
        "digit": "<= 130; aim 100",
        "field change": "<= 250; aim 200",
        "arrow": "<= 640; aim 200",
        "notice": "<= 700; aim 500",
        "idle 10 s": "0",
    }
    return [
        Row(
            f"bytes, {action}, low-bandwidth",
            ours[action],
            "B",
            STOCK,
            stock[action],
            ours[action] / stock[action],
            goal,
        )
        for action, goal in goals.items()
    ]


def _bytes_of_the_desk() -> dict[str, int]:
    with DeskTerminal(profile="low-bandwidth") as desk:
        desk.until_text("ctrl+q")
        desk.settle()
        first = len(desk.output)
        notice = desk.cost("i")  # a road that is not built says so
        arrow = desk.cost("x")  # the mark moves from the card to the next road
        desk.cost("n")
        digit = max(desk.cost(digit) for digit in "8507300332")
        field = desk.cost("i")  # another document shown
        idle = desk.settle(IDLE)
    return {
        "first screen": first,
        "digit": digit,
        "field change": field,
        "arrow": arrow,
        "notice": notice,
        "idle 10 s": idle,
    }


def _bytes_of_the_form() -> dict[str, int]:
    with Terminal(PEER, environment={"TEXTUAL_ANIMATIONS": "none"}) as form:
        form.until_text("NISS")
        first = len(form.output)
        first += _until_quiet(form)
        digit = max(form.cost(digit) for digit in "8507300332")
        field = form.cost("\t")
        form.cost("\t")
        arrow = form.cost("\x1b[B")
        notice = form.cost("\x1bOQ")
        form.send("\x1b[Z")
        _until_quiet(form)
        idle = _during(form, IDLE)
    return {
        "first screen": first,
        "digit": digit,
        "field change": field,
        "arrow": arrow,
        "notice": notice,
        "idle 10 s": idle,
    }


def _until_quiet(terminal: Terminal) -> int:
    """Return the bytes until a pause: a blinking cursor leaves one between two blinks."""
    return terminal.settle(0.3)


def _during(terminal: Terminal, seconds: float) -> int:
    """Return the bytes that came in this time."""
    before, end = len(terminal.output), time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        terminal.settle(min(left, 0.3))
    return len(terminal.output) - before


if __name__ == "__main__":
    for row in rows():
        print(row)
