"""Insertions of cards, each read in a thread of its own and told as events; a frozen reader is given up.

Whoever watches a slot (`pcsc` the real ones, training mode its own) reports what it sees to `Contacts`.
One thread here owns everything known of the cards, never touches a driver and so never hangs.
"""

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from idtui.desk.events import (
    AddressFailed,
    AddressRead,
    CardFailed,
    CardInserted,
    CardRead,
    CardRemoved,
    PhotoFailed,
    PhotoRead,
    ReaderChanged,
)
from idtui.desk.ports import Post
from idtui.devices.eid.channel import CardUnreadable
from idtui.devices.eid.files import Manner
from idtui.devices.eid.session import CardSession
from idtui.devices.eid.trust import Trust
from idtui.devices.link import Link, Pulse, patiently
from idtui.domain.reading import CardFailure

SILENCE = 2.0
"""Seconds without an answer after which a reader is given up: six times a block at the slowest speed."""

READ_ANEW = 5
"""Times a card is read anew because another program let it go, before only putting it in again helps."""

JOIN = 0.4
"""Seconds `stop` waits for the thread here; it only ever has to empty its inbox."""


@dataclass(frozen=True, slots=True)
class Inserted:
    """A card is in the slot `reader` (its name as the system gives it); `link` makes the way to it."""

    reader: str
    name: str
    atr: bytes
    link: Callable[[Pulse], Link]


@dataclass(frozen=True, slots=True)
class Removed:
    """The slot `reader` is empty again, or is gone."""

    reader: str


@dataclass(frozen=True, slots=True)
class LetGo:
    """No program is connected any more to the card in the slot `reader`."""

    reader: str


Sighting = ReaderChanged | Inserted | Removed | LetGo

_Failed = CardFailed | AddressFailed | PhotoFailed
_Answer = CardRead | AddressRead | PhotoRead | _Failed
_Good = TypeVar("_Good", CardRead, AddressRead, PhotoRead)
_Bad = TypeVar("_Bad", CardFailed, AddressFailed, PhotoFailed)


@dataclass(frozen=True, slots=True)
class _Asked:
    number: int
    failed: type[AddressFailed | PhotoFailed]


@dataclass(frozen=True, slots=True)
class _Answered:
    contact: "_Contact"
    answer: _Answer


@dataclass(frozen=True, slots=True)
class _Stop:
    pass


