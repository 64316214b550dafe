import random
import subprocess
import sys
from pathlib import Path

from effort import tries

from idtui.store.desk_store import read_store

ROUNDS = tries(10)

WRITER = """
import sys, uuid
from datetime import UTC, datetime
from pathlib import Path
from idtui.domain.entries import Draft
from idtui.store.desk_store import open_store

class Now:
    def now(self):
        return datetime.now(UTC)

store = open_store(Path(sys.argv[1]), desk="desk-1", clock=Now())
while True:
    head = dict(id=str(uuid.uuid4()), sequence=store.next_sequence(), site="s", desk="d", operator="o")
    draft = Draft(**head, recorded_at=Now().now(), digits="8" * int(sys.argv[2]))
    store.append(draft)
    print(draft.id, flush=True)
"""


def test_what_was_acknowledged_survives_kill_9(folder: Path) -> None:
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
        stored = {entry.id for entry in read_store(folder).entries()}
        assert acknowledged <= stored
        assert len(stored) - len(acknowledged) <= ROUNDS
    assert len(acknowledged) >= ROUNDS
