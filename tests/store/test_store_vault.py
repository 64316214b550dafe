import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from idtui.domain.errors import JournalDamaged, NotUnderstood, WrongPassphrase
from idtui.domain.text import Message
from idtui.seal.passphrase import LEAST, Passphrase
from idtui.seal.recovery import new_pair
from idtui.store.tries import counted, pause_after
from idtui.store.vault import NAME, Vault

OLD = Passphrase("old", LEAST)
NEW = Passphrase("new", LEAST)


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    vault = Vault.create(tmp_path, OLD)
    for number in (1, 2, 3):
        vault.add(number, f"2026-11-2{number}")
    return vault


def keys(vault: Vault) -> list[bytes]:
    return [vault.key_of(number) for number in (1, 2, 3)]


def test_the_passphrase_gives_the_keys_back(vault: Vault, tmp_path: Path) -> None:
    again = Vault.unlock(tmp_path, OLD)
    assert keys(again) == keys(vault)
    assert len(set(keys(vault))) == 3
    assert (again.day_of(2), again.day_of(9), again.purged) == ("2026-11-22", "", 0)
    assert not again.has_recovery_key
    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o600
    with pytest.raises(WrongPassphrase):
        Vault.unlock(tmp_path, NEW)


def test_rekeying_changes_the_passphrase_and_no_segment_key(vault: Vault, tmp_path: Path) -> None:
    before = keys(vault)
    vault.rekey(NEW)
    assert keys(Vault.unlock(tmp_path, NEW)) == keys(vault) == before
    with pytest.raises(WrongPassphrase):
        Vault.unlock(tmp_path, OLD)
    vault.add(4, "2026-11-24")
    assert Vault.unlock(tmp_path, NEW).key_of(4) == vault.key_of(4)


def test_the_recovery_key_opens_also_after_another_rekey(vault: Vault, tmp_path: Path) -> None:
    private, public = new_pair()
    other, _ = new_pair()
    with pytest.raises(WrongPassphrase) as refused:
        Vault.unlock_by_recovery(tmp_path, private)
    assert refused.value.message.id == "store.no_recovery_key"
    vault.rekey(OLD, public)
    vault.rekey(NEW)
    recovered = Vault.unlock_by_recovery(tmp_path, private)
    assert keys(recovered) == keys(vault)
    assert recovered.has_recovery_key
    with pytest.raises(WrongPassphrase):
        Vault.unlock_by_recovery(tmp_path, other)
    for opening in (lambda: Vault.unlock_by_recovery(tmp_path, "rubbish"), lambda: vault.rekey(NEW, private)):
        with pytest.raises(NotUnderstood):
            opening()


def test_a_destroyed_key_is_gone_for_passphrase_and_recovery_key(vault: Vault, tmp_path: Path) -> None:
    private, public = new_pair()
    vault.rekey(OLD, public)
    vault.destroy(2)
    for opened in (vault, Vault.unlock(tmp_path, OLD), Vault.unlock_by_recovery(tmp_path, private)):
        assert opened.purged == 2
        assert opened.key_of(3)
        for number in (1, 2):
            with pytest.raises(JournalDamaged):
                opened.key_of(number)


def test_every_changed_byte_of_the_keys_is_found(vault: Vault, tmp_path: Path) -> None:
    file = tmp_path / NAME
    whole = file.read_bytes()
    for position in range(len(whole)):
        changed = bytearray(whole)
        changed[position] ^= 1 << (position % 8)
        file.write_bytes(changed)
        with pytest.raises(JournalDamaged):
            Vault.unlock(tmp_path, OLD)
    for cut in range(0, len(whole), 50):
        file.write_bytes(whole[:cut])
        with pytest.raises(JournalDamaged):
            Vault.unlock(tmp_path, OLD)
    assert vault.purged == 0


def test_keys_changed_by_someone_who_knows_the_format_are_found(vault: Vault, tmp_path: Path) -> None:
    file = tmp_path / NAME
    lines = file.read_bytes().splitlines(keepends=True)
    lines[1] = lines[1].replace(b'"purged":0', b'"purged":1')
    content = b"".join(lines[:-1])
    file.write_bytes(content + hashlib.sha256(content).hexdigest().encode() + b"\n")
    with pytest.raises(JournalDamaged) as damaged:
        Vault.unlock(tmp_path, OLD)
    assert damaged.value.message.id == "store.keys_changed"
    assert vault.purged == 0


def test_keys_of_a_newer_version_are_refused(vault: Vault, tmp_path: Path) -> None:
    file = tmp_path / NAME
    file.write_bytes(file.read_bytes().replace(b"idtui-keys 1", b"idtui-keys 2"))
    with pytest.raises(JournalDamaged) as damaged:
        Vault.unlock(tmp_path, OLD)
    assert damaged.value.message.id == "store.newer_format"
    assert vault.purged == 0


def test_each_wrong_try_makes_the_next_one_wait_longer(tmp_path: Path) -> None:
    slept: list[float] = []

    def attempt(*, right: bool) -> None:
        with counted(tmp_path, slept.append):
            if not right:
                raise WrongPassphrase(refusal)

    refusal = _refused(lambda: Vault.unlock(tmp_path, NEW), tmp_path)
    for _ in range(10):
        with pytest.raises(WrongPassphrase):
            attempt(right=False)
    assert slept == [0.25, 0.5, 1, 2, 4, 8, 16, 30, 30]
    attempt(right=True)
    attempt(right=True)
    assert slept[9:] == [30]
    assert pause_after(1000) == 30
    (tmp_path / "tries").write_text("rubbish")
    attempt(right=True)
    assert len(slept) == 10


def _refused(opening: Callable[[], object], directory: Path) -> Message:
    Vault.create(directory, OLD)
    with pytest.raises(WrongPassphrase) as refused:
        opening()
    return refused.value.message
