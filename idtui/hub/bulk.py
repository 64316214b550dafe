"""Many rows at once, the hub's dearest work: as arrays in one statement where the database knows them."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sql
from sqlalchemy.dialects import sqlite

from idtui.hub.tables import ARRIVAL, ENTRY

Rows = Sequence[Mapping[str, Any]]
"""Rows by the names of their columns, every row with the same ones."""

_ARRAYS = {
    sql.String: "text",
    sql.BigInteger: "bigint",
    sql.Boolean: "boolean",
    sql.DateTime: "timestamptz",
}


def insert_records(connection: sql.Connection, observation: sql.Table, rows: Rows) -> set[str]:
    """Insert the records that are not there yet, note each for the feed, and return their ids.

    Rows are taken in the order they are given.
    """
    if not rows:
        return set()
    if connection.dialect.name == "postgresql":
        new = f"{_insert(observation, tuple(rows[0]))} ON CONFLICT (id) DO NOTHING RETURNING id"
        noted = "INSERT INTO arrival (id) SELECT id FROM fresh"
        both = f"WITH fresh AS ({new}), noted AS ({noted}) SELECT id FROM fresh"  # noqa: S608  # names of ours
        return set(connection.exec_driver_sql(both, _columns(rows)).scalars())
    insert = sqlite.insert(observation).on_conflict_do_nothing(index_elements=["id"])
    fresh = set(connection.execute(insert.returning(observation.c.id), rows).scalars())
    if fresh:
        connection.execute(ARRIVAL.insert(), [{"id": entry_id} for entry_id in sorted(fresh)])
    return fresh


def insert_entries(connection: sql.Connection, rows: Rows) -> None:
    """Insert rows of the feed, at least one."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_insert(ENTRY, tuple(rows[0])), _columns(rows))
    else:
        connection.execute(ENTRY.insert(), rows)


def delete_arrivals(connection: sql.Connection, ids: Sequence[str]) -> None:
    """Drop the notes of records that have their place in the feed."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("DELETE FROM arrival WHERE id = ANY(%b::text[])", (list(ids),))
    else:
        connection.execute(ARRIVAL.delete().where(ARRIVAL.c.id.in_(ids)))


def _columns(rows: Rows) -> tuple[list[Any], ...]:
    return tuple([row[name] for row in rows] for name in rows[0])


@cache
def _insert(table: sql.Table, names: tuple[str, ...]) -> str:
    """Return an INSERT of binary arrays, which are ten times as fast as arrays in text."""
    arrays = ", ".join(f"%b::{_type(table.c[name])}[]" for name in names)
    return f"INSERT INTO {table.name} ({', '.join(names)}) SELECT * FROM unnest({arrays})"  # noqa: S608  # names of ours


def _type(column: sql.Column[Any]) -> str:
    return next(name for kind, name in _ARRAYS.items() if isinstance(column.type, kind))
