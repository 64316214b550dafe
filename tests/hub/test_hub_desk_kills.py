"""Real processes of a desk killed while they record and send: every entry once, nothing left waiting."""

import random
from pathlib import Path

import pytest
from desk_kills import KilledDesk, kill_worker, kills
from effort import tries
from hub_serving import serving
from postgres_service import Postgres

from idtui.hub.database import migrate


def test_a_desk_killed_while_it_records_and_sends_loses_and_doubles_nothing(
    tmp_path: Path, database_url: str
) -> None:
    with serving(database_url) as hub:
        kills(tmp_path, hub, database_url, rounds=tries(3), seed=random.SystemRandom().randrange(2**31))
        hub.end()


@pytest.mark.real
def test_nor_when_the_workers_of_its_hub_are_killed_as_well(
    tmp_path: Path, postgres: Postgres, postgres_url: str
) -> None:
    seed = random.SystemRandom().randrange(2**31)
    migrate(postgres_url)
    with serving(postgres_url, "--workers", "2") as hub:
        worker = kill_worker(hub, random.Random(seed))
        kills(tmp_path, hub, postgres_url, rounds=tries(3), seed=seed, others=[worker])
        hub.end()


def test_the_check_sees_what_was_lost_and_what_was_not_sent(tmp_path: Path, database_url: str) -> None:
    with serving(database_url) as hub:
        desk = KilledDesk(tmp_path, hub, database_url)
        desk.record(1)
        with pytest.raises(AssertionError):
            desk.check()
        desk.deliver()
        desk.check()
        desk.acknowledged.add("lost")
        with pytest.raises(AssertionError):
            desk.check()
        hub.end()
