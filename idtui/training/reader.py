"""A card reader that exists only in this process: the port `Cards` over simulated chips, read for real."""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from idtui.desk.events import ReaderChanged
from idtui.desk.ports import Post
from idtui.devices.contacts import SILENCE, Contacts, Inserted, Removed
from idtui.devices.eid.channel import CardUnreadable
from idtui.devices.eid.trust import Trust
from idtui.devices.link import Pulse
from idtui.domain.reading import CardFailure, ReaderState
from idtui.training.vpcd import Card

NAME = "Training reader"


class SimulatedCards:
    """One slot, and what may happen to it: cards, a cable, a driver that freezes; from any thread."""

    def __init__(
        self, trust: Trust, today: Callable[[], date], silence: float = SILENCE, *, prove_chip: bool = False
    ) -> None:
        self._contacts = Contacts(trust, today, silence, prove_chip=prove_chip)
        self._slot = threading.Condition()
        self._stay: _Stay | None = None
        self._state = ReaderState.READY
        self._frozen = False
        self._started = False

    def start(self, post: Post) -> None:
        """Begin to tell, with what was plugged and put in before."""
        self._contacts.start(post)
        with self._slot:
            self._started = True
            self._announce()

    def read_address(self, contact: int) -> None:
        """Read the address of the card of this contact."""
        self._contacts.read_address(contact)

    def read_photo(self, contact: int) -> None:
        """Read the photo of the card of this contact."""
        self._contacts.read_photo(contact)

    def stop(self) -> None:
        """Let go of the card, also where the reader is frozen."""
        self.remove()
        self._contacts.stop()

    def insert(self, card: Card, pulled_after: int | None = None) -> None:
        """Put a card in, in place of one that is there; after `pulled_after` answers it is pulled out."""
        with self._slot:
            self.remove()
            self._stay = _Stay(card, pulled_after)
            self._show()

    def remove(self) -> None:
        """Take the card out, if there is one."""
        with self._slot:
            self._part()
            self._stay = None

    def unplug(self, state: ReaderState = ReaderState.NO_READER) -> None:
        """Take the reader away, for the reason `state`; its card stays in it."""
        with self._slot:
            self._part()
            self._state = state
            self._announce()

    def plug(self) -> None:
        """Bring the reader back, with the card that is in it."""
        with self._slot:
            if self._stay is not None:
                self._stay = _Stay(self._stay.card)
            self._state = ReaderState.READY
            self._announce()

    def freeze(self) -> None:
        """Let the driver answer nothing more, as a broken line does; the card can still be taken out."""
        with self._slot:
            self._frozen = True

    def thaw(self) -> None:
        """Let the driver answer again."""
        with self._slot:
            self._frozen = False
            self._slot.notify_all()

    def pass_on(self, stay: "_Stay", command: bytes) -> bytes:
        """Bring a command to the card of this stay. Raises `CardUnreadable` once that card is out."""
        with self._slot:
            self._slot.wait_for(lambda: stay.over or not self._frozen)
            if stay.answers_left == 0:
                self.remove()
            if stay.over:
                raise CardUnreadable(CardFailure.REMOVED)
            if stay.answers_left is not None:
                stay.answers_left -= 1
            return stay.card.exchange(command)

    def _announce(self) -> None:
        if self._started:
            self._contacts.see(ReaderChanged(self._state, NAME if self._state is ReaderState.READY else ""))
            self._show()

    def _show(self) -> None:
        """Let a card in the slot of a reader that works be seen."""
        stay = self._stay
        if stay is None or not self._started or self._state is not ReaderState.READY:
            return

        def link(pulse: Pulse) -> _SimulatedLink:
            return _SimulatedLink(self, stay, pulse)

        self._contacts.see(Inserted(NAME, NAME, stay.card.atr, link))

    def _part(self) -> None:
        """Break the contact with the card, if there is one."""
        if self._stay is not None and not self._stay.over:
            self._stay.over = True
            self._slot.notify_all()
            self._contacts.see(Removed(NAME))


@dataclass(slots=True)
class _Stay:
    """One stay of a card in a powered slot."""

    card: Card
    answers_left: int | None = None
    over: bool = False


class _SimulatedLink:
    """The way to the card of one stay, as the one through a real driver."""

    def __init__(self, reader: SimulatedCards, stay: _Stay, pulse: Pulse) -> None:
        self._reader = reader
        self._stay = stay
        self._pulse = pulse

    @contextmanager
    def hold(self) -> Generator[None, None, None]:
        """Power the card."""
        self._pulse.beat()
        self._stay.card.power_on()
        yield

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        """Send one command APDU; return data and status word."""
        self._pulse.beat()
        answer = self._reader.pass_on(self._stay, command)
        if len(answer) < 2:
            raise CardUnreadable(CardFailure.UNEXPECTED_ANSWER)
        return answer[:-2], int.from_bytes(answer[-2:])
