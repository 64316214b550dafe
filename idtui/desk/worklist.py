"""What is still to be verified at this desk: listed, taken up, found again by its card, put off."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta

from idtui.desk.board import Board
from idtui.desk.commands import DIGITS, Own
from idtui.desk.described import care_of, time_left, who
from idtui.desk.modal import Modal
from idtui.desk.panels import Listing, Prompt, Row, Text
from idtui.desk.parts import Does, Part
from idtui.desk.ports import Journal
from idtui.desk.stamp import Stamp
from idtui.desk.standing import Dues
from idtui.domain import ladder, niss
from idtui.domain.deadlines import reminder, soonest_first
from idtui.domain.elsewhere import Elsewhere
from idtui.domain.entries import Evidence, Pending
from idtui.domain.episode import VISIT, Episode, EpisodeKind
from idtui.domain.path import KnownAs, Phase
from idtui.domain.text import Message, clean, say

OLD_MINUTES = 60
"""Age from which what the hub told is said to be old."""


_BETWEEN_PATIENTS = frozenset({Phase.WAITING, Phase.RECORDED})
"""Phases in which a reminder disturbs nobody."""


class Worklist(Part):
    """The pending verifications of this desk, and the one that is being completed."""

    def __init__(
        self, board: Board, modal: Modal, journal: Journal, stamp: Stamp, see: Callable[[str], None]
    ) -> None:
        self._board = board
        self._modal = modal
        self._stamp = stamp
        self._see = see
        self._is_chosen = False
        self._journal = journal
        self._dues = Dues(journal)
        self._told: tuple[Elsewhere, ...] = ()
        self._reminded: dict[str, timedelta] = {}
        self.journal_grew()

    def commands(self) -> Mapping[Own, Does]:
        """Return what `worklist` does."""
        return {Own.WORKLIST: Does(lambda: self._modal.open(self._list, self._choose, self._open))}

    def journal_grew(self) -> None:
        """Look again at what is due."""
        self._board.change(due=tuple(soonest_first(self._dues.now())))
        if self._told:
            self._board.change(shared=tuple(soonest_first(self._shared())))

    def tick(self) -> bool:
        """Say that a reminder of a stay has come due, where that disturbs nobody."""
        now = self._stamp.clock.now()
        reminded = {due.id: after for due in self._board.state.due if (after := reminder(due, now))}
        news = [due for due in self._board.state.due if reminded.get(due.id) != self._reminded.get(due.id)]
        if not news or self._board.ladder.phase not in _BETWEEN_PATIENTS:
            return False
        self._reminded = reminded
        first = next((due for due in news if due.id in reminded), None)
        if first is None:
            return False
        hours = reminded[first.id] // timedelta(hours=1)
        self._board.tell(say("worklist.reminder", after=hours, count=len(news)))
        return True

    def told(self, pendings: tuple[Elsewhere, ...]) -> None:
        """Take what the hub tells is still due in the hospital."""
        self._told = pendings
        self._board.change(shared=tuple(soonest_first(self._shared())), shared_at=self._stamp.clock.now())

    def _shared(self) -> Iterator[Pending]:
        """Yield what other desks put off and this one did not complete since."""
        for one in self._told:
            pending = pending_of(one)
            if pending and not self._journal.entry(one.id) and not self._dues.is_replaced(one.id):
                yield pending

    def _all(self) -> tuple[Pending, ...]:
        return (*self._board.state.due, *self._board.state.shared)

    @property
    def chosen(self) -> Pending | None:
        """The verification that is being completed because the operator took it up."""
        return self._board.state.completing if self._is_chosen else None

    def take_up(self, entry_id: str) -> bool:
        """Take a verification up as if it were chosen in the list; say whether it is still due."""
        due = next((due for due in self._all() if due.id == entry_id), None)
        if due:
            self.complete(due)
        return due is not None

    def read(self, number: str) -> None:
        """Find what the card just read completes: what was chosen if it is his, else the first of his own."""
        chosen = self._board.state.completing
        if self._is_chosen and chosen and chosen.niss in (None, number):
            return
        if self._is_chosen and chosen:
            self._board.refuse(say("worklist.other_person"))
        self._is_chosen = False
        self._board.change(completing=self.first_of(number))

    def first_of(self, number: str) -> Pending | None:
        """Return the first verification that is due of the patient with this number."""
        return next((due for due in self._all() if due.niss == number), None)

    def first_of_visit(self, number: str) -> Pending | None:
        """Return the first verification that is due of the visit with this number."""
        return next((due for due in self._all() if due.episode.visit == number), None)

    def completed_by(self, number: str) -> Pending | None:
        """Return what a verification of this number completes."""
        completing = self._board.state.completing
        return completing if completing and completing.niss in (None, number) else None

    def card_inserted(self) -> None:
        """Forget what the card before found; what the operator chose stays."""
        if not self._is_chosen:
            self._board.change(completing=None)

    def leave(self) -> None:
        """Put back what was being completed."""
        self._is_chosen = False
        self._board.change(completing=None)

    def ask_who(self, known: Callable[[KnownAs], None], *, title: Message | None = None) -> None:
        """Ask by what the patient is known whose verification comes later, or is not due."""
        prompt = Prompt(
            title=title or say("worklist.later"),
            label=say("worklist.who"),
            hint=say("worklist.who.hint"),
            takes_scan=True,
        )

        def typed(text: str) -> None:
            answer = known_as(text)
            if answer is None:
                self._board.refuse(say("niss.check_wrong" if text else "worklist.who.missing"))
            else:
                self._modal.close()
                known(answer)

        self._modal.open(lambda: prompt, typed)

    def _list(self) -> Listing:
        return Listing(
            title=say("worklist.title"),
            rows=tuple(self._row(due) for due in soonest_first(self._all())),
            empty=say("worklist.empty"),
            enter=say("worklist.complete"),
            tab=say("journal.open"),
            note=self._age(),
        )

    def _age(self) -> Message | None:
        """Return how old the part of the other desks is."""
        told_at = self._board.state.shared_at
        if told_at is None:
            return None
        minutes = max(self._stamp.clock.now() - told_at, timedelta(0)) // timedelta(minutes=1)
        age = say("worklist.age", hours=minutes // 60, minutes=minutes % 60)
        return say("visits.old", age=age) if minutes >= OLD_MINUTES else age

    def _open(self, entry_id: str) -> None:
        """Show an entry of this desk whole; those of others lie on the hub."""
        if self._journal.entry(entry_id) is None:
            self._board.refuse(say("worklist.elsewhere"))
        else:
            self._see(entry_id)

    def _row(self, due: Pending) -> Row:
        ours = due.desk == self._board.state.station.desk
        left: tuple[Text, ...] = (*who(due), *(() if ours else (due.desk,)), *care_of(due))
        found_by = " ".join(filter(None, (due.niss, due.alias, due.episode.visit)))
        return Row(due.id, left, time_left(due, self._stamp.clock.now()), found_by)

    def _choose(self, entry_id: str) -> None:
        self._modal.close()
        self.complete(next(due for due in self._all() if due.id == entry_id))

    def complete(self, pending: Pending) -> None:
        """Take up a verification that is due: the next one made is for its care."""
        over = (
            pending.episode.kind is EpisodeKind.AMBULATORY
            and pending.care_at.date() < self._stamp.clock.now().date()
        )
        self._is_chosen = True
        self._board.leave_care()
        self._board.change(completing=pending, ladder=ladder.chosen(self._board.ladder, care_over=over))
        reading = self._board.ladder.reading
        if reading is not None:
            self.read(reading.identity.niss)


def pending_of(told: Elsewhere) -> Pending | None:
    """Return a verification another desk put off; None where its moments cannot be read."""
    try:
        care_at = datetime.fromisoformat(told.care_at)
        recorded_at = datetime.fromisoformat(told.verified_at)
        admitted_at = datetime.fromisoformat(told.admitted_at) if told.admitted_at else None
        kind = EpisodeKind(told.episode or EpisodeKind.AMBULATORY)
    except ValueError:
        return None
    if any(moment and moment.tzinfo is None for moment in (care_at, recorded_at, admitted_at)):
        return None
    return Pending(
        id=told.id,
        sequence=0,
        site="",
        desk=told.desk,
        operator=told.operator,
        recorded_at=recorded_at,
        care_at=care_at,
        episode=Episode(kind=kind, admitted_at=admitted_at, visit=told.visit),
        niss=told.niss,
        alias=told.alias,
        evidence=Evidence(),
    )


def known_as(text: str) -> KnownAs | None:
    """Return by what a patient is known: a NISS, a visit number (one word with a digit), else an alias.

    None for nothing, and for eleven digits whose check number is wrong: it would be nobody's number.
    """
    digits = "".join(DIGITS.get(sign, sign) for sign in text)
    number = niss.parse(digits)
    if number is not None:
        return KnownAs(niss=number.digits)
    if not text or niss.is_shaped(digits):
        return None
    if VISIT.fullmatch(text) and " " not in text and any(sign.isdecimal() for sign in text):
        return KnownAs(visit=text)
    return KnownAs(alias=clean(text))
