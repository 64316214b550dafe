import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idtui.desk.standing import Dues
from idtui.domain.entries import (
    Correction,
    Entry,
    Evidence,
    Exemption,
    Parked,
    Pending,
    Receipts,
    Verification,
    Withdrawal,
)
from idtui.domain.episode import Episode
from idtui.domain.rules import EntryType, Means
from idtui.store import index
from idtui.store.codec import decode, encode
from idtui.store.desk_store import DeskStore
from idtui.store.index import StoredEntries

Open = Callable[[], DeskStore]
Make = Callable[[int], Verification]
Head = Callable[[int], dict[str, Any]]
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
TODAY = NOON.date()
FAR = 900_000_000
ALICE, BEN = "85073003328", "17073003384"


def head(sequence: int, recorded_at: datetime = NOON) -> dict[str, Any]:
    return {
        "id": f"00000000-0000-7000-8000-{sequence:012}",
        "sequence": sequence,
        "site": "71000000",
        "desk": "desk-1",
        "operator": "op-1",
        "recorded_at": recorded_at,
    }


def seen(sequence: int, niss: str, visit: str | None = None, at: datetime = NOON) -> Verification:
    return Verification(
        **head(sequence, at),
        care_at=at,
        verified_at=at,
        niss=niss,
        episode=Episode(visit=visit),
        means=Means.EID,
        entry=EntryType.CHIP,
        evidence=Evidence(),
    )


def due(sequence: int, niss: str | None = None, visit: str | None = None) -> Pending:
    return Pending(
        **head(sequence), care_at=NOON, episode=Episode(visit=visit), niss=niss, evidence=Evidence()
    )


def of(*entries: Entry) -> StoredEntries:
    return StoredEntries([encode(entry) for entry in entries])


def sequences(entries: Sequence[Entry]) -> list[int]:
    return [entry.sequence for entry in entries]


def test_this_patient_today_and_this_visit() -> None:
    exempt = Exemption(**head(5), care_at=NOON, rule="C-2", episode=Episode(visit="V2"), alias="x")
    view = of(
        seen(1, ALICE, "V1", NOON - timedelta(days=1)),
        seen(2, ALICE, "V2"),
        seen(3, BEN, "V2"),
        due(4, ALICE),
        exempt,
    )
    assert sequences(view.of_patient(ALICE)) == [1, 2, 4]
    assert sequences(view.of_patient(ALICE, TODAY)) == [2, 4]
    assert sequences(view.of_patient(ALICE, TODAY - timedelta(days=1))) == [1]
    assert sequences(view.of_patient(BEN, TODAY)) == [3]
    assert sequences(view.of_patient("40123100289", TODAY)) == []
    assert sequences(view.of_visit("V2")) == [2, 3, 5]
    assert sequences(view.of_visit("V9")) == []


def test_the_day_is_that_of_the_place() -> None:
    night = datetime.fromisoformat("2026-11-23T00:10:00+01:00")
    assert sequences(of(seen(1, ALICE, at=night)).of_patient(ALICE, night.date())) == [1]
    assert sequences(of(seen(1, ALICE, at=night)).of_patient(ALICE, TODAY)) == []


def test_a_pending_is_open_until_it_is_withdrawn_or_replaced(opened: Open) -> None:
    store = opened()
    for sequence in (1, 2, 3):
        store.append(due(sequence, visit=f"V{sequence}"))
    assert sequences(store.pendings()) == [1, 2, 3]
    by = seen(4, ALICE)
    store.append(by)
    store.append(Correction(**head(5), replaces=head(2)["id"], by=by.id, why="completed"))
    store.append(Withdrawal(**head(6), withdraws=head(3)["id"], why="wrong patient"))
    assert sequences(store.pendings()) == [1]
    store.close()
    again = opened()
    assert sequences(again.pendings()) == [1]
    again.close()


@pytest.mark.parametrize("undone", [4, 5])
def test_a_pending_is_open_again_when_what_closed_it_is_withdrawn(undone: int) -> None:
    by = seen(4, ALICE)
    closing = Correction(**head(5), replaces=head(1)["id"], by=by.id, why="completed")
    undo = Withdrawal(**head(6), withdraws=head(undone)["id"], why="undo")
    kept = (due(1), due(2), due(3), by, closing)
    assert sequences(of(*kept).pendings()) == [2, 3]
    assert sequences(of(*kept, undo).pendings()) == [1, 2, 3]
    withdrawn = Withdrawal(**head(6), withdraws=head(1)["id"], why="undo")
    again = Withdrawal(**head(7), withdraws=head(undone)["id"], why="undo")
    assert sequences(of(*kept, withdrawn, again).pendings()) == [2, 3]


