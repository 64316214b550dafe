"""The quota at the desk: the share of typed numbers, here and in the hospital. Information, never a block."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from msgspec.structs import replace

from idtui.desk import events
from idtui.desk.board import Board
from idtui.desk.commands import Own
from idtui.desk.modal import Modal
from idtui.desk.panels import Field, Sheet, Text
from idtui.desk.parts import Does, Part
from idtui.desk.ports import Clock, Journal
from idtui.desk.state import QuotaNow
from idtui.domain import quota
from idtui.domain.entries import Correction, Entry, Verification, Withdrawal
from idtui.domain.quota import Share, Shift, Tally
from idtui.domain.text import Message, say

CHUNK = 1000
"""Entries counted at a time: a large journal is counted while the desk works."""

MOST_PARTS = 6
"""Desks and reasons shown; the others are on the command line."""

BARS = "▁▂▃▄▅▆▇█"


class QuotaDesk(Part):
    """Counts what this journal holds, each entry once, and what the hub told."""

    def __init__(
        self, board: Board, modal: Modal, journal: Journal, clock: Clock, *, loss_theft_typed: bool
    ) -> None:
        self._board = board
        self._modal = modal
        self._journal = journal
        self._clock = clock
        self._loss_theft_typed = loss_theft_typed
        self._counted: Counter[tuple[int, Tally]] = Counter()
        self._seen = 0
        self._of_hub: events.QuotaTold | None = None
        self._told_at: datetime | None = None

    def start(self) -> None:
        """Begin to count, once the first picture is up."""
        self._count()

    def commands(self) -> Mapping[Own, Does]:
        """Return what `quota` does."""
        return {Own.QUOTA: Does(lambda: self._modal.open(self._sheet, lambda _: None))}

    def take(self, event: events.Event) -> bool:
        """Take the hospital's numbers."""
        if not isinstance(event, events.QuotaTold):
            return False
        self._of_hub, self._told_at = event, self._clock.now()
        self._show()
        return True

    def tick(self) -> bool:
        """Count on, where the journal is large."""
        return self._seen < len(self._journal.entries()) and self._count()

    def journal_grew(self) -> None:
        """Count what was recorded."""
        self._count()

    def _count(self) -> bool:
        entries = self._journal.entries()
        for entry in entries[self._seen : self._seen + CHUNK]:
            self._add(entry)
        self._seen = min(self._seen + CHUNK, len(entries))
        return self._show()

    def _add(self, entry: Entry) -> None:
        """Count a verification; one withdrawn or replaced counts no more, one that stands again does."""
        match entry:
            case Verification():
                self._change(entry, 1)
            case Correction():
                self._change(self._journal.entry(entry.replaces), -1)
            case Withdrawal():
                withdrawn = self._journal.entry(entry.withdraws)
                if isinstance(withdrawn, Correction):
                    self._change(self._journal.entry(withdrawn.replaces), 1)
                else:
                    self._change(withdrawn, -1)

    def _change(self, entry: Entry | None, by: int) -> None:
        if isinstance(entry, Verification):
            self._counted[entry.care_at.year, quota.tally_of(entry)] += by

    def _own(self, year: int) -> tuple[Tally, ...]:
        counted = ((tally, count) for (of_year, tally), count in self._counted.items() if of_year == year)
        return tuple(replace(tally, count=count) for tally, count in counted if count > 0)

    def _hospital(self, year: int) -> tuple[Tally, ...]:
        return self._of_hub.tallies if self._of_hub and self._of_hub.year == year else ()

    def _share(self, tallies: Iterable[Tally]) -> Share:
        return quota.share_of(tallies, loss_theft_typed=self._loss_theft_typed)

    def _show(self) -> bool:
        year = self._clock.now().year
        now = QuotaNow(year, self._share(self._own(year)), self._share(self._hospital(year)))
        changed = now != self._board.state.quota
        self._board.change(quota=now)
        return changed

    # The sheet

    def _sheet(self) -> Sheet:
        year = self._clock.now().year
        own, hospital = self._own(year), self._hospital(year)
        tallies = hospital or own
        fields = [
            *self._whole(say("quota.this_desk"), own, year),
            *self._whole(say("quota.hospital"), hospital, year),
            Field(say("quota.by.month"), (self._months(tallies),)),
            *self._parts(say("quota.by.shift"), tallies, lambda one: str(one.shift), _shift),
            *self._parts(say("quota.by.reason"), tallies, lambda one: str(one.reason or ""), _reason),
            *self._parts(say("quota.by.desk"), tallies, lambda one: one.desk, str),
        ]
        return Sheet(title=self._title(year), fields=tuple(fields), choices=())

    def _title(self, year: int) -> Message:
        if self._told_at is None:
            return say("quota.title", year=year)
        minutes = max(self._clock.now() - self._told_at, timedelta(0)) // timedelta(minutes=1)
        return say("quota.title.hub", year=year, hours=minutes // 60, minutes=minutes % 60)

    def _whole(self, label: Message, tallies: tuple[Tally, ...], year: int) -> Iterator[Field]:
        share, limit = self._share(tallies), quota.limit_percent(year)
        if share.total and limit:
            if share.within(limit):
                told = say("quota.more", more=share.more_typed(limit))
            else:
                told = say("quota.owed", owed=share.reads_owed(limit))
            yield Field(label, (percent(share), counted(share), told))

    def _parts(
        self,
        label: Message,
        tallies: tuple[Tally, ...],
        part: Callable[[Tally], str],
        word: Callable[[str], Text],
    ) -> Iterator[Field]:
        shares = quota.shares_by(tallies, part, loss_theft_typed=self._loss_theft_typed)
        typed = sorted(shares.items(), key=lambda pair: -pair[1].typed)
        for name, share in typed[:MOST_PARTS]:
            if name:
                yield Field(label, (word(name), counted(share)))

    def _months(self, tallies: tuple[Tally, ...]) -> str:
        """Return the share of each month as a bar, from January; the highest bar is the highest share."""
        shares = [self._share(one for one in tallies if one.month == month) for month in range(1, 13)]
        return sparkline([share.typed_percent for share in shares])


def sparkline(values: list[float | None]) -> str:
    """Return one bar for each value, a blank where there is none."""
    top = max((value for value in values if value is not None), default=0) or 1
    last = len(BARS) - 1
    return "".join(" " if value is None else BARS[round(value / top * last)] for value in values)


def percent(share: Share) -> Message:
    """Return the typed share in percent, to a tenth."""
    tenths = round((share.typed_percent or 0) * 10)
    return say("quota.percent", whole=tenths // 10, tenth=tenths % 10)


def counted(share: Share) -> Message:
    """Return how many of how many were typed."""
    return say("quota.counted", typed=share.typed, total=share.total)


def _shift(name: str) -> Text:
    return say(f"shift.{Shift(name)}")


def _reason(name: str) -> Text:
    return say(f"reason.{name}")
