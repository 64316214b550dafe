"""The desk: takes events and keys, moves the ladder, records what is complete, sends what waits.

Both front ends and the tests drive this one object; the thread that made it owns it. `state` is a frozen
picture of everything a front end shows; `on_change` is called after every change of it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from idtui.desk import commands, events
from idtui.desk.commands import Command, Own
from idtui.desk.outbox import Delivery, Outbox
from idtui.desk.ports import Cards, Clock, Courier, Journal, Simulator
from idtui.desk.recording import verification
from idtui.desk.stamp import Stamp, Station
from idtui.domain import ladder, niss, path
from idtui.domain.entries import Draft, Verification, Withdrawal
from idtui.domain.episode import Episode
from idtui.domain.errors import CannotSave
from idtui.domain.path import Action, Phase, Settings, State
from idtui.domain.reading import Address, Photo, Problem
from idtui.domain.text import Message, say

_BETWEEN_PATIENTS = frozenset({Phase.WAITING, Phase.RECORDED})
"""Phases in which the background courier may speak up without disturbing anybody."""


class Tone(StrEnum):
    """How a notice is meant; never told by colour alone."""

    PLAIN = "plain"
    DONE = "done"
    REFUSED = "refused"


class Overlay(StrEnum):
    """What lies over the desk, if anything."""

    NONE = "none"
    HELP = "help"
    TRAINING = "training"


@dataclass(frozen=True, slots=True)
class Notice:
    """The one sentence about what just happened."""

    message: Message
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class ShownAddress:
    """The address asked for; `problem`: its signature does not hold; `failure`: it could not be read."""

    address: Address | None = None
    problem: Problem | None = None
    failure: Message | None = None
    asked: bool = True


@dataclass(frozen=True, slots=True)
class ShownPhoto:
    """The photo asked for; `problem`: it is not the card's own; `failure`: it could not be read."""

    photo: Photo | None = None
    problem: Problem | None = None
    failure: Message | None = None


@dataclass(frozen=True, slots=True)
class DeskState:
    """A frozen picture of the desk, complete enough to draw it."""

    station: Station
    ladder: State
    delivery: Delivery
    notice: Notice | None = None
    overlay: Overlay = Overlay.NONE
    address: ShownAddress | None = None
    photo: ShownPhoto | None = None
    warnings: tuple[Message, ...] = ()
    """What must be said at every start: store not encrypted, operator not proven, hub without tokens."""
    ended: bool = False


