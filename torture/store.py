"""The long fault runs of the store; prints seed and counts: `python torture/store.py [--seed N]`."""

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import power_cuts  # noqa: E402  # after the path is set
from endless_writer import WRITER  # noqa: E402  # see above
from planted_bugs import BUGS  # noqa: E402  # see above
from power_cuts import OLD, SCENARIOS, Violation  # noqa: E402  # see above

from idtui.domain.errors import JournalDamaged  # noqa: E402  # see above
from idtui.seal.passphrase import Passphrase  # noqa: E402  # see above
from idtui.store.codec import encode  # noqa: E402  # see above
from idtui.store.desk_store import read_store  # noqa: E402  # see above
from idtui.store.frames import scan  # noqa: E402  # see above

ENTRIES = 50
FLIPS_PER_DRAW = 10
BUG_SEEDS = 5
BUG_DRAWS = 5_000
KILLS_PER_STORE = 50


def filled(place: Path) -> tuple[Path, list[bytes]]:
    """Make a journal of 50 entries in one segment; return the segment and the payloads."""
    play = power_cuts.Play(place / "store")
    play.directory.mkdir(mode=0o700)
    store = play.open()
    for _ in range(ENTRIES):
        play.save(store)
    store.close()
    return play.directory / "segment-00000001", list(play.payloads.values())


def read(segment: Path) -> list[bytes]:
    """Return the payloads of the store the segment stands in."""
    return [encode(entry) for entry in read_store(segment.parent, OLD).entries()]


def truncations(place: Path, _: random.Random, __: int) -> str:
    """Cut the segment at every byte: every entry that ends before the cut is there."""
    segment, payloads = filled(place)
    whole = segment.read_bytes()
    ends = [frame.end for frame in scan(whole).frames[1:]]
    for cut in range(ends[-1] + 2):
        segment.write_bytes(whole[:cut])
        if read(segment) != payloads[: sum(end <= cut for end in ends)]:
            raise Violation(f"cut at {cut}")
    return f"{ends[-1] + 2:,} cuts"


def flips(place: Path, drawn: random.Random, draws: int) -> str:
    """Flip one bit: never is everything read as if nothing had happened, nor anything changed."""
    segment, payloads = filled(place)
    whole = bytearray(segment.read_bytes())
    used = scan(bytes(whole)).length
    for _ in range(draws * FLIPS_PER_DRAW):
        position, bit = drawn.randrange(used), 1 << drawn.randrange(8)
        whole[position] ^= bit
        segment.write_bytes(whole)
        whole[position] ^= bit
        try:
            view = read_store(segment.parent, OLD)
        except JournalDamaged:
            continue
        found = [encode(entry) for entry in view.entries()]
        if not set(found) < set(payloads) or not (view.damage or found == payloads[:-1]):
            raise Violation(f"flip at {position}")
    return f"{draws * FLIPS_PER_DRAW:,} flips"


def planted(place: Path, drawn: random.Random, _: int) -> str:
    """Plant each bug and see it caught."""
    for name, (plant, scenario) in BUGS.items():
        for number in range(BUG_SEEDS):
            seed = drawn.random()
            under = place / f"{name}-{number}"
            under.mkdir()
            with pytest.MonkeyPatch.context() as patched:
                plant(patched)
                try:
                    power_cuts.run(SCENARIOS[scenario], BUG_DRAWS, random.Random(seed), under)
                except Violation:
                    continue
            raise Violation(f"{name} was not caught")
    return f"{len(BUGS)} bugs, each caught {BUG_SEEDS} times"


def kills(place: Path, drawn: random.Random, draws: int) -> str:
    """Kill the writing process at random moments: what it acknowledged is there. No power is cut."""
    acknowledged = 0
    for round_of_kills in range(max(1, draws // 10 // KILLS_PER_STORE)):
        folder, said = place / f"store-{round_of_kills}", set[str]()
        for _ in range(KILLS_PER_STORE):
            command = [sys.executable, "-c", WRITER, str(folder), str(drawn.randrange(1, 5000))]
            with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
                if writer.stdout is None:
                    raise Violation("no output")
                said.update(writer.stdout.readline().strip() for _ in range(drawn.randrange(1, 25)))
                writer.kill()
                said.update(line.strip() for line in writer.stdout if line.endswith("\n"))
            stored = read_store(folder, Passphrase("a passphrase for tests")).entries()
            if not said <= {entry.id for entry in stored}:
                raise Violation("lost after kill -9")
        acknowledged += len(said)
    return f"{(round_of_kills + 1) * KILLS_PER_STORE:,} kills, {acknowledged:,} acknowledged"


def cutting(name: str) -> Callable[[Path, random.Random, int], str]:
    """Return the run that cuts the power in a scenario."""

    def cut(place: Path, drawn: random.Random, draws: int) -> str:
        after = power_cuts.run(SCENARIOS[name], draws, drawn, place)
        return f"{draws:,} cuts, {after:,} after an acknowledgement"

    return cut


RUNS: dict[str, Callable[[Path, random.Random, int], str]] = {
    "truncation at every byte, 50 entries": truncations,
    "bit flips, 50 entries": flips,
    "planted bugs": planted,
    "kill -9": kills,
    **{f"power cuts, {name}": cutting(name) for name in SCENARIOS},
}


def main() -> int:
    """Run everything; 1 when a run found a violation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    parser.add_argument("--draws", type=int, default=10_000, help="power cuts for each operation")
    parser.add_argument("--only", default="", help="the runs with this in their name")
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    failed = False
    for name, run in ((name, run) for name, run in RUNS.items() if given.only in name):
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            try:
                told = run(Path(folder), random.Random(f"{given.seed} {name}"), given.draws)
            except Violation as violation:
                told, failed = f"VIOLATION: {violation}", True
        print(f"{name}: {told}, {time.monotonic() - began:.0f} s", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
