"""A desk in memory: journal, cards, courier and clock that a test moves by hand; specimen people only."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta, timezone

from msgspec.structs import replace

from idtui.desk.events import CardInserted, CardRead, CardRemoved, Event, ReaderChanged
from idtui.desk.ports import Camera, Post
from idtui.desk.service import Desk
from idtui.desk.stamp import Station
from idtui.domain.care import Care
from idtui.domain.elsewhere import Question
from idtui.domain.entries import TRAVELLING, Correction, Entry, Parked, Pending, Receipts, Withdrawal
from idtui.domain.errors import CannotSave
from idtui.domain.path import Settings
from idtui.domain.reading import (
    Identity,
    PartialDate,
    Problem,
    ReaderState,
    Reading,
    Remark,
    Sex,
    Timing,
    Verdict,
)
from idtui.domain.text import Message, say
from idtui.domain.visit import Visit

LATE_EVENING = datetime(2026, 11, 22, 23, 41, tzinfo=timezone(timedelta(hours=1)))
STATION = Station(site="71000000", desk="Spoed, balie 3", operator="Peeters M.")

ALICE = Identity(
    niss="71715100070",
    name="SPECIMEN",
    given_names="Alice Geldige",
    birth_date=PartialDate(1971, 11, 1),
    birth_text="01 NOV 1971",
    birth_place="Testdorp",
    sex=Sex.WOMAN,
    nationality="Belg",
    card_number="000000122157",
    document_type=1,
    valid_from=PartialDate(2021, 7, 23),
    valid_to=PartialDate(2031, 7, 23),
    municipality="Testdorp",
)
GOOD = Reading(
    identity=ALICE,
    verdict=Verdict(remarks=(Remark.CHIP_NOT_PROVEN,), specimen=True),
    applet="1.7",
    atr="3B98",
    timing=Timing(apdus=11, read_ms=362.0, verify_ms=3.0),
)
FORGED = replace(GOOD, verdict=Verdict(problems=(Problem.IDENTITY_SIGNATURE,), specimen=True))
EXPIRED = replace(
    GOOD,
    identity=replace(ALICE, valid_to=PartialDate(2025, 7, 23)),
    verdict=Verdict(remarks=(Remark.EXPIRED_CARD,), specimen=True),
)

HOSTILE = (
    "\x1b[2J", "\x1b[31mROUGE", "\x1b]52;c;U1BFQ0lNRU4=\x07", "\x1b]0;SPECIMEN\x1b\\", "\x9b2J",
    "\x9d52;c;eA==\x9c", "NUL\x00L", "BELL\x07", "BACK\x08\x08", "TAB\x09\x0b\x0c", "CR\rLF\n", "DEL\x7f",
    "\u202eNEMICEPS", "\u2066hid\u2069", "a" + "\u0301" * 30, "[/foo] DUPONT [", "[TODO] x",
    "[@click=app.quit]x[/]", "\x1b[?1049l", "\x1bP1$r\x1b\\", "\x1b", "\ufeff\u200b",
)  # fmt: skip  # one payload after the other
"""What a card might say: escape sequences, C1, controls, bidi, stacked marks, markup."""


def everywhere(payload: str) -> Reading:
    """Return a reading with the payload in every text field of the identity, as if nobody had cleaned it."""
    return replace(
        GOOD,
        identity=replace(
            ALICE,
            name=payload,
            given_names=payload,
            nationality=payload,
            card_number=payload,
            birth_place=payload,
            municipality=payload,
            birth_text=payload,
            noble_condition=payload,
        ),
    )


class HandClock:
    """A clock that moves when told."""

    def __init__(self, moment: datetime = LATE_EVENING) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment


class MemoryJournal:
    """A journal that keeps entries in a list."""

    def __init__(self) -> None:
        self.kept: list[Entry] = []
        self.closed = False
        self.full = False

    def append(self, entry: Entry) -> None:
        self.kept.append(entry)

    def next_sequence(self) -> int:
        return len(self.kept) + 1

    def entry(self, entry_id: str) -> Entry | None:
        return next((entry for entry in self.kept if entry.id == entry_id), None)

    def last(self, kind: str) -> Entry | None:
        return next((entry for entry in reversed(self.kept) if entry.kind == kind), None)

    def entries(self, kind: str | None = None) -> Sequence[Entry]:
        return [entry for entry in self.kept if kind is None or entry.kind == kind]

    def unsent(self) -> Sequence[Entry]:
        done = {entry_id for entry in self.kept if isinstance(entry, Receipts) for entry_id in entry.entries}
        done |= {entry.entry for entry in self.kept if isinstance(entry, Parked)}
        return [entry for entry in self.kept if entry.kind in TRAVELLING and entry.id not in done]

    def parked(self) -> Sequence[Entry]:
        ids = {entry.entry for entry in self.kept if isinstance(entry, Parked)}
        ids -= {entry.replaces for entry in self.kept if isinstance(entry, Correction)}
        ids -= {entry.withdraws for entry in self.kept if isinstance(entry, Withdrawal)}
        return [entry for entry in self.kept if entry.id in ids]

    def pendings(self) -> Sequence[Entry]:
        replaced = {entry.replaces for entry in self.kept if isinstance(entry, Correction)}
        return [
            entry
            for entry in self.kept
            if isinstance(entry, Pending) and entry.id not in replaced and not self.withdrawn(entry.id)
        ]

    def of_patient(self, niss: str, day: date | None = None) -> Sequence[Entry]:
        return [
            entry
            for entry in self.kept
            if getattr(entry, "niss", None) == niss and day in (None, entry.recorded_at.date())
        ]

    def of_visit(self, visit: str) -> Sequence[Entry]:
        return [
            entry for entry in self.kept if getattr(getattr(entry, "episode", None), "visit", None) == visit
        ]

    def withdrawn(self, entry_id: str) -> bool:
        return any(isinstance(entry, Withdrawal) and entry.withdraws == entry_id for entry in self.kept)

    def close(self) -> None:
        self.closed = True


class HandCards:
    """A card reader moved by hand."""

    def __init__(self) -> None:
        self.contact = 0
        self.post: Post = lambda _event: None
        self.asked: list[int] = []
        self.asked_photo: list[int] = []
        self.stopped = False

    def start(self, post: Post) -> None:
        self.post = post
        post(ReaderChanged(ReaderState.READY, "Specimen Reader"))

    def read_address(self, contact: int) -> None:
        self.asked.append(contact)

    def read_photo(self, contact: int) -> None:
        self.asked_photo.append(contact)

    def stop(self) -> None:
        self.stopped = True

    def insert(self, *after: Event) -> None:
        """Put a card in; `after` follows at once."""
        self.contact += 1
        self.post(CardInserted(self.contact, "Specimen Reader"))
        for event in after:
            self.post(event)

    def show(self, reading: Reading) -> None:
        """Put a card in and let it be read."""
        self.insert(CardRead(self.contact + 1, reading))

    def remove(self) -> None:
        self.post(CardRemoved(self.contact))


class HandCourier:
    """A courier that keeps what it was given."""

    def __init__(self) -> None:
        self.given: list[Entry] = []
        self.busy = False
        self.post: Post = lambda _event: None

    def start(self, post: Post) -> None:
        self.post = post

    def send(self, entries: Sequence[Entry]) -> None:
        self.given += entries
        self.busy = True

    def stop(self) -> None:
        self.busy = False


class HandPhones:
    """A way to patients' phones moved by hand."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.left = 0
        self.stopped = False
        self.post: Post = lambda _event: None

    def start(self, post: Post) -> None:
        self.post = post

    def ask(self, attempt: int) -> None:
        self.asked.append(attempt)

    def leave(self) -> None:
        self.left += 1

    def stop(self) -> None:
        self.stopped = True


