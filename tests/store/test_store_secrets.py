"""Small secrets beside the keys of a journal: kept, rewrapped with them, never in clear."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from idtui.domain.entries import Correction, Parked, Verification, Withdrawal
from idtui.domain.errors import CannotSave, JournalDamaged
from idtui.seal.passphrase import LEAST, Passphrase
from idtui.seal.recovery import new_pair
from idtui.store.desk_store import DeskStore
from idtui.store.vault import NAME, Vault

OLD = Passphrase("old", LEAST)
NEW = Passphrase("new", LEAST)
SECRET = b"the private half"


def test_a_secret_survives_rekey_recovery_and_a_purge(tmp_path: Path) -> None:
    vault = Vault.create(tmp_path, OLD)
    assert vault.secret("desk") is None
    vault.keep("desk", b"an older one")
    vault.keep("desk", SECRET)
    vault.keep("receipts", b"another")
    private, public = new_pair()
    vault.rekey(NEW, public)
    vault.destroy(9)
    for opened in (vault, Vault.unlock(tmp_path, NEW), Vault.unlock_by_recovery(tmp_path, private)):
        assert (opened.secret("desk"), opened.secret("receipts")) == (SECRET, b"another")
    assert SECRET not in (tmp_path / NAME).read_bytes()


def test_keys_without_a_secret_are_written_as_before(tmp_path: Path) -> None:
    Vault.create(tmp_path, OLD)
    assert "secrets" not in json.loads((tmp_path / NAME).read_bytes().split(b"\n")[1])


def test_a_secret_belongs_to_its_name_and_to_these_keys(tmp_path: Path) -> None:
    vault = Vault.create(tmp_path, OLD)
    vault.keep("desk", SECRET)
    vault.keep("receipts", b"another")
    lines = (tmp_path / NAME).read_bytes().split(b"\n")
    told = json.loads(lines[1])
    told["secrets"]["desk"] = told["secrets"]["receipts"]
    lines[1] = json.dumps(told).encode()
    whole = b"\n".join(lines[:3]) + b"\n"
    (tmp_path / NAME).write_bytes(whole + hashlib.sha256(whole).hexdigest().encode() + b"\n")
    with pytest.raises(JournalDamaged):
        Vault.unlock(tmp_path, OLD)


def test_a_store_keeps_secrets_and_says_when_it_cannot(
    opened: Callable[[], DeskStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = opened()
    store.keep_secret("desk", SECRET)

    def full(path: Path, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as filled:
        filled.setattr("idtui.store.vault.replace", full)
        with pytest.raises(CannotSave):
            store.keep_secret("desk", b"another")
    store.close()
    again = opened()
    assert again.secret("desk") == SECRET
    again.close()


def test_the_head_changes_with_every_entry_and_is_that_of_the_next_opening(
    opened: Callable[[], DeskStore], verification: Callable[[int], Verification]
) -> None:
    store = opened()
    heads, frames = [store.head], [store.frames]
    for sequence in (1, 2):
        store.append(verification(sequence))
        heads.append(store.head)
        frames.append(store.frames)
    store.close()
    assert len(set(heads)) == 3
    assert frames == [0, 2, 3], "the first entry of a run comes after its `open` frame"
    again = opened()
    assert (again.head, again.frames) == (heads[-1], frames[-1])
    again.close()


@pytest.mark.parametrize("settled", ["correction", "withdrawal"])
def test_what_was_refused_is_settled_by_a_correction_or_a_withdrawal(
    opened: Callable[[], DeskStore],
    head: Callable[[int], dict[str, Any]],
    verification: Callable[[int], Verification],
    settled: str,
) -> None:
    store = opened()
    refused = verification(1)
    store.append(refused)
    store.append(Parked(**head(2), entry=refused.id, status=400, words="no"))
    assert [entry.id for entry in store.parked()] == [refused.id]
    if settled == "correction":
        store.append(Correction(**head(3), replaces=refused.id, by=head(4)["id"], why="mended"))
    else:
        store.append(Withdrawal(**head(3), withdraws=refused.id, why="wrong patient"))
    assert list(store.parked()) == []
    store.close()
    again = opened()
    assert list(again.parked()) == []
    assert [entry.id for entry in again.unsent()] == [head(3)["id"]]
    again.close()
