"""The long fault runs of desk and hub on a real PostgreSQL: `python torture/hub.py [--rounds N]`."""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import desk_kills  # noqa: E402  # after the path is set
from hub_entries import verification  # noqa: E402  # see above
from hub_faults import kills  # noqa: E402  # see above
from hub_serving import serving  # noqa: E402  # see above
from postgres_service import Postgres, programs  # noqa: E402  # see above

from idtui.hub.database import migrate  # noqa: E402  # see above


def hub_killed(server: Postgres, rounds: int, seed: int) -> str:
    """Kill workers and PostgreSQL while five simulated desks send without pause."""
    return kills(server, verification, rounds=rounds, seed=seed)


def desk_killed(server: Postgres, rounds: int, seed: int) -> str:
    """Kill a desk of real processes while it records and while it sends, and workers and PostgreSQL too."""
    name = f"desk_{seed}"
    server.do(f"CREATE DATABASE {name}")
    migrate(server.url(name))

    def kill_postgres() -> None:
        server.kill()
        server.start()

    with (
        tempfile.TemporaryDirectory() as folder,
        serving(server.url(name), "--workers", "2") as hub,
    ):
        others = [desk_kills.kill_worker(hub, random.Random(seed)), kill_postgres]
        told = desk_kills.kills(Path(folder), hub, server.url(name), rounds=rounds, seed=seed, others=others)
        hub.end()
    return told


RUNS: dict[str, Callable[[Postgres, int, int], str]] = {"hub": hub_killed, "desk": desk_killed}


def main() -> int:
    """Kill, and check; 1 when anything was lost or doubled."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**31))
    parser.add_argument("--rounds", type=int, default=100, help="kills of each")
    parser.add_argument("--only", choices=RUNS, action="append", help="only these are killed")
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    if programs() is None:
        print("hub: not run, PostgreSQL is not installed")
        return 0
    failed = False
    for name in given.only or RUNS:
        server, began = Postgres(), time.monotonic()
        try:
            told = RUNS[name](server, given.rounds, given.seed)
        except AssertionError as violation:
            told, failed = f"VIOLATION: {violation}", True
        finally:
            server.stop()
        print(f"{name}, kill -9: {told}, {time.monotonic() - began:.0f} s", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
