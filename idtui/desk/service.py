"""The desk: takes events and keys, moves the ladder, records what is complete, sends what waits.

Both front ends and the tests drive this one object; the thread that made it owns it. `state` is a frozen
picture of everything a front end shows; `on_change` is called after every change of it.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec.structs import replace

from idtui.desk import commands, events
from idtui.desk.commands import Command, Own
from idtui.desk.drafts import Drafts
from idtui.desk.outbox import Outbox
from idtui.desk.ports import Cards, Clock, Courier, Journal, SecondCopier, Simulator
from idtui.desk.recording import verification
from idtui.desk.stamp import Stamp, Station
from idtui.desk.state import DeskState, Notice, Overlay, ShownAddress, ShownPhoto, Tone
from idtui.domain import ladder, niss, observed, path
from idtui.domain.entries import Verification, Withdrawal
from idtui.domain.episode import Episode
from idtui.domain.errors import CannotSave
from idtui.domain.path import Action, Phase, Settings, State
from idtui.domain.rules import EntryType
from idtui.domain.text import Message, say

_BETWEEN_PATIENTS = frozenset({Phase.WAITING, Phase.RECORDED})
"""Phases in which the background courier may speak up without disturbing anybody."""


SCAN = timedelta(seconds=1)
"""An Enter this soon after a character without a meaning is taken for a scanner's, and confirms nothing."""

FORGOTTEN = timedelta(minutes=10)
"""A reading whose card is gone can be taken for so long."""

