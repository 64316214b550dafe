"""A program that fills a small disk page by page: at each size it saves until it is full, then goes on.

It runs in a mount namespace of its own, makes the disk there, and prints what it saw as one line of JSON.
"""

FILLER = """
import json, os, subprocess, sys
from datetime import UTC, datetime
from pathlib import Path
from idtui.domain.entries import Draft, Evidence, Pending
from idtui.domain.episode import Episode
from idtui.domain.errors import CannotSave, IdtuiError
from idtui.seal.passphrase import LEAST, Passphrase
from idtui.store.codec import encode
from idtui.store.desk_store import open_store, read_store
from idtui.store.segment_file import SMALLEST_STEP

PAGE = 4096
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEY = Passphrase("a passphrase for tests", LEAST)
place, most = Path(sys.argv[1]), int(sys.argv[2])
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k,mode=700", "tmpfs", place], check=True)
folder, filler = place / "store", place / "filler"

class Clock:
    def now(self):
        return NOON

def opened():
    return open_store(folder, desk="d", clock=Clock(), passphrase=KEY, step=SMALLEST_STEP)

def save(store, kind, **fields):
    number = store.next_sequence()
    head = dict(id=f"00000000-0000-7000-8000-{number:012}", site="", desk="d", operator="o")
    entry = kind(**head, sequence=number, recorded_at=NOON, **fields)
    store.append(entry)
    saved[entry.id] = encode(entry)

def begin(store):
    save(store, Pending, care_at=NOON, episode=Episode(), evidence=Evidence())

def finish(store):
    save(store, Draft, digits="")

def work(store):
    try:
        for _ in range(200):
            begin(store)
    except CannotSave as refused:
        seen["refused"] += refused.message.id == "store.full"
        if store.full:
            for _ in range(3):
                finish(store)
            seen["finished"] += 1
    finally:
        store.close()

seen = {"sizes": 0, "unopened": 0, "refused": 0, "finished": 0, "lost": 0, "saved": 0}
for pages in range(most):
    saved = {}
    free = os.statvfs(place).f_bavail
    filler.write_bytes(bytes(PAGE * max(0, free - pages)))
    try:
        work(opened())
    except IdtuiError:
        seen["unopened"] += 1
    filler.unlink()
    if (folder / "keys").exists():
        found = {entry.id: encode(entry) for entry in read_store(folder, KEY).entries()}
        seen["lost"] += sum(found.get(name) != payload for name, payload in saved.items())
    again = opened()
    begin(again)
    assert not again.full
    again.close()
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    seen["sizes"] += 1
    seen["saved"] += len(saved)
print(json.dumps(seen))
"""
