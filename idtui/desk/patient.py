"""The patient at hand: moves the ladder by keys and cards, and records where a path is complete."""

from datetime import datetime, timedelta

from idtui.desk import events
from idtui.desk.board import Board
from idtui.desk.drafts import Drafts
from idtui.desk.keeping import Keeping
from idtui.desk.on_request import OnRequest
from idtui.desk.parts import Part
from idtui.desk.recording import exemption, verification
from idtui.desk.stamp import Stamp
from idtui.desk.state import Tone
from idtui.domain import ladder, niss, observed, path, refusals, roads
from idtui.domain.entries import Exemption, Verification
from idtui.domain.episode import Episode
from idtui.domain.errors import CannotSave
from idtui.domain.path import Action, Phase, State
from idtui.domain.rules import TYPED
from idtui.domain.text import Message, say

FORGOTTEN = timedelta(minutes=10)
"""A reading whose card is gone can be taken for so long."""

_AT_HAND = frozenset({Phase.READ, Phase.SCANNED, Phase.CONFIRMED})
"""Phases in which what was read is on the screen and waits to be taken."""

_SPEAKS_OF_THE_NEXT = path.Press | path.Digit | path.Inserted | path.Scanned
"""Events after which the last notice has been read; a card taken out is not one of them."""


class Patient(Part):
    """The one patient in front of the desk."""

    def __init__(
        self,
        board: Board,
        stamp: Stamp,
        drafts: Drafts,
        keeping: Keeping,
        on_request: OnRequest,
    ) -> None:
        self._board = board
        self._stamp = stamp
        self._drafts = drafts
        self._keeping = keeping
        self._on_request = on_request
        self._read_at: datetime | None = None

    def resume(self) -> None:
        """Take up the number that was being typed when the desk ended."""
        if draft := self._drafts.resume(self.move):
            self._board.tell(say("draft.resumed", time=clock_time(draft.recorded_at)))

    def leave(self) -> None:
        """Keep an unfinished number as a draft. Raises `CannotSave`."""
        self._drafts.keep(self._board.ladder)

    def take(self, event: events.Event) -> bool:
        """Take what readers and cards tell."""
        match event:
            case events.CardRead(contact, reading):
                self._take_reading(path.WasRead(contact, reading))
            case events.ReaderChanged(state, name):
                self.move(path.ReaderIs(state, name))
            case events.CardInserted(contact, _):
                self.move(path.Inserted(contact))
            case events.CardFailed(contact, failure, detail):
                self.move(path.WasUnreadable(contact, failure, detail))
            case events.CardRemoved(contact):
                self.move(path.Removed(contact))
            case _:
                return False
        return True

    def type(self, digit: str) -> None:
        """Take one digit of a NISS or of a day."""
        self.move(path.Digit(digit))
        state = self._board.ladder
        if state.phase is Phase.TYPING and len(state.digits) == niss.LENGTH:
            self._board.refuse(say("niss.check_wrong"))
        elif len(state.day) == roads.DIGITS_OF_DAY.get(state.phase):
            self._board.refuse(say(f"day.{state.phase}"))

    def why_not(self, action: Action) -> Message | None:
        """Say why an action does not apply now, or None when it does."""
        if action is Action.ACCEPT and self._is_forgotten():
            return say("why_not.reading_too_old")
        return refusals.why_not(self._board.ladder, action)

    def move(self, event: path.LadderEvent) -> None:
        """Let the ladder take one event; record what is complete."""
        before = ladder.step(self._board.ladder, path.ClockIs(self._stamp.clock.now()))
        after = ladder.step(before, event)
        if after.phase is not before.phase and after.phase in _AT_HAND:
            self._read_at = after.now
        if after.contact != before.contact or after.phase is not before.phase:
            self._on_request.forget()
        if isinstance(event, _SPEAKS_OF_THE_NEXT):
            self._board.change(notice=None)
        self._board.change(ladder=after)
        if after.outcome:
            self._record(before, after.outcome)
        try:
            self._drafts.close_after(self._board.ladder)
        except CannotSave as error:
            self._board.refuse(error.message)

    def _take_reading(self, event: path.WasRead) -> None:
        before = self._board.ladder
        self.move(event)
        after = self._board.ladder
        if after.phase is Phase.READ:
            if before.digits:
                self._board.tell(say("niss.replaced_by_card"))
        elif observed.acceptable(after) and not after.own_reading:
            self._board.refuse(say("niss.other_card"))

    def _is_forgotten(self) -> bool:
        """Whether what is on the screen was read long ago and its card is gone."""
        state, read_at = self._board.ladder, self._read_at
        has_card = state.phase is Phase.READ and state.contact is not None
        if state.phase not in _AT_HAND or has_card or read_at is None:
            return False
        return self._stamp.clock.now() - read_at > FORGOTTEN

    def _record(self, before: State, outcome: path.Outcome | path.Exempted) -> None:
        entry = self._entry(before, outcome)
        if not self._keeping.keep(entry):
            self._board.change(ladder=before)
            return
        self._board.change(ladder=ladder.step(self._board.ladder, path.Recorded()))
        self._on_request.forget()
        self._board.tell(_saved(entry), Tone.DONE)

    def _entry(self, before: State, outcome: path.Outcome | path.Exempted) -> Verification | Exemption:
        now = self._stamp.clock.now()
        care_at = before.care_at or now
        if isinstance(outcome, path.Exempted):
            return exemption(self._stamp, outcome, Episode(), care_at=care_at)
        verified_at = now if outcome.entry in TYPED else self._read_at or now
        return verification(self._stamp, outcome, Episode(), care_at=care_at, verified_at=verified_at)


def _saved(entry: Verification | Exemption) -> Message:
    if isinstance(entry, Exemption):
        return say("saved.exemption", time=clock_time(entry.recorded_at), rule=entry.rule)
    who = f"{entry.name} {entry.given_names}" if entry.name else niss.shown(entry.niss)
    return say("saved", time=clock_time(entry.recorded_at), who=who)


def clock_time(moment: datetime) -> str:
    """Write hour and minute."""
    return f"{moment:%H:%M}"
