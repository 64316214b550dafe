"""The hub on a real PostgreSQL: the same promises, with real deadlocks, kills and a real failover."""

import random
import signal
import threading
from collections import Counter
from collections.abc import Callable

import httpx
import pytest
import sqlalchemy as sql
from effort import tries
from hub_desks import SimulatedDesk, statuses
from hub_faults import kills
from hub_fleet import Fleet
from hub_serving import serving
from hub_threads import in_threads
from postgres_service import Postgres

from idtui.domain.entries import Verification
from idtui.hub import schema
from idtui.hub.database import Database, HubStatus, migrate, status
from idtui.hub.desks import Desks, State
from idtui.hub.engine import in_transaction
from idtui.hub.errors import HubUnavailable
from idtui.hub.intake import Intake
from idtui.sync import fhir

pytestmark = pytest.mark.real

Make = Callable[..., Verification]
LATEST = len(schema.STEPS)


def test_it_is_migrated_once_by_whoever_comes_first(postgres_url: str) -> None:
    with pytest.raises(HubUnavailable) as older:
        Database(postgres_url)
    assert older.value.message.id == "hub.database_older"
    done: list[tuple[int, int]] = []
    in_threads(*[lambda: done.append(migrate(postgres_url))] * 4)
    assert sorted(done) == [(0, LATEST), *[(LATEST, LATEST)] * 3]
    assert status(postgres_url) == HubStatus(0, 0, 0)


def test_a_newer_database_is_left_alone(postgres_url: str) -> None:
    migrate(postgres_url)
    engine = sql.create_engine(postgres_url.replace("postgresql", "postgresql+psycopg"))
    with engine.begin() as connection:
        connection.execute(sql.text("INSERT INTO hub_schema (version) VALUES (99)"))
    engine.dispose()
    for use in (migrate, status):
        with pytest.raises(HubUnavailable) as newer:
            use(postgres_url)
        assert newer.value.message.id == "hub.database_newer"


def test_new_known_changed_and_hostile_entries(postgres_url: str, verification: Make) -> None:
    migrate(postgres_url)
    database = Database(postgres_url)
    intake = Intake(database, training=False)
    hostile = verification(3, operator="x'); DROP TABLE observation; --")
    batch = fhir.batch([verification(1), verification(2), hostile])
    assert set(intake.take(batch).statuses) == {201}
    assert set(intake.take(batch).statuses) == {200}
    assert intake.take(fhir.batch([verification(1, niss="17073003384")])).statuses == Counter({409: 1})
    assert database.status() == HubStatus(records=3, desks=1, waiting=0)
    database.close()


def test_a_real_deadlock_is_tried_again(postgres_url: str) -> None:
    migrate(postgres_url)
    database = Database(postgres_url)
    both_hold_one = threading.Barrier(2, timeout=60)
    tried: Counter[str] = Counter()

    def crossing(first: str, second: str) -> Callable[[], None]:
        def work(connection: sql.Connection) -> None:
            tried[first] += 1
            for place, digest in enumerate((first, second)):
                row = database.insert(schema.ASSERTION).values(digest=digest, expires=1)
                connection.execute(row.on_conflict_do_nothing(index_elements=["digest"]))
                if place == 0 and tried[first] == 1:
                    both_hold_one.wait()

        return lambda: in_transaction(database.engine, work)

    in_threads(crossing("a", "b"), crossing("b", "a"))
    assert sorted(tried.values()) == [1, 2]
    database.close()


def test_five_desks_resend_each_others_entries_to_two_workers(postgres_url: str, verification: Make) -> None:
    """Five keys of one desk, as restored images have them: only so may they send the same entries."""
    migrate(postgres_url)
    entries = [verification(number) for number in range(1, 401)]
    created: Counter[str] = Counter()
    with serving(postgres_url, "--workers", "2") as hub:
        desks = [SimulatedDesk(hub.base) for _ in range(5)]
        database = Database(postgres_url)
        for desk in desks:
            desk.enrol()
            Desks(database).decide(desk.id, State.APPROVED, "it-1")
            desk.sign_in()

        def send(number: int) -> None:
            shuffled = random.Random(number).sample(entries, len(entries))
            for start in range(0, len(shuffled), 80):
                batch = shuffled[start : start + 80]
                answer = desks[number].send(batch, Idtui_Chain=f"{start:064x}")
                told = list(zip(batch, statuses(answer), strict=True))
                assert {code for _, code in told} <= {200, 201}
                created.update(entry.id for entry, code in told if code == 201)

        in_threads(*[lambda number=number: send(number) for number in range(5)])
        counted = database.read(sql.select(sql.func.sum(schema.CHAIN_HEAD.c.records)))[0][0]
        database.close()
        for desk in desks:
            desk.close()
        hub.end()
    assert created == Counter(entry.id for entry in entries), "each is said to be new exactly once"
    assert (status(postgres_url).records, counted) == (400, 400)


def test_nothing_is_lost_when_workers_and_postgresql_are_killed(verification: Make) -> None:
    server = Postgres()
    try:
        kills(server, verification, rounds=tries(3), seed=random.SystemRandom().randrange(2**31))
    finally:
        server.stop()


def test_nothing_receipted_is_lost_when_a_standby_takes_over(verification: Make) -> None:
    primary = Postgres()
    standby = Postgres(standby_of=primary)
    try:
        primary.do("CREATE DATABASE hub")
        primary.do("ALTER SYSTEM SET synchronous_standby_names = 'standby'")
        primary.do("SELECT pg_reload_conf()")
        hosts = "&".join(f"host=127.0.0.1:{one.port}" for one in (primary, standby))
        url = f"postgresql://postgres@/hub?{hosts}&target_session_attrs=read-write"
        migrate(url)
        assert primary.do("SELECT sync_state FROM pg_stat_replication") == [("sync",)]
        with serving(url, "--workers", "2") as hub:
            with Fleet(hub.base, url, verification, seed=1) as fleet:
                fleet.await_receipts(200)
                standby.freeze(signal.SIGSTOP)
                assert_no_receipt_without_the_standby(fleet)
                standby.freeze(signal.SIGCONT)
                fleet.await_receipts(200)
                primary.kill()
                standby.promote()
                fleet.await_receipts(200)
            fleet.check(standby.url("hub"))
            hub.end()
        assert fleet.failures
    finally:
        primary.stop()
        standby.stop()


def assert_no_receipt_without_the_standby(fleet: Fleet) -> None:
    """Require that receipts end while the standby is frozen, once those under way have come."""
    quiet = threading.Event()
    for _ in range(20):
        before = len(fleet.receipts)
        quiet.wait(1)
        if len(fleet.receipts) == before:
            return
    raise AssertionError("receipts go on without the standby")


def test_without_its_database_a_hub_says_so_and_comes_back(verification: Make) -> None:
    server = Postgres()
    try:
        server.do("CREATE DATABASE hub")
        migrate(server.url("hub"))
        with serving(server.url("hub"), "--without-tokens") as hub:
            desk = SimulatedDesk(hub.base)
            assert statuses(desk.send([verification(1)])) == [201]
            server.kill()
            assert desk.send([verification(2)]).status_code == 503
            assert httpx.get(f"{hub.base}/health", trust_env=False).status_code == 503
            server.start()
            assert httpx.get(f"{hub.base}/health", trust_env=False).json() == {"status": "ok"}
            assert statuses(desk.send([verification(2)])) == [201]
            desk.close()
            hub.end()
    finally:
        server.stop()
