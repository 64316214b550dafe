"""The outbox: what waits for the hub, when it may go, and what the hub's answers mean for the journal.

An entry leaves the outbox only by its own receipt, or is parked when the hub refuses it. The undo window
holds back only the background courier; an operator's "send" sends everything at once.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from itertools import islice, takewhile

import msgspec

from idtui.desk.events import BatchAnswered, BatchFailed
from idtui.desk.pauses import Pauses
from idtui.desk.ports import Clock, Courier, Journal, Post, SecondCopier
from idtui.desk.stamp import Stamp
from idtui.domain.entries import Countersigned, Entry, Parked, Receipts, Withdrawal
from idtui.domain.errors import CannotSave
from idtui.domain.text import Message, say

BATCH = 500
"""Entries in one batch at most."""


class Delivery(msgspec.Struct, frozen=True):
    """What the status line tells: never a green light, only counts and moments."""

    waiting: int = 0
    oldest: datetime | None = None
    last_receipt: datetime | None = None
    parked: int = 0
    sending: bool = False
    configured: bool = True
    """False when no hub is known to this desk."""
    not_copied: Message | None = None
    """Why the second copy was not written, where one is configured."""


class Outbox:
    """Entries on their way to the hub."""

    def __init__(
        self,
        journal: Journal,
        courier: Courier | None,
        clock: Clock,
        stamp: Stamp,
        undo_window: timedelta,
        *,
        copier: SecondCopier | None = None,
    ) -> None:
        self._journal = journal
        self._courier = courier
        self._clock = clock
        self._stamp = stamp
        self._undo_window = undo_window
        self._pauses = Pauses(clock)
        self._copier = copier
        self._copy_pauses = Pauses(clock)
        self._not_copied: Message | None = None
        self.sending_all = False
        """True while one batch after the other goes out at an operator's word."""
        self._received = 0
        """Receipts since that word."""

    def start(self, post: Post) -> None:
        """Let the courier accept batches."""
        if self._courier:
            self._courier.start(post)

    def stop(self) -> None:
        """End the courier; what is under way stays in the outbox."""
        if self._courier:
            self._courier.stop()

    def delivery(self) -> Delivery:
        """Return the picture for the status line."""
        waiting = self._journal.unsent()
        last = self._journal.last("receipt")
        return Delivery(
            waiting=len(waiting),
            oldest=waiting[0].recorded_at if waiting else None,
            last_receipt=last.recorded_at if last else None,
            parked=len(self._journal.parked()),
            sending=self._courier is not None and self._courier.busy,
            configured=self._courier is not None,
            not_copied=self._not_copied,
        )

    def why_not_send(self) -> Message | None:
        """Say why nothing can be sent now, or None."""
        if self._courier is None:
            return say("why_not.no_hub")
        if self._courier.busy:
            return say("why_not.already_sending")
        return None if self._journal.unsent() else say("why_not.nothing_waits")

    def next_batch(self) -> Sequence[Entry]:
        """Return the oldest entries that wait, at most one batch."""
        return tuple(self._journal.unsent()[:BATCH])  # decoded once, not at each look

    def send_all(self) -> None:
        """Send everything that waits, undo window or not: the next batch follows each good answer."""
        self._received = 0
        self.sending_all = self._send(self.next_batch())

    def copy_due(self) -> bool:
        """Have what was recorded since the last copy copied; say whether there is something new to tell."""
        copier = self._copier
        if copier is None or copier.busy:
            return False
        news = copier.failure != self._not_copied
        if news:
            self._not_copied = copier.failure
            (self._copy_pauses.failed if copier.failure else self._copy_pauses.went_well)()
        waiting = self._journal.unsent()
        if waiting and waiting[-1].sequence > copier.copied and not self._copy_pauses.left():
            copier.copy([entry for entry in waiting if entry.sequence > copier.copied])
        return news

    def send_due(self) -> bool:
        """Send what is past its undo window, unless a pause after a failure runs; say if anything went."""
        if self._courier is None or self._courier.busy or self._pauses.left():
            return False
        return self._send(self._due())

    def _due(self) -> Sequence[Entry]:
        """Return the oldest entries past their undo window; an undone one goes with what undoes it."""
        now = self._clock.now()
        oldest = islice(self._journal.unsent(), BATCH)
        due = tuple(takewhile(lambda entry: now - entry.recorded_at > self._undo_window, oldest))
        with_them = {entry.withdraws for entry in due if isinstance(entry, Withdrawal)}
        whole = takewhile(lambda one: one.id in with_them or not self._journal.withdrawn(one.id), due)
        return tuple(whole) or (due if len(due) == BATCH else ())  # what undoes it is in the next batch

    def _send(self, entries: Sequence[Entry]) -> bool:
        if self._courier is None or not entries:
            return False
        self._courier.send(entries)
        return True

    def take(self, event: BatchAnswered | BatchFailed, among: Collection[str] | None = None) -> None:
        """Journal what the hub answered; only entries that still wait are touched.

        `among` are the ids the answer may speak of, the oldest batch that waits when it is not given. Raises
        `CannotSave`; the batch then goes again after a pause, and the hub knows it already.
        """
        if isinstance(event, BatchFailed):
            self._hold_back(event.retry_after)
            return
        if among is None:
            among = {entry.id for entry in self.next_batch()}  # a batch is always the oldest that wait
        try:
            progress = self._journal_answer(event, among)
        except CannotSave:
            self._hold_back()
            raise
        self._pauses.went_well()
        if self.sending_all:
            self.sending_all = progress and self._send(self.next_batch())

    def _hold_back(self, asked: float = 0.0) -> None:
        self._pauses.failed(asked)
        self.sending_all = False

    def _journal_answer(self, event: BatchAnswered, waiting: Collection[str]) -> bool:
        """Keep receipts, refusals and the countersigned head; say whether any entry was among them."""
        received = tuple(receipt.entry_id for receipt in event.receipts if receipt.entry_id in waiting)
        if received:
            self._journal.append(Receipts(**self._stamp.head(), entries=received))
            self._received += len(received)
        for refusal in event.refusals:
            if refusal.entry_id in waiting:
                self._journal.append(
                    Parked(
                        **self._stamp.head(),
                        entry=refusal.entry_id,
                        status=refusal.status,
                        words=refusal.words,
                    )
                )
        if event.head:
            self._journal.append(Countersigned(**self._stamp.head(), jws=event.head))
        return bool(received or event.refusals)

    def outcome_of(self, event: BatchAnswered | BatchFailed) -> Message:
        """Return the sentence that tells the operator what became of what was sent."""
        if isinstance(event, BatchFailed):
            return failure_of(event)
        if event.refusals:
            return say("delivery.parked", count=len(event.refusals), words=event.refusals[0].words)
        if self._stamp.station.training:
            return say("delivery.received_in_training", count=self._received)
        return say("delivery.received", count=self._received)


def failure_of(event: BatchFailed) -> Message:
    """Return the sentence that tells why a batch did not get through."""
    if isinstance(event.words, Message):
        return event.words
    return say("delivery.refused" if event.refused else "delivery.failed", words=event.words)
