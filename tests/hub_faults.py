"""Kills of hub workers and of PostgreSQL at drawn moments while desks send, and what must hold after."""

import os
import random
import signal
import threading
from collections.abc import Callable

from hub_fleet import Fleet
from hub_serving import serving, until
from postgres_service import Postgres

from idtui.domain.entries import Verification
from idtui.hub.database import migrate

ENTRIES_BETWEEN = 150
"""Receipts between two kills, at least half of it, so that each kill meets work under way."""


def kills(postgres: Postgres, make: Callable[..., Verification], *, rounds: int, seed: int) -> str:
    """Kill a worker and PostgreSQL in turns; return counts. Raises AssertionError for anything lost."""
    drawn = random.Random(seed)
    name = f"kills_{seed}"
    postgres.do(f"CREATE DATABASE {name}")
    migrate(postgres.url(name))
    with serving(postgres.url(name), "--workers", "2") as hub:
        until(lambda: len(hub.workers()) == 2)
        with Fleet(hub.base, postgres.url(name), make, seed=seed) as fleet:
            for turn in range(2 * rounds):
                fleet.await_receipts(drawn.randrange(ENTRIES_BETWEEN // 2, ENTRIES_BETWEEN))
                threading.Event().wait(drawn.uniform(0, 0.05))  # the moment within a batch is drawn too
                if turn % 2:
                    postgres.kill()
                    postgres.start()
                else:
                    until(lambda: bool(hub.workers()))
                    os.kill(drawn.choice(sorted(hub.workers())), signal.SIGKILL)
        fleet.check(postgres.url(name))
        hub.end()
    return (
        f"{2 * rounds} kills, {len(fleet.made):,} entries, {sum(fleet.failures.values()):,} sendings failed"
    )
