"""One writer per store: a lock for the life of the process, and a note that says who holds it.

The lock is the kernel's and goes with the process; the note in `holder` is for the message only and may
be stale. Neither is an entry.
"""

import contextlib
import os
import socket
from datetime import datetime
from pathlib import Path

import filelock
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
        self._lock = filelock.FileLock(directory / "lock", mode=0o600, thread_local=False)
        try:
            self._lock.acquire(blocking=False)
        except filelock.Timeout:
            raise _held(self._note) from None
        holder = _Holder(os.getpid(), socket.gethostname(), desk, since.isoformat(timespec="seconds"))
        with contextlib.suppress(OSError):  # a full disk must not keep a desk from reading and sending
            self._note.write_bytes(msgspec.json.encode(holder))

    def release(self) -> None:
        """Let the next writer in."""
        self._note.unlink(missing_ok=True)
        self._lock.release()


def is_held(directory: Path) -> bool:
    """Say whether a process writes the store in this directory now."""
    lock = filelock.FileLock(directory / "lock", mode=0o600, thread_local=False)
    try:
        lock.acquire(blocking=False)
    except filelock.Timeout:
        return True
    lock.release()
    return False


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