class HandDoor:
    """A door that opens when a test says so."""

    def __init__(self, word: str = "") -> None:
        self.word = word
        self.asked: list[str] = []
        self.pause = 0.0
        self.stopped = False
        self.post: Post = lambda _event: None

    def start(self, post: Post) -> None:
        self.post = post

    def ask(self, passphrase: str) -> float:
        self.asked.append(passphrase)
        return self.pause

    def stop(self) -> None:
        self.stopped = True


class HandVisits:
    """The visits a desk knows, put there by a test."""

    def __init__(self, *visits: Visit, told_at: datetime | None = None) -> None:
        self.visits = visits
        self.told_at = told_at
        self.imported_at: datetime | None = None

    def read(self) -> "HandVisits":
        return self

    def take_from_hub(self, visits: Iterable[Visit], at: datetime) -> "HandVisits":
        self.visits, self.told_at = tuple(visits), at
        return self

    def all(self) -> tuple[Visit, ...]:
        return self.visits


class HandHub:
    """A hub that answers when a test says so."""

    def __init__(self) -> None:
        self.asked: list[Question] = []
        self.asked_first: list[str] = []
        self.refreshed: list[date] = []
        self.busy = False

    def start(self, post: Post) -> None:
        self.post = post

    def ask(self, question: Question) -> None:
        self.asked.append(question)

    def ask_first_reading(self, niss: str) -> None:
        self.asked_first.append(niss)

    def refresh(self, day: date) -> None:
        self.refreshed.append(day)


