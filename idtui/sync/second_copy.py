"""The desk's second copy: what was recorded, written elsewhere in a thread of its own, never in the way."""

import threading
from collections.abc import Callable, Sequence

from idtui.domain.entries import Entry
from idtui.domain.errors import IdtuiError
from idtui.domain.text import Message

Write = Callable[[Sequence[Entry]], None]


class SecondCopy:
    """The desk's `SecondCopier` port over a function that writes entries somewhere or raises `IdtuiError`."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._thread: threading.Thread | None = None
        self.copied = 0
        self.failure: Message | None = None

    @property
    def busy(self) -> bool:
        """True while a copy is being written."""
        return self._thread is not None and self._thread.is_alive()

    def copy(self, entries: Sequence[Entry]) -> None:
        """Begin to copy these entries, oldest first; one copy at a time."""
        self._thread = threading.Thread(target=self._run, args=(tuple(entries),), name="copy", daemon=True)
        self._thread.start()

    def _run(self, entries: tuple[Entry, ...]) -> None:
        try:
            self._write(entries)
        except IdtuiError as error:
            self.failure = error.message
        else:
            self.failure, self.copied = None, entries[-1].sequence
