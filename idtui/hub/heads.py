"""The heads of the desks' journals: the last one of each, how far it was, and whether it ever went back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sql

from idtui.hub.schema import CHAIN_HEAD

_ALONE = timedelta(minutes=1)
"""A batch that was held up may come after a later one; longer than this none is under way."""


@dataclass(frozen=True, slots=True)
class Chain:
    """The head of a desk's journal as the desk sent it: hexadecimal SHA-256, and the desk's id.

    `frames` is the sequence of that frame, 0 where the desk does not say it.
    """

    desk_id: str
    head: str
    frames: int = 0


@dataclass(frozen=True, slots=True)
class SeenHead:
    """What the hub saw of a desk's journal: the last head, the most frames, and the records under heads.

    `went_back_at` is when it first had fewer frames than before: put back from a copy, or cut short.
    """

    head: str
    frames: int
    records: int
    at: datetime
    went_back_at: datetime | None


def values(chain: Chain, new: int, now: datetime) -> dict[str, Any]:
    """Return the row of a desk that sends its first head, with `new` records under it."""
    return {
        "desk_id": chain.desk_id,
        "head": chain.head,
        "records": new,
        "at": now,
        "frames": chain.frames,
        "frames_at": now,
    }


def changes(chain: Chain, new: int, now: datetime) -> Mapping[str, Any]:
    """Return what a further head changes in the row of its desk."""
    held = CHAIN_HEAD.c
    further = held.frames < chain.frames
    back = sql.and_(
        held.went_back_at.is_(None),
        held.frames > chain.frames,
        held.frames_at < now - _ALONE,
        sql.literal(chain.frames) > 0,
    )
    return {
        "head": chain.head,
        "records": held.records + new,
        "at": now,
        "frames": sql.case((further, chain.frames), else_=held.frames),
        "frames_at": sql.case((further, now), else_=held.frames_at),
        "went_back_at": sql.case((back, now), else_=held.went_back_at),
    }


def seen(connection: sql.Connection) -> dict[str, SeenHead]:
    """Return what was seen of each desk's journal, by the desk's id."""
    columns = CHAIN_HEAD.c
    look = sql.select(
        columns.desk_id, columns.head, columns.frames, columns.records, columns.at, columns.went_back_at
    )
    return {
        desk_id: SeenHead(head, frames, records, _in_utc(at), _in_utc(back) if back else None)
        for desk_id, head, frames, records, at, back in connection.execute(look)
    }


def _in_utc(moment: datetime) -> datetime:
    """Return a moment with its offset; SQLite gives back UTC without it."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
