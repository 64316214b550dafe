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

import hashlib
import struct
from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

from idtui.domain.errors import JournalDamaged
from idtui.domain.text import say

MAGIC = b"IDTJ"
FORMAT = 2
HASH_BYTES = 32
FIRST = bytes(HASH_BYTES)
"""What the very first frame names as the hash before it."""

HEADER = struct.Struct(">4sBBxxIIQQ32s")
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


class Scan(NamedTuple):
    """A segment as found: its good frames, the length they take, and what follows before the zeros.

    `tail` counts the bytes up to the last one that is not zero, `readable` the whole frames among them.
    """

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
    return content + hashlib.sha256(content).digest()


def body_of(data: bytes, frame: Frame) -> bytes:
    """Return the body of a frame of this segment, still sealed."""
    return data[frame.start + HEADER.size : frame.end - HASH_BYTES]


def header_of(data: bytes, frame: Frame) -> bytes:
    """Return the header of a frame of this segment, the associated data of its body."""
    return data[frame.start : frame.start + HEADER.size]


def frame_at(data: bytes, start: int) -> Frame | None:
    """Return the frame that begins there, or None when none does or its hash does not fit."""
    if data[start : start + len(MAGIC)] != MAGIC or len(data) - start < OVERHEAD:
        return None
    _, version, kind, segment, length, sequence, nonce, previous = HEADER.unpack_from(data, start)
    hashed = start + HEADER.size + length
    end = hashed + HASH_BYTES
    if version != FORMAT or length > LONGEST_BODY or end > len(data):
        return None
    digest = hashlib.sha256(data[start:hashed]).digest()
    if digest != data[hashed:end]:
        return None
    return Frame(kind, segment, sequence, nonce, previous, digest, start, end)


def refuse_newer(data: bytes) -> None:
    """Raise `JournalDamaged` when a segment is of a newer format."""
    if data[: len(MAGIC)] == MAGIC and len(data) > len(MAGIC) and data[len(MAGIC)] > FORMAT:
        raise JournalDamaged(say("store.newer_format", version=data[len(MAGIC)]))


def scan(data: bytes) -> Scan:
    """Return the longest run of good frames from the start, each of which follows from the one before.

    Raises `JournalDamaged` for a newer format.
    """
    refuse_newer(data)
    frames: list[Frame] = []
    length = 0
    before: Frame | None = None
    while (frame := frame_at(data, length)) is not None:
        if before and not follows(before, frame, segment=before.segment):
            break
        frames.append(frame)
        before, length = frame, frame.end
    tail = len(data[length:].rstrip(b"\0"))
    return Scan(frames, length, tail, sum(1 for _ in frames_anywhere(data, length)) if tail else 0)


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
