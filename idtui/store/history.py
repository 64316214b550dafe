"""What a journal holds, read from its segments: checked frame by frame, opened with the keys of the vault."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import msgspec

from idtui.domain.errors import JournalDamaged
from idtui.seal.aead import CannotUnseal, CountedSeal, derive
from idtui.store import damage
from idtui.store.chain import Finding, Flaw, merged, verify
from idtui.store.damage import Damage
from idtui.store.frames import (
    FIRST,
    OVERHEAD,
    Frame,
    Kind,
    behind,
    chained,
    follows,
    frames_anywhere,
    parts_of,
    refuse_newer,
)
from idtui.store.vault import Vault
from idtui.store.watch import Work, passed

_FRAMES = b"idtui journal 2 frames"
_OPEN, _CARRY = Kind.OPEN.value, Kind.CARRY.value
"""As a frame has them: asking the enumeration for each of 100,000 frames takes longer than comparing."""


class Last(msgspec.Struct, frozen=True):
    """The last segment: where its frames end, and the bytes of an unfinished frame behind them."""

    number: int
    length: int
    tail: int


class History(msgspec.Struct):
    """Payloads oldest first; `carried` outlived their segments. `head` is the last frame of the chain."""

    entries: list[bytes] = []
    carried: list[bytes] = []
    segments: int = 0
    head: Frame | None = None
    last: Last | None = None
    segment_of: list[int] = []
    """For each of `entries` the segment in which it stands."""
    unreadable: list[int] = []
    """Sequences of frames that are whole by their hash and do not open."""
    damage: Damage = Damage()

    def segments_of(self, held: int) -> list[int]:
        """Return the segment of each of so many entries: 0 for those carried, which stand first."""
        return [0] * (held - len(self.segment_of)) + self.segment_of


def run_key(segment_key: bytes, opening: bytes) -> bytes:
    """Return the key of the frames that follow an `open` frame with these 32 bytes."""
    return derive(segment_key, salt=opening, purpose=_FRAMES)


class _Broken(Exception):
    """The journal is not one whole chain that opens."""


def replay(files: Sequence[tuple[int, Path]], vault: Vault) -> History:
    """Read the segments whose keys were not destroyed; list the files before the vault is read.

    An unfinished frame at the end of the last segment is its tail. Where whole frames follow what is not
    whole, frames are missing or were changed, everything else is read and `damage` tells. Raises
    `JournalDamaged` for a newer format and a segment without its key; OSError.
    """
    kept = [(number, path) for number, path in files if number > vault.purged]
    try:
        history = _chained(kept, vault)
    except _Broken:
        history = salvage(kept, vault)
        _require_keys(kept, vault)
        history.damage = _damage(files, history)
    history.segments = len(files)
    return history


def _chained(kept: Sequence[tuple[int, Path]], vault: Vault) -> History:
    """Read one whole chain; raises `_Broken`, `JournalDamaged`, OSError."""
    history = History()
    for place, (number, path) in enumerate(kept):
        passed(Work.READING, place, len(kept))
        data = path.read_bytes()
        length = _take(history, data, number, vault)
        is_last = place == len(kept) - 1
        rest = behind(data, length)
        torn = rest.tail if is_last and not rest.readable else 0
        if rest.tail != torn:
            raise _Broken
        if is_last:
            history.last = Last(number, length, torn)
    passed(Work.READING, len(kept), len(kept))
    return history


def salvage(files: Sequence[tuple[int, Path]], vault: Vault) -> History:
    """Read every frame that is whole and opens, in their order, whatever is missing between them.

    Frames after an `open` frame that is lost open no more. Raises OSError.
    """
    found: list[tuple[Frame, bytes]] = []
    history = History(segments=len(files))
    for number, path in files:
        data = path.read_bytes()
        whole = list(frames_anywhere(data, 0))
        found += [(frame, data) for frame in whole if frame.segment > vault.purged]
        end = max((frame.end for frame in whole), default=0)
        history.last = Last(number, end, len(data[end:].rstrip(b"\0")))
    rescue = _Rescue(vault, history, most=sum(path.stat().st_size for _, path in files) // OVERHEAD)
    for frame, data in sorted(found, key=lambda one: one[0].sequence):
        rescue.take(data, frame)
    return history


class _Rescue:
    """Takes whole frames in the order of their sequences and keeps what opens.

    Nothing proves an `open` frame but what its run opens; `most`, the number of frames the files can hold,
    limits what a false one does to the counting.
    """

    def __init__(self, vault: Vault, history: History, *, most: int) -> None:
        self._vault = vault
        self._history = history
        self._most = most
        self._runs: defaultdict[int, list[CountedSeal]] = defaultdict(list)
        self._last = 0

    def take(self, data: bytes, frame: Frame) -> None:
        head, body = parts_of(data, frame)
        if frame.kind == _OPEN:
            self._begin_run(frame, body)
        elif frame.sequence > self._last:
            self._open(frame, body, head)

    def _begin_run(self, frame: Frame, opening: bytes) -> None:
        try:
            key = self._vault.key_of(frame.segment)
        except JournalDamaged:
            return
        self._runs[frame.segment].append(CountedSeal(run_key(key, opening)))
        head = self._history.head
        if not head or frame.sequence - head.sequence <= self._most:
            self._history.head = frame

    def _open(self, frame: Frame, body: bytes, bound: bytes) -> None:
        for run in reversed(self._runs[frame.segment]):
            try:
                payload = run.unseal(frame.nonce, body, bound)
            except CannotUnseal:
                continue
            _keep(self._history, frame, payload)
            self._last = frame.sequence
            return
        self._history.unreadable.append(frame.sequence)


def _require_keys(kept: Sequence[tuple[int, Path]], vault: Vault) -> None:
    """Raise `JournalDamaged` for a key that is missing, which can be put back, and for a newer format."""
    for number, path in kept:
        data = path.read_bytes()
        refuse_newer(data)
        if any(frame.segment == number for frame in frames_anywhere(data, 0)):
            vault.key_of(number)


def _damage(files: Sequence[tuple[int, Path]], history: History) -> Damage:
    """Return what the chain tells, and the whole frames that do not open all the same."""
    findings = verify(files).findings
    closed = [
        Finding(one, one, Flaw.UNREADABLE)
        for one in history.unreadable
        if not any(told.first <= one <= told.last for told in findings)
    ]
    head = history.head.sequence if history.head else 0
    return damage.found(merged([*findings, *closed]), history.carried, head)


def _take(history: History, data: bytes, number: int, vault: Vault) -> int:
    """Check and unseal the frames of one segment, one after the other; return where they end."""
    end = 0
    run: CountedSeal | None = None
    for frame in chained(data):
        if not end:
            if not _continues(history.head, frame, number, vault.purged):
                raise _Broken
            key = vault.key_of(number)
        end = frame.end
        head, body = parts_of(data, frame)
        if frame.kind == _OPEN:
            history.head, run = frame, CountedSeal(run_key(key, body))
            continue
        if run is None:
            raise _Broken
        try:
            payload = run.unseal(frame.nonce, body, head)
        except CannotUnseal:
            raise _Broken from None
        _keep(history, frame, payload)
    return end


def _continues(head: Frame | None, first: Frame, number: int, purged: int) -> bool:
    if head:
        return follows(head, first, segment=number)
    whole = first.sequence == 1 and first.previous == FIRST
    return first.segment == number and (purged > 0 or whole)


def _keep(history: History, frame: Frame, payload: bytes) -> None:
    history.head = frame
    if frame.kind == _CARRY:
        history.carried.append(payload)
    else:
        history.entries.append(payload)
        history.segment_of.append(frame.segment)
