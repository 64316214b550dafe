"""The patient at hand: moves the ladder by keys and cards, and records where a path is complete."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from idtui.desk import events
from idtui.desk.board import Board
from idtui.desk.consulting import Consulting
from idtui.desk.drafts import Drafts
from idtui.desk.keeping import Keeping
from idtui.desk.on_request import OnRequest
from idtui.desk.parts import Part
from idtui.desk.phone import Phone
from idtui.desk.ports import Journal
from idtui.desk.recording import exemption, pending, verification
from idtui.desk.stamp import Stamp
from idtui.desk.state import Tone
from idtui.desk.visit_desk import VisitDesk
from idtui.desk.vouching import Vouching
from idtui.desk.worklist import Worklist
from idtui.domain import ladder, niss, observed, path, refusals, roads
from idtui.domain.changes import CorrectedWhy
from idtui.domain.entries import Correction, Pending, Verification
from idtui.domain.path import Action, Phase, State
from idtui.domain.rules import TYPED
from idtui.domain.scan import Found
from idtui.domain.text import Message, say

FORGOTTEN = timedelta(minutes=10)
"""A reading whose card is gone can be taken for so long."""

_AT_HAND = frozenset({Phase.READ, Phase.SCANNED, Phase.CONFIRMED})
"""Phases in which what was read is on the screen and waits to be taken."""

_TAKES_CODE = frozenset({Action.CARD_CODE, Action.ISI_PLUS, Action.INSURED_ATTESTATION, Action.VIGNETTE})
"""Actions that record the code on the screen, where there is one."""

_SPEAKS_OF_THE_NEXT = path.Press | path.Digit | path.Inserted | path.Scanned
"""Events after which the last notice has been read; a card taken out is not one of them."""


class Patient(Part):
    """The one patient in front of the desk."""

    def __init__(
        self,
        board: Board,
        stamp: Stamp,
        journal: Journal,
        *,
        drafts: Drafts,
        keeping: Keeping,
        on_request: OnRequest,
        worklist: Worklist,
        consulting: Consulting,
        phone: Phone,
        vouching: Vouching,
        visits: VisitDesk,
    ) -> None:
        self._board = board
        self._stamp = stamp
        self._journal = journal
        self._drafts = drafts
        self._keeping = keeping
        self._on_request = on_request
        self._worklist = worklist
        self._consulting = consulting
        self._phone = phone
        self._vouching = vouching
        self._visits = visits
        consulting.recorded = self._done_with
        phone.move = self.move
        vouching.move = self.move
        self._read_at: datetime | None = None

    def resume(self) -> None:
        """Take up the number that was being typed and the visit that was open when the desk ended."""
        if draft := self._drafts.resume(self.move):
            time = clock_time(draft.recorded_at)
            told = say("draft.resumed", time=time) if draft.digits else say("draft.resumed_visit", time=time)
            self._board.tell(told)

    def leave(self) -> None:
        """Keep an unfinished number and an open visit as a draft. Raises `CannotSave`."""
        self._drafts.keep()

    def look(self) -> None:
        """Keep the visit that was picked since the last look."""
        self._drafts.look()

    def take(self, event: events.Event) -> bool:
        """Take what readers and cards tell."""
        match event:
            case events.CardRead(contact, reading):
                self._take_reading(path.WasRead(contact, reading))
            case events.ReaderChanged(state, name):
                self.move(path.ReaderIs(state, name))
            case events.CardInserted(contact, _):
                self._card_inserted()
                self.move(path.Inserted(contact))
            case events.CardFailed(contact, failure, detail):
                self.move(path.WasUnreadable(contact, failure, detail))
            case events.CardRemoved(contact):
                self.move(path.Removed(contact))
            case _:
                return False
        return True

    def take_late(self, event: events.Event, at: datetime) -> None:
        """Take what a card told while the desk was locked; what was read was read then."""
        self.take(event)
        if isinstance(event, events.CardRead) and self._board.ladder.phase is Phase.READ:
            self._read_at = at

    def press(self, action: Action) -> None:
        """Take an action that applies."""
        visit = self._board.state.care.episode.visit
        if action is Action.LATER and self._board.ladder.phase is not Phase.REASON:
            if visit is None:
                self._worklist.ask_who(self.move)
            else:
                number = self._board.state.care.niss
                self.move(path.KnownAs(niss=number) if number else path.KnownAs(visit=visit))
            return
        if action is Action.ACCEPT and self._proposes():
            if self._board.state.exempt:
                self._free_by_visit()
            else:
                self._consulting.consult()
            return
        self.move(path.Press(action))
        if action is Action.BACK and self._board.ladder.phase is Phase.WAITING:
            self._worklist.leave()
            self._visits.leave()

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
        takes_code = action in _TAKES_CODE and self._board.ladder.code is not None
        if (takes_code or action is Action.ACCEPT) and self._is_forgotten():
            return say("why_not.reading_too_old")
        if action is Action.ACCEPT and self._proposes():
            return None
        return refusals.why_not(self._board.ladder, action)

    def move(self, event: path.LadderEvent) -> None:
        """Let the ladder take one event; record what is complete."""
        before = ladder.step(self._board.ladder, path.ClockIs(self._stamp.clock.now()))
        after = ladder.step(before, event)
        if after.phase in _AT_HAND and (after.phase is not before.phase or isinstance(event, path.Scanned)):
            self._read_at = after.now
        if vouched := self._vouching.of(after):
            after = ladder.step(after, vouched)
        if (after.contact, after.phase, after.code) != (before.contact, before.phase, before.code):
            self._on_request.forget()
            self._board.change(earlier=None)
        if isinstance(event, _SPEAKS_OF_THE_NEXT):
            self._board.change(notice=None)
        self._board.change(ladder=after)
        self._phone.follow(before.phase, after.phase)
        self._keep(before, after)

    def _card_inserted(self) -> None:
        """Forget what belonged to the card before; with one that was read goes a visit of nobody known."""
        self._worklist.card_inserted()
        if self._board.ladder.phase is Phase.READ and self._board.state.care.niss is None:
            self._visits.leave()

    def _proposes(self) -> bool:
        """Whether Enter records what the open visit proposes: an exemption, a treatment day of a series."""
        state = self._board.state
        return bool(state.exempt or state.earlier) and state.ladder.phase is Phase.WAITING

    def _keep(self, before: State, after: State) -> None:
        """Keep what a path came to, if it is at its end and of the patient whose visit is open."""
        ended = after.outcome or after.deferred
        if ended and self._visits.of_another(ended.niss):
            self._board.change(ladder=before)
            self._visits.ask_whom(ended.niss or "", _name_read(ended))
            return
        match after.outcome:
            case path.Outcome():
                self._record(before, after.outcome)
            case path.Exempted():
                self._free(before, after.outcome)
            case None if after.deferred:
                self._defer(before, after.deferred)

    def _take_reading(self, event: path.WasRead) -> None:
        before = self._board.ladder
        self.move(event)
        after = self._board.ladder
        if after.phase is Phase.READ:
            if observed.acceptable(after):
                self._worklist.read(event.reading.identity.niss)
                self._consulting.read(event.reading.identity.niss)
            if self._visits.of_another(event.reading.identity.niss):
                self._board.refuse(say("visit.other_person"))
            elif before.digits:
                self._board.tell(say("niss.replaced_by_card"))
        elif observed.acceptable(after) and not after.own_reading:
            self._board.refuse(say("niss.other_card"))

    def scanned(self, found: Found, remark: Message | None) -> None:
        """Put a code with its one NISS on the screen, or say why not; `remark` is about the scanner."""
        before = self._board.ladder
        if refusal := refusals.why_not_scanned(before, found):
            self._board.refuse(refusal)
            return
        self.move(path.Scanned(found))
        if self._board.ladder.zone:
            self._board.tell(remark or say("zone.counts_as_typed"))
        if self._board.ladder.phase is not Phase.SCANNED:
            return
        if remark or before.digits:
            self._board.tell(remark or say("niss.replaced_by_code"))
        self._worklist.read(found.niss)
        self._consulting.read(found.niss)

    def _is_forgotten(self) -> bool:
        """Whether what is on the screen was read long ago and its card is gone."""
        state, read_at = self._board.ladder, self._read_at
        has_card = state.phase is Phase.READ and state.contact is not None
        if state.phase not in _AT_HAND or has_card or read_at is None:
            return False
        return self._stamp.clock.now() - read_at > FORGOTTEN

    def _record(self, before: State, outcome: path.Outcome) -> None:
        due = self._worklist.completed_by(outcome.niss)
        now = self._stamp.clock.now()
        care, care_at = self._board.state.care, due.care_at if due else before.care_at or now
        episode = due.episode if due else care.episode_at(care_at)
        typed = outcome.entry in TYPED
        verified_at = now if typed else self._read_at or now
        moments = {"care_at": care_at, "verified_at": verified_at}
        coverage = None if due else care.coverage
        entry = verification(self._stamp, outcome, episode, coverage=coverage, **moments)
        if not self._keeping.keep(entry):
            self._board.change(ladder=before)
            return
        if due is None:
            self._done_with()
            self._board.tell(_saved(entry), Tone.DONE)
        elif self._keeping.add(_completion(self._stamp, due, entry)):
            self._completed(before, due, entry, more=not typed and care_at.date() != now.date())
        else:
            self._done_with()

    def _free(self, before: State, exempted: path.Exempted) -> None:
        """Keep an exemption, once it is known of whom."""
        self._board.change(ladder=before)
        care = self._board.state.care
        if exempted.niss or care.episode.visit:
            self._keep_exemption(exempted, path.KnownAs(niss=exempted.niss or care.niss))
        else:
            self._worklist.ask_who(
                lambda known: self._keep_exemption(exempted, known), title=say("exemption.of_whom")
            )

    def _free_by_visit(self) -> None:
        """Keep that nothing has to be verified, by the rule the open visit tells; no NISS is needed."""
        care, rule = self._board.state.care, self._board.state.exempt or ""
        born = care.visit.birth_date if care.visit else None
        exempted = path.Exempted(rule=rule, niss=care.niss, birth_date=born)
        self._keep_exemption(exempted, path.KnownAs(niss=care.niss))

    def _keep_exemption(self, exempted: path.Exempted, known: path.KnownAs) -> None:
        care, care_at = self._board.state.care, self._board.ladder.care_at or self._stamp.clock.now()
        episode = care.episode_at(care_at)
        if known.visit:
            episode = replace(episode, visit=known.visit)
        entry = exemption(
            self._stamp, exempted, known, episode=episode, care_at=care_at, coverage=care.coverage
        )
        if self._keeping.keep(entry):
            self._done_with()
            time = clock_time(entry.recorded_at)
            self._board.tell(say("saved.exemption", time=time, rule=entry.rule), Tone.DONE)

    def _completed(self, before: State, due: Pending, entry: Verification, *, more: bool) -> None:
        """Go on after a pending was completed; `more`: care of today may stand beside it."""
        self._worklist.journal_grew()
        another = self._worklist.first_of(entry.niss)
        care = f"{due.care_at:%d.%m. %H:%M}"
        if before.contact is not None and (more or another):
            self._worklist.leave()
            self._board.change(ladder=before, completing=another)
            self._board.tell(say("worklist.completed_and_more", care=care), Tone.DONE)
        else:
            self._done_with()
            self._board.tell(say("worklist.completed", care=care, who=_name(entry)), Tone.DONE)

    def _defer(self, before: State, deferred: path.Deferred) -> None:
        care_at = before.care_at or self._stamp.clock.now()
        entry = pending(self._stamp, deferred, self._board.state.care.episode_at(care_at), care_at)
        if not self._keeping.keep(entry):
            self._board.change(ladder=before)
            return
        self._done_with()
        known = niss.shown(entry.niss) if entry.niss else entry.alias
        who = known or entry.episode.visit or ""
        self._board.tell(say("worklist.kept", time=clock_time(entry.recorded_at), who=who), Tone.DONE)

    def _done_with(self) -> None:
        """Leave the patient whose entry is durable."""
        self._board.change(ladder=ladder.step(self._board.ladder, path.Recorded()), earlier=None)
        self._on_request.forget()
        self._worklist.leave()
        self._board.leave_care()


def _name_read(ended: path.Outcome | path.Exempted | path.Deferred) -> str:
    """Return the name of the person, where a card or a phone told it."""
    person = (ended.identity or ended.confirmed) if isinstance(ended, path.Outcome) else None
    return f"{person.name} {person.given_names}".strip() if person else ""


def _completion(stamp: Stamp, due: Pending, by: Verification) -> Correction:
    return Correction(**stamp.head(), replaces=due.id, by=by.id, why=CorrectedWhy.COMPLETED)


def _saved(entry: Verification) -> Message:
    return say("saved", time=clock_time(entry.recorded_at), who=_name(entry))


def _name(entry: Verification) -> str:
    return f"{entry.name} {entry.given_names}" if entry.name else niss.shown(entry.niss)


def clock_time(moment: datetime) -> str:
    """Write hour and minute."""
    return f"{moment:%H:%M}"
