import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from effort import tries
from endless_writer import WRITER

from idtui.store.index import StoredEntries

ROUNDS = tries(10)
READS = 150


def test_what_was_acknowledged_survives_kill_9(folder: Path, looked: Callable[[], StoredEntries]) -> None:
    """Process death only: a power cut is proven by the truncations and by the order of system calls."""
    drawn = random.Random(20261122)
    acknowledged: set[str] = set()
    for _ in range(ROUNDS):
        wanted = drawn.randrange(1, 60)
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(folder), str(drawn.randrange(1, 5000))],
            stdout=subprocess.PIPE,
            text=True,
        ) as writer:
            assert writer.stdout
            acknowledged.update(writer.stdout.readline().strip() for _ in range(wanted))
            writer.kill()
            acknowledged.update(line.strip() for line in writer.stdout if line.endswith("\n"))
        stored = {entry.id for entry in looked().entries()}
        assert acknowledged <= stored
        assert len(stored) - len(acknowledged) <= ROUNDS
    assert len(acknowledged) >= ROUNDS


def test_reading_beside_a_writer_never_sees_damage(folder: Path, looked: Callable[[], StoredEntries]) -> None:
    command = [sys.executable, "-c", WRITER, str(folder), "700"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout
        counts = []
        for _ in range(READS):
            acknowledged = writer.stdout.readline().strip()
            view = looked()
            counts.append(len(view))
            assert view.entry(acknowledged) is not None
        writer.kill()
        writer.stdout.read()
    assert counts == sorted(counts)
    assert counts[-1] > READS
