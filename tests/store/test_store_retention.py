from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from idtui.domain.entries import Draft, Entry, Evidence, Parked, Pending, Receipts, Verification, Withdrawal
from idtui.domain.episode import Episode
from idtui.domain.errors import CannotSave, JournalDamaged
from idtui.seal.passphrase import Passphrase
from idtui.seal.recovery import new_pair
from idtui.store.chain import verify
from idtui.store.codec import decode as decode_entry
from idtui.store.desk_store import DeskStore, open_store
from idtui.store.index import StoredEntries
from idtui.store.segment_file import SMALLEST_STEP, segment_files
from idtui.store.vault import Vault

Head = Callable[[int], dict[str, Any]]
Look = Callable[[], StoredEntries]
START = datetime(2026, 11, 1, 9, tzinfo=UTC)
BY = ("Peeters", "Janssens")


class Clock:
    day = 0

    def now(self) -> datetime:
        return START + timedelta(days=self.day)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(folder: Path, passphrase: Passphrase, clock: Clock) -> DeskStore:
    return open_store(folder, desk="d", clock=clock, passphrase=passphrase, step=SMALLEST_STEP)


@pytest.fixture
def made(store: DeskStore, head: Head, clock: Clock) -> Callable[[type[Any], dict[str, Any]], Any]:
    """Append an entry of a kind, recorded now."""

    def make(kind: type[Any], fields: dict[str, Any]) -> Any:  # noqa: ANN401  # an entry of any kind
        entry = kind(**{**head(store.next_sequence()), "recorded_at": clock.now()}, **fields)
        store.append(entry)
        return entry

    return make


def pending() -> dict[str, Any]:
    return {"care_at": START, "episode": Episode(visit="V1"), "evidence": Evidence()}


def purge(store: DeskStore, clock: Clock, days: int = 5) -> int:
    now = clock.now()
    return store.purge(now - timedelta(days=days), by=BY, at=now)


def test_what_still_counts_outlives_its_segment_and_the_rest_is_gone(  # noqa: PLR0917  # fixtures, by name
    store: DeskStore,
    clock: Clock,
    made: Callable[..., Any],
    verification: Callable[[int], Verification],
    folder: Path,
    looked: Look,
    passphrase: Passphrase,
) -> None:
    private, public = new_pair()
    store.rekey(passphrase, public)
    received = verification(1)
    store.append(received)
    open_pending = made(Pending, pending())
    withdrawn = made(Pending, pending())
    refused = made(Pending, pending())
    clock.day = 1
    withdrawal = made(Withdrawal, {"withdraws": withdrawn.id, "why": "undo"})
    parked = made(Parked, {"entry": refused.id, "status": 400, "words": "no"})
    made(Draft, {"digits": "8"})
    draft = made(Draft, {"digits": "85"})
    ids = (received.id, open_pending.id, withdrawn.id, withdrawal.id)
    receipt = made(Receipts, {"entries": ids})
    clock.day = 40
    today = made(Draft, {"digits": "85"})
    assert purge(store, clock) == 2
    last = store.next_sequence()
    assert purge(store, clock) == 0
    store.close()

    view = looked()
    assert [entry.id for entry in view.entries()] == [
        open_pending.id,
        refused.id,
        parked.id,
        receipt.id,
        today.id,
    ]
    assert view.entry(received.id) is None
    assert list(view.unsent()) == []
    assert [entry.id for entry in view.parked()] == [refused.id]
    assert draft.id not in {entry.id for entry in view.entries()}
    document = view.table.get(doc_id=open_pending.sequence)
    assert document is not None
    assert document["id"] == open_pending.id
    assert view.table.get(doc_id=1) is None
    assert verify(segment_files(folder)).findings == ()
    for keys in (Vault.unlock(folder, passphrase), Vault.unlock_by_recovery(folder, private)):
        for number in (1, 2):
            with pytest.raises(JournalDamaged):
                keys.key_of(number)

    again = open_store(folder, desk="d", clock=clock, passphrase=passphrase)
    assert again.next_sequence() == last
    again.append(verification(last))
    clock.day = 80
    again.append(verification(last + 1))
    assert purge(again, clock) == 0, "an entry that waits keeps its segment"
    again.append(_received(again, verification(last + 1), clock))
    assert purge(again, clock) == 1
    again.close()
    assert [entry.id for entry in looked().entries()][:3] == [open_pending.id, refused.id, parked.id]
    assert [entry.id for entry in looked().parked()] == [refused.id]
    assert list(looked().unsent()) == []


def _received(store: DeskStore, like: Verification, clock: Clock) -> Entry:
    sequence = store.next_sequence()
    return Receipts(
        id=f"00000000-0000-7000-8000-{sequence:012}",
        sequence=sequence,
        site=like.site,
        desk=like.desk,
        operator=like.operator,
        recorded_at=clock.now(),
        entries=tuple(entry.id for entry in store.unsent()),
    )


def test_nothing_young_or_unsent_and_never_the_current_segment_goes(
    store: DeskStore, clock: Clock, made: Callable[..., Any]
) -> None:
    entry = made(Pending, pending())
    assert purge(store, clock, days=-1) == 0
    clock.day = 10
    made(Receipts, {"entries": (entry.id,)})
    assert purge(store, clock, days=10) == 0
    assert purge(store, clock, days=9) == 1
    store.close()


def test_a_purge_cut_short_after_carrying_is_no_loss_and_no_double(  # noqa: PLR0917  # fixtures, by name
    store: DeskStore,
    clock: Clock,
    made: Callable[..., Any],
    looked: Look,
    folder: Path,
    passphrase: Passphrase,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entry = made(Pending, pending())
    made(Receipts, {"entries": (entry.id,)})
    clock.day = 40
    made(Draft, {"digits": ""})

    def failing(*_: object) -> None:
        raise OSError(28, "No space left on device")

    before = [one.id for one in store.entries()]
    with monkeypatch.context() as patched:
        patched.setattr(Vault, "destroy", failing)
        with pytest.raises(CannotSave):
            purge(store, clock)
    store.close()
    assert [one.id for one in looked().entries()] == before
    again = open_store(folder, desk="d", clock=clock, passphrase=passphrase)
    assert purge(again, clock) == 1
    again.close()
    assert [one.kind for one in looked().entries()] == ["pending", "receipt", "draft"]
    assert list(looked().unsent()) == []


def test_a_start_with_nothing_due_decodes_no_journal_to_know_it(
    store: DeskStore,
    clock: Clock,
    verification: Callable[[int], Verification],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for number in range(1, 30):
        store.append(verification(number))
    decoded: list[bytes] = []

    def counting(payload: bytes) -> Entry:
        decoded.append(payload)
        return decode_entry(payload)

    monkeypatch.setattr("idtui.store.index.decode", counting)
    assert purge(store, clock) == 0
    assert len(decoded) <= 1
