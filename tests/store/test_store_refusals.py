import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from idtui.domain.entries import Verification
from idtui.domain.errors import CannotSave, IdtuiError, JournalDamaged, StoreHeld
from idtui.seal.passphrase import LEAST, Passphrase
from idtui.seal.recovery import new_pair
from idtui.store import first_form, segment_file, takeover
from idtui.store.codec import encode
from idtui.store.desk_store import DeskStore, read_store, recover_store, salvage_store, take_over
from idtui.store.errors import StoreUnavailable
from idtui.store.history import History
from idtui.store.index import StoredEntries
from idtui.store.segment_file import SegmentFile
from idtui.store.vault import Vault

Open = Callable[[], DeskStore]
Make = Callable[[int], Verification]
OTHER = Passphrase("another", LEAST)


@pytest.fixture
def filled(folder: Path, opened: Open, verification: Make) -> Path:
    store = opened()
    store.append(verification(1))
    store.close()
    return folder


def refuse(*_: object, **__: object) -> Any:  # noqa: ANN401  # stands for any call
    raise OSError(5, "Input/output error")


def test_a_fault_of_the_system_becomes_an_error_that_says_so(
    filled: Path, opened: Open, passphrase: Passphrase, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("desk_store", "place", "takeover"):
        name = {"desk_store": "segment_files", "place": "file_system", "takeover": "is_held"}[module]
        monkeypatch.setattr(f"idtui.store.{module}.{name}", refuse)
        openings: list[Callable[[], object]] = [
            lambda: read_store(filled, passphrase),
            lambda: salvage_store(filled, passphrase),
            lambda: take_over(filled, passphrase),
            lambda: recover_store(filled, "", desk="d", clock=_clock()).__enter__(),
        ]
        refused = 0
        for opening in openings:
            try:
                opening()
            except StoreUnavailable as error:
                assert error.message.parameters["reason"] == "Input/output error"  # noqa: PT017  # only some refuse
                refused += 1
            except IdtuiError:
                continue
        assert refused
        monkeypatch.undo()
    opened().close()


def _clock() -> Any:  # noqa: ANN401  # a clock that nobody reads
    class Never:
        def now(self) -> object:
            raise OSError(5, "Input/output error")

    return Never()


def test_a_rekey_that_cannot_be_saved_keeps_the_passphrase(
    filled: Path, opened: Open, passphrase: Passphrase, monkeypatch: pytest.MonkeyPatch
) -> None:
    private, public = new_pair()
    store = opened()
    store.rekey(passphrase, public)
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", refuse)
        with pytest.raises(CannotSave):
            store.rekey(OTHER)
    store.close()
    with pytest.raises(CannotSave):
        _recover(filled, private, monkeypatch)
    assert len(read_store(filled, passphrase)) == 1
    assert not (filled / "keys.new").exists()


def _recover(directory: Path, private: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with recover_store(directory, private, desk="d", clock=_noon()) as keys, monkeypatch.context() as patched:
        patched.setattr(os, "fsync", refuse)
        keys.rekey(OTHER)


def _noon() -> Any:  # noqa: ANN401  # a clock of one moment
    from datetime import UTC, datetime

    class Noon:
        def now(self) -> datetime:
            return datetime(2026, 11, 22, 12, tzinfo=UTC)

    return Noon()


def test_recovering_a_store_that_is_not_there(folder: Path) -> None:
    with pytest.raises(StoreUnavailable), recover_store(folder, "", desk="d", clock=_noon()):
        pass


def test_an_entry_of_another_kind_closes_the_journal_again(filled: Path, opened: Open) -> None:
    store = opened()
    store._journal.append(b'{"kind":"novelty","id":"x","sequence":2}')
    store.close()
    for _ in range(2):
        with pytest.raises(JournalDamaged) as damaged:
            opened()
        assert damaged.value.message.id == "store.strange_entry"


def test_an_entry_with_a_field_of_a_newer_version_is_damage(filled: Path, opened: Open) -> None:
    store = opened()
    (entry, *_) = store.entries()
    newer = encode(entry).replace(b'"sequence":%d' % entry.sequence, b'"novelty":1,"sequence":2', 1)
    kept = StoredEntries([newer])
    with pytest.raises(JournalDamaged) as damaged:
        list(kept.entries())
    assert damaged.value.message.parameters["sequence"] == 2
    store.close()


def test_a_tail_that_cannot_be_moved_aside_stays_where_it_is(
    filled: Path, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    segment = filled / "segment-00000001"
    os.truncate(segment, len(segment.read_bytes().rstrip(b"\0")) - 1)
    before = segment.read_bytes()
    with monkeypatch.context() as patched:
        patched.setattr(SegmentFile, "cut", refuse)
        with pytest.raises(StoreUnavailable):
            opened()
    assert segment.read_bytes() == before
    store = opened()
    assert store.torn == filled / "torn-00000001-2"
    store.close()


def test_a_migration_that_does_not_read_back_is_not_finished(
    folder: Path, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.mkdir(mode=0o700)
    segment = folder / "segment-00000001"
    segment.write_bytes(first_form.HEADER + first_form.framed(1, b"{}"))
    segment.chmod(0o600)
    before = segment.read_bytes()
    monkeypatch.setattr(first_form, "replay_sealed", lambda *_: History())
    with pytest.raises(JournalDamaged) as damaged:
        opened()
    assert damaged.value.message.id == "store.migration_differs"
    assert segment.read_bytes() == before


def test_keys_that_are_whole_and_make_no_sense_are_damage(filled: Path, passphrase: Passphrase) -> None:
    content = b"idtui-keys 1\n{}\nAAAA\n"
    (filled / "keys").write_bytes(content + hashlib.sha256(content).hexdigest().encode() + b"\n")
    with pytest.raises(JournalDamaged) as damaged:
        Vault.unlock(filled, passphrase)
    assert damaged.value.message.id == "store.keys_damaged"


def test_a_segment_that_cannot_be_synced_at_opening_is_not_written(
    filled: Path, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (filled / "segment-00000001").read_bytes()
    with monkeypatch.context() as patched:
        patched.setattr(segment_file, "sync_directory", refuse)
        with pytest.raises(StoreUnavailable):
            opened()
    assert (filled / "segment-00000001").read_bytes() == before
    opened().close()


def test_a_key_put_in_by_somebody_else_opens_no_segment(filled: Path, passphrase: Passphrase) -> None:
    keys = Vault.unlock(filled, passphrase)
    held = keys._keys.segments["1"]
    keys._write(keys._with(segments={"1": held, "2": held}))
    assert keys.key_of(1)
    with pytest.raises(JournalDamaged) as refused:
        keys.key_of(2)
    assert refused.value.message.id == "store.key_missing"


def test_a_process_of_another_account_is_not_ended(
    filled: Path, opened: Open, passphrase: Passphrase, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    store = opened()
    monkeypatch.setattr(os, "kill", forbidden)
    with pytest.raises(StoreHeld) as held:
        take_over(filled, passphrase)
    assert held.value.message.id == "store.not_ours_to_end"
    store.close()


def test_a_holder_that_went_by_itself_is_waited_for(
    filled: Path, passphrase: Passphrase, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = iter([True, True, False])
    monkeypatch.setattr(takeover, "is_held", lambda _: next(held))
    monkeypatch.setattr(takeover, "holder_of", lambda _: os.getpid())
    looks = iter([True, False])
    monkeypatch.setattr(takeover, "_holds", lambda *_: next(looks))
    monkeypatch.setattr(takeover, "_GLANCE", 0)
    assert take_over(filled, passphrase)
