"""The append-only file under the store: frames made durable one by one, recovered by their checksums.

    segment-00000001    a header line, then frames
    header              "idtui-journal" SP <format version> LF
    frame               <CRC-32, 8 hex digits> SP <sequence, from 1> SP <JSON> LF
    torn-00000001-n     bytes of a frame that was never finished, moved aside at the next opening

The checksum covers sequence and JSON. Payloads are bytes here; `codec` knows what they say.
"""

import errno
import itertools
import os
import re
import zlib
from dataclasses import dataclass
from pathlib import Path

from idtui.domain.errors import CannotSave, JournalDamaged
from idtui.domain.text import clean, say
from idtui.store.errors import StoreUnavailable

SEGMENT = "segment-00000001"
HEADER = b"idtui-journal 1\n"
_ANY_HEADER = re.compile(rb"idtui-journal ([0-9]{1,9})\n")
_CRC_DIGITS = 8
# Overlapping, and not only at line starts: a damaged line feed must not hide the frame after it.
_FRAME_ANYWHERE = re.compile(rb"(?=([0-9a-f]{8} [0-9]+ [^\n]*)\n)")


@dataclass(frozen=True, slots=True)
class Replay:
    """What a segment holds: its payloads in order, where the good part ends, how many bytes follow it."""

    payloads: list[bytes]
    length: int
    tail: int


def framed(sequence: int, payload: bytes) -> bytes:
    """Return the frame of a payload, which must hold no line feed."""
    body = b"%d %s" % (sequence, payload)
    return b"%08x %s\n" % (zlib.crc32(body), body)


def _unframed(line: bytes) -> tuple[int, bytes] | None:
    """Return sequence and payload of a line without its line feed; None when the checksum does not fit."""
    checksum, body = line[:_CRC_DIGITS], line[_CRC_DIGITS + 1 :]
    if line[_CRC_DIGITS : _CRC_DIGITS + 1] != b" " or checksum != b"%08x" % zlib.crc32(body):
        return None
    sequence, _, payload = body.partition(b" ")
    return (int(sequence), payload) if sequence.isdigit() else None


def replay(data: bytes) -> Replay:
    """Return the longest valid prefix of a segment.

    What follows it is a torn tail when no whole frame comes after. Raises `JournalDamaged` when one does,
    when frames are missing, and for a format this version does not know.
    """
    if not data.startswith(HEADER):
        if HEADER.startswith(data):
            return Replay([], 0, len(data))
        raise _strange_header(data)
    payloads: list[bytes] = []
    start = len(HEADER)
    while (end := data.find(b"\n", start)) >= 0:
        frame = _unframed(data[start:end])
        if frame is None or frame[0] != len(payloads) + 1:
            break
        payloads.append(frame[1])
        start = end + 1
    later = (_unframed(match[1]) for match in _FRAME_ANYWHERE.finditer(data, start))
    if readable := sum(frame is not None for frame in later):
        raise JournalDamaged(say("store.damaged", saved=len(payloads), readable=readable, offset=start))
    return Replay(payloads, start, len(data) - start)


def _strange_header(data: bytes) -> JournalDamaged:
    if other := _ANY_HEADER.match(data):
        return JournalDamaged(say("store.newer_format", version=int(other[1])))
    return JournalDamaged(say("store.no_header"))


def read_payloads(directory: Path) -> list[bytes]:
    """Return the payloads of a journal that another process may be writing; writes and repairs nothing.

    An unfinished last frame is the end. Raises `JournalDamaged`, `StoreUnavailable`.
    """
    try:
        data = (directory / SEGMENT).read_bytes()
    except FileNotFoundError:
        raise StoreUnavailable(say("store.missing", directory=clean(str(directory)))) from None
    except OSError as error:
        raise unavailable(directory, error) from error
    return replay(data).payloads


class Journal:
    """The open segment of one desk. The caller holds the store's lock.

    `recovered` are the payloads found at opening, oldest first. `dropped` is the number of bytes of a torn
    tail that the opening moved to the file `torn`.
    """

    def __init__(self, directory: Path) -> None:
        """Open or create the segment. Raises `JournalDamaged`, writing nothing, and OSError."""
        self.dropped = 0
        self.torn: Path | None = None
        self._stopped = False
        self._descriptor = os.open(
            directory / SEGMENT, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600
        )
        try:
            found = replay(_whole(self._descriptor))
            self.recovered = found.payloads
            self._sequence = len(found.payloads)
            self._length = found.length
            if found.tail:
                self._move_tail_aside(directory, found)
            if not found.length:
                self._write_header(directory)
        except BaseException:
            os.close(self._descriptor)
            raise

    def append(self, payload: bytes) -> None:
        """Write the next frame and make it durable.

        Raises `CannotSave` and keeps nothing. After a failed sync nothing more is accepted until the
        journal is opened again: the kernel may have dropped the pages and would call the next sync good.
        """
        if self._stopped:
            raise CannotSave(say("store.stopped"))
        frame = framed(self._sequence + 1, payload)
        try:
            _write(self._descriptor, frame)
        except OSError as error:
            self._take_back()
            raise _cannot_save(error) from error
        try:
            os.fdatasync(self._descriptor)
        except OSError as error:
            self._stopped = True
            self._take_back()
            raise _cannot_save(error) from error
        self._length += len(frame)
        self._sequence += 1

    def close(self) -> None:
        """Let go of the file."""
        self._stopped = True
        os.close(self._descriptor)

    def _take_back(self) -> None:
        try:
            os.ftruncate(self._descriptor, self._length)
        except OSError:
            self._stopped = True

    def _write_header(self, directory: Path) -> None:
        _write(self._descriptor, HEADER)
        os.fsync(self._descriptor)
        sync_directory(directory)
        self._length = len(HEADER)

    def _move_tail_aside(self, directory: Path, found: Replay) -> None:
        tail = os.pread(self._descriptor, found.tail, found.length)
        names = (directory / f"torn-{SEGMENT.rpartition('-')[2]}-{number}" for number in itertools.count(1))
        self.torn = next(name for name in names if not name.exists())
        write_durably(self.torn, tail)
        sync_directory(directory)
        os.ftruncate(self._descriptor, found.length)
        os.fsync(self._descriptor)
        self.dropped = found.tail


def _whole(descriptor: int) -> bytes:
    with os.fdopen(os.dup(descriptor), "rb") as segment:
        segment.seek(0)
        return segment.read()


def _write(descriptor: int, data: bytes) -> None:
    """Write in one call; a short write, the mark of a full disk, raises OSError."""
    if os.write(descriptor, data) < len(data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _cannot_save(error: OSError) -> CannotSave:
    return CannotSave(say("store.cannot_save", reason=clean(error.strerror or "")))


def unavailable(directory: Path, error: OSError) -> StoreUnavailable:
    """Return the error of a store that the system does not let us open."""
    return StoreUnavailable(
        say("store.unavailable", directory=clean(str(directory)), reason=clean(error.strerror or ""))
    )


def write_durably(path: Path, content: bytes) -> None:
    """Create a file readable by its owner only and sync it; raises FileExistsError, OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync_directory(directory: Path) -> None:
    """Make the names in a directory durable."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
