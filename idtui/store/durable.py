"""Files and names made durable: what is written here is on the medium when the call returns."""

import errno
import os
from pathlib import Path

from idtui.domain.errors import CannotSave
from idtui.domain.text import clean, say
from idtui.store.errors import StoreUnavailable

_NEW = ".new"


def write_at(descriptor: int, data: bytes, offset: int) -> None:
    """Write in one call; a short write, the mark of a full disk, raises OSError. Not durable by itself."""
    if os.pwrite(descriptor, data, offset) < len(data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def write_new(path: Path, content: bytes) -> None:
    """Create a file readable by its owner only and sync it; raises FileExistsError, OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        write_at(descriptor, content, 0)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace(path: Path, content: bytes) -> None:
    """Give a file new content: after a power cut it holds the old or the new, whole. Raises OSError."""
    new = path.with_name(path.name + _NEW)
    new.unlink(missing_ok=True)
    try:
        write_new(new, content)
        os.replace(new, path)  # noqa: PTH105  # the system calls of this room stand in the open
    except OSError:
        new.unlink(missing_ok=True)
        raise
    sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    """Make the names in a directory durable."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def cannot_save(error: OSError) -> CannotSave:
    """Return the error of an entry that could not be made durable."""
    return CannotSave(say("store.cannot_save", reason=clean(error.strerror or "")))


def unavailable(directory: Path, error: OSError) -> StoreUnavailable:
    """Return the error of a store that the system does not let us open."""
    return StoreUnavailable(
        say("store.unavailable", directory=clean(str(directory)), reason=clean(error.strerror or ""))
    )
