"""The long fault runs of the hub on a real PostgreSQL: `python torture/hub.py [--seed N] [--rounds N]`."""

import argparse
import random
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from hub_entries import verification  # noqa: E402  # after the path is set
from hub_faults import kills  # noqa: E402  # see above
from postgres_service import Postgres, programs  # noqa: E402  # see above


def main() -> int:
    """Kill workers and PostgreSQL; 1 when anything was lost or doubled."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**31))
    parser.add_argument("--rounds", type=int, default=100, help="kills of each, worker and PostgreSQL")
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    if programs() is None:
        print("hub: not run, PostgreSQL is not installed")
        return 0
    server, began = Postgres(), time.monotonic()
    try:
        told = kills(server, verification, rounds=given.rounds, seed=given.seed)
    except AssertionError as violation:
        told = f"VIOLATION: {violation}"
    finally:
        server.stop()
    print(f"hub and PostgreSQL, kill -9: {told}, {time.monotonic() - began:.0f} s", flush=True)
    return int(told.startswith("VIOLATION"))


if __name__ == "__main__":
    sys.exit(main())
