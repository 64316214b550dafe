"""A program on a pty of 24 rows and 80 columns, its screen kept by pyte; every wait has a deadline."""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyte

from idtui.desk.wedge import PERSON

PROGRAM = Path(__file__).resolve().parent / "ui" / "desk_program.py"
DEADLINE = 20.0
"""Seconds any wait may take; far above what is needed, for a busy machine."""

STALL = 2.0
"""Seconds a key may stay unanswered before the next is pressed all the same."""

_UNKNOWN_TO_PYTE = re.compile(rb"\x1b\[[<>][0-9;]*u|\x1b\[\?[0-9]+\$p")

OURS = re.compile(
    rb"\x1b\[[0-9;]*[mH]|\x1b\[\?(?:7|25|1049|2004|2026|2048)[hl]|\x1b\[\?(?:2026|2048)\$p|\x1b\[<u"
)
"""Written down here once more, on purpose: the filter must not be its own judge."""


def alien(output: bytes) -> list[str]:
    """Return the controls in the output that are not ours."""
    text = OURS.sub(b"", output).decode("utf-8")
    return [repr(c) for c in text if not c.isprintable() and c not in "\r\n"]


class Terminal:
    """A program and its terminal."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        size: tuple[int, int] = (80, 24),
        keep: Sequence[int] = (),
    ) -> None:
        self.screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self.screen)
        self.output = b""
        self.code: int | None = None
        variables = {name: value for name, value in os.environ.items() if not name.startswith("TEXTUAL")}
        variables |= {"TERM": "xterm-256color", "PYTHONPATH": os.pathsep.join(sys.path)}
        for name in ("NO_COLOR", "COLORTERM", "SSH_CONNECTION"):
            variables.pop(name, None)
        variables |= environment or {}
        self.pid, self._fd = pty.fork()
        if not self.pid:
            for descriptor in keep:
                os.set_inheritable(descriptor, True)
            os.execvpe(command[0], list(command), variables)
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, place: TracebackType | None
    ) -> None:
        if self.code is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        self.hang_up()

    def hang_up(self) -> None:
        """Close the line, as a dropped SSH connection does."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def send(self, keys: str | bytes) -> None:
        os.write(self._fd, keys.encode() if isinstance(keys, str) else keys)

    def type(self, keys: str) -> None:
        """Press keys one by one, no faster than a person."""
        for key in keys:
            self.send(key)
            self.settle(PERSON * 1.2)

    def burst(self, text: str, *gaps: float) -> None:
        """Send a scan as a scanner types it, in as many equal parts as there are gaps, and one more."""
        size = -(-len(text) // (len(gaps) + 1))
        for part, gap in zip(range(0, len(text), size), (*gaps, 0.0), strict=False):
            self.send(text[part : part + size])
            self.settle(gap)

    def text(self) -> str:
        return "\n".join(self.screen.display)

    def until(self, is_so: Callable[[], bool], what: str) -> None:
        """Read what comes until it is so."""
        end = time.monotonic() + DEADLINE
        while not is_so():
            if time.monotonic() > end or self._read(0.05) == b"":
                raise AssertionError(f"waited for {what}; the screen shows\n{self.text()}")

    def until_text(self, text: str) -> None:
        self.until(lambda: text in self.text(), text)

    def settle(self, quiet: float = 0.3) -> int:
        """Read until nothing came for `quiet` seconds; return the bytes received."""
        before = len(self.output)
        while self._read(quiet):
            pass
        return len(self.output) - before

    def cost(self, keys: str) -> int:
        """Return the bytes that came back for these keys."""
        before = len(self.output)
        self.send(keys)
        self.until(lambda: len(self.output) > before, f"an answer to {keys!r}")
        self.settle()
        return len(self.output) - before

    def wait(self, deadline: float = DEADLINE) -> int:
        """Wait for the end of the program; return its exit code, 128+n where signal n killed it."""
        end = time.monotonic() + deadline
        while self.code is None:
            if self._fd >= 0:
                self._read(0.02)
            else:
                select.select([], [], [], 0.02)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.code = os.waitstatus_to_exitcode(status)
            elif time.monotonic() > end:
                raise AssertionError(f"the program did not end; the screen shows\n{self.text()}")
        if self._fd >= 0:
            self.settle(0.05)
        return self.code

    def _read(self, patience: float) -> bytes | None:
        """Return what came within `patience` seconds; None for nothing, empty when the program has ended."""
        if not select.select([self._fd], [], [], patience)[0]:
            return None
        try:
            came = os.read(self._fd, 65536)
        except OSError:
            came = b""
        self.output += came
        self._stream.feed(_UNKNOWN_TO_PYTE.sub(b"", came))
        return came


class DeskTerminal(Terminal):
    """The desk of fakes on a terminal, with the pipe that moves its card reader."""

    def __init__(
        self, language: str = "en", profile: str = "auto", environment: Mapping[str, str] | None = None
    ) -> None:
        orders, self._orders = os.pipe()
        self._report, report = os.pipe()
        command = [sys.executable, str(PROGRAM), str(orders), str(report), language, profile]
        super().__init__(command, environment=environment, keep=[orders, report])
        os.close(orders)
        os.close(report)

    def order(self, line: str) -> None:
        os.write(self._orders, f"{line}\n".encode())

    def report(self) -> dict[str, Any]:
        """Return what the journal kept; call it after `wait`."""
        told: dict[str, Any] = json.loads(os.read(self._report, 65536))
        return told

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, place: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, place)
        os.close(self._orders)
        os.close(self._report)
