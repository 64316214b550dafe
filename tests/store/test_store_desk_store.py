import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import msgspec
import pytest

from idtui.domain.entries import Draft, Entry, Parked, Receipts, Verification, Withdrawal
from idtui.domain.errors import StoreHeld
from idtui.seal.passphrase import Passphrase
from idtui.store import index
from idtui.store.codec import decode
from idtui.store.desk_store import DeskStore
from idtui.store.index import StoredEntries

Open = Callable[[], DeskStore]
Make = Callable[[int], Verification]
Look = Callable[[], StoredEntries]
Head = Callable[[int], dict[str, Any]]


@pytest.fixture
def store(opened: Open, verification: Make, head: Head) -> DeskStore:
    """Fill it: 1 received, 2 refused, 3 withdrawn, 4 refused and later received, 5 and 6 waiting."""
    store = opened()
    for sequence in range(1, 7):
        store.append(verification(sequence))
    ids = [entry.id for entry in store.entries()]
    store.append(Withdrawal(**head(7), withdraws=ids[2], why="undo"))
    store.append(Receipts(**head(8), entries=(ids[0], "of another desk")))
    store.append(Parked(**head(9), entry=ids[1], status=400, words="no subject"))
    store.append(Parked(**head(10), entry=ids[3], status=409, words="other content"))
    store.append(Draft(**head(11), digits="850730"))
    store.append(Receipts(**head(12), entries=(ids[3],)))
    return store


def sequences(entries: Sequence[Entry]) -> list[int]:
    return [entry.sequence for entry in entries]


def assert_knows_what_waits(view: StoredEntries) -> None:
    assert sequences(view.unsent()) == [3, 5, 6, 7]
    assert sequences(view.parked()) == [2]
    assert sequences(view.entries()) == list(range(1, 13))
    assert sequences(view.entries("parked")) == [9, 10]
    assert sequences(view.entries("pending")) == []
    last = view.last("verification")
    assert last
    assert last.sequence == 6
    assert view.last("pending") is None
    withdrawn = [view.withdrawn(entry.id) for entry in view.entries("verification")]
    assert withdrawn == [False, False, True, False, False, False]
    assert view.entry("unknown") is None
    assert all(view.entry(entry.id) == entry for entry in view.entries())


def test_the_indexes_know_what_waits(store: DeskStore) -> None:
    assert_knows_what_waits(store)
    store.close()


def test_a_reopened_store_knows_the_same(store: DeskStore, opened: Open, looked: Look) -> None:
    store.close()
    assert_knows_what_waits(looked())
    again = opened()
    assert_knows_what_waits(again)
    assert again.next_sequence() == 13
    assert (again.dropped, again.torn) == (0, None)
    again.close()


def test_questions_of_the_desk_decode_only_what_they_return(
    store: DeskStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[bytes] = []

    def noted(payload: bytes) -> Entry:
        decoded.append(payload)
        return decode(payload)

    monkeypatch.setattr(index, "decode", noted)
    assert len(store.unsent()) == 4
    assert len(store.parked()) == 1
    assert not store.withdrawn("unknown")
    assert decoded == []
    assert sequences(store.unsent()[1:3]) == [5, 6]
    assert store.last("draft") is not None
    assert len(decoded) == 3
    store.close()


def test_a_list_of_waiting_entries_does_not_change_under_its_reader(
    store: DeskStore, verification: Make
) -> None:
    waiting = store.unsent()
    store.append(verification(13))
    assert sequences(waiting) == [3, 5, 6, 7]
    assert waiting[-1].sequence == 7
    assert sequences(store.unsent()) == [3, 5, 6, 7, 13]
    store.close()


@pytest.mark.parametrize("sequence", [0, 1, 3])
def test_an_entry_out_of_sequence_is_not_taken(opened: Open, verification: Make, sequence: int) -> None:
    store = opened()
    store.append(verification(1))
    with pytest.raises(ValueError, match="sequence"):
        store.append(verification(sequence))
    assert len(store) == 1
    store.close()


def test_an_id_is_taken_once(opened: Open, verification: Make, head: Head) -> None:
    store = opened()
    store.append(verification(1))
    with pytest.raises(ValueError, match="already"):
        store.append(Draft(**{**head(2), "id": head(1)["id"]}, digits=""))
    store.close()


# Several processes


def hold(folder: str, said: Connection) -> None:
    from datetime import UTC, datetime

    from idtui.seal.passphrase import LEAST, Passphrase
    from idtui.store.desk_store import open_store

    class Noon:
        def now(self) -> datetime:
            return datetime(2026, 11, 22, 12, tzinfo=UTC)

    passphrase = Passphrase("a passphrase for tests", LEAST)
    store = open_store(Path(folder), desk="desk-9", clock=Noon(), passphrase=passphrase)
    said.send("held")
    said.recv()
    store.close()
    said.send("released")


def test_a_second_writer_is_told_who_holds_the_store(folder: Path, opened: Open) -> None:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    holder = context.Process(target=hold, args=(str(folder), there))
    holder.start()
    assert here.recv() == "held"
    with pytest.raises(StoreHeld) as held:
        opened()
    parameters = held.value.message.parameters
    assert parameters["pid"] == holder.pid
    assert parameters["host"] == os.uname().nodename
    assert (parameters["desk"], parameters["since"]) == ("desk-9", "2026-11-22T12:00:00+00:00")
    here.send("release")
    assert here.recv() == "released"
    opened().close()
    holder.join()
    assert {path.name for path in folder.iterdir()} == {"keys", "lock"}


@pytest.mark.parametrize("note", [None, b"", b'{"pid":"x"}'])
def test_a_holder_without_a_readable_note_is_still_respected(
    folder: Path, opened: Open, note: bytes | None
) -> None:
    store = opened()
    (folder / "holder").unlink()
    if note is not None:
        (folder / "holder").write_bytes(note)
    with pytest.raises(StoreHeld) as held:
        opened()
    assert held.value.message.id == "store.held_by_unknown"
    store.close()


def test_a_hostile_note_is_cleaned(folder: Path, opened: Open) -> None:
    store = opened()
    note = {"pid": 1, "host": "\x1b]0;x\x07", "desk": "d\u202e", "since": "now"}
    (folder / "holder").write_bytes(msgspec.json.encode(note))
    with pytest.raises(StoreHeld) as held:
        opened()
    assert held.value.message.parameters["host"] == "\ufffd]0;x\ufffd"
    assert held.value.message.parameters["desk"] == "d\ufffd"
    store.close()


def test_another_process_reads_beside_the_writer(
    store: DeskStore, folder: Path, passphrase: Passphrase
) -> None:
    code = (
        "import sys, pathlib\n"
        "from idtui.seal.passphrase import Passphrase\n"
        "from idtui.store.desk_store import read_store\n"
        "view = read_store(pathlib.Path(sys.argv[1]), Passphrase(sys.stdin.read()))\n"
        "print(len(view), len(view.unsent()))\n"
    )
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        input=passphrase.text,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.split() == ["12", "4"]
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    store.close()


def test_a_store_opens_without_tinydb(folder: Path, store: DeskStore, passphrase: Passphrase) -> None:
    store.close()
    code = (
        "import sys, pathlib\n"
        "from idtui.seal.passphrase import Passphrase\n"
        "from idtui.store.desk_store import read_store\n"
        "read_store(pathlib.Path(sys.argv[1]), Passphrase(sys.stdin.read())).unsent()\n"
        "assert 'tinydb' not in sys.modules\n"
    )
    subprocess.run(
        [sys.executable, "-c", code, str(folder)], input=passphrase.text, text=True, check=True, timeout=60
    )