class Contacts:
    """Numbers the insertions, has each card read and posts what comes of it.

    Every `CardInserted` is followed by one `CardRead` or `CardFailed`, every address asked for by one
    `AddressRead` or `AddressFailed`, every photo by one `PhotoRead` or `PhotoFailed`, whatever the driver
    does. A card that another program held is told as removed and inserted anew when it is let go. With
    `prove_chip` each card of applet 1.8 is put one challenge.
    """

    def __init__(
        self, trust: Trust, today: Callable[[], date], silence: float = SILENCE, *, prove_chip: bool = False
    ) -> None:
        self._trust = trust
        self._today = today
        self._silence = silence
        self._prove_chip = prove_chip
        self._inbox: queue.SimpleQueue[Sighting | _Asked | _Answered | _Stop] = queue.SimpleQueue()
        self._contacts: dict[str, _Contact] = {}
        self._count = 0
        self._errands: dict[type[_Failed], Callable[[_Contact], _Answer]] = {
            CardFailed: self._read,
            AddressFailed: self._read_address,
            PhotoFailed: self._read_photo,
        }
        self._thread = threading.Thread(target=self._run, name="contacts", daemon=True)

    def start(self, post: Post) -> None:
        """Begin to take sightings and to post events."""
        self._post = post
        self._thread.start()

    def see(self, sighting: Sighting) -> None:
        """Take in what a watcher saw; from any thread."""
        self._inbox.put(sighting)

    def read_address(self, contact: int) -> None:
        """Have the address of this contact read, after what is under way; from any thread."""
        self._inbox.put(_Asked(contact, AddressFailed))

    def read_photo(self, contact: int) -> None:
        """Have the photo of this contact read, after what is under way; from any thread."""
        self._inbox.put(_Asked(contact, PhotoFailed))

    def stop(self) -> None:
        """Post nothing more and let go of the cards; a thread that hangs in a driver is left to itself."""
        self._inbox.put(_Stop())
        if self._thread.is_alive():
            self._thread.join(JOIN)

    def _run(self) -> None:
        while True:
            try:
                message = self._inbox.get(timeout=self._patience())
            except queue.Empty:
                pass
            else:
                if isinstance(message, _Stop):
                    break
                self._take(message)
            self._give_up_the_silent()
        for contact in self._contacts.values():
            contact.pulse.end()

    def _take(self, message: Sighting | _Asked | _Answered) -> None:
        match message:
            case ReaderChanged():
                self._post(message)
            case Inserted():
                self._begin(message)
            case Removed(reader):
                self._end(reader)
            case LetGo(reader):
                self._read_anew(reader)
            case _Asked(number, failed):
                self._ask(number, failed)
            case _Answered(contact, answer):
                self._finish(contact, answer)

    def _begin(self, card: Inserted, anew: int = 0) -> None:
        self._end(card.reader)
        self._count += 1
        contact = _Contact(self._count, card, Manner(may_prove=self._prove_chip), anew)
        self._contacts[card.reader] = contact
        self._post(CardInserted(contact.number, card.name))
        self._owe(contact, CardFailed)

    def _end(self, reader: str) -> None:
        contact = self._contacts.pop(reader, None)
        if contact is None:
            return
        self._let_down(contact, CardFailure.REMOVED)
        self._post(CardRemoved(contact.number))

    def _read_anew(self, reader: str) -> None:
        """Read the card in this slot that was in use, and no longer is."""
        contact = self._contacts.get(reader)
        if contact and contact.failure is CardFailure.IN_USE and contact.anew < READ_ANEW:
            self._begin(contact.card, contact.anew + 1)

    def _ask(self, number: int, failed: type[AddressFailed | PhotoFailed]) -> None:
        contact = next((one for one in self._contacts.values() if one.number == number), None)
        if contact is None:
            self._post(failed(number, CardFailure.REMOVED))
        elif contact.failure is not None:
            self._post(failed(number, contact.failure))
        else:
            self._owe(contact, failed)

    def _owe(self, contact: "_Contact", failed: type[_Failed]) -> None:
        contact.owed.append(failed)
        if len(contact.owed) == 1:
            self._work(contact)

    def _work(self, contact: "_Contact") -> None:
        """Run the first errand owed in a fresh thread: an earlier one may hang for ever."""
        contact.pulse.beat()
        errand = self._errands[contact.owed[0]]
        threading.Thread(
            target=lambda: self._inbox.put(_Answered(contact, errand(contact))),
            name=f"card-{contact.number}",
            daemon=True,
        ).start()

    def _finish(self, contact: "_Contact", answer: _Answer) -> None:
        if not contact.owed:  # given up or gone meanwhile: the answer was posted then
            self._read_anew(contact.card.reader)
            return
        contact.owed.popleft()
        self._post(answer)
        if isinstance(answer, CardFailed):
            self._let_down(contact, answer.failure)
        elif contact.owed:
            self._work(contact)

    def _let_down(self, contact: "_Contact", failure: CardFailure) -> None:
        """Answer everything still owed with this failure; nothing will come of this card any more."""
        contact.failure = failure
        contact.pulse.end()
        while contact.owed:
            self._post(contact.owed.popleft()(contact.number, failure))

    def _patience(self) -> float | None:
        awaited = [contact.pulse.beat_at for contact in self._contacts.values() if contact.owed]
        return max(0.0, min(awaited) + self._silence - time.monotonic()) if awaited else None

    def _give_up_the_silent(self) -> None:
        now = time.monotonic()
        for contact in self._contacts.values():
            if contact.owed and now >= contact.pulse.beat_at + self._silence:
                self._let_down(contact, contact.pulse.stuck_as)

    def _read(self, contact: "_Contact") -> CardRead | CardFailed:
        def read() -> CardRead:
            contact.session = CardSession(
                contact.link, contact.card.atr, self._trust, self._today(), contact.manner
            )
            with _garbled_is_mute(contact.card.atr), contact.link.hold():
                return CardRead(contact.number, contact.session.read())

        return _answered(lambda: patiently(read, contact.pulse), CardFailed, contact.number)

    def _read_address(self, contact: "_Contact") -> AddressRead | AddressFailed:
        def read() -> AddressRead:
            with _still_an_eid(), contact.link.hold():
                return AddressRead(contact.number, *contact.session.read_address())

        return _answered(lambda: patiently(read, contact.pulse), AddressFailed, contact.number)

    def _read_photo(self, contact: "_Contact") -> PhotoRead | PhotoFailed:
        def read() -> PhotoRead:
            with _still_an_eid(), contact.link.hold():
                return PhotoRead(contact.number, *contact.session.read_photo())

        return _answered(lambda: patiently(read, contact.pulse), PhotoFailed, contact.number)


class _Contact:
    """One insertion: what is known of it and what is still owed to the desk."""

    session: CardSession

    def __init__(self, number: int, card: Inserted, manner: Manner, anew: int) -> None:
        self.number = number
        self.anew = anew
        self.manner = manner
        self.card = card
        self.pulse = Pulse()
        self.link = card.link(self.pulse)
        self.failure: CardFailure | None = None
        self.owed: deque[type[_Failed]] = deque()
        """What to post if it fails, the errand under way first."""


@contextmanager
def _garbled_is_mute(atr: bytes) -> Generator[None, None, None]:
    """Tell a bad contact from another card: what begins like no answer to reset is none (ISO 7816-3)."""
    try:
        yield
    except CardUnreadable as error:
        if error.failure is CardFailure.NOT_AN_EID and atr[:1] not in (b"\x3b", b"\x3f"):
            raise CardUnreadable(CardFailure.MUTE, error.detail) from None
        raise


@contextmanager
def _still_an_eid() -> Generator[None, None, None]:
    """Tell another program's reset from another card: what was read as an eID is one as long as it is in."""
    try:
        yield
    except CardUnreadable as error:
        if error.failure is CardFailure.NOT_AN_EID:
            raise CardUnreadable(CardFailure.RESET, error.detail) from None
        raise


def _answered(work: Callable[[], _Good], failed: type[_Bad], number: int) -> _Good | _Bad:
    """Do the work; whatever goes wrong becomes the answer, so that none is ever missing."""
    try:
        return work()
    except CardUnreadable as error:
        return failed(number, error.failure, error.detail)
    except Exception as error:  # noqa: BLE001 - a fault of ours must not leave the desk waiting for an answer
        return failed(number, CardFailure.UNEXPECTED_ANSWER, type(error).__name__)
