import itertools
import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec

from idtui.domain.visit import Visit, VisitKind, VisitSource, VisitState
from idtui.hub import visits
from idtui.hub.database import Database

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = NOON.date()


def visit(number: str = "V1", minute: int = 0, **fields: Any) -> Visit:  # noqa: ANN401  # any field of a visit
    told = NOON + timedelta(minutes=minute)
    given: dict[str, Any] = {
        "number": number,
        "kind": VisitKind.AMBULATORY,
        "state": VisitState.OPEN,
        "source": VisitSource.CSV,
        "told_at": told,
        "state_at": told,
        "admitted_at": NOON,
    }
    return Visit(**{**given, **fields})


def held(database: Database, day: date = DAY) -> list[Visit]:
    return msgspec.json.decode(visits.of_day(database.engine, day), type=list[Visit])


def test_the_newest_saying_counts_in_whatever_order_they_come(database: Database) -> None:
    sayings = (
        visit(minute=0, name="A"),
        visit(minute=1, name="B"),
        visit(minute=2, state=VisitState.CANCELLED),
    )
    for order in itertools.permutations(sayings):
        number = "V" + "".join(str(one.told_at.minute) for one in order)
        for one in order:
            visits.store(database.engine, [msgspec.structs.replace(one, number=number)])
        assert visits.store(database.engine, [msgspec.structs.replace(order[0], number=number)]) == 0
    assert {one.state for one in held(database)} == {VisitState.CANCELLED}
    assert len(held(database)) == 6


def test_a_file_that_names_a_visit_twice_and_a_large_one(database: Database) -> None:
    assert visits.store(database.engine, [visit(minute=1, name="B"), visit(name="A")]) == 1
    assert held(database)[0].name == "B"
    many = [visit(f"N{number}") for number in range(1_200)]
    assert visits.store(database.engine, many) == 1_200
    assert visits.store(database.engine, many) == 0
    assert visits.store(database.engine, []) == 0
    assert len(held(database)) == 1_201


def test_a_day_holds_the_stays_that_go_on(database: Database) -> None:
    stay = visit("S", kind=VisitKind.HOSPITALISATION)
    visits.store(database.engine, [stay, visit("C"), visit("P", admitted_at=NOON + timedelta(days=1))])
    assert [one.number for one in held(database)] == ["C", "S"]
    assert [one.number for one in held(database, DAY + timedelta(days=1))] == ["P", "S"]
    ended = NOON + timedelta(hours=2)
    visits.store(database.engine, [visit("S", 5, kind=VisitKind.HOSPITALISATION, ended_at=ended)])
    assert [one.number for one in held(database, DAY + timedelta(days=1))] == ["P"]


def test_imports_at_the_same_time_lose_nothing(database: Database) -> None:
    failed: list[BaseException] = []

    def store(minute: int) -> None:
        try:
            for number in range(10):
                visits.store(database.engine, [visit(f"V{number}", minute, name=str(minute))])
        except BaseException as error:  # noqa: BLE001  # told to the test below
            failed.append(error)

    threads = [threading.Thread(target=store, args=(minute,)) for minute in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failed
    assert [(one.number, one.name) for one in held(database)] == [(f"V{number}", "3") for number in range(10)]


def test_visits_that_ended_before_a_day_are_deleted_and_no_others(database: Database) -> None:
    ended = visit("ended", ended_at=NOON + timedelta(hours=1))
    later = visit("later", admitted_at=NOON + timedelta(days=400))
    visits.store(database.engine, [ended, later])
    assert visits.purge(database.engine, DAY) == 0, "a desk may meet it on that day"
    assert visits.purge(database.engine, DAY + timedelta(days=300)) == 1
    assert [one.number for one in held(database, DAY + timedelta(days=400))] == ["later"]
