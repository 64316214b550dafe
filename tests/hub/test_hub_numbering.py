from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sql
from hub_records import entry_id, record
from hub_threads import numbers_read_beside

from idtui.hub import numbering, schema
from idtui.hub.database import Database, Record
from idtui.hub.schema import OBSERVATION
from idtui.hub.tables import ARRIVAL, COUNTER, ENTRY, FEED, POSITION, RETRACTION, STEP


def numbered(database: Database, *records: Record) -> None:
    database.store(records)
    numbering.catch_up(database.engine)


def rows(database: Database, table: sql.FromClause) -> list[Any]:
    with database.engine.connect() as connection:
        return list(connection.execute(sql.select(table).order_by(table.c.sequence)).mappings())


def standing(database: Database) -> list[str]:
    return [row["id"] for row in rows(database, FEED)]


def test_a_record_is_numbered_once_and_told_field_by_field(database: Database) -> None:
    numbered(database, record(1))
    database.store([record(1)])
    assert numbering.catch_up(database.engine) == 0
    (row,) = rows(database, FEED)
    assert {name: value for name, value in row.items() if value is not None} == {
        "sequence": 1,
        "id": entry_id(1),
        "kind": "verification",
        "test": False,
        "site": "",
        "desk": "desk-1",
        "operator": "op-1",
        "care_day": "2026-11-22",
        "care_at": "2026-11-22T09:00:00+01:00",
        "verified_at": "2026-11-22T09:00:00+01:00",
        "niss": "85073003328",
        "name": "SPECIMEN",
        "given_names": "Alice",
        "birth_date": "1985-07",
        "sex": "female",
        "visit": "V1",
        "episode": "ambulatory",
        "means": "eid",
        "entry_type": "chip",
    }


def test_the_columns_of_the_tables_are_those_of_the_statements(database: Database) -> None:
    inspector = sql.inspect(database.engine)
    for table in (ENTRY, ARRIVAL, COUNTER, POSITION):
        assert [column["name"] for column in inspector.get_columns(table.name)] == table.c.keys()
    for view in (FEED, RETRACTION):
        assert [column["name"] for column in inspector.get_columns(view.name)] == view.c.keys()


def test_neither_a_withdrawn_entry_nor_its_withdrawal_stands(database: Database) -> None:
    numbered(database, record(1), record(2), record(3, "withdrawal", focus=1))
    assert standing(database) == [entry_id(2)]
    (gone,) = rows(database, RETRACTION)
    assert (gone["entry"], gone["entry_sequence"], gone["replaced_by"]) == (entry_id(1), 1, None)


def test_a_withdrawal_that_comes_before_its_entry_still_counts(database: Database) -> None:
    numbered(database, record(3, "withdrawal", focus=1))
    numbered(database, record(1))
    assert standing(database) == []


def test_a_corrected_entry_gives_way_to_the_one_that_replaces_it(database: Database) -> None:
    numbered(database, record(1), record(2), record(3, "correction", focus=1, derived=2))
    assert standing(database) == [entry_id(2)]
    (gone,) = rows(database, RETRACTION)
    assert (gone["kind"], gone["entry"], gone["replaced_by"]) == ("correction", entry_id(1), entry_id(2))
    numbered(database, record(4, "withdrawal", focus=3))
    assert standing(database) == [entry_id(1), entry_id(2)]
    assert rows(database, RETRACTION) == []


def test_a_name_for_the_moment_is_no_niss(database: Database) -> None:
    numbered(database, record(1, "pending", niss=None, alias="Unknown 1", visit=None))
    (row,) = rows(database, FEED)
    assert (row["niss"], row["alias"], row["visit"]) == (None, "Unknown 1", None)


def test_records_of_a_database_from_before_the_feed_are_numbered_too(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = schema.STEPS
    monkeypatch.setattr(schema, "STEPS", steps[: steps.index(STEP)])
    before = Database(database_url)
    with before.engine.begin() as connection:
        row = record(1)
        connection.execute(OBSERVATION.insert().values(received_at=datetime.now(UTC), **asdict(row)))
    before.close()
    monkeypatch.setattr(schema, "STEPS", steps)
    after = Database(database_url)
    assert numbering.catch_up(after.engine) == 1
    assert standing(after) == [entry_id(1)]
    after.close()


def test_many_are_numbered_in_steps(database: Database) -> None:
    database.store([record(number) for number in range(1, 2_501)])
    assert numbering.catch_up(database.engine) == 2_500
    assert [row["sequence"] for row in rows(database, ENTRY)] == list(range(1, 2_501))


def test_a_reader_beside_several_writers_never_misses_a_row(database: Database) -> None:
    """Numbers seen once are never joined by a lower one: what the order of commits could break."""

    def writing(desk: int) -> Callable[[], None]:
        def write() -> None:
            for number in range(20):
                database.store([record(1 + desk * 1_000 + number * 10 + place) for place in range(5)])
                numbering.catch_up(database.engine)

        return write

    seen, late = numbers_read_beside(database, *[writing(desk) for desk in range(3)])
    assert (seen, late) == (list(range(1, 301)), [])


def test_numbers_of_a_broken_transaction_are_given_again(database: Database) -> None:
    database.store([record(1), record(2, niss="17073003384")])
    with database.engine.begin() as connection:
        connection.execute(
            sql.text("CREATE TRIGGER no BEFORE DELETE ON arrival BEGIN SELECT RAISE(ABORT, 'no'); END")
        )
    assert not numbering.some(database.engine)
    assert rows(database, ENTRY) == []
    with database.engine.begin() as connection:
        connection.execute(sql.text("DROP TRIGGER no"))
    assert numbering.catch_up(database.engine) == 2
    assert [row["sequence"] for row in rows(database, ENTRY)] == [1, 2]
