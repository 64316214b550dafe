"""What `idtui doctor` says of the store: where it stands, who may read it, what it holds, and the clock."""

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from idtui.desk.checks import Check, bad, ok, warning
from idtui.domain.errors import JournalDamaged, WrongPassphrase
from idtui.domain.text import clean, say
from idtui.store.chain import Verdict
from idtui.store.errors import StoreMissing, StoreUnavailable
from idtui.store.index import StoredEntries
from idtui.store.place import MOUNTS, NETWORK, PROMISES_NOTHING, file_system

LEAST_FREE = 64 * 1024 * 1024
"""Bytes of free space under which to warn."""

EARLIEST_YEAR = 2024
"""A clock before it was never set: no version of idtui is that old."""

IN_MEMORY = frozenset({"tmpfs", "ramfs"})
"""Gone when the machine stops."""

NOT_GIVEN = "store.passphrase_needed"
"""The message of a store that only lacks its passphrase: no fault for doctor."""

NO_ENTRIES_INSIDE = frozenset({"lock", "holder"})
"""Files of the writer's lock: they say who writes, nothing of a patient."""

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def directory_checks(directory: Path, mounts: Path = MOUNTS) -> Iterator[Check]:
    """Check file system, directory, who may read it, and free space; a missing directory may be made."""
    standing = _standing(directory)
    yield _file_system(file_system(standing, mounts))
    name = clean(str(directory))
    if not standing.is_dir():
        finding = say("doctor.store.not_a_directory", path=clean(str(standing)))
        yield bad("store.directory", finding, say("doctor.store.not_a_directory.fix"))
        return
    if not os.access(standing, os.W_OK | os.X_OK):
        finding = say("doctor.store.not_writable", path=clean(str(standing)))
        yield bad("store.directory", finding, say("doctor.store.not_writable.fix"))
    elif standing != directory:
        yield ok("store.directory", say("doctor.store.to_be_made", directory=name))
    else:
        yield ok("store.directory", say("doctor.store.directory", directory=name))
    if standing == directory:
        yield _closed_to_others(directory)
    yield _space(standing)


def _standing(directory: Path) -> Path:
    """Return the directory, or the nearest path above it that this user can see."""
    return next(path for path in (directory, *directory.absolute().parents) if os.access(path, os.F_OK))


def _file_system(kind: str) -> Check:
    name = clean(kind) or "?"
    if kind in NETWORK:
        return bad("store.file_system", say("doctor.store.network", kind=name), say("doctor.store.move.fix"))
    if kind in IN_MEMORY:
        finding = say("doctor.store.in_memory", kind=name)
        return warning("store.file_system", finding, say("doctor.store.move.fix"))
    if kind in PROMISES_NOTHING:
        finding = say("doctor.store.promises_nothing", kind=name)
        return warning("store.file_system", finding, say("doctor.store.promises_nothing.fix"))
    return ok("store.file_system", say("doctor.store.file_system", kind=name))


def _closed_to_others(directory: Path) -> Check:
    """Check that the directory and what holds entries are their owner's alone, and the owner this user."""
    faults = (fault for path in _holding_entries(directory) if (fault := _open_to_others(path)))
    return next(faults, ok("store.owner", say("doctor.store.closed")))


def _holding_entries(directory: Path) -> Iterator[Path]:
    yield directory
    yield from (path for path in sorted(directory.iterdir()) if path.name not in NO_ENTRIES_INSIDE)


def _open_to_others(path: Path) -> Check | None:
    name, state = clean(str(path)), path.stat()
    if state.st_uid != os.geteuid():
        return bad("store.owner", say("doctor.store.owner", path=name), say("doctor.store.owner.fix"))
    if state.st_mode & _OTHERS:
        finding = say("doctor.store.open", path=name, mode=f"{stat.S_IMODE(state.st_mode):04o}")
        return bad("store.owner", finding, say("doctor.store.open.fix"))
    return None


def _space(path: Path) -> Check:
    free = shutil.disk_usage(path).free
    megabytes = free // (1024 * 1024)
    if free < LEAST_FREE:
        return warning("store.space", say("doctor.store.full", free=megabytes), say("doctor.store.full.fix"))
    return ok("store.space", say("doctor.store.space", free=megabytes))


def journal_checks(
    read: Callable[[], StoredEntries], verify_chain: Callable[[], Verdict], now: datetime
) -> Iterator[Check]:
    """Check that the journal can be read, tell what it holds, and that time has not gone back since.

    Without the passphrase, or with a wrong one, the chain of its frames is all that can be checked.
    """
    try:
        store = read()
    except WrongPassphrase as error:
        if error.message.id != NOT_GIVEN:
            yield bad("journal.passphrase", error.message, say("doctor.journal.passphrase.fix"))
        yield _chain(verify_chain())
        return
    except JournalDamaged as error:
        yield bad("journal.entries", error.message, say("doctor.journal.damaged.fix"))
        return
    except StoreMissing:
        yield ok("journal.entries", say("doctor.journal.none"))
        return
    except StoreUnavailable as error:
        yield bad("store.journal", error.message, say("doctor.store.not_writable.fix"))
        return
    if not store.damage.is_seen:
        finding = say("doctor.journal.quarantined", count=store.damage.frames)
        yield bad("journal.entries", finding, say("doctor.journal.quarantined.fix"))
        return
    waiting, parked = len(store.unsent()), len(store.parked())
    finding = say("doctor.journal.entries", entries=len(store), waiting=waiting, parked=parked)
    if parked:
        yield warning("journal.entries", finding, say("doctor.journal.parked.fix"))
    else:
        yield ok("journal.entries", finding)
    if len(store):
        yield _order(store.entries()[-1].recorded_at, now)


def _chain(verdict: Verdict) -> Check:
    if verdict.findings:
        first = min(finding.first for finding in verdict.findings)
        finding = say("doctor.journal.broken", sequence=first)
        return bad("journal.entries", finding, say("doctor.journal.damaged.fix"))
    return ok("journal.entries", say("doctor.journal.sealed", frames=verdict.frames))


def _order(newest: datetime, now: datetime) -> Check:
    moment = newest.isoformat(timespec="seconds")
    if now < newest:
        return bad("journal.clock", say("doctor.journal.future", moment=moment), say("doctor.clock.fix"))
    return ok("journal.clock", say("doctor.journal.clock", moment=moment))


def clock_checks(now: datetime) -> Iterator[Check]:
    """Check that the clock of the machine was ever set."""
    finding = say("doctor.clock.machine", moment=now.isoformat(timespec="seconds"))
    if now.year < EARLIEST_YEAR:
        yield bad("clock.machine", finding, say("doctor.clock.fix"))
    else:
        yield ok("clock.machine", finding)
