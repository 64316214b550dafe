"""Read one card and be done, for the command line; the same machinery as the desk, waited for."""

import queue
import time
from dataclasses import dataclass

from idtui.desk.events import (
    AddressFailed,
    AddressRead,
    CardFailed,
    CardInserted,
    CardRead,
    Event,
    ReaderChanged,
)
from idtui.desk.ports import Cards
from idtui.devices.eid.channel import CardUnreadable
from idtui.domain.errors import IdtuiError
from idtui.domain.reading import Address, CardFailure, Problem, ReaderState, Reading
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
    """What was read; `address_failure` says why an address asked for is missing."""

    reading: Reading
    reader: str
    address: Address | None = None
    address_problem: Problem | None = None
    address_failure: CardFailure | None = None


def read_once(cards: Cards, wait_seconds: float = 0.0, *, address: bool = False) -> OneCard:
    """Read the first card found within `wait_seconds`; `cards` is started and stopped here.

    Raises `ReaderUnusable`, `NoCard`, or `CardUnreadable` for a card that gives no reading.
    """
    events: queue.SimpleQueue[Event] = queue.SimpleQueue()
    cards.start(events.put)
    try:
        inserted = _first_card(events, time.monotonic() + max(wait_seconds, SETTLING))
        reading = _reading(events, inserted.contact)
        if not address:
            return OneCard(reading, inserted.reader)
        cards.read_address(inserted.contact)
        return _with_address(events, reading, inserted)
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


def _with_address(events: "queue.SimpleQueue[Event]", reading: Reading, inserted: CardInserted) -> OneCard:
    while True:
        match events.get():
            case AddressRead(number, address, problem) if number == inserted.contact:
                return OneCard(reading, inserted.reader, address, problem)
            case AddressFailed(number, failure) if number == inserted.contact:
                return OneCard(reading, inserted.reader, address_failure=failure)
