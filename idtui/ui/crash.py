"""What is told of an internal error: its id and where it happened, never a value, a name or a number.

Python's own report prints the message of an exception, Textual's also local variables: at a desk both
can hold a patient. Reports are kept until the screen has been given back, then go to stderr.
"""

import os
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import TracebackType

from idtui.domain.text import Message, say


class CrashLog:
    """The internal errors of this run."""

    def __init__(self, words: Callable[[Message], str]) -> None:
        self._words = words
        self._reports: list[str] = []

    def __bool__(self) -> bool:
        return bool(self._reports)

    def take(self, error: BaseException) -> None:
        """Keep the type of the error and the places it came through; nothing of what it says."""
        sentence = self._words(say("ui.stopped", error=os.urandom(4).hex()))
        frames = traceback.extract_tb(error.__traceback__, limit=-20)
        places = [f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        self._reports.append("\n".join((sentence, f"  {type(error).__name__}", *places)))

    def tell(self) -> None:
        """Write the reports to stderr, if it is still there."""
        with suppress(OSError, ValueError):
            for report in self._reports:
                print(report, file=sys.stderr)  # noqa: T201  # the screen is closed, stderr is what is left


@contextmanager
def caught_by(log: CrashLog) -> Iterator[None]:
    """Send what no one else catches, in any thread, to the log while the screen is up."""

    def unhandled(_kind: type[BaseException], error: BaseException, _place: TracebackType | None) -> None:
        log.take(error)
        log.tell()

    def in_thread(failed: threading.ExceptHookArgs) -> None:
        if failed.exc_value is not None and failed.exc_type is not SystemExit:
            log.take(failed.exc_value)

    before = sys.excepthook, threading.excepthook
    sys.excepthook, threading.excepthook = unhandled, in_thread
    try:
        yield
    finally:
        sys.excepthook, threading.excepthook = before
