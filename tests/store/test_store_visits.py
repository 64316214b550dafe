from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from idtui.domain.errors import CannotSave, WrongPassphrase
from idtui.domain.visit import Visit, VisitKind, VisitSource, VisitState
from idtui.seal.passphrase import LEAST, Passphrase
from idtui.store import visits as store_visits
from idtui.store.desk_store import DeskStore, open_store, read_visits
from idtui.store.errors import StoreMissing, StoreUnavailable
from idtui.store.vault import VISITS
from idtui.store.visits import DAYS_KEPT, KeptVisits

Open = Callable[[], DeskStore]
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


def visit(number: str = "V1", day: int = 0, **fields: Any) -> Visit:  # noqa: ANN401  # any field of a visit
    given: dict[str, Any] = {
        "number": number,
        "kind": VisitKind.AMBULATORY,
        "state": VisitState.PLANNED,
        "source": VisitSource.CSV,
        "told_at": NOW,
        "appointment_at": NOW + timedelta(days=day),
        "name": "SPECIMEN",
    }
    return Visit(**{**given, **fields})


def test_visits_outlive_the_process_sealed(opened: Open, folder: Path, passphrase: Passphrase) -> None:
    with_both = opened()
    with_both.visits.take_import([visit("V1"), visit("V2")], NOW)
    kept = with_both.visits.take_from_hub([visit("V3")], NOW)
    with_both.close()
    again = opened()
    assert again.visits.read() == kept == read_visits(folder, passphrase)
    assert {one.number for one in kept.all()} == {"V1", "V2", "V3"}
    assert len(again) == 0
    again.close()
    content = (folder / "visits").read_bytes()
    assert b"SPECIMEN" not in content
    assert "SPECIMEN" not in repr(kept)


def test_the_hub_replaces_what_it_told_and_a_file_adds(opened: Open) -> None:
    store = opened()
    store.visits.take_from_hub([visit("V1"), visit("V2")], NOW)
    store.visits.take_import([visit("V9", name="OLD")], NOW)
    store.visits.take_import([visit("V9", told_at=NOW + timedelta(hours=1))], NOW)
    kept = store.visits.take_from_hub([visit("V2")], NOW)
    assert [one.number for one in kept.from_hub] == ["V2"]
    assert [one.name for one in kept.imported] == ["SPECIMEN"]
    store.close()


def test_each_day_has_its_own_key_and_what_is_over_goes(opened: Open, folder: Path) -> None:
    store = opened()
    stay = visit("S", kind=VisitKind.HOSPITALISATION, state=VisitState.OPEN, admitted_at=NOW)
    store.visits.take_import([visit("V1"), visit("V2", day=1), stay], NOW)
    key = store.vault.key_of(VISITS)
    copy = (folder / "visits").read_bytes()
    store.visits.take_import([], NOW + timedelta(minutes=1))
    assert store.vault.key_of(VISITS) == key
    kept = store.visits.take_import([], NOW + timedelta(days=1))
    assert [one.number for one in kept.imported] == ["V2", "S"]
    assert store.vault.key_of(VISITS) != key
    (folder / "visits").write_bytes(copy)
    assert store.visits.read() == KeptVisits()
    store.close()


def test_what_nobody_renews_is_destroyed_at_the_next_opening(folder: Path, passphrase: Passphrase) -> None:
    def opened_on(day: int) -> DeskStore:
        class Clock:
            def now(self) -> datetime:
                return NOW + timedelta(days=day)

        return open_store(folder, desk="desk-1", clock=Clock(), passphrase=passphrase)

    store = opened_on(0)
    store.visits.take_import([visit(day=30)], NOW)
    store.close()
    for day, found in ((DAYS_KEPT, 1), (DAYS_KEPT + 1, 0)):
        store = opened_on(day)
        assert len(store.visits.read().imported) == found
        assert store.vault.day_of(VISITS) == (NOW.date().isoformat() if found else "")
        store.close()
    assert not (folder / "visits").exists()


def test_a_new_passphrase_keeps_them_and_a_purge_of_keys_does_not(opened: Open) -> None:
    store = opened()
    kept = store.visits.take_import([visit()], NOW)
    store.rekey(Passphrase("another passphrase", LEAST))
    assert store.visits.read() == kept
    store.vault.destroy(1)
    assert store.visits.read() == KeptVisits()
    store.close()


@pytest.mark.parametrize("content", [b"", b"idtui-visits 1\n", b"idtui-visits 2\n" + b"x" * 80])
def test_a_damaged_file_is_as_none(opened: Open, folder: Path, content: bytes) -> None:
    store = opened()
    store.visits.take_import([visit()], NOW)
    (folder / "visits").write_bytes(content)
    assert store.visits.read() == KeptVisits()
    store.close()


def test_a_full_disk_is_told_and_costs_nothing(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    store = opened()
    kept = store.visits.take_import([visit()], NOW)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store_visits, "replace", full)
    with pytest.raises(CannotSave):
        store.visits.take_import([visit("V2")], NOW)
    assert store.visits.read() == kept
    store.close()


def test_visits_are_read_only_with_the_passphrase(opened: Open, folder: Path) -> None:
    with pytest.raises(StoreMissing):
        read_visits(folder, None)
    opened().close()
    for wrong in (None, Passphrase("another", LEAST)):
        with pytest.raises(WrongPassphrase):
            read_visits(folder, wrong)


def test_a_medium_that_does_not_answer_is_told(
    opened: Open, folder: Path, passphrase: Passphrase, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened().close()

    def broken(_: Path) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("idtui.store.desk_store.place.check", broken)
    with pytest.raises(StoreUnavailable):
        read_visits(folder, passphrase)
