"""The feed: what the hub holds, for the hospital's other systems, from any number on; see docs/feed.md."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from io import StringIO
from typing import Any

import msgspec
import sqlalchemy as sql

from idtui.domain.text import clean
from idtui.hub import numbering
from idtui.hub.tables import COUNTER, ENTRY, FEED, POSITION, RETRACTION

Row = Mapping[str, str | int | bool | None]
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_ROWS = 500


class Change(StrEnum):
    """What a row of the feed says of an entry."""

    STANDS = "stands"
    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"


_SAID = tuple(column for column in FEED.columns if column.name != "sequence")
COLUMNS = ("sequence", "change", "message", "replaced_by", *(column.name for column in _SAID))
"""`message` is the id of the entry that says so: of a withdrawn one, the withdrawal."""


def rows(engine: sql.Engine, since: int = 0) -> Iterator[Row]:
    """Yield what changed after that number, in the order of the numbers, which only rise.

    An entry that was withdrawn or replaced after `since` does not appear, nor does what withdrew it. Only of
    entries up to `since`, which the reader may have, the change itself is a row. What is numbered after the
    reading began waits for the next one. Between two steps nothing is held in the database.
    """
    numbering.catch_up(engine)
    with engine.connect() as connection:
        last = connection.execute(sql.select(COUNTER.c.last)).scalar_one()
    after = since
    while True:
        with engine.connect() as connection:
            step = connection.execute(_step(since, after, last)).mappings().all()
        yield from (dict(row) for row in step)
        if len(step) < _ROWS:
            return
        after = step[-1]["sequence"]


def _step(since: int, after: int, last: int) -> sql.Select[Any]:
    """Return one statement, so one picture of the database, for the rows after one number up to another."""
    entry = ENTRY.alias("entry_gone")
    stands = sql.select(
        FEED.c.sequence,
        sql.literal(Change.STANDS.value).label("change"),
        FEED.c.id.label("message"),
        sql.cast(sql.null(), sql.String).label("replaced_by"),
        *_SAID,
    ).where(FEED.c.sequence > after, FEED.c.sequence <= last)
    is_correction = RETRACTION.c.kind == "correction"
    gone = (
        sql.select(
            RETRACTION.c.sequence,
            sql.case((is_correction, Change.REPLACED.value), else_=Change.WITHDRAWN.value).label("change"),
            RETRACTION.c.id.label("message"),
            RETRACTION.c.replaced_by,
            *(entry.c[column.name] for column in _SAID),
        )
        .join_from(RETRACTION, entry, RETRACTION.c.entry == entry.c.id)
        .where(
            RETRACTION.c.sequence > after,
            RETRACTION.c.sequence <= last,
            RETRACTION.c.entry_sequence <= since,
        )
    )
    # Each half by its own limit, or every step would read all that is left.
    halves = (half.order_by(sql.text("sequence")).limit(_ROWS).subquery() for half in (stands, gone))
    both = sql.union_all(*(sql.select(half) for half in halves)).subquery()
    return sql.select(both).order_by(both.c.sequence).limit(_ROWS)


def ndjson(feed: Iterable[Row]) -> Iterator[str]:
    """Yield one JSON object a line, without what is not known."""
    for row in feed:
        known = {name: row[name] for name in COLUMNS if row[name] is not None}
        yield msgspec.json.encode(known).decode()


def csv_lines(feed: Iterable[Row]) -> Iterator[str]:
    """Yield a line of column names and one line a row (RFC 4180), no cell a formula."""
    yield ",".join(COLUMNS)
    for row in feed:
        line = StringIO()
        csv.writer(line, lineterminator="").writerow([_cell(row[name]) for name in COLUMNS])
        yield line.getvalue()


def _cell(value: str | int | bool | None) -> str:
    text = "" if value is None else clean(str(value).lower() if isinstance(value, bool) else str(value))
    return f"'{text}" if text.startswith(_FORMULA) else text


def position(engine: sql.Engine, destination: str) -> int:
    """Return the number up to which a system has acknowledged the feed, 0 of a new one."""
    look = sql.select(POSITION.c.last).where(POSITION.c.destination == destination)
    with engine.connect() as connection:
        return connection.execute(look).scalar() or 0


def acknowledged(engine: sql.Engine, destination: str, sequence: int) -> None:
    """Remember how far a system has acknowledged; durable on return."""
    move = POSITION.update().where(POSITION.c.destination == destination).values(last=sequence)
    with engine.begin() as connection:
        if not connection.execute(move).rowcount:
            connection.execute(POSITION.insert().values(destination=destination, last=sequence))
