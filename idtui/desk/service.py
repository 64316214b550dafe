"""The desk: takes events and keys and hands them to its parts, each of which owns one piece of the work.

Both front ends and the tests drive this one object; the thread that made it owns it. `state` is a frozen
picture of everything a front end shows; `on_change` is called after every change of it.
"""

from collections.abc import Callable
from datetime import timedelta

from idtui.desk import commands, events
from idtui.desk.board import Board
from idtui.desk.commands import Command, Own
from idtui.desk.consulting import Consulting
from idtui.desk.delivery import DeliveryDesk
from idtui.desk.drafts import Drafts
from idtui.desk.hub_desk import HubDesk
from idtui.desk.journal_list import JournalList
from idtui.desk.keeping import Keeping
from idtui.desk.locking import Locking, veiled
from idtui.desk.modal import Modal
from idtui.desk.on_request import OnRequest
from idtui.desk.outbox import Outbox
from idtui.desk.parts import Does, Part
from idtui.desk.patient import Patient
from idtui.desk.phone import Phone
from idtui.desk.ports import (
    Camera,
    Cards,
    Clock,
    Courier,
    Door,
    Hub,
    Journal,
    Phones,
    SecondCopier,
    Simulator,
    Visits,
)
from idtui.desk.quota_desk import QuotaDesk
from idtui.desk.scanning import Scanning
from idtui.desk.stamp import Stamp, Station
from idtui.desk.state import DeskState, Overlay
from idtui.desk.visit_desk import VisitDesk
from idtui.desk.vouching import Vouching
from idtui.desk.worklist import Worklist
from idtui.domain.care import Care
from idtui.domain.path import TAKES_DIGITS, Action, Phase, Settings, State
from idtui.domain.text import Message, say

BY_LETTER = frozenset({Phase.REASON, Phase.HOW, Phase.FREED})
"""Phases whose lines are taken by the letter in front: neither Enter nor arrows answer a question of law."""

_TURNS = {"pagedown": 1, "down": 1, "space": 1, "pageup": -1, "up": -1}
"""Keys that turn the pages of the help, and which way."""


