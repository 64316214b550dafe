"""The files of the journal: their names, and the live one, its space taken before it is needed."""

import contextlib
import os
import re
from pathlib import Path
from typing import Self

from idtui.store.durable import sync_directory, write_at

SEGMENT_BYTES = 4 * 1024 * 1024
"""A segment grows no longer than this."""

STEP = 1024 * 1024
SMALLEST_STEP = 16 * 1024
_NAME = re.compile(r"segment-([0-9]{8})")


def path_of(directory: Path, number: int) -> Path:
    """Return where a segment stands."""
    return directory / f"segment-{number:08}"


def segment_files(directory: Path) -> list[tuple[int, Path]]:
    """Return numbers and paths of the segments in a directory, in order. Raises OSError."""
    named = ((_NAME.fullmatch(path.name), path) for path in directory.iterdir())
    return sorted((int(match[1]), path) for match, path in named if match)


def reserve_of(step: int) -> int:
    """Return how many bytes are kept free for what was begun: 64 KiB of 1 MiB, never under 4 KiB."""
    return max(4 * 1024, step // 16)


def _take_space(descriptor: int, start: int, step: int) -> None:
    """Take one step of space and write zeros into it, durably. Raises OSError.

    Space that was only promised is marked as never written: each save into it would have the file system
    change that mark, and wait for its own journal (ext4, XFS).
    """
    os.posix_fallocate(descriptor, start, step)
    write_at(descriptor, bytes(step), start)
    os.fsync(descriptor)


class SegmentFile:
    """A segment open for writing: frames up to `length`, zeros from there to `size`."""

    def __init__(self, descriptor: int, number: int, length: int, size: int) -> None:
        self._descriptor = descriptor
        self.number = number
        self.length = length
        self.size = size

    @classmethod
    def create(cls, directory: Path, number: int, step: int) -> Self:
        """Make a segment of one step of zeros, durable with its name. Raises OSError, leaving none."""
        path = path_of(directory, number)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            _take_space(descriptor, 0, step)
            sync_directory(directory)
        except OSError:
            os.close(descriptor)
            path.unlink(missing_ok=True)
            raise
        return cls(descriptor, number, 0, step)

    @classmethod
    def open(cls, directory: Path, number: int, length: int) -> Self:
        """Open a segment whose frames end at `length`, and make what was read durable. Raises OSError.

        A process that was ended in mid-save may have left a whole frame, or the name of the file, unsynced.
        """
        descriptor = os.open(path_of(directory, number), os.O_RDWR | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
            sync_directory(directory)
        except OSError:
            os.close(descriptor)
            raise
        return cls(descriptor, number, length, os.fstat(descriptor).st_size)

    def leave(self) -> None:
        """Count no space behind the frames: the segment stays as it is and is not continued."""
        self.size = self.length

    @property
    def room(self) -> int:
        """How many bytes can be appended without taking more space."""
        return self.size - self.length

    def extend(self, step: int) -> None:
        """Take one more step of space. Raises OSError and leaves the segment as it was."""
        try:
            _take_space(self._descriptor, self.size, step)
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, self.size)
            raise
        self.size += step

    def write(self, data: bytes) -> None:
        """Write behind the frames, not durable yet. Raises OSError."""
        write_at(self._descriptor, data, self.length)

    def sync(self, written: int) -> None:
        """Make the bytes just written durable and count them. Raises OSError."""
        os.fdatasync(self._descriptor)
        self.length += written

    def erase(self, written: int) -> None:
        """Put zeros back behind the frames. Raises OSError."""
        write_at(self._descriptor, bytes(min(written, self.room)), self.length)

    def cut(self) -> None:
        """Give back the space behind the frames: a segment without space is never continued."""
        os.ftruncate(self._descriptor, self.length)
        os.fsync(self._descriptor)
        self.size = self.length

    def tail(self, count: int) -> bytes:
        """Return that many bytes from the end of the frames on."""
        return os.pread(self._descriptor, count, self.length)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._descriptor)
