from collections.abc import Sequence
from datetime import timedelta

import pytest
from desk_fakes import STATION, HandClock, HandCourier, MemoryJournal

from idtui.desk.events import BatchAnswered, BatchFailed, Receipt
from idtui.desk.outbox import BATCH, Outbox
from idtui.desk.pauses import FIRST_PAUSE, LONGEST_PAUSE, Pauses
from idtui.desk.ports import SecondCopier
from idtui.desk.stamp import Stamp
from idtui.domain.entries import Countersigned, Entry, Evidence, Pending, Withdrawal
from idtui.domain.episode import Episode
from idtui.domain.text import Message, say

WINDOW = timedelta(minutes=2)


class Sending:
    """An outbox over a journal in memory."""

    def __init__(self, copier: SecondCopier | None = None) -> None:
        self.journal = MemoryJournal()
        self.clock = HandClock()
        self.courier = HandCourier()
        self.stamp = Stamp(STATION, self.clock, self.journal)
        self.outbox = Outbox(self.journal, self.courier, self.clock, self.stamp, WINDOW, copier=copier)

    def record(self) -> str:
        entry = Pending(
            **self.stamp.head(), care_at=self.clock.moment, episode=Episode(), evidence=Evidence(), alias="X1"
        )
        self.journal.append(entry)
        return entry.id

    def undo(self, entry_id: str) -> str:
        withdrawal = Withdrawal(**self.stamp.head(), withdraws=entry_id, why="undo")
        self.journal.append(withdrawal)
        return withdrawal.id

    def sent(self) -> list[str]:
        return [entry.id for entry in self.courier.given]


def test_an_undone_entry_goes_in_one_batch_with_what_undoes_it() -> None:
    made = Sending()
    before, undone = made.record(), made.record()
    made.clock.moment += timedelta(seconds=90)
    withdrawal = made.undo(undone)
    made.clock.moment += timedelta(seconds=40)
    assert made.outbox.send_due()
    assert made.sent() == [before]
    made.courier.stop()
    made.outbox.take(BatchAnswered((Receipt(before),)))
    assert not made.outbox.send_due()
    made.clock.moment += WINDOW
    assert made.outbox.send_due()
    assert made.sent() == [before, undone, withdrawal]


def test_a_late_withdrawal_far_behind_blocks_nothing() -> None:
    made = Sending()
    first = made.record()
    rest = [made.record() for _ in range(BATCH)]
    made.undo(first)
    made.clock.moment += 2 * WINDOW
    assert made.outbox.send_due()
    assert made.sent() == [first, *rest[: BATCH - 1]]


def test_the_countersigned_head_is_kept() -> None:
    made = Sending()
    entry = made.record()
    made.outbox.take(BatchAnswered((Receipt(entry),), head="e30.e30.c2ln"))
    head = made.journal.last("head")
    assert isinstance(head, Countersigned)
    assert head.jws == "e30.e30.c2ln"
    assert made.outbox.delivery().waiting == 0


def test_receipts_count_only_for_what_they_may_speak_of() -> None:
    made = Sending()
    first, second = made.record(), made.record()
    made.outbox.take(BatchAnswered((Receipt(first), Receipt(second), Receipt("foreign"))), among={second})
    assert [entry.id for entry in made.journal.unsent()] == [first]


@pytest.mark.parametrize("chance", [0.0, 0.5, 0.999])
def test_pauses_grow_to_a_limit_and_chance_shortens_them_to_half(chance: float) -> None:
    clock = HandClock()
    pauses = Pauses(clock, lambda: chance)
    expected = FIRST_PAUSE
    for _ in range(9):
        pauses.failed()
        assert pauses.left() == expected * (1 - chance / 2)
        clock.moment += expected
        assert pauses.left() == timedelta(0)
        expected = min(expected * 2, LONGEST_PAUSE)
    assert expected == LONGEST_PAUSE
    pauses.went_well()
    pauses.failed()
    assert pauses.left() == FIRST_PAUSE * (1 - chance / 2)


def test_the_hub_is_left_alone_as_long_as_it_asks() -> None:
    made = Sending()
    made.record()
    made.clock.moment += 2 * WINDOW
    made.outbox.take(BatchFailed("HTTP 503", retry_after=900.0))
    made.clock.moment += timedelta(seconds=899)
    assert not made.outbox.send_due()
    made.clock.moment += timedelta(seconds=1)
    assert made.outbox.send_due()


class HandCopier:
    """A second copy that is written when told."""

    def __init__(self) -> None:
        self.copied = 0
        self.failure: Message | None = None
        self.busy = False
        self.given: list[list[int]] = []

    def copy(self, entries: Sequence[Entry]) -> None:
        self.given.append([entry.sequence for entry in entries])
        self.busy = True

    def end(self, failure: Message | None = None) -> None:
        self.busy, self.failure = False, failure
        if failure is None:
            self.copied = self.given[-1][-1]


def test_each_entry_is_copied_once_and_a_slow_stick_holds_nothing_up() -> None:
    copier = HandCopier()
    made = Sending(copier)
    assert not made.outbox.copy_due()
    made.record()
    made.outbox.copy_due()
    made.record()
    made.outbox.copy_due()
    assert copier.given == [[1]]
    copier.end()
    made.outbox.copy_due()
    copier.end()
    made.outbox.copy_due()
    assert copier.given == [[1], [2]]


def test_a_copy_that_failed_is_told_once_and_tried_again_after_a_pause() -> None:
    copier = HandCopier()
    made = Sending(copier)
    made.record()
    made.outbox.copy_due()
    copier.end(say("carried.no_key"))
    assert made.outbox.copy_due()
    assert made.outbox.delivery().not_copied == say("carried.no_key")
    assert not made.outbox.copy_due()
    assert copier.given == [[1]]
    made.clock.moment += LONGEST_PAUSE
    made.outbox.copy_due()
    assert copier.given == [[1], [1]]
    copier.end()
    assert made.outbox.copy_due()
    assert made.outbox.delivery().not_copied is None
