"""The numbering behind the batches: one run at a time, ended with the hub."""

import asyncio
import threading
import time

import pytest
import sqlalchemy as sql

from idtui.hub import numbering
from idtui.hub.following import Following

PATIENCE = 60


def test_many_batches_make_one_run_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    under_way, most, runs = 0, 0, 0
    allowed = threading.Event()

    def slow(_: sql.Engine) -> bool:
        nonlocal under_way, most, runs
        under_way, runs = under_way + 1, runs + 1
        most = max(most, under_way)
        assert allowed.wait(PATIENCE)
        under_way -= 1
        return False

    monkeypatch.setattr(numbering, "some", slow)

    async def batches() -> None:
        following = Following(sql.create_engine("sqlite://"))
        for _ in range(50):
            following.wake()
            await asyncio.sleep(0)  # the run begins beside the batches
        allowed.set()
        run = following._run
        assert run is not None
        await run

    asyncio.run(batches())
    assert most == 1
    assert runs in (1, 2), "what came during a run is numbered by one more"


def test_it_goes_on_while_there_is_more_and_ends_in_between(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = 0
    third = threading.Event()

    def endless(_: sql.Engine) -> bool:
        nonlocal runs
        runs += 1
        if runs == 3:
            third.set()
        return True

    monkeypatch.setattr(numbering, "some", endless)

    async def ended() -> None:
        following = Following(sql.create_engine("sqlite://"))
        following.wake()
        assert await asyncio.to_thread(third.wait, PATIENCE)
        await following.end()
        after = runs
        following.wake()
        assert (following._run, runs) == (None, after)

    asyncio.run(asyncio.wait_for(ended(), PATIENCE))


def test_a_hub_that_ends_waits_for_no_lull(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numbering, "some", lambda _: pytest.fail("numbered in spite of the end"))

    async def ended() -> None:
        following = Following(sql.create_engine("sqlite://"), lull=10 * PATIENCE, latest=10 * PATIENCE)
        following.wake()
        await asyncio.sleep(0)  # the run begins to wait
        await following.end()
        assert following._run is None

    asyncio.run(asyncio.wait_for(ended(), PATIENCE))


def test_numbering_begins_in_a_lull_and_late_without_one(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[float] = []
    monkeypatch.setattr(numbering, "some", lambda _: begun.append(time.monotonic()))

    async def batches(lull: float, latest: float) -> float:
        following = Following(sql.create_engine("sqlite://"), lull, latest)
        following.wake()
        run = following._run
        assert run is not None
        while not begun:
            following.wake()
            last = time.monotonic()
            await asyncio.sleep(0)
            if latest > lull:
                break  # the last batch
        await run
        return begun.pop() - last

    assert asyncio.run(asyncio.wait_for(batches(0.05, 10 * PATIENCE), PATIENCE)) >= 0.05
    assert asyncio.run(asyncio.wait_for(batches(10 * PATIENCE, 0.05), PATIENCE)) < PATIENCE