@st.composite
def deeds(draw: st.DrawFn) -> list[Entry]:
    """Pendings, verifications, corrections of them, and withdrawals, each of what was there before."""
    entries: list[Entry] = [due(1)]
    for sequence in range(2, draw(st.integers(2, 12))):
        one, other = (draw(st.integers(1, sequence - 1)) for _ in range(2))
        correction = Correction(
            **head(sequence), replaces=head(one)["id"], by=head(other)["id"], why="completed"
        )
        withdrawal = Withdrawal(**head(sequence), withdraws=head(one)["id"], why="undo")
        kinds: list[Entry] = [due(sequence), seen(sequence, ALICE), correction, withdrawal]
        entries.append(draw(st.sampled_from(kinds)))
    return entries


@given(deeds())
def test_what_the_desk_lists_as_due_is_open_so_that_no_purge_leaves_it_behind(entries: list[Entry]) -> None:
    view = of(*entries)
    assert {pending.id for pending in Dues(view).now()} <= {pending.id for pending in view.pendings()}


QUESTIONS: dict[str, Callable[[StoredEntries], object]] = {
    "this patient today": lambda view: view.of_patient(ALICE, TODAY),
    "this visit": lambda view: list(view.of_visit("V1")),
    "unsent": lambda view: list(view.unsent()),
    "pending": lambda view: list(view.pendings()),
    "parked": lambda view: list(view.parked()),
    "withdrawn": lambda view: view.withdrawn(head(1)["id"]),
    "one entry": lambda view: view.entry(head(1)["id"]),
    "the last receipt": lambda view: view.last("receipt"),
}


def filled(count: int) -> StoredEntries:
    """Hold a few entries that are asked for, before and behind `count` received ones of other patients."""
    asked = (seen(1, ALICE, "V1"), due(2, ALICE, "V1"), seen(3, BEN))
    refused = Parked(**head(4), entry=asked[2].id, status=400, words="no subject")
    undo = Withdrawal(**head(5), withdraws=asked[0].id, why="undo")
    like = encode(seen(FAR, "00000000000", f"V-{FAR}"))
    others = [
        like.replace(b"%d" % FAR, b"%d" % number).replace(b'"00000000000"', b'"%011d"' % number)
        for number in range(FAR, FAR + count)
    ]
    ids = tuple(decode(payload).id for payload in others)
    receipt = Receipts(**head(FAR + count), entries=ids)
    last = seen(FAR + count + 1, ALICE, "V1")
    before = [encode(entry) for entry in (*asked, refused, undo)]
    return StoredEntries([*before, *others, encode(receipt), encode(last)])


@pytest.fixture(scope="module")
def small_and_large() -> tuple[StoredEntries, StoredEntries]:
    return filled(1_000), filled(100_000)


def steps_of(question: Callable[[StoredEntries], object], view: StoredEntries) -> int:
    """Count the calls, of Python and of C, that an answer takes."""
    count = 0

    def counting(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(counting)
    try:
        question(view)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_takes_the_same_work_at_a_hundred_thousand_entries(
    question: str, small_and_large: tuple[StoredEntries, StoredEntries]
) -> None:
    ask = QUESTIONS[question]
    small, large = (steps_of(ask, view) for view in small_and_large)
    assert 0 < large <= small + 1, "the work grows with the journal"


def test_an_answer_decodes_only_what_it_returns(
    small_and_large: tuple[StoredEntries, StoredEntries], monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[bytes] = []

    def noted(payload: bytes) -> Entry:
        decoded.append(payload)
        return decode(payload)

    monkeypatch.setattr(index, "decode", noted)
    large = small_and_large[1]
    assert len(large.of_patient(ALICE, TODAY)) == len(decoded) == 3
    assert sequences(large.pendings()) == [2]
    assert sequences(large.unsent()) == [1, 2, 5, FAR + 100_001]
    assert sequences(large.parked()) == [3]
    assert len(decoded) == 3 + 1 + 4 + 1