class Desk:
    """One registration desk at work."""

    def __init__(  # each port is a thing of its own
        self,
        *,
        station: Station,
        journal: Journal,
        cards: Cards,
        clock: Clock,
        door: Door,
        courier: Courier | None = None,
        copier: SecondCopier | None = None,
        phones: Phones | None = None,
        simulator: Simulator | None = None,
        camera: Camera | None = None,
        visits: Visits | None = None,
        hub: Hub | None = None,
        settings: Settings = Settings(),  # noqa: B008  # frozen
        usual: Care = Care(),  # noqa: B008  # frozen
        undo_window: timedelta = timedelta(minutes=2),
        lock_after: timedelta | None = None,
        warnings: tuple[Message, ...] = (),
    ) -> None:
        self._journal = journal
        self._cards = cards
        self._simulator = simulator
        self._has_camera = camera is not None
        self._hub = hub
        self._on_change: Callable[[], None] = lambda: None
        self._seen = journal.next_sequence()
        stamp = Stamp(station, clock, journal)
        self._outbox = Outbox(journal, courier, clock, stamp, undo_window, copier=copier)
        self._board = board = Board(
            DeskState(
                station=station,
                ladder=State(settings=settings),
                delivery=self._outbox.delivery(),
                warnings=warnings,
                usual=usual,
                care=usual,
                full=journal.full,
            )
        )
        self._modal = Modal(board)
        on_request = OnRequest(board, cards)
        keeping = Keeping(board, journal, stamp, undo_window)
        journal_list = JournalList(board, self._modal, journal, stamp)
        worklist = Worklist(board, self._modal, journal, stamp, journal_list.open)
        visit_desk = VisitDesk(board, self._modal, stamp, journal=journal, worklist=worklist, visits=visits)
        journal_list.stay_of = visit_desk.stay_of
        self._consulting = consulting = Consulting(board, journal, stamp, keeping, visit_desk)
        self._phone = Phone(board, phones, clock)
        vouching = Vouching(board, journal, hub)
        self._patient = Patient(
            board,
            stamp,
            journal,
            drafts=Drafts(board, journal, stamp, visits=visit_desk, worklist=worklist),
            keeping=keeping,
            on_request=on_request,
            worklist=worklist,
            consulting=consulting,
            phone=self._phone,
            vouching=vouching,
            visits=visit_desk,
        )
        self._quota_desk = QuotaDesk(
            board, self._modal, journal, clock, loss_theft_typed=settings.loss_theft_typed
        )
        self._hub_desk = HubDesk(
            board, hub, clock, visits=visit_desk, worklist=worklist, consulting=consulting
        )
        self._delivery = DeliveryDesk(board, self._outbox, self._patient.move)
        self._scanning = Scanning(board, self._modal, self._patient, visit_desk, camera)
        self._locking = Locking(
            board,
            clock,
            door,
            before=self._before_lock,
            late=self._patient.take_late,
            lock_after=lock_after,
        )
        self._parts: tuple[Part, ...] = (
            self._locking,  # before all others: what happens at a locked desk is for nobody else
            self._patient,
            on_request,
            keeping,
            self._delivery,
            journal_list,
            worklist,
            visit_desk,
            consulting,
            self._phone,
            vouching,
            self._quota_desk,
            self._hub_desk,
            self._modal,
            self._scanning,
        )
        self._own: dict[Own, Does] = {
            Own.HELP: Does(lambda: board.change(overlay=Overlay.HELP, page=0)),
            Own.TRAINING: Does(lambda: board.change(overlay=Overlay.TRAINING), self._why_not_training),
            Own.QUIT: Does(lambda: board.change(ended=True)),
        }
        for part in self._parts:
            self._own |= part.commands()

    @property
    def state(self) -> DeskState:
        """A frozen picture of everything a front end shows; of a locked desk nothing of any patient."""
        return veiled(self._board.state) if self._locking.locked else self._board.state

    def start(self, post: Callable[[events.Event], None], on_change: Callable[[], None]) -> None:
        """Start the devices; `post` brings an event into the owning thread, `on_change` redraws."""
        self._on_change = on_change
        self._patient.resume()
        self._quota_desk.start()  # before devices import what they need beside it
        if self._hub:
            self._hub.start(post)
        self._cards.start(post)
        self._phone.start(post)
        self._scanning.start(post)
        self._locking.start(post)
        if self._simulator:
            self._simulator.start(post)
        self._outbox.start(post)

    def stop(self) -> None:
        """End in order: keep an unfinished patient as a draft, stop devices, let go of the store.

        Raises `CannotSave` when the draft could not be kept; everything else has ended by then.
        """
        try:
            self._patient.leave()
        finally:
            self._cards.stop()
            self._phone.stop()
            self._scanning.stop()
            self._locking.stop()
            self._outbox.stop()
            self._journal.close()

    # What happens outside

    def handle(self, event: events.Event) -> None:
        """Take one event of a device or of the courier."""
        if not any(part.take(event) for part in self._parts):
            raise AssertionError(f"no part of the desk takes {type(event).__name__}")
        self._changed()

    def tick(self) -> None:
        """Do what is due by the clock, such as handing entries past their undo window to the courier."""
        shown = [part.tick() for part in self._parts]  # each has its turn
        if any(shown):
            self._changed()

    # What the operator does

    def key(self, key: str, character: str | None = None) -> None:
        """Take one key: a digit of a NISS, a letter of the training list, or a command of this phase.

        Letters count in either case, so that Caps Lock does no harm.
        """
        if self._locking.key(key, character):
            self._changed()
            return
        overlay, phase = self.state.overlay, self.state.ladder.phase
        if character is not None and character.isalpha():
            key = character.lower()
        if _is(key, Own.LOCK):
            self._locking.lock()
        elif overlay is not Overlay.NONE:
            self._key_in_overlay(overlay, key)
        elif self.state.panel is not None and not _is(key, Own.QUIT):
            self._modal.key(key, character)
        elif phase in TAKES_DIGITS and character in commands.DIGITS:
            self._patient.type(commands.DIGITS[character])
        elif command := commands.resolve(key, phase):
            self.press(command)
        else:
            self._board.refuse(say("why_not.by_letter" if phase in BY_LETTER else "why_not.no_such_key"))
        self._locking.touched()  # once more: in training a key lets hours pass
        self._changed()

    def press(self, command: Command) -> None:
        """Carry out a command, or say why it does not apply."""
        if self._locking.locked:
            return
        if refusal := self.why_not(command):
            self._board.refuse(refusal)
        elif isinstance(command.of, Action):
            self._patient.press(command.of)
        else:
            self._own[command.of].do()

    def why_not(self, command: Command) -> Message | None:
        """Say why a command does not apply now, or None when it does."""
        if self._locking.locked:
            return say("why_not.locked")
        if isinstance(command.of, Action):
            return self._patient.why_not(command.of)
        return self._own[command.of].why_not()

    def commands(self) -> tuple[tuple[Command, Message | None], ...]:
        """Return the commands of this phase, each with why it does not apply (None: it does).

        A locked desk has none.
        """
        if self._locking.locked:
            return ()
        shown = commands.of_phase(self.state.ladder.phase)
        return tuple(
            (command, self.why_not(command))
            for command in shown
            if (command.of is not Own.TRAINING or self._simulator)
            and (command.of is not Own.CAMERA or self._has_camera)
        )

    def training_actions(self) -> tuple[tuple[str, str], ...]:
        """Return what training mode can make happen: (letter, message id)."""
        return tuple(self._simulator.actions()) if self._simulator else ()

    # Inside

    def _changed(self) -> None:
        """Bring up to date what follows the journal, then have the picture drawn."""
        self._patient.look()
        reached = self._journal.next_sequence()
        if reached != self._seen:
            self._seen = reached
            for part in self._parts:
                part.journal_grew()
        self._hub_desk.look()
        self._consulting.look()
        self._board.change(full=self._journal.full)
        self._on_change()

    def _before_lock(self) -> None:
        self._scanning.stop()
        self._patient.leave()

    def _why_not_training(self) -> Message | None:
        return None if self._simulator else say("why_not.not_training")

    def _key_in_overlay(self, overlay: Overlay, key: str) -> None:
        if overlay is Overlay.HELP and key in _TURNS:
            self._board.change(page=max(self.state.page + _TURNS[key], 0))
            return
        self._board.change(overlay=Overlay.NONE)
        if overlay is Overlay.CAMERA:
            self._scanning.stop()
        if _is(key, Own.QUIT):
            self._own[Own.QUIT].do()
        elif self._simulator and overlay is Overlay.TRAINING and key in dict(self.training_actions()):
            self._simulator.do(key)


def _is(key: str, of: Own) -> bool:
    """Whether a key is that of a command, whatever lies over the desk."""
    command = commands.BY_ID[of]
    return key in (command.key, *command.aliases)
