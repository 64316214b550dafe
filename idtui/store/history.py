"""What a journal holds, read from its segments: checked frame by frame, opened with the keys of the vault."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from idtui.domain.errors import JournalDamaged
from idtui.domain.text import say
from idtui.seal.aead import CannotUnseal, CountedSeal, derive
from idtui.store.frames import FIRST, Frame, Kind, Scan, body_of, follows, frames_anywhere, header_of, scan
from idtui.store.vault import Vault
from idtui.store.watch import Work, passed

_FRAMES = b"idtui journal 2 frames"


@dataclass(frozen=True, slots=True)
class Last:
    """The last segment: where its frames end, and the bytes of an unfinished frame behind them."""

    number: int
    length: int
    tail: int


@dataclass(slots=True)
class History:
    """Payloads oldest first; `carried` outlived their segments. `head` is the last frame of the chain."""

    entries: list[bytes] = field(default_factory=list)
    carried: list[bytes] = field(default_factory=list)
    segments: int = 0
    head: Frame | None = None
    last: Last | None = None
    in_segment: dict[int, int] = field(default_factory=dict)
    """How many of `entries` stand in each segment."""
    run: CountedSeal | None = None
    """What opens the frames of the writing run being read."""


def run_key(segment_key: bytes, opening: bytes) -> bytes:
    """Return the key of the frames that follow an `open` frame with these 32 bytes."""
    return derive(segment_key, salt=opening, purpose=_FRAMES)


def replay(files: Sequence[tuple[int, Path]], vault: Vault) -> History:
    """Read the segments whose keys were not destroyed; list the files before the vault is read.

    An unfinished frame at the end of the last segment is its tail. Raises `JournalDamaged` when whole frames
    follow what is not whole, when frames are missing or were changed; OSError.
    """
    history = History(segments=len(files))
    kept = [(number, path) for number, path in files if number > vault.purged]
    for place, (number, path) in enumerate(kept):
        passed(Work.READING, place, len(kept))
        data = path.read_bytes()
        found = scan(data)
        is_last = place == len(kept) - 1
        torn = found.tail if is_last and not found.readable else 0
        if found.tail != torn or not _continues(history, found, number, vault.purged):
            raise _damaged(history, found, data, number, [later for _, later in kept[place + 1 :]])
        _take(history, data, found.frames, vault)
        if is_last:
            history.last = Last(number, found.length, torn)
    passed(Work.READING, len(kept), len(kept))
    return history


def salvage(files: Sequence[tuple[int, Path]], vault: Vault) -> History:
    """Read every frame that is whole and opens, whatever is missing between them. Raises OSError."""
    history = History(segments=len(files))
    seen: set[int] = set()
    for _, path in files:
        data = path.read_bytes()
        for frame in sorted(frames_anywhere(data, 0), key=lambda frame: frame.sequence):
            if frame.segment > vault.purged and frame.sequence not in seen:
                seen.add(frame.sequence)
                _take_if_whole(history, data, frame, vault)
    return history


def _take_if_whole(history: History, data: bytes, frame: Frame, vault: Vault) -> None:
    body = body_of(data, frame)
    try:
        key = vault.key_of(frame.segment)
        if frame.kind == Kind.OPEN:
            history.run = CountedSeal(run_key(key, body))
        elif history.run:
            payload = history.run.unseal(frame.nonce, body, header_of(data, frame))
            (history.carried if frame.kind == Kind.CARRY else history.entries).append(payload)
    except (CannotUnseal, JournalDamaged):
        return


def _continues(history: History, found: Scan, number: int, purged: int) -> bool:
    if not found.frames:
        return True
    first = found.frames[0]
    if history.head:
        return follows(history.head, first, segment=number)
    whole = first.sequence == 1 and first.previous == FIRST
    return first.segment == number and (purged > 0 or whole)


def _take(history: History, data: bytes, frames: Sequence[Frame], vault: Vault) -> None:
    """Unseal the frames of one segment."""
    if not frames:
        return
    key = vault.key_of(frames[0].segment)
    history.run = None
    before = len(history.entries)
    for frame in frames:
        history.head = frame
        body = body_of(data, frame)
        if frame.kind == Kind.OPEN:
            history.run = CountedSeal(run_key(key, body))
            continue
        if history.run is None:
            raise JournalDamaged(say("store.frame_changed", sequence=frame.sequence))
        try:
            payload = history.run.unseal(frame.nonce, body, header_of(data, frame))
        except CannotUnseal:
            raise JournalDamaged(say("store.frame_changed", sequence=frame.sequence)) from None
        (history.carried if frame.kind == Kind.CARRY else history.entries).append(payload)
    history.in_segment[frames[0].segment] = len(history.entries) - before


def _damaged(
    history: History, found: Scan, data: bytes, number: int, later: Sequence[Path]
) -> JournalDamaged:
    """Say what is safe: the entries before the damage, and the whole frames behind it."""
    continues = bool(found.frames) and (not history.head or found.frames[0].previous == history.head.digest)
    good = found.frames if continues else []
    saved = len(history.entries) + sum(frame.kind != Kind.OPEN for frame in good)
    offset = found.length if continues else 0
    rest = [(data, offset), *((path.read_bytes(), 0) for path in later)]
    readable = sum(frame.kind != Kind.OPEN for part, start in rest for frame in frames_anywhere(part, start))
    return JournalDamaged(say("store.damaged", saved=saved, readable=readable, offset=offset, segment=number))
