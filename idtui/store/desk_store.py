"""The store of one desk: `open_store` to write it, `read_store` to look beside a running desk."""

import os
from collections.abc import Callable
from pathlib import Path

from idtui.desk.ports import Clock
from idtui.domain.entries import Entry
from idtui.store.codec import encode
from idtui.store.index import StoredEntries
from idtui.store.journal import Journal, read_payloads, sync_directory, unavailable
from idtui.store.lock import WriterLock


class DeskStore(StoredEntries):
    """The store, open for writing: the desk's `Journal` port. Belongs to one thread.

    `dropped` is the number of bytes of an unfinished frame that were moved aside at opening, into the file
    `torn`; such a frame was never acknowledged.
    """

    def __init__(self, journal: Journal, lock: WriterLock) -> None:
        super().__init__(journal.recovered)
        self._journal = journal
        self._lock = lock
        self.dropped = journal.dropped
        self.torn = journal.torn

    def next_sequence(self) -> int:
        """Return the sequence number of the next entry of this desk, from 1."""
        return len(self) + 1

    def append(self, entry: Entry) -> None:
        """Make the entry durable before returning. Raises `CannotSave` and keeps nothing.

        Raises ValueError for a sequence that is not the next one and for an id that is already there.
        """
        if entry.sequence != self.next_sequence():
            raise ValueError(f"sequence {entry.sequence} is not the next one, {self.next_sequence()}")
        if entry.id in self._positions:
            raise ValueError(f"entry {entry.id} is already in the journal")
        payload = encode(entry)
        self._journal.append(payload)
        self._take(payload)

    def close(self) -> None:
        """Let go of the store."""
        self._journal.close()
        self._lock.release()

    def _adding(self) -> Callable[[Entry], None]:
        return self.append


def open_store(directory: Path, *, desk: str, clock: Clock) -> DeskStore:
    """Open the store in `directory` for writing; create it, for its owner only, when there is none.

    Raises `StoreHeld` when another process writes it, `JournalDamaged`, changing nothing, when it cannot be
    trusted, `StoreUnavailable` when the system refuses.
    """
    try:
        _make(directory)
        lock = WriterLock(directory, desk=desk, since=clock.now())
    except OSError as error:
        raise unavailable(directory, error) from error
    try:
        journal = Journal(directory)
    except BaseException as error:
        lock.release()
        if isinstance(error, OSError):
            raise unavailable(directory, error) from error
        raise
    try:
        return DeskStore(journal, lock)
    except BaseException:
        journal.close()
        lock.release()
        raise


def read_store(directory: Path) -> StoredEntries:
    """Read the store as it is now, also while a desk writes it; takes no lock, writes and repairs nothing.

    Raises `StoreUnavailable` when there is none, `JournalDamaged` when it cannot be trusted.
    """
    return StoredEntries(read_payloads(directory))


def _make(directory: Path) -> None:
    if not directory.is_dir():
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        sync_directory(Path(os.path.realpath(directory)).parent)
