"""A program that saves entries without end, printing the id of each when it is acknowledged."""

WRITER = """
import sys, uuid
from datetime import UTC, datetime
from pathlib import Path
from idtui.domain.entries import Draft
from idtui.seal.passphrase import LEAST, Passphrase
from idtui.store.desk_store import open_store

class Now:
    def now(self):
        return datetime.now(UTC)

passphrase = Passphrase("a passphrase for tests", LEAST)
store = open_store(Path(sys.argv[1]), desk="desk-1", clock=Now(), passphrase=passphrase)
while True:
    head = dict(id=str(uuid.uuid4()), sequence=store.next_sequence(), site="s", desk="d", operator="o")
    draft = Draft(**head, recorded_at=Now().now(), digits="8" * int(sys.argv[2]))
    store.append(draft)
    print(draft.id, flush=True)
"""
