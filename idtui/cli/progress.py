"""How far long work is: one line on standard error, drawn over itself, only for a person at a terminal."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TextIO, TypeVar

from idtui.domain.text import say
from idtui.words import Words

QUIET = 0.3
"""Seconds in which work may end without a word."""

EVERY = 0.1
"""Seconds between two drawings, at least."""

LEAST = 20
"""Columns taken for a terminal that does not tell its width."""

Thing = TypeVar("Thing")


class Progress:
    """The line. Needs no more of a terminal than that carriage return goes to the first column."""

    def __init__(self, words: Words, out: TextIO | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._words = words
        self._out = out if out is not None and out.isatty() else None
        self._clock = clock
        self._begun: float | None = None
        self._drawn = 0.0
        self._width = 0

    def __call__(self, work: str, done: int, total: int) -> None:
        """Tell that `done` of `total` is done; the line is gone when all is."""
        if self._out is None:
            return
        now = self._clock()
        self._begun = now if self._begun is None else self._begun
        if done >= total:
            self.clear()
        elif now - self._begun >= QUIET and now - self._drawn >= EVERY:
            self._drawn = now
            self._draw(self._out, self._words(say(f"progress.{work}", done=done, total=total)))

    def over(self, work: str, things: Sequence[Thing]) -> Iterator[Thing]:
        """Yield the things and tell how many have passed; the line goes away however it ends."""
        total = len(things)
        try:
            for done, thing in enumerate(things):
                self(work, done, total)
                yield thing
        finally:
            self.clear()

    def clear(self) -> None:
        """Take the line away."""
        if self._out and self._width:
            self._draw(self._out, "")
            self._out.write("\r")
            self._out.flush()
        self._begun, self._width = None, 0

    def _draw(self, out: TextIO, text: str) -> None:
        """Write over the line before; the last column stays free: some terminals wrap from it."""
        encoding, room = out.encoding or "ascii", _columns(out) - 1
        line = text[:room].encode(encoding, "replace").decode(encoding)
        out.write("\r" + line.ljust(min(self._width, room)))
        out.flush()
        self._width = len(line)


def _columns(out: TextIO) -> int:
    try:
        return os.get_terminal_size(out.fileno()).columns or LEAST
    except OSError:
        return LEAST
