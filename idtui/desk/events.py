"""What happens outside and is posted to the desk: cards, readers, answers of the hub.

Devices and the courier run in threads of their own and only ever post these; the one thread that
owns the desk takes them in `Desk.handle`. `contact` numbers the insertions of a run, so that a late
answer about a card that has left the slot is recognised and dropped.
"""

import msgspec

from idtui.domain.elsewhere import Elsewhere, FirstReading, Question
from idtui.domain.path import Confirmed
from idtui.domain.quota import Tally
from idtui.domain.reading import Address, CardFailure, Photo, Problem, ReaderState, Reading
from idtui.domain.scan import Found
from idtui.domain.text import Message, Private
from idtui.domain.visit import Visit


class ReaderChanged(msgspec.Struct, frozen=True):
    """The card reader, or the service behind it, came or went. `name` is cleaned."""

    state: ReaderState
    name: str = ""


class CardInserted(msgspec.Struct, frozen=True):
    """A card is in the slot and is being read."""

    contact: int
    reader: str


class CardRead(msgspec.Struct, frozen=True):
    """The card has been read and judged."""

    contact: int
    reading: Reading


class CardFailed(msgspec.Struct, frozen=True):
    """The card gave no reading. `detail` is a status word such as `6D00`, or empty; never card data."""

    contact: int
    failure: CardFailure
    detail: str = ""


class CardRemoved(msgspec.Struct, frozen=True):
    """The slot is empty again."""

    contact: int


class AddressRead(msgspec.Struct, frozen=True):
    """The address was asked for and read; `problem` when its signature does not hold."""

    contact: int
    address: Address
    problem: Problem | None = None


class AddressFailed(msgspec.Struct, frozen=True):
    """The address was asked for and could not be read."""

    contact: int
    failure: CardFailure
    detail: str = ""


class PhotoRead(msgspec.Struct, frozen=True):
    """The photo was asked for and read; with a `problem` it is not the card's own and there is none here."""

    contact: int
    photo: Photo | None
    problem: Problem | None = None


class PhotoFailed(msgspec.Struct, frozen=True):
    """The photo was asked for and could not be read."""

    contact: int
    failure: CardFailure
    detail: str = ""


class CodeScanned(Private, frozen=True):
    """A code was scanned, by a scanner that types, a camera or training; `remark` is about the scanner."""

    found: Found
    remark: Message | None = None


class ScanCutShort(msgspec.Struct, frozen=True):
    """Characters came as fast as only a scanner types them and did not end as a scan; they did nothing."""


class CameraEnded(msgspec.Struct, frozen=True):
    """The camera saw no code with one NISS; `why` says what it saw or what is wrong with it."""

    why: Message


class Receipt(msgspec.Struct, frozen=True):
    """The hub holds the entry: stored now, or already there with the same content."""

    entry_id: str


class Refusal(msgspec.Struct, frozen=True):
    """The hub refuses this one entry and will always refuse it. `words` are the hub's, cleaned."""

    entry_id: str
    status: int
    words: str


class BatchAnswered(msgspec.Struct, frozen=True):
    """One batch came back; entries with neither receipt nor refusal stay in the outbox.

    `head` is the head of this journal countersigned by the hub (compact JWS), empty when it gave none.
    """

    receipts: tuple[Receipt, ...]
    refusals: tuple[Refusal, ...] = ()
    head: str = ""


class BatchFailed(msgspec.Struct, frozen=True):
    """The batch did not get through; nothing left the outbox.

    `words` say why: those of the hub or the system, cleaned, or a whole sentence of ours.
    """

    words: str | Message
    refused: bool = False
    """True when the hub answered and refuses this desk (401, 403, 400 on the whole)."""
    retry_after: float = 0.0
    """Seconds for which the hub asks to be left alone."""


class ReadElsewhere(msgspec.Struct, frozen=True):
    """What other desks recorded of a person or visit; `question` tells which, also when it comes late."""

    question: Question
    entries: tuple[Elsewhere, ...]


class LookupFailed(msgspec.Struct, frozen=True):
    """The hub gave no usable answer to a question; `words` say why, cleaned. The desk goes on without."""

    question: Question
    words: str


class FirstReadingTold(Private, frozen=True):
    """The first reading of a document of the person with this NISS that the hub knows; None: none."""

    niss: str
    reading: FirstReading | None


class FirstReadingUnknown(Private, frozen=True):
    """The hub gave no usable answer to the question for a first reading."""

    niss: str


class PhoneAwaited(Private, frozen=True):
    """The hub awaits the patient's phone: `link` is the text of the code, good for so many `seconds` more.

    `attempt` is the number the desk gave; what comes of an earlier one is dropped. The code may change.
    """

    attempt: int
    link: str
    seconds: float


class PhoneOpened(msgspec.Struct, frozen=True):
    """A phone has the code; the patient is confirming."""

    attempt: int


class PhoneConfirmed(Private, frozen=True):
    """The patient confirmed with itsme, as the hub proved it."""

    attempt: int
    confirmed: Confirmed


class PhoneFailed(msgspec.Struct, frozen=True):
    """Nobody was identified by phone; `why` says it and what to do."""

    attempt: int
    why: Message


class DoorOpened(msgspec.Struct, frozen=True):
    """The passphrase that was typed at the locked desk is that of its store."""


class DoorStaysShut(msgspec.Struct, frozen=True):
    """The passphrase is another one, or could not be checked; `why` says which."""

    why: Message


class VisitsTold(Private, frozen=True):
    """The hospital's visits of today, as the hub knows them."""

    visits: tuple[Visit, ...]


class WorklistTold(Private, frozen=True):
    """What is still to be verified anywhere in the hospital."""

    pendings: tuple[Elsewhere, ...]


class QuotaTold(msgspec.Struct, frozen=True):
    """The hospital's verifications of a year, counted."""

    year: int
    tallies: tuple[Tally, ...]


Event = (
    ReaderChanged
    | CardInserted
    | CardRead
    | CardFailed
    | CardRemoved
    | AddressRead
    | AddressFailed
    | PhotoRead
    | PhotoFailed
    | CodeScanned
    | ScanCutShort
    | CameraEnded
    | BatchAnswered
    | BatchFailed
    | ReadElsewhere
    | LookupFailed
    | FirstReadingTold
    | FirstReadingUnknown
    | PhoneAwaited
    | PhoneOpened
    | PhoneConfirmed
    | PhoneFailed
    | DoorOpened
    | DoorStaysShut
    | VisitsTold
    | WorklistTold
    | QuotaTold
)
