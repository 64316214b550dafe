"""The store of one desk: `open_store` to write it, `read_store` to look beside a running desk."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

import msgspec

from idtui.desk.ports import Clock
from idtui.domain.entries import Entry
from idtui.domain.errors import WrongPassphrase
from idtui.domain.text import clean, say
from idtui.seal.passphrase import Passphrase
from idtui.store import first_form, place, retention, takeover, vault
from idtui.store.codec import encode
from idtui.store.durable import cannot_save, unavailable
from idtui.store.errors import StoreMissing, StoreUnavailable
from idtui.store.frames import Kind
from idtui.store.history import History, replay, salvage
from idtui.store.index import StoredEntries
from idtui.store.journal import Journal
from idtui.store.lock import WriterLock
from idtui.store.segment_file import STEP, segment_files
from idtui.store.tries import counted
from idtui.store.vault import Vault
from idtui.store.visits import KeptVisits, VisitFile
from idtui.store.watch import Work, passed

NEW_WORK = frozenset({"verification", "exemption", "consultation", "pending"})
"""Kinds of entries that begin something; the others finish it and may use the reserve of a full disk."""


class DeskStore(StoredEntries):
    """The store, open for writing: the desk's `Journal` port. Belongs to one thread.

    `dropped` is the number of bytes of an unfinished frame that were moved aside at opening, into the file
    `torn`; such a frame was never acknowledged. `created` says that its keys were made by this opening,
    without a recovery key; `vault` holds them. `visits` are the visits known at this desk.
    """

    def __init__(self, journal: Journal, history: History, vault: Vault, lock: WriterLock) -> None:
        super().__init__(history.entries, history.carried, history.damage)
        self._journal = journal
        self._lock = lock
        self.vault = vault
        self.visits = VisitFile(vault)
        self.created = False
        self.dropped = journal.dropped
        self.torn = journal.torn
        self._segments = history.segments_of(len(self))

    @property
    def full(self) -> bool:
        """Whether the disk gives no more space: what was begun still fits, new work is refused."""
        return self._journal.full

    @property
    def head(self) -> str:
        """The hash of the last frame in hex, on which all frames before it depend."""
        return self._journal.head.hex()

    @property
    def frames(self) -> int:
        """The sequence of the last frame, which only rises."""
        return self._journal.frames

    def next_sequence(self) -> int:
        """Return the sequence number of the next entry of this desk, from 1."""
        return self._last_sequence + 1

    def append(self, entry: Entry) -> None:
        """Make the entry durable before returning. Raises `CannotSave` and keeps nothing.

        Raises ValueError for a sequence that is not the next one and for an id that is already there.
        """
        if entry.sequence != self.next_sequence():
            raise ValueError(f"sequence {entry.sequence} is not the next one, {self.next_sequence()}")
        if entry.id in self._positions:
            raise ValueError(f"entry {entry.id} is already in the journal")
        payload = encode(entry)
        self._name_damage(entry.recorded_at)
        self._journal.append(payload, begun=entry.kind not in NEW_WORK)
        self._take((payload,))
        self._segments.append(self._journal.segment)

    def purge(self, before: datetime, *, by: tuple[str, ...], at: datetime) -> int:
        """Destroy the keys of segments whose entries were all recorded before and received; return how many.

        What still counts is carried into the current segment first. What is gone stays in the memory of this
        process until it ends. Nothing goes while there is damage that nobody has acknowledged: a backup may
        still mend it. Raises `CannotSave`.
        """
        if not self.damage.is_seen:
            return 0
        gone = self.vault.purged
        last = retention.last_purgeable(self, self._segments, gone, self._journal.segment, before)
        if last == gone:
            return 0
        carried = list(retention.still_counting(self, self._segments, last))
        note = retention.Note(
            sequence=self._last_sequence, entries=self._received(carried), segment=last, by=by, at=at
        )
        carried += [msgspec.json.encode(one) for one in (note, *self.damage.notes)]
        for done, payload in enumerate(carried, 1):
            passed(Work.CARRYING, done, len(carried))
            self._journal.append(payload, kind=Kind.CARRY, begun=True)
        try:
            self.vault.destroy(last)
        except OSError as error:
            raise cannot_save(error) from error
        return last - gone

    def rekey(self, passphrase: Passphrase, recovery: str | None = None) -> None:
        """Change the passphrase, and the hospital's recovery key (public, PEM) where one is given.

        Raises `NotUnderstood` when that is no such key, `CannotSave`.
        """
        try:
            self.vault.rekey(passphrase, recovery)
        except OSError as error:
            raise cannot_save(error) from error

    def acknowledge(self, *, by: str, at: datetime) -> None:
        """Keep for ever that somebody has seen all the damage there is. Raises `CannotSave`."""
        if self.damage:
            self._note_damage(by=by, at=at)

    def _name_damage(self, at: datetime) -> None:
        """Begin the new segment behind damage with a note that names it."""
        if not self.damage.is_named:
            self._note_damage(by="", at=at)

    def _note_damage(self, *, by: str, at: datetime) -> None:
        noted = self.damage.noted(by=by, at=at)
        self._journal.append(msgspec.json.encode(noted.notes[-1]), kind=Kind.CARRY, begun=True)
        self.damage = noted

    def secret(self, name: str) -> bytes | None:
        """Return a small secret of this desk; None when it has none of that name."""
        return self.vault.secret(name)

    def keep_secret(self, name: str, content: bytes) -> None:
        """Keep a small secret beside the keys of the journal; it survives rekey and recovery.

        Raises `CannotSave`.
        """
        try:
            self.vault.keep(name, content)
        except OSError as error:
            raise cannot_save(error) from error

    def _received(self, payloads: list[bytes]) -> tuple[str, ...]:
        ids = (msgspec.json.decode(payload)["id"] for payload in payloads)
        return tuple(one for one in ids if one not in self._unsent and one not in self._parked)

    def close(self) -> None:
        """Let go of the store."""
        self._journal.close()
        self._lock.release()

    def _adding(self) -> Callable[[Entry], None]:
        return self.append


def open_store(
    directory: Path, *, desk: str, clock: Clock, passphrase: Passphrase, step: int = STEP
) -> DeskStore:
    """Open the store in `directory` for writing; create it, for its owner only, when there is none.

    A store of the first form is brought into today's, sealed with this passphrase. Space is taken from the
    disk in steps of `step` bytes. Raises `StoreHeld` when another process writes it, `WrongPassphrase`,
    `JournalDamaged`, changing nothing, when it cannot be trusted, `StoreUnavailable` when the system refuses.
    """
    try:
        place.make(directory)
        place.check(directory)
        lock = WriterLock(directory, desk=desk, since=clock.now())
    except OSError as error:
        raise unavailable(directory, error) from error
    try:
        return _opened(directory, lock, clock, passphrase, step)
    except BaseException as error:
        lock.release()
        if isinstance(error, OSError):
            raise unavailable(directory, error) from error
        raise


def _opened(directory: Path, lock: WriterLock, clock: Clock, passphrase: Passphrase, step: int) -> DeskStore:
    def today() -> date:
        return clock.now().date()

    created = not vault.exists(directory)
    torn: Path | None = None
    if first_form.found_in(directory):
        torn = first_form.migrate(directory, passphrase, today, step)
    files = segment_files(directory)
    keys = _unlocked(directory, passphrase) if vault.exists(directory) else _created(directory, passphrase)
    history = replay(files, keys)
    journal = Journal(directory, keys, history, today, step)
    try:
        store = DeskStore(journal, history, keys, lock)
    except BaseException:
        journal.close()
        raise
    store.visits.forget_old(today())
    store.created = created
    if torn:
        store.dropped, store.torn = torn.stat().st_size, torn
    return store


def _unlocked(directory: Path, passphrase: Passphrase) -> Vault:
    with counted(directory):
        return Vault.unlock(directory, passphrase)


def _created(directory: Path, passphrase: Passphrase) -> Vault:
    if segment_files(directory):
        raise StoreUnavailable(say("store.keys_missing", directory=clean(str(directory))))
    return Vault.create(directory, passphrase)


def check_passphrase(directory: Path, passphrase: Passphrase, sleep: Callable[[float], None]) -> None:
    """Return where the passphrase is that of the store, as an opening finds out; a desk may be running on it.

    Raises `WrongPassphrase`, `JournalDamaged`, `StoreUnavailable`, and what `sleep` raises.
    """
    try:
        with counted(directory, sleep):
            Vault.unlock(directory, passphrase)
    except OSError as error:
        raise unavailable(directory, error) from error


@contextmanager
def recover_store(directory: Path, private: str, *, desk: str, clock: Clock) -> Iterator[Vault]:
    """Hold the store and its keys, opened with the private half (PEM) of the hospital's recovery key.

    Raises `WrongPassphrase`, `NotUnderstood` when the text is no key, `StoreHeld`, `JournalDamaged`,
    `StoreUnavailable`.
    """
    if not is_locked(directory):
        raise StoreMissing(directory)
    try:
        place.check(directory)
        lock = WriterLock(directory, desk=desk, since=clock.now())
    except OSError as error:
        raise unavailable(directory, error) from error
    try:
        yield Vault.unlock_by_recovery(directory, private)
    except OSError as error:
        raise cannot_save(error) from error
    finally:
        lock.release()


def take_over(directory: Path, passphrase: Passphrase) -> bool:
    """End the process that writes the store, for someone who has its passphrase; say if there was one.

    Raises `StoreHeld` when it cannot be ended, `WrongPassphrase`, `JournalDamaged`, `StoreUnavailable`.
    """
    try:
        if is_locked(directory):
            place.check(directory)
            _unlocked(directory, passphrase)
            return takeover.take_over(directory)
    except OSError as error:
        raise unavailable(directory, error) from error
    return False


def is_locked(directory: Path) -> bool:
    """Say whether there is a store that only a passphrase opens."""
    return vault.exists(directory) and not first_form.found_in(directory)


def read_store(directory: Path, passphrase: Passphrase | None = None) -> StoredEntries:
    """Read the store as it is now, also while a desk writes it; takes no lock, writes and repairs nothing.

    Only a store of the first form needs no passphrase. Raises `StoreUnavailable` when there is none,
    `WrongPassphrase`, `JournalDamaged` when it cannot be trusted.
    """
    try:
        if first_form.found_in(directory):
            return StoredEntries(first_form.replay((directory / "segment-00000001").read_bytes()).payloads)
        history = read_history(directory, passphrase)
    except OSError as error:
        raise unavailable(directory, error) from error
    return StoredEntries(history.entries, history.carried, history.damage)


def read_visits(directory: Path, passphrase: Passphrase | None) -> KeptVisits:
    """Return the visits known at this desk, also while a desk is running; raises as `read_store` does."""
    if not is_locked(directory):
        raise StoreMissing(directory)
    if passphrase is None:
        raise WrongPassphrase(say("store.passphrase_needed"))
    try:
        place.check(directory)
        return VisitFile(_unlocked(directory, passphrase)).read()
    except OSError as error:
        raise unavailable(directory, error) from error


def read_secret(directory: Path, passphrase: Passphrase, name: str) -> bytes | None:
    """Return a small secret of the desk, also while it is running; raises as `read_store` does."""
    try:
        place.check(directory)
        return _unlocked(directory, passphrase).secret(name)
    except OSError as error:
        raise unavailable(directory, error) from error


def salvage_store(directory: Path, passphrase: Passphrase) -> StoredEntries:
    """Read what opens in a store that `read_store` refuses, a key of whose segments is missing for instance.

    Nothing tells what was lost: this is for rescue, never for work. Raises `WrongPassphrase`,
    `StoreUnavailable`, `JournalDamaged`.
    """
    try:
        history = salvage(segment_files(directory), _unlocked(directory, passphrase))
    except OSError as error:
        raise unavailable(directory, error) from error
    return StoredEntries(history.entries, history.carried, history.damage)


def read_history(directory: Path, passphrase: Passphrase | None) -> History:
    """Read the journal without touching it; raises what `read_store` raises, and OSError."""
    if not vault.exists(directory):
        raise StoreMissing(directory)
    if passphrase is None:
        raise WrongPassphrase(say("store.passphrase_needed"))
    place.check(directory)
    files = segment_files(directory)
    keys = _unlocked(directory, passphrase)
    history = replay(files, keys)
    if history.damage:  # a writer may have finished two frames while the first was being read
        return replay(files, keys)
    return history
