"""The chain of frames verified without any key: from the files and, where given, a head kept elsewhere.

Every frame names the hash of the one before. The chain is followed backwards from the head, so that what is
changed, missing, added or moved is named by the sequence of its frame. Without a head kept elsewhere an end
that was cut off cleanly cannot be seen; who rewrites all frames from one on is found by the head, not placed.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from pathlib import Path

import msgspec
from msgspec.structs import replace

from idtui.store.frames import FIRST, HASH_BYTES, HEADER, MAGIC, Frame, frame_at, frames_anywhere
from idtui.store.watch import Work, passed


class Flaw(StrEnum):
    """What happened to frames."""

    CHANGED = "changed"
    REMOVED = "removed"
    INSERTED = "inserted"
    REORDERED = "reordered"
    TRUNCATED = "truncated"
    UNREADABLE = "unreadable"
    """Whole by its own hash, but its key does not open it: only who has the keys can tell."""


class Head(msgspec.Struct, frozen=True):
    """The end of the chain at some moment: segment and sequence of the last frame, its hash in hex."""

    segment: int
    sequence: int
    hash: str


class Finding(msgspec.Struct, frozen=True, order=True):
    """A flaw of the frames `first` to `last`."""

    first: int
    last: int
    flaw: Flaw


class Verdict(msgspec.Struct, frozen=True):
    """What was found. `tail` counts bytes of an unfinished frame at the end, which is no flaw by itself."""

    frames: int
    head: Head | None
    tail: int
    findings: tuple[Finding, ...]


class _Bad(msgspec.Struct, frozen=True):
    """Bytes that are no frame, between the frames with these sequences; they say they are `claims`."""

    before: int
    after: int | None
    claims: int
    length: int


def head_of(frame: Frame) -> Head:
    """Return the head a chain has when this is its last frame."""
    return Head(frame.segment, frame.sequence, frame.digest.hex())


def verify(files: Sequence[tuple[int, Path]], head: Head | None = None) -> Verdict:
    """Verify all segments, purged ones as well. Raises OSError."""
    frames: list[Frame] = []
    bad: list[_Bad] = []
    moved: list[int] = []
    for done, (number, path) in enumerate(files):
        passed(Work.CHECKING, done, len(files))
        for part in _parts(path.read_bytes(), frames[-1].sequence if frames else 0):
            if isinstance(part, _Bad):
                bad.append(part)
            else:
                bad = [replace(one, after=part.sequence) if one.after is None else one for one in bad]
                frames.append(part)
                moved.extend([part.sequence] if part.segment != number else [])
    passed(Work.CHECKING, len(files), len(files))
    last = max(frames, key=lambda frame: frame.sequence, default=None)
    if last is None:
        lost = [Finding(1, head.sequence, Flaw.TRUNCATED)] if head else []
        return Verdict(0, None, sum(part.length for part in bad), tuple(lost))
    findings = list(_Walk(frames, bad, head).findings(last))
    findings += [Finding(one, one, Flaw.REORDERED) for one in moved]
    named = {one for finding in findings for one in (finding.first, finding.last)}
    tail = sum(part.length for part in bad if part.after is None and part.claims not in named)
    findings += [
        Finding(part.before + 1, part.before + 1, Flaw.INSERTED)
        for part in bad
        if part.after is not None and not any(f.first <= part.before + 1 <= f.last for f in findings)
    ]
    return Verdict(len(frames), head_of(last), tail, merged(findings))


def verify_beside_writer(files: Sequence[tuple[int, Path]], head: Head | None = None) -> Verdict:
    """Verify, once more if something is found: a desk may have finished two frames during the first look."""
    verdict = verify(files, head)
    return verify(files, head) if verdict.findings else verdict


class _Walk:
    """The way back along the chain, through the frames as they stand in the files."""

    def __init__(self, frames: Sequence[Frame], bad: Sequence[_Bad], head: Head | None) -> None:
        self._frames = frames
        self._bad = bad
        self._head = head
        self._by_digest: dict[bytes, Frame] = {}
        for before, frame in zip([None, *frames], frames, strict=False):
            if frame.digest not in self._by_digest or (before and before.digest == frame.previous):
                self._by_digest[frame.digest] = frame
        self._by_sequence: dict[int, Frame] = {}
        for frame in frames:
            self._by_sequence.setdefault(frame.sequence, frame)
        self._sequences = sorted(self._by_sequence)
        self._chain: set[int] = set()

    def findings(self, last: Frame) -> Iterator[Finding]:
        """Yield what is wrong, from the end to the beginning."""
        sequence, wanted = last.sequence, last.digest
        if self._head and self._head.sequence > sequence:
            yield from self._missing(sequence + 1, self._head.sequence)
            wanted = b""
        while sequence:
            if self._head and sequence == self._head.sequence:
                wanted = bytes.fromhex(self._head.hash)
            frame = self._by_digest.get(wanted)
            if frame is None or frame.sequence != sequence:
                frame = self._by_sequence.get(sequence)
                if frame is None:
                    below = bisect_left(self._sequences, sequence)
                    first = self._sequences[below - 1] + 1 if below else 1
                    yield from self._missing(first, sequence)
                    sequence, wanted = first - 1, b""
                    continue
                if wanted:
                    yield Finding(sequence, sequence, Flaw.CHANGED)
            self._chain.add(id(frame))
            sequence, wanted = sequence - 1, frame.previous
        if wanted not in (b"", FIRST):
            yield Finding(1, 1, Flaw.CHANGED)
        yield from self._misplaced()

    def _missing(self, first: int, last: int) -> Iterator[Finding]:
        """Tell for frames that are not there whether something else is, where they should be."""
        top = self._sequences[-1]
        for part in self._bad:
            if part.after is not None and part.before < last and first < part.after:
                yield Finding(first, last, Flaw.CHANGED)
                return
            if part.after is None and part.claims == first > top:
                yield Finding(first, first, Flaw.CHANGED)
                first += 1
        if first <= last:
            yield Finding(first, last, Flaw.TRUNCATED if first > top else Flaw.REMOVED)

    def _misplaced(self) -> Iterator[Finding]:
        highest = 0
        for frame in self._frames:
            if id(frame) not in self._chain:
                yield Finding(frame.sequence, frame.sequence, Flaw.INSERTED)
            elif frame.sequence < highest:
                yield Finding(frame.sequence, frame.sequence, Flaw.REORDERED)
            else:
                highest = frame.sequence


def _parts(data: bytes, before: int) -> Iterator[Frame | _Bad]:
    """Yield the frames of a segment, and what stands between or behind them but for zeros."""
    start = 0
    while start < len(data):
        frame = frame_at(data, start)
        if frame is None:
            following = next(frames_anywhere(data, start), None)
            end = following.start if following else len(data)
            if length := len(data[start:end].rstrip(b"\0")):
                after = following.sequence if following else None
                yield _Bad(before, after, _claim(data, start), length)
            start = end
            continue
        yield frame
        before, start = frame.sequence, frame.end


def _claim(data: bytes, start: int) -> int:
    """Return the sequence a whole frame with a wrong hash says it has; 0 for anything less."""
    if not data.startswith(MAGIC, start) or len(data) - start < HEADER.size:
        return 0
    _, _, _, _, length, sequence, _, _ = HEADER.unpack_from(data, start)
    end = start + HEADER.size + length + HASH_BYTES
    whole = end <= len(data) and data[end - HASH_BYTES : end].strip(b"\0")
    return int(sequence) if whole else 0


def merged(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings in order, neighbours with the same flaw as one."""
    kept: list[Finding] = []
    for one in sorted(set(findings), key=lambda finding: (finding.flaw, finding.first)):
        if kept and kept[-1].flaw is one.flaw and one.first <= kept[-1].last + 1:
            kept[-1] = Finding(kept[-1].first, max(kept[-1].last, one.last), one.flaw)
        else:
            kept.append(one)
    return tuple(sorted(kept))
