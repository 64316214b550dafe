"""What a purge may destroy, and what of it still counts and is carried into the current segment."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from idtui.domain.entries import Draft, Entry
from idtui.store.codec import encode
from idtui.store.index import PURGE, StoredEntries

LOOK_BACK_DAYS = 31
"""Days an entry stays readable at the desk after it was recorded, unless the purge says otherwise."""


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """What a purge leaves for ever: who ordered it, up to which segment, and the counters that must survive.

    `sequence` is that of the newest entry, `entries` are ids that were carried and have their receipt.
    """

    kind: str = PURGE
    id: str = ""
    sequence: int
    entries: tuple[str, ...]
    segment: int
    by: tuple[str, ...]
    at: datetime


def last_purgeable(
    store: StoredEntries, segments: Sequence[int], purged: int, current: int, before: datetime
) -> int:
    """Return the last segment that may go: it and all before it hold nothing younger and nothing unsent.

    `segments` tells for each entry, oldest first, in which segment it stands (0: carried); `purged` is the
    last segment that is gone already, `current` the one being written, which never goes.
    """
    blocking = (
        segment
        for segment, entry in zip(segments, store.entries(), strict=True)
        if segment and (entry.recorded_at >= before or store.waits(entry.id))
    )
    return max(purged, min(next(blocking, current), current) - 1)


def still_counting(store: StoredEntries, segments: Sequence[int], last: int) -> Iterator[bytes]:
    """Yield the payloads of segments up to `last` that must outlive them, oldest first.

    Open pendings, refused entries with their refusal, the unfinished patient, the newest receipt.
    """
    pending = {entry.id for entry in store.pendings()}
    parked = {entry.id for entry in store.parked()}
    newest = {entry.id for kind in ("receipt", "draft") if (entry := store.last(kind)) is not None}
    for segment, entry in zip(segments, store.entries(), strict=True):
        if segment <= last and _counts(entry, pending, parked, newest):
            yield encode(entry)


def _counts(entry: Entry, pending: set[str], parked: set[str], newest: set[str]) -> bool:
    match entry.kind:
        case "pending":
            return entry.id in pending or entry.id in parked
        case "parked":
            return getattr(entry, "entry", "") in parked
        case "draft":
            return entry.id in newest and isinstance(entry, Draft) and not entry.is_closed
        case "receipt":
            return entry.id in newest
    return entry.id in parked
