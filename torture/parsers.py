"""Coverage-guided runs of the card parsers, by atheris: `python torture/parsers.py [--part identity]`."""

import argparse
import hashlib
import random
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import platformdirs

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from parser_targets import TARGETS, seeds  # noqa: E402  # after the path is set

SECONDS = 300
LONGEST = {"dates": 60, "tlv": 1024, "identity": 2048, "address": 1024, "certificate": 4096, "card": 12_000}
"""Bytes of an input; whatever is longer is refused before it is parsed, or says nothing new."""

CPU_BOUND = 10
"""Seconds one input may take."""

STATUS = re.compile(r"^#(\d+)\s.*cov: (\d+) ft: (\d+) corp: (\d+)/(\S+)", re.MULTILINE)
"""A status line of libFuzzer: executions, edges and features reached, inputs in the corpus and their size."""


def run(target: str, corpus: Path, seconds: int, seed: int) -> int:
    """Run one target on its corpus, which grows from run to run; print executions, coverage and size."""
    corpus.mkdir(parents=True, exist_ok=True)
    for content in seeds(target):
        (corpus / hashlib.sha256(content).hexdigest()).write_bytes(content)
    options = [
        f"-max_total_time={seconds}",
        f"-seed={seed % 2**32 or 1}",
        f"-max_len={LONGEST[target]}",
        f"-timeout={CPU_BOUND}",
        f"-artifact_prefix={corpus.parent}/found-{target}-",
    ]
    command = [sys.executable, str(ROOT / "torture" / "fuzz_one.py"), target, str(corpus), *options]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, errors="replace", check=False)
    lines = STATUS.findall(done.stderr)
    if done.returncode or not lines:
        print(done.stderr[-4000:], file=sys.stderr)
        print(f"| {target} | VIOLATION: the input is {corpus.parent}/found-{target}-* |", flush=True)
        return 1
    executions, edges, features, inputs, size = lines[-1]
    first = lines[0][1]
    print(
        f"| {datetime.now(UTC).date()} | {target}, seed {seed}, {seconds} s | {int(executions):,} "
        f"| {first} to {edges} edges, {features} features | {inputs} inputs, {size} | none |",
        flush=True,
    )
    return 0


def main() -> int:
    """Run all targets, or one; 1 when an input gave anything but a documented outcome."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1, 2**32))
    parser.add_argument("--part", choices=TARGETS, action="append", help="only this target")
    parser.add_argument("--factor", type=int, default=100, help="percent of the full time")
    parser.add_argument("--corpus", type=Path, default=platformdirs.user_cache_path("idtui") / "corpus")
    given = parser.parse_args()
    print(f"seed {given.seed}, corpus {given.corpus}", flush=True)
    seconds = max(1, SECONDS * given.factor // 100)
    return max(run(target, given.corpus / target, seconds, given.seed) for target in given.part or TARGETS)


if __name__ == "__main__":
    sys.exit(main())
