"""Visits and feed on a real PostgreSQL: imports beside each other, and numbers from four writers at once."""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hub_entries import verification
from hub_records import FIRST_READING, NISS, OTHER_NISS
from hub_threads import in_threads, numbers_read_beside

from idtui.domain.visit import Visit, VisitKind, VisitSource, VisitState
from idtui.hub import feed, numbering, questions, visits
from idtui.hub.database import Database, migrate
from idtui.hub.intake import Intake
from idtui.sync import fhir

pytestmark = pytest.mark.real

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
WRITERS = 4
BATCHES = 8
BATCH = 25


@pytest.fixture
def database(postgres_url: str) -> Iterator[Database]:
    migrate(postgres_url)
    database = Database(postgres_url)
    yield database
    database.close()


def saying(number: int, minute: int) -> Visit:
    told = NOON + timedelta(minutes=minute)
    return Visit(
        number=f"V{number:04}",
        kind=VisitKind.AMBULATORY,
        state=VisitState.OPEN,
        source=VisitSource.CSV,
        told_at=told,
        state_at=told,
        admitted_at=NOON,
        name=f"SPECIMEN {minute}",
    )


def held(database: Database) -> list[Visit]:
    return msgspec.json.decode(visits.of_day(database.engine, NOON.date()), type=list[Visit])


def test_four_imports_at_once_leave_the_newest_saying_of_each_visit(database: Database) -> None:
    """Each in an order of its own: rows are taken in one order, so that nobody waits in a circle."""

    def imported(writer: int) -> Callable[[], None]:
        drawn = random.Random(writer)

        def work() -> None:
            for turn in range(5):
                told = [saying(number, minute=turn * WRITERS + writer) for number in range(300)]
                visits.store(database.engine, drawn.sample(told, len(told)))

        return work

    in_threads(*[imported(writer) for writer in range(WRITERS)])
    assert [one.number for one in held(database)] == [f"V{number:04}" for number in range(300)]
    assert {one.name for one in held(database)} == {"SPECIMEN 19"}


def test_a_reader_beside_four_writers_sees_every_number_in_its_order(database: Database) -> None:
    """The writers send the same entries in part, as five desks do that come again."""

    def write(writer: int) -> Callable[[], None]:
        intake = Intake(database, training=False)

        def work() -> None:
            for turn in range(BATCHES):
                first = (turn * WRITERS + writer) * BATCH
                overlapping = range(max(0, first - BATCH), first + BATCH)
                intake.take(fhir.batch([verification(number) for number in overlapping]))
                numbering.catch_up(database.engine)

        return work

    seen, late = numbers_read_beside(database, *[write(writer) for writer in range(WRITERS)])
    assert (seen, late) == (list(range(1, WRITERS * BATCHES * BATCH + 1)), [])
    rows = list(feed.rows(database.engine, 0))
    assert len({row["id"] for row in rows}) == len(rows) == WRITERS * BATCHES * BATCH


def test_the_feed_says_the_same_as_on_sqlite(database: Database, database_url: str) -> None:
    entries = [verification(1), verification(2, name="", birth_date=None)]
    lite = Database(database_url)
    told = []
    for each in (database, lite):
        Intake(each, training=False).take(fhir.batch(entries))
        told.append([{**row} for row in feed.rows(each.engine, 0)])
    lite.close()
    assert told[0] == told[1]
    assert len(told[0]) == 2


def test_a_first_reading_is_the_same_as_on_sqlite(database: Database, database_url: str) -> None:
    lite = Database(database_url)
    for each in (database, lite):
        each.store(FIRST_READING)
        numbering.catch_up(each.engine)
        with each.engine.connect() as connection:
            assert questions.first_reading(connection, OTHER_NISS) is not None
            told = questions.first_reading(connection, NISS)
        assert told == {"day": "2025-03-04", "desk": "desk-2", "means": "foreigner"}
    lite.close()
