"""What a store tells of itself without being opened: its shape, what is due, how far work is, secrets."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from idtui.domain.entries import Receipts, Verification
from idtui.domain.errors import JournalDamaged, WrongPassphrase
from idtui.seal.passphrase import Passphrase
from idtui.store import tries
from idtui.store.desk_store import DeskStore, read_history, read_secret
from idtui.store.due import Due, due
from idtui.store.errors import StoreUnavailable
from idtui.store.history import History
from idtui.store.index import StoredEntries
from idtui.store.shape import SegmentShape, StoreShape, shape_of
from idtui.store.vault import Vault
from idtui.store.watch import Work, passed, watched

Open = Callable[[], DeskStore]
Make = Callable[[int], Verification]


def read_again(folder: Path, passphrase: Passphrase) -> tuple[History, StoredEntries]:
    history = read_history(folder, passphrase)
    return history, StoredEntries(history.entries, history.carried, history.damage)


def test_the_shape_of_a_store_is_counts_and_sizes(folder: Path, opened: Open, verification: Make) -> None:
    for sequence in (1, 2):
        store = opened()
        store.append(verification(sequence))
        store.close()
    (folder / "torn-00000001-1").write_bytes(b"12345")
    (folder / "SPECIMEN Alice.txt").write_bytes(b"")
    segment = folder / "segment-00000001"
    segment.write_bytes(segment.read_bytes().rstrip(b"\0") + b"half a frame")
    shape = shape_of(folder)
    frames = {"entry": 2, "open": 2}
    assert shape == StoreShape(
        segments=(SegmentShape(number=1, bytes=segment.stat().st_size, frames=frames, tail=12),),
        parts={name: (folder / name).stat().st_size for name in ("keys", "lock")},
        torn=(5,),
        unknown=1 + (folder / "holder").exists(),
    )
    assert "SPECIMEN" not in repr(shape)


def test_nothing_is_due_in_an_empty_or_a_waiting_store(
    folder: Path, opened: Open, verification: Make, passphrase: Passphrase
) -> None:
    assert due(History(), StoredEntries([]), verification(1).recorded_at) == Due()
    store = opened()
    store.append(verification(1))
    store.close()
    later = verification(1).recorded_at + timedelta(days=1)
    assert due(*read_again(folder, passphrase), later) == Due()


def test_what_is_due_is_what_a_purge_then_destroys(
    folder: Path,
    opened: Open,
    verification: Make,
    head: Callable[[int], dict[str, Any]],
    passphrase: Passphrase,
) -> None:
    for sequence in (1, 3, 5):
        store = opened()
        store.append(verification(sequence))
        store.append(Receipts(**head(sequence + 1), entries=(verification(sequence).id,)))
        store.close()
        last = max(folder.glob("segment-*"))
        last.write_bytes(last.read_bytes().rstrip(b"\0") + b"a torn tail: what follows goes to a new segment")
    store = opened()
    store.append(verification(7))
    moment = verification(1).recorded_at + timedelta(days=1)
    assert due(*read_again(folder, passphrase), moment) == Due(segments=3, entries=6)
    assert store.purge(moment, by=("Peeters", "Janssens"), at=moment) == 3
    assert due(*read_again(folder, passphrase), moment) == Due()
    store.close()


def test_long_work_tells_its_watcher_and_nobody_else() -> None:
    told: list[tuple[str, int, int]] = []
    passed(Work.READING, 1, 3)
    with watched(lambda *step: told.append(step)):
        passed(Work.READING, 2, 3)
        with watched(lambda *_: None):
            passed(Work.CARRYING, 1, 1)
        passed(Work.CHECKING, 3, 3)
    passed(Work.READING, 3, 3)
    assert told == [("reading", 2, 3), ("checking", 3, 3)]


def test_opening_tells_each_segment(opened: Open, verification: Make, looked: Callable[[], object]) -> None:
    store = opened()
    store.append(verification(1))
    store.close()
    told: list[tuple[str, int, int]] = []
    with watched(lambda *step: told.append(step)):
        looked()
    assert told == [("reading", 0, 1), ("reading", 1, 1)]


@pytest.mark.parametrize(
    ("wrong", "pause"), [(0, 0.0), (1, 0.25), (2, 0.5), (7, 16.0), (8, 30.0), (9, 30.0), (64, 30.0)]
)
def test_each_wrong_passphrase_doubles_the_pause(tmp_path: Path, wrong: int, pause: float) -> None:
    (tmp_path / tries.NAME).write_text(str(wrong), encoding="ascii")
    assert (tries.pause_after(wrong), tries.pause_before_next(tmp_path)) == (pause, pause)


def test_a_count_nobody_can_read_costs_nothing(tmp_path: Path) -> None:
    assert tries.pause_before_next(tmp_path) == 0.0
    (tmp_path / tries.NAME).write_text("many", encoding="ascii")
    assert tries.pause_before_next(tmp_path) == 0.0


def test_a_secret_is_read_beside_a_running_desk(
    folder: Path, opened: Open, passphrase: Passphrase, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = opened()
    store.keep_secret("desk", b"the private half")
    assert read_secret(folder, passphrase, "desk") == b"the private half"
    assert read_secret(folder, passphrase, "another") is None
    with pytest.raises(WrongPassphrase):
        read_secret(folder, Passphrase("wrong", passphrase.cost), "desk")
    (folder / tries.NAME).unlink()

    def broken(*_: object) -> None:
        raise OSError(5, "Input/output error")

    store.close()
    monkeypatch.setattr("idtui.store.desk_store.place.check", broken)
    with pytest.raises(StoreUnavailable):
        read_secret(folder, passphrase, "desk")


def test_a_secret_of_another_name_does_not_open(tmp_path: Path, passphrase: Passphrase) -> None:
    vault = Vault.create(tmp_path, passphrase)
    vault.keep("desk", b"one")
    vault.keep("receipts", b"two")
    secrets = vault._keys.secrets
    secrets["desk"] = secrets["receipts"]
    with pytest.raises(JournalDamaged):
        vault.secret("desk")
