import random
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from effort import tries
from endless_writer import WRITER

from idtui.store.index import StoredEntries

ROUNDS = tries(10)
READS = 150
RACES = tries(40)


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


RACER = """
import sys, uuid
from datetime import UTC, datetime
from pathlib import Path
from idtui.domain.entries import Draft
from idtui.domain.errors import StoreHeld
from idtui.seal.passphrase import LEAST, Passphrase
from idtui.store.desk_store import open_store

class Now:
    def now(self):
        return datetime.now(UTC)

passphrase, wanted = Passphrase("a passphrase for tests", LEAST), int(sys.argv[2])
sys.stdin.readline()
while wanted:
    try:
        store = open_store(Path(sys.argv[1]), desk="d", clock=Now(), passphrase=passphrase)
    except StoreHeld:
        print("held", flush=True)
        continue
    head = dict(id=str(uuid.uuid4()), sequence=store.next_sequence(), site="s", desk="d", operator="o")
    store.append(Draft(**head, recorded_at=Now().now(), digits=""))
    print(head["id"], flush=True)
    store.close()
    wanted -= 1
"""


def test_two_processes_racing_for_the_store_lose_nothing(
    folder: Path, looked: Callable[[], StoredEntries]
) -> None:
    command = [sys.executable, "-c", RACER, str(folder), str(RACES)]
    racers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    for racer in racers:
        assert racer.stdin
        racer.stdin.write("go\n")
        racer.stdin.flush()
    with ThreadPoolExecutor() as both:
        told = [
            line
            for out, _ in both.map(lambda racer: racer.communicate(timeout=120), racers)
            for line in out.split()
        ]
    assert [racer.returncode for racer in racers] == [0, 0]
    saved = [line for line in told if line != "held"]
    assert "held" in told, "they never met"
    entries = looked().entries()
    assert {entry.id for entry in entries} == set(saved)
    assert [entry.sequence for entry in entries] == list(range(1, 2 * RACES + 1))


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
