"""The journal's format by bytes: frames chained by their hashes, readable as a chain without any key.

segment     frames one after the other, then zeros to the end of the file
frame       header (64 bytes), body, SHA-256 of header and body (32 bytes)
header      big-endian; it is the associated data of the sealed body

    0   4  "IDTJ"
    4   1  format: 2
    5   1  kind: 1 open, 2 entry, 3 carry
    6   2  zero
    8   4  segment
   12   4  length of the body
   16   8  sequence of the frame, from 1, through all segments
   24   8  nonce: how many frames this writing run has sealed before, failed ones included
   32  32  hash of the frame before, zeros for the very first

open        32 random bytes in clear: the frames after it are sealed with HKDF(segment key, these bytes)
entry       one entry, AES-256-GCM
carry       one entry that outlived the segment it stood in, or the counters of a purge, AES-256-GCM
"""

import struct
from collections.abc import Iterator
from enum import IntEnum
from hashlib import sha256
from typing import NamedTuple

from idtui.domain.errors import JournalDamaged
from idtui.domain.text import say

MAGIC = b"IDTJ"
FORMAT = 2
HASH_BYTES = 32
FIRST = bytes(HASH_BYTES)
"""What the very first frame names as the hash before it."""

HEADER = struct.Struct(">4sBBxxIIQQ32s")
_unpack = HEADER.unpack_from
_HEADER_BYTES = HEADER.size
OVERHEAD = HEADER.size + HASH_BYTES
LONGEST_BODY = 1024 * 1024


class Kind(IntEnum):
    """What a frame holds."""

    OPEN = 1
    ENTRY = 2
    CARRY = 3


class Frame(NamedTuple):
    """A whole frame and where it stands: its bytes are `start` to `end` of its segment's file."""

    kind: int
    segment: int
    sequence: int
    nonce: int
    previous: bytes
    digest: bytes
    start: int
    end: int


class Rest(NamedTuple):
    """What follows the good frames of a segment before the zeros.

    `tail` counts the bytes up to the last one that is not zero, `readable` the whole frames among them.
    """

    tail: int
    readable: int


class Scan(NamedTuple):
    """A segment as found: its good frames, the length they take, and what follows them as `Rest` has it."""

    frames: list[Frame]
    length: int
    tail: int
    readable: int


def header(kind: Kind, *, segment: int, sequence: int, nonce: int, length: int, previous: bytes) -> bytes:
    """Return the header of a frame whose body will have that length."""
    return HEADER.pack(MAGIC, FORMAT, kind, segment, length, sequence, nonce, previous)


def framed(head: bytes, body: bytes) -> bytes:
    """Return the whole frame."""
    content = head + body
    return content + sha256(content).digest()


def parts_of(data: bytes, frame: Frame) -> tuple[bytes, bytes]:
    """Return a frame of this segment in two: its header, which is bound to the body, and its sealed body."""
    body = frame.start + _HEADER_BYTES
    return data[frame.start : body], data[body : frame.end - HASH_BYTES]


def frame_at(data: bytes, start: int) -> Frame | None:
    """Return the frame that begins there, or None when none does or its hash does not fit."""
    size = len(data)
    if size - start < OVERHEAD:
        return None
    magic, version, kind, segment, length, sequence, nonce, previous = _unpack(data, start)
    hashed = start + _HEADER_BYTES + length
    end = hashed + HASH_BYTES
    if magic != MAGIC or version != FORMAT or length > LONGEST_BODY or end > size:
        return None
    digest = data[hashed:end]
    if sha256(data[start:hashed]).digest() != digest:
        return None
    return Frame(kind, segment, sequence, nonce, previous, digest, start, end)


def refuse_newer(data: bytes) -> None:
    """Raise `JournalDamaged` when a segment is of a newer format."""
    if data[: len(MAGIC)] == MAGIC and len(data) > len(MAGIC) and data[len(MAGIC)] > FORMAT:
        raise JournalDamaged(say("store.newer_format", version=data[len(MAGIC)]))


def chained(data: bytes) -> Iterator[Frame]:
    """Yield the longest run of good frames from the start, each of which follows from the one before.

    Raises `JournalDamaged` for a newer format.
    """
    refuse_newer(data)
    before: Frame | None = None
    while (frame := frame_at(data, before.end if before else 0)) is not None:
        if before and not follows(before, frame, segment=before.segment):
            break
        yield frame
        before = frame


def behind(data: bytes, length: int) -> Rest:
    """Return what follows the good frames of a segment, which take that length."""
    tail = len(data[length:].rstrip(b"\0"))
    return Rest(tail, sum(1 for _ in frames_anywhere(data, length)) if tail else 0)


def scan(data: bytes) -> Scan:
    """Return the frames that `chained` yields, and what is behind them; raises as it does."""
    frames = list(chained(data))
    length = frames[-1].end if frames else 0
    return Scan(frames, length, *behind(data, length))


def follows(before: Frame, after: Frame, *, segment: int) -> bool:
    """Say whether a frame is the next one of the chain, standing in that segment."""
    return (
        after.sequence == before.sequence + 1 and after.previous == before.digest and after.segment == segment
    )


def frames_anywhere(data: bytes, start: int) -> Iterator[Frame]:
    """Yield every whole frame from `start` on, whatever stands between them."""
    while (start := data.find(MAGIC, start)) >= 0:
        frame = frame_at(data, start)
        if frame is not None:
            yield frame
        start = frame.end if frame else start + 1
