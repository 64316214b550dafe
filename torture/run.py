"""`make torture`: the long runs of chance, store, cards, parsers, readers, line and hub, all or by name."""

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


def parts(seed: int, factor: int) -> dict[str, list[str]]:
    """Return the command of each part, without the interpreter; with a factor of 100 the full counts."""
    chosen = ["--seed", str(seed), "--factor", str(factor)]
    return {
        "chance": ["-m", "pytest", "-q", f"--hypothesis-seed={seed}", *CHANCE],
        "store": ["torture/store.py", "--seed", str(seed), "--draws", str(DRAWS * factor)],
        "cards": ["torture/cards.py", *chosen],
        "parsers": ["torture/parsers.py", *chosen],
        "readers": ["torture/readers.py", *chosen],
        "line": ["torture/line.py"],
        "hub": ["torture/hub.py", "--seed", str(seed), "--rounds", str(factor)],
    }


def main() -> int:
    """Run the parts, and say seed, factor and outcome; the same seed and factor repeat a run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", nargs="*", help=f"only these: {', '.join(parts(0, 0))}")
    parser.add_argument("--factor", type=int, default=100, help="how many times the sample of make test")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**31))
    given = parser.parse_args()
    commands = parts(given.seed, given.factor)
    if unknown := set(given.part) - commands.keys():
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    wanted = given.part or list(commands)
    again = f"python torture/run.py {' '.join(wanted)} --factor {given.factor} --seed {given.seed}"
    print(f"seed {given.seed}, factor {given.factor}; again: {again}", flush=True)
    environment = {**os.environ, "IDTUI_TORTURE": str(given.factor)}
    codes = {
        part: subprocess.run(
            [sys.executable, *commands[part]], cwd=ROOT, env=environment, check=False
        ).returncode
        for part in wanted
    }
    print(", ".join(f"{part}: {'failed' if code else 'passed'}" for part, code in codes.items()))
    return max(codes.values(), key=abs)


if __name__ == "__main__":
    sys.exit(main())
