"""Every record of the hub gets its place in the feed: a number that only rises, and never behind a reader.

Records are committed by several workers at once, in any order, so a number drawn at insertion could appear
after a higher one was read. Here a number is given only to what is committed, by one transaction at a time:
each holds the one row of `feed_counter` until its own numbers are committed. Whoever has read number n has
therefore seen every number below it that will ever be.
"""

from collections.abc import Iterable
from typing import Any

import msgspec
import sqlalchemy as sql

from idtui.hub import bulk
from idtui.hub.tables import ARRIVAL, COUNTER
from idtui.sync import codes

_ROWS = 1000
"""Records numbered in one transaction."""

_OBSERVATION = sql.table(
    "observation",
    sql.column("id", sql.String),
    sql.column("kind", sql.String),
    sql.column("received_at", sql.DateTime(timezone=True)),
    sql.column("resource", sql.Text),
)


class _Coding(msgspec.Struct):
    code: str = ""


class _Concept(msgspec.Struct):
    coding: list[_Coding] = []

    @property
    def code(self) -> str:
        return self.coding[0].code if self.coding else ""


class _Identifier(msgspec.Struct):
    system: str = ""
    value: str = ""


class _Reference(msgspec.Struct):
    type: str = ""
    identifier: _Identifier = msgspec.field(default_factory=_Identifier)


class _Component(msgspec.Struct, rename="camel"):
    code: _Concept
    value_codeable_concept: _Concept | None = None
    value_string: str | None = None
    value_date_time: str | None = None

    @property
    def value(self) -> str | None:
        """What it says, where that is a code, a text or a moment."""
        coded = self.value_codeable_concept
        return coded.code if coded else self.value_string or self.value_date_time


class _Meta(msgspec.Struct):
    security: list[_Coding] = []


class _Observation(msgspec.Struct, rename="camel"):
    effective_date_time: str
    issued: str
    device: _Reference
    performer: list[_Reference]
    component: list[_Component] = []
    meta: _Meta = msgspec.field(default_factory=_Meta)
    subject: _Reference | None = None
    encounter: _Reference | None = None
    focus: list[_Reference] = []
    derived_from: list[_Reference] = []
    value_codeable_concept: _Concept | None = None


_decode = msgspec.json.Decoder(_Observation).decode


def catch_up(engine: sql.Engine) -> int:
    """Give a number to every record that has none and return how many; safe from several workers."""
    numbered = 0
    while count := _number(engine):
        numbered += count
    return numbered


def some(engine: sql.Engine) -> bool:
    """Give numbers in one transaction, where that is possible now; return whether anything lacked one."""
    try:
        return _number(engine) > 0
    except sql.exc.SQLAlchemyError:
        return False  # whoever asks next tries again


def _number(engine: sql.Engine) -> int:
    with engine.connect() as connection:
        if connection.execute(sql.select(ARRIVAL.c.id).limit(1)).first() is None:
            return 0
    with engine.begin() as connection:
        # An update before anything is read: it takes the row in PostgreSQL and the database in SQLite.
        connection.execute(COUNTER.update().values(last=COUNTER.c.last))
        last = connection.execute(sql.select(COUNTER.c.last)).scalar_one()
        rows = connection.execute(
            sql.select(_OBSERVATION)
            .join_from(ARRIVAL, _OBSERVATION, ARRIVAL.c.id == _OBSERVATION.c.id)
            .order_by(_OBSERVATION.c.received_at, _OBSERVATION.c.id)
            .limit(_ROWS)
        ).all()
        if rows:
            entries = [
                _entry(last + place, row.id, row.kind, row.resource) for place, row in enumerate(rows, 1)
            ]
            bulk.insert_entries(connection, entries)
            bulk.delete_arrivals(connection, [row.id for row in rows])
            connection.execute(COUNTER.update().values(last=last + len(rows)))
    return len(rows)


def _entry(sequence: int, entry_id: str, kind: str, resource: str) -> dict[str, Any]:
    """Return the row of a record, which intake has checked."""
    said = _decode(resource)
    component = {one.code.code: one.value for one in said.component}
    organisation = _value(said.performer[1:])
    patient = said.subject.identifier if said.subject else _Identifier()
    about = said.focus or said.derived_from
    return {
        "sequence": sequence,
        "id": entry_id,
        "kind": kind,
        "test": any(mark.code == codes.TEST_DATA for mark in said.meta.security),
        "site": organisation or "",
        "desk": said.device.identifier.value,
        "operator": _value(said.performer) or "",
        "care_day": said.effective_date_time[:10],
        "care_at": said.effective_date_time,
        "verified_at": said.issued,
        "niss": patient.value if patient.system == codes.SSIN else None,
        "name": component.get("name"),
        "given_names": component.get("given-names"),
        "birth_date": component.get("birth-date"),
        "sex": component.get("sex"),
        "visit": said.encounter.identifier.value if said.encounter else None,
        "alias": patient.value if patient.system == codes.ALIAS else None,
        "episode": component.get("episode"),
        "admitted_at": component.get("admitted-at"),
        "means": said.value_codeable_concept.code if said.value_codeable_concept else None,
        "entry_type": component.get("entry-type"),
        "reason": component.get("reason"),
        "serial": component.get("serial"),
        "target": _value(about),
        "replaced_by": _value(said.derived_from) if kind == "correction" else None,
    }


def _value(references: Iterable[_Reference]) -> str | None:
    return next((one.identifier.value for one in references), None)
