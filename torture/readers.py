"""The long runs with the real service and a virtual reader: `python torture/readers.py [--seed N]`."""

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from reader_endurance import Endurance, Load, Violation, judged, loads_of  # noqa: E402  # after the path is set
from real_parts import Watcher  # noqa: E402  # see above

from idtui.training import pcscd  # noqa: E402  # see above
from idtui.training.authority import Applet, TrainingAuthority  # noqa: E402  # see above

ROUNDS = {"insertions": 1000, "restarts": 200}
FEWEST = 4
"""Rounds in which growth can be seen at all."""

PROGRESS = 60.0
"""Seconds between two lines that say how far a run is."""


def run(part: str, seed: int, rounds: int) -> int:
    """Run one part with a service and a reader port of its own; print what came of it."""
    drawn = random.Random(f"{seed} {part}")
    with tempfile.TemporaryDirectory(prefix="idtui-") as folder:
        authority = TrainingAuthority()
        daemon = pcscd.PrivatePcscd(Path(folder))
        daemon.start()
        watcher = Watcher(daemon.environment, *roots(authority, Path(folder)))
        try:
            endurance = Endurance(daemon, watcher, authority, drawn)
            return rounds_of(part, endurance, watcher, seed, rounds)
        finally:
            watcher.stop()
            daemon.slots[0].remove()
            daemon.stop()


def rounds_of(part: str, endurance: Endurance, watcher: Watcher, seed: int, rounds: int) -> int:
    """Run the rounds; print counts also when ended early."""
    turn = endurance.restart if part == "restarts" else endurance.insert_and_remove
    took, loads, outcome, code = list[float](), list[Load](), "", 0
    begun = said = time.monotonic()
    try:
        for seconds, load in loads_of(watcher.process, rounds, turn):
            took.append(seconds)
            loads.append(load)
            if time.monotonic() - said > PROGRESS:
                said = time.monotonic()
                print(f"{part}: {len(took):,} of {rounds:,}", flush=True)
        outcome = judged(loads)
    except (Violation, AssertionError) as violation:
        outcome, code = f"VIOLATION: {violation}", 1
    except KeyboardInterrupt:
        outcome, code = "ended early", 128 + signal.SIGINT
    day, whole = datetime.now(UTC).date(), time.monotonic() - begun
    print(f"| {day} | {part}, seed {seed} | {len(took):,} of {rounds:,} in {whole:,.0f} s ", end="")
    print(f"| read after {median(took or [0.0]):.2f} s, at most {max(took, default=0.0):.2f} s ", end="")
    print(f"| {outcome} |", flush=True)
    return code


def roots(authority: TrainingAuthority, folder: Path) -> list[str]:
    """Return the options that make the child trust the training roots."""
    options = []
    for applet in Applet:
        path = folder / f"{applet.name}.der"
        path.write_bytes(authority.signers(applet).root.der)
        options += ["--root", str(path)]
    return options


def main() -> int:
    """Run both parts, or one; 1 when a card was not told, something piled up or a required part is absent."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    parser.add_argument("--part", choices=ROUNDS, action="append", help="only this part")
    parser.add_argument("--factor", type=int, default=100, help="percent of the full counts")
    given = parser.parse_args()
    if reason := pcscd.missing():
        print(f"not run: {reason}")
        return int(os.environ.get("IDTUI_REQUIRE_REAL") == "1")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    print(f"seed {given.seed}", flush=True)
    return max(
        run(part, given.seed, max(FEWEST, ROUNDS[part] * given.factor // 100))
        for part in given.part or ROUNDS
    )


if __name__ == "__main__":
    sys.exit(main())
