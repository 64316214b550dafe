"""One writer per store: a lock for the life of the process, and a note that says who holds it.

The lock is the kernel's and goes with the process; the note in `holder` is for the message only and may
be stale. Neither is an entry.
"""

import fcntl
import os
import socket
from datetime import datetime
from pathlib import Path

import msgspec

from idtui.domain.errors import StoreHeld
from idtui.domain.text import clean, say


class _Holder(msgspec.Struct):
    """Who writes: process number, machine, desk, and since when (RFC 3339)."""

    pid: int
    host: str
    desk: str
    since: str


class WriterLock:
    """The exclusive right to write a store, held from construction to `release`."""

    def __init__(self, directory: Path, *, desk: str, since: datetime) -> None:
        """Take the lock; raises `StoreHeld` naming the holder when another process has it."""
        self._note = directory / "holder"
        descriptor = _taken(directory)
        if descriptor is None:
            raise _held(self._note)
        self._descriptor: int | None = descriptor
        holder = _Holder(os.getpid(), socket.gethostname(), desk, since.isoformat(timespec="seconds"))
        try:
            self._note.write_bytes(msgspec.json.encode(holder))
        except OSError:
            pass  # a full disk must not keep a desk from reading and sending
        except BaseException:
            os.close(descriptor)
            raise

    def release(self) -> None:
        """Let the next writer in; once."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is None:
            return
        try:
            self._note.unlink(missing_ok=True)
        finally:
            os.close(descriptor)


def is_held(directory: Path) -> bool:
    """Say whether a process writes the store in this directory now."""
    descriptor = _taken(directory)
    if descriptor is None:
        return True
    os.close(descriptor)
    return False


def _taken(directory: Path) -> int | None:
    """Return the descriptor that holds the lock as long as it is open; None when another one holds it.

    flock(2): it counts between processes and between two openings of one. The file stays: were it taken away,
    two could hold a file of that name.
    """
    descriptor = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        if isinstance(error, BlockingIOError):
            return None
        raise
    return descriptor


def holder_of(directory: Path) -> int | None:
    """Return the number of the process that says it holds the store, if it is one of this machine."""
    holder = _read(directory / "holder")
    return holder.pid if holder and holder.host == socket.gethostname() else None


def _read(note: Path) -> _Holder | None:
    try:
        return msgspec.json.decode(note.read_bytes(), type=_Holder)
    except (OSError, msgspec.MsgspecError):
        return None


def _held(note: Path) -> StoreHeld:
    holder = _read(note)
    if holder is None:
        return StoreHeld(say("store.held_by_unknown"))
    return StoreHeld(
        say(
            "store.held",
            pid=holder.pid,
            host=clean(holder.host),
            desk=clean(holder.desk),
            since=clean(holder.since),
        )
    )
