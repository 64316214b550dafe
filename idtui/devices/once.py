"""Read one card and be done, for the command line; the same machinery as the desk, waited for."""

import queue
import time
from dataclasses import dataclass, replace

from idtui.desk.events import (
    AddressFailed,
    AddressRead,
    CardFailed,
    CardInserted,
    CardRead,
    Event,
    PhotoFailed,
    PhotoRead,
    ReaderChanged,
)
from idtui.desk.ports import Cards
from idtui.devices.eid.channel import CardUnreadable
from idtui.domain.errors import IdtuiError
from idtui.domain.reading import Address, CardFailure, Photo, Problem, ReaderState, Reading
from idtui.domain.text import say

SETTLING = 0.5
"""Seconds given at least to a service that starts on demand, its readers and the card already in the slot."""

HOPELESS = frozenset({ReaderState.NO_LIBRARY, ReaderState.REFUSED})
"""States that no waiting changes."""


class ReaderUnusable(IdtuiError):
    """No reader can be used; `state` says whether library, service, right or reader is missing."""

    def __init__(self, state: ReaderState) -> None:
        super().__init__(say(f"reader.{state.value}.help"))
        self.state = state


class NoCard(IdtuiError):
    """A reader is there and no card was put in it in time."""

    def __init__(self) -> None:
        super().__init__(say("card.none"))


@dataclass(frozen=True, slots=True)
class OneCard:
    """What was read; `address_failure` and `photo_failure` say why what was asked for is missing."""

    reading: Reading
    reader: str
    address: Address | None = None
    address_problem: Problem | None = None
    address_failure: CardFailure | None = None
    photo: Photo | None = None
    photo_problem: Problem | None = None
    photo_failure: CardFailure | None = None

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All problems of identity, address and photo."""
        extra = (problem for problem in (self.address_problem, self.photo_problem) if problem)
        return (*self.reading.verdict.problems, *extra)


def read_once(
    cards: Cards, wait_seconds: float = 0.0, *, address: bool = False, photo: bool = False
) -> OneCard:
    """Read the first card found within `wait_seconds`; `cards` is started and stopped here.

    Raises `ReaderUnusable`, `NoCard`, or `CardUnreadable` for a card that gives no reading.
    """
    events: queue.SimpleQueue[Event] = queue.SimpleQueue()
    cards.start(events.put)
    try:
        inserted = _first_card(events, time.monotonic() + max(wait_seconds, SETTLING))
        card = OneCard(_reading(events, inserted.contact), inserted.reader)
        if address:
            cards.read_address(inserted.contact)
            card = _with_address(events, card, inserted.contact)
        if photo:
            cards.read_photo(inserted.contact)
            card = _with_photo(events, card, inserted.contact)
        return card
    finally:
        cards.stop()


def _first_card(events: "queue.SimpleQueue[Event]", deadline: float) -> CardInserted:
    state = ReaderState.UNKNOWN
    while True:
        try:
            event = events.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            break
        if isinstance(event, CardInserted):
            return event
        if isinstance(event, ReaderChanged):
            state = event.state
            if state in HOPELESS:
                break
    if state is ReaderState.READY:
        raise NoCard
    raise ReaderUnusable(state)


def _reading(events: "queue.SimpleQueue[Event]", contact: int) -> Reading:
    while True:
        match events.get():
            case CardRead(number, reading) if number == contact:
                return reading
            case CardFailed(number, failure, detail) if number == contact:
                raise CardUnreadable(failure, detail)


def _with_address(events: "queue.SimpleQueue[Event]", card: OneCard, contact: int) -> OneCard:
    while True:
        match events.get():
            case AddressRead(number, address, problem) if number == contact:
                return replace(card, address=address, address_problem=problem)
            case AddressFailed(number, failure) if number == contact:
                return replace(card, address_failure=failure)


def _with_photo(events: "queue.SimpleQueue[Event]", card: OneCard, contact: int) -> OneCard:
    while True:
        match events.get():
            case PhotoRead(number, photo, problem) if number == contact:
                return replace(card, photo=photo, photo_problem=problem)
            case PhotoFailed(number, failure) if number == contact:
                return replace(card, photo_failure=failure)