_SPEAKS_OF_THE_NEXT = path.Press | path.Digit | path.Inserted
"""Events after which the last notice has been read; a card taken out is not one of them."""


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
        copier: SecondCopier | None = None,
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
        self._drafts = Drafts(journal, self._stamp)
        self._outbox = Outbox(journal, courier, clock, self._stamp, undo_window, copier=copier)
        self._on_change: Callable[[], None] = lambda: None
        self._undoable: Verification | None = None
        self._asked_to_send = False
        self._stray_at: datetime | None = None
        self._read_at: datetime | None = None
        self.state = DeskState(
            station=station,
            ladder=State(settings=settings),
            delivery=self._outbox.delivery(),
            warnings=warnings,
        )

    def start(self, post: Callable[[events.Event], None], on_change: Callable[[], None]) -> None:
        """Start the devices; `post` brings an event into the owning thread, `on_change` redraws."""
        self._on_change = on_change
        if draft := self._drafts.resume(self._move):
            self._say(say("draft.resumed", time=_clock_time(draft.recorded_at)))
        self._cards.start(post)
        self._outbox.start(post)

    def stop(self) -> None:
        """End in order: keep an unfinished NISS as a draft, stop devices, let go of the store.

        Raises `CannotSave` when the draft could not be kept; everything else has ended by then.
        """
        try:
            self._drafts.keep(self.state.ladder)
        finally:
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
            case events.CardRead(contact, reading):
                self._take_reading(path.WasRead(contact, reading))
            case events.PhotoRead(contact, photo, problem):
                self._show(contact, photo=ShownPhoto(photo, problem))
            case events.PhotoFailed(contact, failure, detail):
                message = say(f"failure.{failure}", detail=detail)
                self._show(contact, photo=ShownPhoto(failure=message))
            case _:
                self._move(_of_device(event))
        self._on_change()

    def tick(self) -> None:
        """Do what is due by the clock: copy what was recorded, hand what may go to the courier."""
        if self._outbox.copy_due() | self._outbox.send_due():
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
        """Take one key: a digit of a NISS, a letter of the training list, or a command of this phase.

        Letters count in either case, so that Caps Lock does no harm.
        """
        overlay, phase = self.state.overlay, self.state.ladder.phase
        if character is not None and character.isalpha():
            key = character.lower()
        if overlay is not Overlay.NONE:
            self._key_in_overlay(overlay, key)
        elif phase is Phase.TYPING and character in commands.DIGITS:
            self._move(path.Digit(commands.DIGITS[character]))
            self._check_typed()
        elif key == "enter" and self._ends_a_scan():
            self._say(say("why_not.scan_not_expected"), Tone.REFUSED)
        elif command := commands.resolve(key, phase):
            self.press(command)
        else:
            self._stray(character)
        self._on_change()

    def _stray(self, character: str | None) -> None:
        """Answer a key that means nothing here; a printable one may be the beginning of a scan."""
        if character is not None:
            self._stray_at = self._clock.now()
        self._say(say("why_not.no_such_key"), Tone.REFUSED)

    def _ends_a_scan(self) -> bool:
        """Whether an Enter follows characters nobody asked for, as a scanner sends it behind a code."""
        return self._stray_at is not None and self._clock.now() - self._stray_at <= SCAN

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
        if command.of is Action.ACCEPT and self._is_forgotten():
            return say("why_not.reading_too_old")
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
        self.state = replace(self.state, **fields)

    def _say(self, message: Message, tone: Tone = Tone.PLAIN) -> None:
        self._change(notice=Notice(message, tone))

    def _move(self, event: path.LadderEvent) -> None:
        before = self.state.ladder
        after = ladder.step(before, event)
        if after.contact != before.contact or after.phase is not before.phase:
            self._change(address=None, photo=None)
        if isinstance(event, _SPEAKS_OF_THE_NEXT):
            self._change(notice=None)
        self._change(ladder=after)
        if after.outcome:
            self._record(before, after.outcome)
        try:
            self._drafts.close_after(self.state.ladder)
        except CannotSave as error:
            self._say(error.message, Tone.REFUSED)

    def _take_reading(self, event: path.WasRead) -> None:
        before = self.state.ladder
        self._move(event)
        after = self.state.ladder
        if after.phase is Phase.READ:
            self._read_at = self._clock.now()
            if before.digits:
                self._say(say("niss.replaced_by_card"))
        elif observed.acceptable(after) and not after.own_reading:
            self._say(say("niss.other_card"), Tone.REFUSED)

    def _is_forgotten(self) -> bool:
        """Whether the reading on the screen is old and its card is gone."""
        state, read_at = self.state.ladder, self._read_at
        if state.phase is not Phase.READ or state.contact is not None or read_at is None:
            return False
        return self._clock.now() - read_at > FORGOTTEN

    def _record(self, before: State, outcome: path.Outcome) -> None:
        now = self._clock.now()
        verified_at = self._read_at or now if outcome.entry is EntryType.CHIP else now
        entry = verification(self._stamp, outcome, Episode(), care_at=now, verified_at=verified_at)
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
        if state.phase is Phase.TYPING and len(state.digits) == niss.LENGTH and not niss.parse(state.digits):
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
        if self.state.ladder.phase is Phase.RECORDED:
            self._change(ladder=ladder.fresh(self.state.ladder))
        self._say(say("undo.done"), Tone.DONE)
        self._refresh_delivery()

    def _send(self) -> None:
        self._outbox.send_all()
        self._asked_to_send = True
        self._say(say("delivery.sending"))
        self._refresh_delivery()

    def _delivered(self, event: events.BatchAnswered | events.BatchFailed) -> None:
        self._move(path.LinkIs(isinstance(event, events.BatchAnswered)))
        try:
            self._outbox.take(event)
        except CannotSave as error:
            self._say(error.message, Tone.REFUSED)  # without its receipt the batch is sent again: no harm
        else:
            self._tell_delivery(event)
        self._refresh_delivery()

    def _tell_delivery(self, event: events.BatchAnswered | events.BatchFailed) -> None:
        if self._outbox.sending_all:
            return  # the next batch is on its way; what became of them all is told at the end
        refused = isinstance(event, events.BatchFailed) or bool(event.refusals)
        if self._asked_to_send or (refused and self.state.ladder.phase in _BETWEEN_PATIENTS):
            self._say(self._outbox.outcome_of(event), Tone.REFUSED if refused else Tone.DONE)
        self._asked_to_send = False

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
        if commands.resolve(key, self.state.ladder.phase) is commands.BY_ID[Own.QUIT]:
            self._own(Own.QUIT)
        elif self._simulator and overlay is Overlay.TRAINING and key in dict(self.training_actions()):
            self._simulator.do(key)


def _of_device(event: events.Event) -> path.LadderEvent:
    """Return what a device event means on the ladder."""
    match event:
        case events.ReaderChanged(state, name):
            return path.ReaderIs(state, name)
        case events.CardInserted(contact, _):
            return path.Inserted(contact)
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
