"""What the desk needs from the outside, as protocols; `bootstrap` gives it the real things."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Protocol

from idtui.desk.events import Event
from idtui.domain.elsewhere import Question
from idtui.domain.entries import Entry
from idtui.domain.text import Message
from idtui.domain.visit import Visit

Post = Callable[[Event], None]
"""Thread-safe way in: a device hands an event over and forgets it."""


class Clock(Protocol):
    """The time, with its offset."""

    def now(self) -> datetime:
        """Return the present moment, aware of its time zone."""
        ...


class Cards(Protocol):
    """The card reader. Runs in threads of its own and posts events; never calls back into the desk."""

    def start(self, post: Post) -> None:
        """Begin to watch; every insertion is read at once and leads to CardRead or CardFailed."""
        ...

    def read_address(self, contact: int) -> None:
        """Read the address of the card of this contact; leads to AddressRead or AddressFailed."""
        ...

    def read_photo(self, contact: int) -> None:
        """Read the photo of the card of this contact; leads to PhotoRead or PhotoFailed."""
        ...

    def stop(self) -> None:
        """Stop watching and join the threads; returns within a second even if a reader hangs."""
        ...


class Camera(Protocol):
    """A camera that reads codes. Looks in a thread of its own and posts events."""

    def look(self, post: Post) -> None:
        """Look for a code with one NISS; leads to CodeScanned, or to CameraEnded with why there is none."""
        ...

    def stop(self) -> None:
        """Look no longer, and tell nothing more; returns within a second."""
        ...


class Journal(Protocol):
    """What is kept. All calls come from the one thread that owns the desk."""

    @property
    def full(self) -> bool:
        """Whether the disk gives no more space: what was begun still fits, new entries are refused."""
        ...

    def append(self, entry: Entry) -> None:
        """Make the entry durable before returning. Raises `CannotSave` and keeps nothing."""
        ...

    def next_sequence(self) -> int:
        """Return the sequence number of the next entry of this desk, from 1."""
        ...

    def entry(self, entry_id: str) -> Entry | None:
        """Return the entry of that id."""
        ...

    def last(self, kind: str) -> Entry | None:
        """Return the newest entry of that kind."""
        ...

    def entries(self, kind: str | None = None) -> Sequence[Entry]:
        """Return the entries, oldest first, of one kind or all."""
        ...

    def unsent(self) -> Sequence[Entry]:
        """Return the travelling entries with neither receipt nor parking, oldest first."""
        ...

    def parked(self) -> Sequence[Entry]:
        """Return the entries the hub refused that nobody has replaced or withdrawn since, oldest first."""
        ...

    def pendings(self) -> Sequence[Entry]:
        """Return the pendings still open, oldest first."""
        ...

    def of_patient(self, niss: str, day: date | None = None) -> Sequence[Entry]:
        """Return what was recorded of a NISS, on a day or ever, oldest first, withdrawn entries included."""
        ...

    def of_visit(self, visit: str) -> Sequence[Entry]:
        """Return what was recorded of a visit, oldest first, withdrawn entries included."""
        ...

    def withdrawn(self, entry_id: str) -> bool:
        """Say whether a withdrawal of that entry is in the journal."""
        ...

    def close(self) -> None:
        """Let go of the store."""
        ...


class Courier(Protocol):
    """The road to the hub. Sends in a thread of its own; posts BatchAnswered or BatchFailed."""

    def start(self, post: Post) -> None:
        """Begin to accept batches."""
        ...

    def send(self, entries: Sequence[Entry]) -> None:
        """Send these entries, in order, as one batch; at most one batch is under way, others are refused."""
        ...

    @property
    def busy(self) -> bool:
        """True while a batch is under way."""
        ...

    def stop(self) -> None:
        """End the thread; what was under way stays in the outbox."""
        ...


class Phones(Protocol):
    """The way to a patient's phone: itsme, through the hub. Runs in threads of its own, posts `Phone...`."""

    def start(self, post: Post) -> None:
        """Remember where answers go."""
        ...

    def ask(self, attempt: int) -> None:
        """Begin to await a phone: PhoneAwaited, maybe PhoneOpened, then PhoneConfirmed or PhoneFailed."""
        ...

    def leave(self) -> None:
        """Await it no longer; the hub forgets it too."""
        ...

    def stop(self) -> None:
        """Leave, and end the threads."""
        ...


class KnownVisits(Protocol):
    """The hospital's visits as far as the desk knows them, and since when."""

    @property
    def told_at(self) -> datetime | None:
        """When the hub told its visits last."""
        ...

    @property
    def imported_at(self) -> datetime | None:
        """When visits were last read from a file."""
        ...

    def all(self) -> tuple[Visit, ...]:
        """Return every visit once."""
        ...


class Visits(Protocol):
    """The visits kept at this desk. All calls come from the one thread that owns the desk."""

    def read(self) -> KnownVisits:
        """Return them; none where nothing is kept. Raises OSError."""
        ...

    def take_from_hub(self, visits: Iterable[Visit], at: datetime) -> KnownVisits:
        """Keep what the hub tells in place of what it told before. Raises `CannotSave`."""
        ...


class SecondCopier(Protocol):
    """A second copy of what was recorded, on a stick or card. Writes in a thread of its own."""

    copied: int
    """Sequence of the newest entry of which there is a copy, 0 before the first."""
    failure: Message | None
    """Why the last copy was not written; None when it was."""

    @property
    def busy(self) -> bool:
        """True while a copy is being written."""
        ...

    def copy(self, entries: Sequence[Entry]) -> None:
        """Begin to copy these entries, oldest first."""
        ...


class Hub(Protocol):
    """What the hub tells beside receipts. Asks in threads of its own and posts events; nobody waits."""

    def start(self, post: Post) -> None:
        """Remember where answers go."""
        ...

    def ask(self, question: Question) -> None:
        """Ask what other desks recorded; leads to ReadElsewhere or LookupFailed."""
        ...

    def ask_first_reading(self, niss: str) -> None:
        """Ask whether a document of this person was ever read: FirstReadingTold or FirstReadingUnknown."""
        ...

    @property
    def busy(self) -> bool:
        """True while a refresh is under way."""
        ...

    def refresh(self, day: date) -> None:
        """Ask for visits, worklist and quota of the day: VisitsTold, WorklistTold, QuotaTold, or nothing."""
        ...


class Door(Protocol):
    """What knows the passphrase of the store when it is typed. Checks in threads of its own."""

    word: str
    """The passphrase where it is no secret: in training. Else empty."""

    def start(self, post: Post) -> None:
        """Remember where answers go."""
        ...

    def ask(self, passphrase: str) -> float:
        """Check it: DoorOpened or DoorStaysShut, of which one comes before the next is asked.

        Returns the seconds that earlier wrong ones cost before.
        """
        ...

    def stop(self) -> None:
        """Answer no longer."""
        ...


class Simulator(Protocol):
    """Training mode: what the clerk in training can make happen."""

    def start(self, post: Post) -> None:
        """Say where what happens is posted."""
        ...

    def actions(self) -> Sequence[tuple[str, str]]:
        """Return the pairs (letter, message id) of what can be done now."""
        ...

    def do(self, letter: str) -> None:
        """Make it happen: insert that card, take it out, unplug the reader, cut the network."""
        ...
