"""What the desk does with the answers of the hub, and when it sends."""

from datetime import timedelta

from desk_fakes import LATE_EVENING, FailingLater, HandCourier, Made, read

from idtui.desk.events import (
    BatchAnswered,
    BatchFailed,
    Receipt,
    Refusal,
)
from idtui.desk.outbox import BATCH
from idtui.desk.pauses import FIRST_PAUSE, LONGEST_PAUSE
from idtui.domain.entries import Parked, Receipts
from idtui.domain.text import say

NISS = "85073003328"


def test_a_receipt_that_cannot_be_kept_leaves_the_entry_waiting() -> None:
    journal = FailingLater()
    made = read(Made(journal=journal, courier=HandCourier()).started()).keys("enter", "o")
    journal.full = True
    made.desk.handle(BatchAnswered((Receipt(journal.kept[0].id),)))
    assert made.desk.state.delivery.waiting == 1
    assert made.desk.state.notice is not None
    assert made.desk.state.notice.message == say("store.full")
    made.desk.tick()
    assert made.courier is not None
    assert len(made.courier.given) == 1  # the next try waits its pause


def test_the_background_courier_waits_for_the_undo_window() -> None:
    courier = HandCourier()
    made = read(Made(courier=courier).started()).keys("enter")
    made.desk.tick()
    assert courier.given == []
    made.clock.moment += timedelta(minutes=2, seconds=1)
    made.desk.tick()
    assert len(courier.given) == 1


def test_a_receipt_is_journalled_and_empties_the_outbox() -> None:
    made = read(Made(courier=HandCourier()).started()).keys("enter", "o")
    entry = made.journal.kept[0]
    made.desk.handle(BatchAnswered((Receipt(entry.id), Receipt("of another desk"))))
    receipts = made.journal.last("receipt")
    assert isinstance(receipts, Receipts)
    assert receipts.entries == (entry.id,)
    assert made.desk.state.delivery.waiting == 0
    assert made.desk.state.delivery.last_receipt == LATE_EVENING


def test_a_refused_entry_is_parked_with_the_words_of_the_hub() -> None:
    made = read(Made(courier=HandCourier()).started()).keys("enter", "o")
    made.desk.handle(BatchAnswered((), (Refusal(made.journal.kept[0].id, 409, "conflict"),)))
    parked = made.journal.last("parked")
    assert isinstance(parked, Parked)
    assert (parked.status, parked.words) == (409, "conflict")
    assert (made.desk.state.delivery.waiting, made.desk.state.delivery.parked) == (0, 1)


def test_a_failed_batch_stays_and_pauses_grow() -> None:
    courier = HandCourier()
    made = read(Made(courier=courier).started()).keys("enter")
    made.clock.moment += timedelta(minutes=3)
    pauses = []
    pause = FIRST_PAUSE
    while pause < LONGEST_PAUSE:
        made.desk.tick()
        courier.busy = False
        made.desk.handle(BatchFailed("no answer"))
        made.desk.tick()
        assert not courier.busy  # pausing
        made.clock.moment += pause
        pauses.append(pause)
        pause = min(pause * 2, LONGEST_PAUSE)
    assert len(courier.given) == len(pauses) > 4
    assert made.desk.state.delivery.waiting == 1
    assert made.desk.state.ladder.link is False


def test_sending_goes_on_until_nothing_waits() -> None:
    courier = HandCourier()
    made = Made(courier=courier).started()
    for _ in range(BATCH + 1):
        made.keys("n", *NISS, "l")
    made.keys("o")
    assert len(courier.given) == BATCH
    courier.busy = False
    made.desk.handle(BatchAnswered(tuple(Receipt(entry.id) for entry in courier.given)))
    assert len(courier.given) == BATCH + 1
    courier.busy = False
    made.desk.handle(BatchAnswered((Receipt(courier.given[-1].id),)))
    assert made.desk.state.notice is not None
    assert made.desk.state.notice.message == say("delivery.received", count=BATCH + 1)


def test_a_background_failure_does_not_disturb_typing() -> None:
    made = Made(courier=HandCourier()).started().keys("n", *"850")
    made.desk.handle(BatchFailed("no answer"))
    assert made.desk.state.notice is None
    assert made.desk.state.ladder.digits == "850"