class HandSimulator:
    """Training mode with two things that can happen."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def start(self, post: Post) -> None:
        self.post = post

    def actions(self) -> Sequence[tuple[str, str]]:
        return [("b", "ui.reading"), ("r", "ui.waiting")]

    def do(self, letter: str) -> None:
        self.done.append(letter)


class FailingLater(MemoryJournal):
    """A disk that fills up when told."""

    def append(self, entry: Entry) -> None:
        if self.full:
            raise CannotSave(say("store.full"))
        super().append(entry)


class Made:
    """A desk with everything a test moves by hand."""

    def __init__(
        self,
        *,
        journal: MemoryJournal | None = None,
        courier: HandCourier | None = None,
        station: Station = STATION,
        settings: Settings | None = None,
        warnings: tuple[Message, ...] = (),
        simulator: HandSimulator | None = None,
        phones: HandPhones | None = None,
        camera: Camera | None = None,
        visits: HandVisits | None = None,
        hub: HandHub | None = None,
        usual: Care | None = None,
        door: HandDoor | None = None,
        lock_after: timedelta | None = None,
    ) -> None:
        self.journal = journal or MemoryJournal()
        self.cards = HandCards()
        self.clock = HandClock()
        self.courier = courier
        self.door = door or HandDoor()
        self.desk = Desk(
            station=station,
            journal=self.journal,
            cards=self.cards,
            clock=self.clock,
            door=self.door,
            lock_after=lock_after,
            courier=courier,
            settings=settings or Settings(),
            visits=visits,
            hub=hub,
            usual=usual or Care(),
            warnings=warnings,
            simulator=simulator,
            phones=phones,
            camera=camera,
        )

    @property
    def recorded(self) -> list[Entry]:
        """What was recorded; a draft is no record."""
        return [entry for entry in self.journal.kept if entry.kind != "draft"]

    def started(self) -> "Made":
        """Start without a front end: events are handled as they are posted."""
        self.desk.start(self.desk.handle, lambda: None)
        return self

    def keys(self, *keys: str) -> "Made":
        """Press keys by name; one character names itself."""
        for key in keys:
            self.desk.key(key, key if len(key) == 1 else None)
        return self

    def type(self, digits: str) -> "Made":
        return self.keys(*digits)


def read(made: Made) -> Made:
    """Put a good card in, which is read and verified."""
    made.cards.show(GOOD)
    return made
