"""What the look-back leaves to be purged: counted from what was read, without writing anything."""

from datetime import datetime

import msgspec

from idtui.store.history import History
from idtui.store.index import StoredEntries
from idtui.store.retention import last_purgeable


class Due(msgspec.Struct, frozen=True):
    """Segments whose keys a purge would destroy now, and how many entries stand in them."""

    segments: int = 0
    entries: int = 0


def due(history: History, store: StoredEntries, before: datetime) -> Due:
    """Return what may go: everything in it was recorded before that moment and is received or refused.

    `store` holds the entries of `history`, those carried from purged segments first.
    """
    own = history.segment_of
    if not own:
        return Due()
    purged, current = min(own) - 1, max(own)
    last = last_purgeable(store, history.segments_of(len(store)), purged, current, before)
    return Due(last - purged, sum(purged < segment <= last for segment in own))
