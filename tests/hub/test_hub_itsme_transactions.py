"""Phones in SQL: of many who try one step at the same time, one makes it; on SQLite and on PostgreSQL."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from idtui.domain.path import Confirmed
from idtui.domain.reading import PartialDate
from idtui.hub.database import Database, migrate
from idtui.hub.itsme.transactions import Transactions, Waiting
from idtui.sync.itsme import Status, Why

TRIES = 8
ZOE = Confirmed("85073003328", "SPECIMEN", "Zoé Modèle", PartialDate(1985, 7, 30))


class Hour:
    """A clock that moves when told."""

    def __init__(self) -> None:
        self.seconds = 1_800_000_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def hour() -> Hour:
    return Hour()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.real)])
def workers(request: pytest.FixtureRequest, hour: Hour) -> Iterator[list[Transactions]]:
    """Two workers of one hub, each with connections of its own."""
    url = request.getfixturevalue("database_url" if request.param == "sqlite" else "postgres_url")
    migrate(url)
    databases = [Database(url), Database(url)]
    yield [Transactions(database, hour) for database in databases]
    for database in databases:
        database.close()


def winners(step: Callable[[Transactions], object], workers: list[Transactions]) -> int:
    with ThreadPoolExecutor(TRIES) as pool:
        return sum(map(bool, pool.map(step, workers * (TRIES // len(workers)))))


def begun(workers: list[Transactions]) -> Waiting:
    return workers[0].begin("desk-1", 300, base="HTTPS://H/I/")


def short_of(waiting: Waiting) -> str:
    return waiting.link.rpartition("/")[2]


def test_each_step_is_made_once(workers: list[Transactions]) -> None:
    waiting = begun(workers)
    assert winners(lambda worker: worker.open(short_of(waiting), "s-1", "{}"), workers) == 1
    assert winners(lambda worker: worker.come_back("s-1"), workers) == 1
    assert winners(lambda worker: worker.turn(waiting, 5000), workers) == 1
    ended = workers[1].end(waiting.id, Status.CONFIRMED, person=ZOE)
    assert ended is not None
    assert ended.shown.person == ZOE
    assert ended.document == ""


def test_only_the_desk_that_began_it_hears_and_forgets(workers: list[Transactions]) -> None:
    waiting = begun(workers)
    assert workers[1].of_desk("desk-2", waiting.id) is None
    workers[1].forget("desk-2", waiting.id)
    assert workers[1].of_desk("desk-1", waiting.id) == waiting
    workers[1].forget("desk-1", waiting.id)
    assert workers[0].of_desk("desk-1", waiting.id) is None


def test_nothing_happens_any_more_when_the_time_is_over(workers: list[Transactions], hour: Hour) -> None:
    waiting = begun(workers)
    hour.seconds += 300
    assert workers[0].open(short_of(waiting), "s-1", "{}") is None
    assert workers[0].end(waiting.id, Status.CONFIRMED, person=ZOE) is None
    found = workers[0].of_desk("desk-1", waiting.id)
    assert found is not None
    assert found.shown.status is Status.EXPIRED


def test_how_it_ended_stays_until_the_next_after_its_time(workers: list[Transactions], hour: Hour) -> None:
    waiting = begun(workers)
    workers[0].end(waiting.id, Status.CANCELLED, why=Why.CANCELLED)
    hour.seconds += 301
    found = workers[0].of_desk("desk-1", waiting.id)
    assert found is not None
    assert (found.shown.status, found.shown.why) == (Status.CANCELLED, "cancelled")
    begun(workers)
    assert workers[0].of_desk("desk-1", waiting.id) is None


def test_records_hide_secrets_and_people(workers: list[Transactions]) -> None:
    waiting = begun(workers)
    assert short_of(waiting) not in repr(waiting)
    assert waiting.id not in repr(waiting)