class Desk:
    """One registration desk at work."""

    def __init__(  # each port is a thing of its own
        self,
        *,
        station: Station,
        journal: Journal,
        cards: Cards,
        clock: Clock,
        courier: Courier | None = None,
        simulator: Simulator | None = None,
        settings: Settings = Settings(),  # noqa: B008  # frozen
        undo_window: timedelta = timedelta(minutes=2),
        warnings: tuple[Message, ...] = (),
    ) -> None:
        self._journal = journal
        self._cards = cards
        self._clock = clock
        self._simulator = simulator
        self._undo_window = undo_window
        self._stamp = Stamp(station, clock, journal)
        self._outbox = Outbox(journal, courier, clock, self._stamp, undo_window)
        self._on_change: Callable[[], None] = lambda: None
        self._undoable: Verification | None = None
        self._asked_to_send = False
        self.state = DeskState(
            station=station,
            ladder=State(settings=settings),
            delivery=self._outbox.delivery(),
            warnings=warnings,
        )

    def start(self, post: Callable[[events.Event], None], on_change: Callable[[], None]) -> None:
        """Start the devices; `post` brings an event into the owning thread, `on_change` redraws."""
        self._on_change = on_change
        self._resume_draft()
        self._cards.start(post)
        self._outbox.start(post)

    def stop(self) -> None:
        """End in order: keep an unfinished NISS as a draft, stop devices, let go of the store."""
        self._keep_draft()
        self._cards.stop()
        self._outbox.stop()
        self._journal.close()

    # What happens outside

    def handle(self, event: events.Event) -> None:
        """Take one event of a device or of the courier."""
        match event:
            case events.BatchAnswered() | events.BatchFailed():
                self._delivered(event)
            case events.AddressRead(contact, address, problem):
                self._show(contact, address=ShownAddress(address, problem))
            case events.AddressFailed(contact, failure, detail):
                message = say(f"failure.{failure}", detail=detail)
                self._show(contact, address=ShownAddress(failure=message))
            case events.PhotoRead(contact, photo, problem):
                self._show(contact, photo=ShownPhoto(photo, problem))
            case events.PhotoFailed(contact, failure, detail):
                message = say(f"failure.{failure}", detail=detail)
                self._show(contact, photo=ShownPhoto(failure=message))
            case _:
                self._move(_of_device(event))
        self._on_change()

    def tick(self) -> None:
        """Do what is due by the clock: hand entries past their undo window to the courier."""
        if self._outbox.send_due():
            self._refresh_delivery()
            self._on_change()

    # What the operator does

    def ask_photo(self) -> None:
        """Have the photo of the card that has been read shown; it is read only now."""
        contact = self.state.ladder.contact
        if contact is not None and self.state.ladder.phase is Phase.READ:
            self._change(photo=ShownPhoto())
            self._cards.read_photo(contact)
            self._on_change()

    def key(self, key: str, character: str | None = None) -> None:
        """Take one key: a digit of a NISS, a letter of the training list, or a command of this phase."""
        overlay, phase = self.state.overlay, self.state.ladder.phase
        if overlay is not Overlay.NONE:
            self._key_in_overlay(overlay, key)
        elif phase is Phase.TYPING and character in commands.DIGITS:
            self._move(path.Digit(commands.DIGITS[character]))
            self._check_typed()
        elif phase in (Phase.TYPING, Phase.REASON) and key == "backspace":
            self._move(path.Rubout())
        elif command := commands.resolve(key, phase):
            self.press(command)
        self._on_change()

    def press(self, command: Command) -> None:
        """Carry out a command, or say why it does not apply."""
        if refusal := self.why_not(command):
            self._say(refusal, Tone.REFUSED)
        elif isinstance(command.of, Action):
            self._move(path.Press(command.of))
        else:
            self._own(command.of)

    def why_not(self, command: Command) -> Message | None:
        """Say why a command does not apply now, or None when it does."""
        if isinstance(command.of, Action):
            return ladder.why_not(self.state.ladder, command.of)
        match command.of:
            case Own.UNDO:
                return None if self._may_undo() else say("why_not.nothing_to_undo")
            case Own.SEND:
                return self._outbox.why_not_send()
            case Own.ADDRESS:
                return None if self.state.ladder.contact else say("why_not.card_gone")
            case Own.TRAINING:
                return None if self._simulator else say("why_not.not_training")
            case _:
                return None

    def commands(self) -> tuple[tuple[Command, Message | None], ...]:
        """Return the commands of this phase, each with why it does not apply (None: it does)."""
        shown = commands.of_phase(self.state.ladder.phase)
        return tuple(
            (command, self.why_not(command))
            for command in shown
            if command.of is not Own.TRAINING or self._simulator
        )

    def training_actions(self) -> tuple[tuple[str, str], ...]:
        """Return what training mode can make happen: (letter, message id)."""
        return tuple(self._simulator.actions()) if self._simulator else ()

    # Inside

    def _own(self, command: Own) -> None:
        match command:
            case Own.ADDRESS:
                self._ask_address()
            case Own.UNDO:
                self._undo()
            case Own.SEND:
                self._send()
            case Own.HELP:
                self._change(overlay=Overlay.HELP)
            case Own.TRAINING:
                self._change(overlay=Overlay.TRAINING)
            case Own.QUIT:
                self._change(ended=True)

    def _change(self, **fields: object) -> None:
        self.state = replace(self.state, **fields)  # type: ignore[arg-type]  # fields of DeskState by name

    def _say(self, message: Message, tone: Tone = Tone.PLAIN) -> None:
        self._change(notice=Notice(message, tone))

    def _move(self, event: path.LadderEvent) -> None:
        before = self.state.ladder
        after = ladder.step(before, event)
        if after.contact != before.contact or after.phase is not before.phase:
            self._change(address=None, photo=None)
        if not isinstance(event, path.ReaderIs | path.LinkIs):
            self._change(notice=None)
        self._change(ladder=after)
        if after.outcome:
            self._record(before, after.outcome)

    def _record(self, before: State, outcome: path.Outcome) -> None:
        now = self._clock.now()
        entry = verification(self._stamp, outcome, Episode(), care_at=now, verified_at=now)
        try:
            self._journal.append(entry)
        except CannotSave as error:
            self._change(ladder=before)
            self._say(error.message, Tone.REFUSED)
            return
        self._undoable = entry
        self._change(ladder=ladder.step(self.state.ladder, path.Recorded()), address=None, photo=None)
        self._say(_saved(entry), Tone.DONE)
        self._refresh_delivery()

    def _check_typed(self) -> None:
        state = self.state.ladder
        if state.phase is Phase.TYPING and len(state.digits) == niss.LENGTH:
            self._say(say("niss.check_wrong"), Tone.REFUSED)

    def _may_undo(self) -> bool:
        entry = self._undoable
        return (
            entry is not None
            and self._clock.now() - entry.recorded_at <= self._undo_window
            and not self._journal.withdrawn(entry.id)
        )

    def _undo(self) -> None:
        if self._undoable is None:
            return
        withdrawal = Withdrawal(**self._stamp.head(), withdraws=self._undoable.id, why="undo")
        try:
            self._journal.append(withdrawal)
        except CannotSave as error:
            self._say(error.message, Tone.REFUSED)
            return
        self._undoable = None
        self._change(ladder=ladder.fresh(self.state.ladder))
        self._say(say("undo.done"), Tone.DONE)
        self._refresh_delivery()

    def _send(self) -> None:
        self._outbox.send_all()
        self._asked_to_send = True
        self._say(say("delivery.sending"))
        self._refresh_delivery()

    def _delivered(self, event: events.BatchAnswered | events.BatchFailed) -> None:
        self._outbox.take(event)
        self._move(path.LinkIs(isinstance(event, events.BatchAnswered)))
        refused = isinstance(event, events.BatchFailed) or bool(event.refusals)
        if self._asked_to_send or (refused and self.state.ladder.phase in _BETWEEN_PATIENTS):
            self._say(self._outbox.outcome_of(event), Tone.REFUSED if refused else Tone.DONE)
        self._asked_to_send = False
        self._refresh_delivery()

    def _refresh_delivery(self) -> None:
        self._change(delivery=self._outbox.delivery())

    def _ask_address(self) -> None:
        contact = self.state.ladder.contact
        if contact is not None:
            self._change(address=ShownAddress())
            self._cards.read_address(contact)

    def _show(self, contact: int, **shown: ShownAddress | ShownPhoto) -> None:
        """Show what was asked for of the card that has been read, unless that card is gone."""
        state = self.state.ladder
        if contact == state.contact and state.phase is Phase.READ:
            self._change(**shown)

    def _key_in_overlay(self, overlay: Overlay, key: str) -> None:
        self._change(overlay=Overlay.NONE)
        if overlay is Overlay.TRAINING and self._simulator:
            if key in (letter for letter, _ in self._simulator.actions()):
                self._simulator.do(key)
        elif commands.resolve(key, self.state.ladder.phase) is commands.BY_ID[Own.QUIT]:
            self._own(Own.QUIT)

    def _keep_draft(self) -> None:
        state = self.state.ladder
        if state.phase in (Phase.TYPING, Phase.REASON, Phase.HOW) and state.digits:
            self._journal.append(
                Draft(
                    **self._stamp.head(),
                    digits=state.digits,
                    care_over=state.care_over,
                    document_shown=state.shown,
                )
            )

    def _resume_draft(self) -> None:
        draft = self._journal.last("draft")
        if not isinstance(draft, Draft) or not draft.digits:
            return
        self._journal.append(Draft(**self._stamp.head(), digits=""))
        self._move(path.Press(Action.NISS))
        if draft.care_over:
            self._move(path.Press(Action.CARE_OVER))
        for digit in draft.digits:
            self._move(path.Digit(digit))
        self._say(say("draft.resumed", time=_clock_time(draft.recorded_at)))


def _of_device(event: events.Event) -> path.LadderEvent:
    """Return what a device event means on the ladder."""
    match event:
        case events.ReaderChanged(state, name):
            return path.ReaderIs(state, name)
        case events.CardInserted(contact, _):
            return path.Inserted(contact)
        case events.CardRead(contact, reading):
            return path.WasRead(contact, reading)
        case events.CardFailed(contact, failure, detail):
            return path.WasUnreadable(contact, failure, detail)
        case events.CardRemoved(contact):
            return path.Removed(contact)
        case _:
            raise AssertionError("handled by the desk itself")


def _saved(entry: Verification) -> Message:
    who = f"{entry.name} {entry.given_names}" if entry.name else niss.shown(entry.niss)
    return say("saved", time=_clock_time(entry.recorded_at), who=who)


def _clock_time(moment: datetime) -> str:
    return f"{moment:%H:%M}"
