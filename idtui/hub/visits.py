"""The hospital's visits on the hub: kept once each, by what was said last, and told to the desks by day."""

from collections.abc import Sequence
from datetime import date
from itertools import islice
from typing import Any

import msgspec
import sqlalchemy as sql
from sqlalchemy.dialects import postgresql, sqlite

from idtui.domain.visit import Visit, days, merged, merged_all
from idtui.hub.tables import VISIT

_ROWS = 500
"""Rows in one transaction: desks that read are not kept waiting by an import."""


def store(engine: sql.Engine, visits: Sequence[Visit]) -> int:
    """Keep what counts of these sayings and of those already held; return how many visits changed.

    Safe beside other imports and listeners: nothing is looked up before it is inserted or locked, and rows
    are taken in the order of their numbers, so that two imports cannot wait for each other in a circle.
    """
    told = merged_all(visits)
    numbers = iter(sorted(told))
    changed = 0
    while part := list(islice(numbers, _ROWS)):
        with engine.begin() as connection:
            changed += _store(connection, [told[number] for number in part])
    return changed


def _store(connection: sql.Connection, visits: Sequence[Visit]) -> int:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    insert = dialect.insert(VISIT).on_conflict_do_nothing(index_elements=["number"]).returning(VISIT.c.number)
    new = set(connection.execute(insert, [_row(visit) for visit in visits]).scalars())
    known = [visit for visit in visits if visit.number not in new]
    numbers = [visit.number for visit in known]
    look = sql.select(VISIT.c.number, VISIT.c.document).where(VISIT.c.number.in_(numbers))
    held = {
        number: msgspec.json.decode(document, type=Visit)
        for number, document in connection.execute(look.order_by(VISIT.c.number).with_for_update())
    }
    counting = [merged(held.get(visit.number), visit) for visit in known]
    changes = [visit for visit in counting if visit != held.get(visit.number)]
    for visit in changes:
        connection.execute(VISIT.update().where(VISIT.c.number == visit.number).values(_row(visit)))
    return len(new) + len(changes)


def _row(visit: Visit) -> dict[str, Any]:
    first, last = days(visit)
    return {
        "number": visit.number,
        "first_day": first.isoformat(),
        "last_day": last.isoformat(),
        "document": msgspec.json.encode(visit).decode(),
    }


def purge(engine: sql.Engine, before: date) -> int:
    """Delete the visits that no desk can meet on that day or later; return how many."""
    with engine.begin() as connection:
        return connection.execute(VISIT.delete().where(VISIT.c.last_day < before.isoformat())).rowcount


def of_day(engine: sql.Engine, day: date) -> bytes:
    """Return the visits that a desk may meet on that day, as a JSON array; cancelled ones say so."""
    at = day.isoformat()
    look = sql.select(VISIT.c.document).where(VISIT.c.first_day <= at, VISIT.c.last_day >= at)
    with engine.connect() as connection:
        documents = connection.execute(look.order_by(VISIT.c.number)).scalars()
        return b"[%s]" % b",".join(document.encode() for document in documents)
