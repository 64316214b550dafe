from collections.abc import Callable
from datetime import timedelta

import pytest
from desk_fakes import LATE_EVENING, STATION, HandClock, MemoryJournal
from msgspec.structs import replace

from idtui.desk import parked
from idtui.desk.stamp import Stamp
from idtui.domain.entries import (
    Correction,
    Entry,
    Evidence,
    Parked,
    Pending,
    Receipts,
    Verification,
    Withdrawal,
)
from idtui.domain.episode import Episode
from idtui.domain.errors import IdtuiError
from idtui.domain.rules import EntryType, Means, Reason


class Refused:
    """A journal with one typed verification that the hub refused, and a clock an hour later."""

    def __init__(self, status: int = 400, **fields: object) -> None:
        self.journal = MemoryJournal()
        self.clock = HandClock()
        self.stamp = Stamp(STATION, self.clock, self.journal)
        made = Verification(
            **self.stamp.head(operator="Janssens"),
            care_at=LATE_EVENING,
            verified_at=LATE_EVENING,
            niss="85073003328",
            episode=Episode(visit="V1"),
            means=Means.EID,
            entry=EntryType.MANUAL,
            reason=Reason.READER_UNAVAILABLE,
            evidence=Evidence(),
        )
        self.entry = replace(made, **fields)
        self.journal.append(self.entry)
        self.journal.append(
            Parked(**self.stamp.head(), entry=self.entry.id, status=status, words="not\x1b valid")
        )
        self.clock.moment += timedelta(hours=1)


def refusal(act: Callable[[], Entry]) -> str:
    with pytest.raises(IdtuiError) as refused:
        act()
    return refused.value.message.id


def test_sent_again_is_a_new_entry_of_the_same_content_and_a_correction() -> None:
    made = Refused()
    moved = Stamp(replace(STATION, desk="Balie 9", operator="Maes"), made.clock, made.journal)
    again = parked.send_again(made.journal, moved, made.entry.id)
    assert (again.id != made.entry.id, again.sequence, again.desk) == (True, 3, "Balie 9")
    assert (again.operator, again.recorded_at) == ("Janssens", made.clock.moment)
    assert replace(
        again, **{f: getattr(made.entry, f) for f in ("id", "sequence", "desk", "recorded_at")}
    ) == (made.entry)
    correction = made.journal.kept[-1]
    assert isinstance(correction, Correction)
    assert (correction.replaces, correction.by, correction.why) == (made.entry.id, again.id, "sent_again")
    assert correction.operator == "Maes"
    assert made.journal.parked() == []
    assert [entry.id for entry in made.journal.unsent()] == [again.id, correction.id]


@pytest.mark.parametrize("status", [409, 412])
def test_what_the_hub_contests_is_not_sent_again_but_may_be_mended(status: int) -> None:
    made = Refused(status)
    assert refusal(lambda: parked.send_again(made.journal, made.stamp, made.entry.id)) == "parked.contested"
    assert len(made.journal.kept) == 2
    mended = parked.mend(made.journal, made.stamp, made.entry.id, {"episode": Episode(visit="V2")})
    assert isinstance(mended, Verification)
    assert mended.episode.visit == "V2"


def test_mended_once_it_is_no_longer_there_to_mend() -> None:
    made = Refused()
    parked.mend(made.journal, made.stamp, made.entry.id, {"niss": "17073003384"})
    assert refusal(lambda: parked.send_again(made.journal, made.stamp, made.entry.id)) == "parked.not_refused"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({}, "parked.unchanged"),
        ({"episode": Episode(visit="V1")}, "parked.unchanged"),
        ({"id": "another"}, "parked.field"),
        ({"evidence": Evidence()}, "parked.field"),
        ({"niss": "85073003329"}, "claim.niss"),
        ({"reason": Reason.NO_DOCUMENT}, "claim.not_together"),
        ({"reason": None}, "claim.not_together"),
    ],
)
def test_what_may_not_be_mended_is_named_and_nothing_is_kept(changes: dict[str, object], why: str) -> None:
    made = Refused()
    assert refusal(lambda: parked.mend(made.journal, made.stamp, made.entry.id, changes)) == why
    assert len(made.journal.kept) == 2


def test_the_number_of_a_card_is_not_mended() -> None:
    made = Refused(entry=EntryType.CHIP, reason=None)
    changes = {"niss": "17073003384"}
    assert refusal(lambda: parked.mend(made.journal, made.stamp, made.entry.id, changes)) == "parked.field"


def test_typed_after_care_stays_after_care() -> None:
    made = Refused(entry=EntryType.MANUAL_AFTERWARDS, reason=Reason.OUTSIDE_HOURS)
    early = {"verified_at": LATE_EVENING - timedelta(hours=1)}
    assert (
        refusal(lambda: parked.mend(made.journal, made.stamp, made.entry.id, early)) == "claim.not_afterwards"
    )


def test_a_pending_gets_its_number() -> None:
    made = Refused()
    waiting = Pending(
        **made.stamp.head(), care_at=LATE_EVENING, episode=Episode(visit="V1"), evidence=Evidence()
    )
    made.journal.append(waiting)
    made.journal.append(Parked(**made.stamp.head(), entry=waiting.id, status=422, words=""))
    mended = parked.mend(made.journal, made.stamp, waiting.id, {"niss": "85073003328"})
    assert isinstance(mended, Pending)
    assert mended.niss == "85073003328"


def test_what_waits_or_was_withdrawn_is_not_refused() -> None:
    made = Refused()
    waiting = replace(made.entry, **made.stamp.head())
    made.journal.append(waiting)
    made.journal.append(Withdrawal(**made.stamp.head(), withdraws=made.entry.id, why="wrong patient"))
    made.journal.append(Receipts(**made.stamp.head(), entries=()))

    def again(one: str) -> Callable[[], Entry]:
        return lambda: parked.send_again(made.journal, made.stamp, one)

    for one in (waiting.id, made.entry.id, "nothing"):
        assert refusal(again(one)) == "parked.not_refused"
