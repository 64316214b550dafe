"""`make torture`: tests of chance a hundred times as often as in `make test`, then store and hub."""

import argparse
import os
import secrets
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CHANCE = [
    "tests/domain/test_ladder.py",
    "tests/domain/test_niss.py",
    "tests/domain/test_text.py",
    "tests/eid/test_eid_identity.py",
    "tests/eid/test_eid_rubbish.py",
    "tests/hub/test_hub_intake.py",
    "tests/store/test_store_codec.py",
    "tests/store/test_store_kill.py",
]
DRAWS = 100
"""Power cuts for each operation of the store, times the factor."""


def main() -> int:
    """Run them, and say seed, factor and outcome; the same seed and factor repeat a run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--factor", type=int, default=100, help="how many times the sample of make test")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**31))
    arguments = parser.parse_args()
    again = f"python torture/run.py --factor {arguments.factor} --seed {arguments.seed}"
    print(f"seed {arguments.seed}, factor {arguments.factor}; again: {again}", flush=True)
    environment = {**os.environ, "IDTUI_TORTURE": str(arguments.factor)}
    tests = ["-m", "pytest", "-q", f"--hypothesis-seed={arguments.seed}", *CHANCE]
    hub = ["torture/hub.py", "--seed", str(arguments.seed), "--rounds", str(arguments.factor)]
    store = ["torture/store.py", "--seed", str(arguments.seed), "--draws", str(DRAWS * arguments.factor)]
    codes = [
        subprocess.run([sys.executable, *run], cwd=ROOT, env=environment, check=False).returncode
        for run in (tests, store, hub)
    ]
    return max(codes, key=abs)


if __name__ == "__main__":
    sys.exit(main())
