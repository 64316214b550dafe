"""Taking a store over from a desk whose line was lost: the old process is asked to end, then made to.

Only a process of this machine and of this account that really holds the lock is ever signalled.
"""

import os
import signal
import time
from pathlib import Path

from idtui.domain.errors import StoreHeld
from idtui.domain.text import say
from idtui.store.lock import holder_of, is_held

PATIENCE = 5.0
"""Seconds given after each signal."""

_SIGNALS = (signal.SIGHUP, signal.SIGTERM, signal.SIGKILL)
"""SIGHUP asks to save the draft and end, as a dropped line does."""

_GLANCE = 0.05
LOCKS = Path("/proc/locks")
"""Which process holds which lock, by inode (proc_locks(5))."""


def take_over(directory: Path) -> bool:
    """End the process that writes the store; return whether there was one.

    Raises `StoreHeld` when the holder is not a process of this machine and account, or does not go.
    """
    if not is_held(directory):
        return False
    pid = holder_of(directory)
    if pid is None or not _holds(pid, directory / "lock"):
        raise StoreHeld(say("store.not_ours_to_end"))
    for number in _SIGNALS:
        if not _holds(pid, directory / "lock"):
            break
        try:
            os.kill(pid, number)
        except PermissionError:
            raise StoreHeld(say("store.not_ours_to_end")) from None
        if _freed(directory):
            return True
    if not _freed(directory):
        raise StoreHeld(say("store.does_not_go", pid=pid))
    return True


def _freed(directory: Path) -> bool:
    end = time.monotonic() + PATIENCE
    while is_held(directory):
        if time.monotonic() > end:
            return False
        time.sleep(_GLANCE)
    return True


def _holds(pid: int, lock: Path, locks: Path = LOCKS) -> bool:
    """Say whether that process has the lock. Its open files cannot be asked: it lets nobody look into it.

    The device is not compared: btrfs and overlayfs tell another one here than to stat(2).
    """
    inode = f":{lock.stat().st_ino}"
    held = (line.split() for line in locks.read_text(encoding="ascii").splitlines())
    return any(words[1] == "FLOCK" and words[4] == str(pid) and words[5].endswith(inode) for words in held)
