"""What desks ask of the hub's records: read today, this stay or ever, what is due, how much was typed."""

from datetime import date
from typing import Any

import sqlalchemy as sql

from idtui.domain.quota import Tally, shift_at
from idtui.domain.rules import CARDS, TYPED, EntryType, Means, Reason
from idtui.hub.tables import FEED

MOST_FOUND = 200
"""Entries told of one person or visit, the newest; a stay has a few."""

_OBSERVATION = sql.table("observation", sql.column("id", sql.String), sql.column("resource", sql.Text))


def found(
    connection: sql.Connection, *, niss: str | None, visit: str | None, first: date | None, last: date | None
) -> list[str]:
    """Return the Observations, as JSON, of a person or a visit by day of care, newest first.

    What was withdrawn or replaced is not among them, nor are the withdrawals and corrections.
    """
    look = sql.select(_OBSERVATION.c.resource).join_from(FEED, _OBSERVATION, FEED.c.id == _OBSERVATION.c.id)
    if niss is not None:
        look = look.where(FEED.c.niss == niss)
    if visit is not None:
        look = look.where(FEED.c.visit == visit)
    if first is not None:
        look = look.where(FEED.c.care_day >= first.isoformat())
    if last is not None:
        look = look.where(FEED.c.care_day <= last.isoformat())
    newest = look.order_by(FEED.c.sequence.desc()).limit(MOST_FOUND)
    return list(connection.execute(newest).scalars())


def first_reading(connection: sql.Connection, niss: str) -> dict[str, str] | None:
    """Return day, desk and means of the first reading of a person's document that stands (R-49), or None."""
    day = sql.func.substr(FEED.c.verified_at, 1, 10)
    look = (
        sql.select(day.label("day"), FEED.c.desk, FEED.c.means)
        .where(
            FEED.c.niss == niss,
            FEED.c.kind == "verification",
            FEED.c.means.in_([means.value for means in sorted(CARDS)]),
            FEED.c.entry_type.not_in([entry.value for entry in sorted(TYPED)]),
        )
        .order_by(day, FEED.c.sequence)
        .limit(1)
    )
    found = connection.execute(look).mappings().first()
    return dict(found) if found else None


def still_due(connection: sql.Connection) -> list[dict[str, Any]]:
    """Return the pendings of the hospital that nothing has completed, oldest care first.

    A verification or exemption of the same visit completes it, and one of the same person on the same day of
    care unless both name a visit and these differ.
    """
    pending, done = FEED.alias("pending"), FEED.alias("done")
    finished = sql.select(sql.literal(1)).where(done.c.kind.in_(("verification", "exemption")))
    same_visit = finished.where(done.c.visit == pending.c.visit)
    same_person = finished.where(
        done.c.niss == pending.c.niss,
        done.c.care_day == pending.c.care_day,
        sql.or_(done.c.visit.is_(None), pending.c.visit.is_(None)),
    )
    look = sql.select(pending).where(
        pending.c.kind == "pending", ~sql.exists(same_visit), ~sql.exists(same_person)
    )
    rows = connection.execute(look.order_by(pending.c.care_day, pending.c.sequence)).mappings()
    return [{name: value for name, value in row.items() if value is not None} for row in rows]


def tallied(connection: sql.Connection, year: int) -> list[Tally]:
    """Count the verifications of a year by desk, month, hour and way."""
    month = sql.func.substr(FEED.c.care_day, 6, 2)
    hour = sql.func.substr(FEED.c.care_at, 12, 2)
    parts = (FEED.c.desk, month, hour, FEED.c.means, FEED.c.entry_type, FEED.c.reason)
    look = (
        sql.select(*parts, sql.func.count())
        .where(FEED.c.kind == "verification", FEED.c.care_day.between(f"{year:04}-01-01", f"{year:04}-12-31"))
        .group_by(*parts)
    )
    return [
        Tally(
            desk=desk,
            month=int(of_month),
            shift=shift_at(int(of_hour)),
            means=Means(means),
            entry=EntryType(entry),
            reason=Reason(reason) if reason else None,
            count=count,
        )
        for desk, of_month, of_hour, means, entry, reason, count in connection.execute(look)
    ]
