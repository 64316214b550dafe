"""The long runs of mutated card files and answers: `python torture/cards.py [--seed N] [--part files]`."""

import argparse
import random
import signal
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import card_mutations  # noqa: E402  # after the path is set
from card_mutations import MutatedAnswers, MutatedFiles, Violation, tried  # noqa: E402  # see above

from idtui.devices.eid import files  # noqa: E402  # see above

COUNTS = {"files": 1_000_000, "answers": 100_000}
PROGRESS = 60.0
"""Seconds between two lines that say how far a run is."""


def run(part: str, seed: int, numbers: range) -> int:
    """Run one part; print counts, and how to go on when it is ended early."""
    cards = card_mutations.originals()
    cases = MutatedFiles(cards) if part == "files" else MutatedAnswers(cards)
    told, outcome, code = Counter[str](), "", 0
    begun = said = time.monotonic()
    try:
        for word in tried(cases, seed, numbers):
            told[word] += 1
            if time.monotonic() - said > PROGRESS:
                said = time.monotonic()
                print(f"{part}: {told.total():,} of {len(numbers):,}", flush=True)
    except Violation as violation:
        outcome, code = f"VIOLATION: {violation}", 1
    except KeyboardInterrupt:
        first = numbers.start + told.total()
        outcome = f"ended; go on with --part {part} --seed {seed} --first {first}"
        code = 128 + signal.SIGINT
    words = ", ".join(f"{word} {count:,}" for word, count in told.most_common())
    took = time.monotonic() - begun
    day = datetime.now(UTC).date()
    print(f"| {day} | mutated {part}, {len(cards)} cards, seed {seed}, from case {numbers.start:,} |", end="")
    print(f" {told.total():,} in {took:,.0f} s | {words} | {outcome or 'none'} |", flush=True)
    return code


def main() -> int:
    """Run both parts, or one; 1 when something came of a card that must not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    parser.add_argument("--part", choices=COUNTS, action="append", help="only this part")
    parser.add_argument("--factor", type=int, default=100, help="percent of the full counts")
    parser.add_argument("--first", type=int, default=0, help="the case to begin with")
    parser.add_argument("--until", type=int, help="the case before which to end, to share a run out")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    files.REST = 0.0  # the pause some cards need after 6Cxx; these need none
    print(f"seed {given.seed}", flush=True)
    codes = [
        run(part, given.seed, range(given.first, given.until or COUNTS[part] * given.factor // 100))
        for part in given.part or COUNTS
    ]
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
