"""The data of the ladder: phases, actions, events, and the state of one patient's path."""

from datetime import date, datetime, timedelta
from enum import StrEnum

import msgspec

from idtui.domain.consulting import FirstRead
from idtui.domain.deadlines import MARGIN_BEFORE_ADMISSION
from idtui.domain.entries import Declined, Evidence, RecordedVerdict
from idtui.domain.hours import OfficeHours
from idtui.domain.reading import CardFailure, Identity, PartialDate, ReaderState, Reading
from idtui.domain.rules import EntryType, HowVerified, Means, Moment, Reason, Road
from idtui.domain.scan import Found
from idtui.domain.scope import Paper
from idtui.domain.text import Private


class Phase(StrEnum):
    """Where the desk stands with the patient in front of it."""

    WAITING = "waiting"
    READING = "reading"
    READ = "read"
    """A reading is on the screen, verified or refused."""
    UNREADABLE = "unreadable"
    """The card in the slot gave no reading."""
    SCANNING = "scanning"
    """A support was chosen and its code is awaited."""
    SCANNED = "scanned"
    """A code is on the screen; which support it is on is asked, unless it was chosen before."""
    PHONE = "phone"
    """The patient's phone is awaited: itsme."""
    CONFIRMED = "confirmed"
    """The phone answered; the name is compared with the person."""
    TYPING = "typing"
    ATTESTED = "attested"
    """A NISS was copied from an attestation of loss or theft; its day is asked."""
    REASON = "reason"
    HOW = "how"
    FREED = "freed"
    """Nothing has to be verified; by which paper is asked."""
    BORN = "born"
    """A newborn; the day of birth is asked."""
    RECORDED = "recorded"
    """The entry is durable; the next patient may come."""


BY_HAND = frozenset({Phase.TYPING, Phase.ATTESTED, Phase.REASON, Phase.HOW})
"""Phases in which a NISS is being typed: a card must not take its place unasked."""

ASKING = BY_HAND | {Phase.FREED, Phase.BORN}
"""Phases that ask a question of their own: the keys of the ladder have other meanings here."""


class Action(StrEnum):
    """What an operator can do on the ladder; keys and words for them are in `desk.commands`."""

    ACCEPT = "accept"
    NOTHING_SHOWN = "nothing_shown"
    LOSS_THEFT = "loss_theft"
    ISI_PLUS = "isi_plus"
    INSURED_ATTESTATION = "insured_attestation"
    ITSME = "itsme"
    HOSPITAL_APP = "hospital_app"
    VIGNETTE = "vignette"
    LATER = "later"
    NISS = "niss"
    CARD_CODE = "card_code"
    DETAINEE = "detainee"
    FREED = "freed"
    MEDIPRIMA = "paper.mediprima"
    FEDASIL = "paper.fedasil"
    FEDERATED = "paper.federated"
    LISTED_SERVICE = "paper.listed_service"
    NEWBORN = "paper.newborn"
    EHIC = "paper.ehic"
    S2 = "paper.s2"
    E111 = "paper.e111"
    E128 = "paper.e128"
    MEDI_CARD = "paper.medi_card"
    NO_THIRD_PAYER = "paper.no_third_payer"
    CARE_OVER = "care_over"
    SHOWN_ISI_PLUS = "shown_isi_plus"
    SHOWN_INSURED_ATTESTATION = "shown_insured_attestation"
    NO_CHIP_OR_DEFECTIVE = "pre.no_chip_or_defective"
    READER_UNAVAILABLE = "pre.reader_unavailable"
    NO_CONNECTION = "pre.no_connection"
    NO_DOCUMENT_IDENTITY_VERIFIED = "pre.no_document_identity_verified"
    NO_DOCUMENT = "post.no_document"
    SOFTWARE_DOWN = "post.software_down"
    OUTSIDE_HOURS = "post.outside_hours"
    BY_PATIENT_FILE = "how.patient_file"
    BY_KNOWN_TO_STAFF = "how.known_to_staff"
    BY_COMPANION = "how.companion"
    BY_ESCORT = "how.escort"
    BY_OTHER = "how.other"
    RUBOUT = "rubout"
    BACK = "back"


TAKES_DIGITS = frozenset({Phase.TYPING, Phase.ATTESTED, Phase.BORN})
"""Phases in which a digit is data: of a NISS or of a day."""

ROAD_OF = {Action(road.value): road for road in Road if road is not Road.CARD}
REASON_OF = {Action(reason.value): reason for reason in Reason}
HOW_OF = {Action(f"how.{how.value}"): how for how in HowVerified}
PAPER_OF = {Action(f"paper.{paper}"): paper for paper in Paper}
SHOWN_OF = {
    Action.SHOWN_ISI_PLUS: Means.ISI_PLUS,
    Action.SHOWN_INSURED_ATTESTATION: Means.INSURED_ATTESTATION,
}

BELGIAN_TYPES = frozenset({1, 6})
"""Document types of citizens, eID and Kids-ID (IDADR5); every other is a foreigner card."""


def means_of(identity: Identity) -> Means:
    """Return the means a card stands for."""
    return Means.EID if identity.document_type in BELGIAN_TYPES else Means.FOREIGNER


class Settings(msgspec.Struct, frozen=True):
    """Decisions of the hospital on points the law leaves open."""

    accept_expired: bool = False
    """Whether an expired card counts as a reading (inferred from "valid": no)."""
    loss_theft_reason: Reason = Reason.NO_CHIP_OR_DEFECTIVE
    """The reason of a NISS copied from an attestation of loss or theft before the care (inferred)."""
    loss_theft_typed: bool = True
    """Whether a NISS copied from such an attestation counts as typed in the quota (C-14, inferred)."""
    hospital_app: bool = False
    """Whether the hospital's application meets R-48 and is described in its protocol (R-50)."""
    itsme: bool = False
    """Whether the hospital has a contract with itsme and its hub speaks to it."""
    margin_before_admission: timedelta = MARGIN_BEFORE_ADMISSION
    listed_services: bool = False
    """Whether the hospital has the list of services that need no verification (R-16); it is not public."""
    hours: OfficeHours | None = None
    """Administrative opening hours of this desk; None: the machine does not know them."""


class Exempted(Private, frozen=True):
    """Nothing has to be verified, by a rule (C-2); who it is may be known by visit or alias only."""

    rule: str
    paper: Paper | None = None
    niss: str | None = None
    birth_date: PartialDate | None = None


class Confirmed(Private, frozen=True):
    """What itsme says of the person who confirmed on the phone, as the hub passed it on."""

    niss: str
    name: str
    given_names: str
    birth_date: PartialDate
    acr: str = ""


class Outcome(Private, frozen=True):
    """One lawful verification, complete but for who, where and when."""

    means: Means
    entry: EntryType
    moment: Moment
    niss: str
    evidence: Evidence
    reason: Reason | None = None
    identity: Identity | None = None
    confirmed: Confirmed | None = None
    serial: str | None = None
    document_shown: Means | None = None
    declined: tuple[Declined, ...] = ()
    verdict: RecordedVerdict | None = None


class Deferred(Private, frozen=True):
    """The lawful end where no means was read and no reason is true: care goes on, verification is due.

    Known by a NISS, a visit number or an alias; one of them is set.
    """

    evidence: Evidence
    niss: str | None = None
    visit: str | None = None
    alias: str | None = None
    declined: tuple[Declined, ...] = ()


class State(Private, frozen=True):
    """Everything the ladder knows of this patient, and of reader and link."""

    phase: Phase = Phase.WAITING
    settings: Settings = Settings()
    reader: ReaderState = ReaderState.UNKNOWN
    reader_name: str = ""
    link: bool | None = None
    """Whether the hub answered last time; None when nobody asked."""
    contact: int | None = None
    """The insertion whose card is in the slot now."""
    reading: Reading | None = None
    failure: CardFailure | None = None
    detail: str = ""
    nothing_shown: bool = False
    care_over: bool = False
    shown: Means | None = None
    """The document the operator says was shown with a typed NISS; None as long as nothing was said."""
    digits: str = ""
    zone: str = ""
    """The NISS that came from the printed zone of a card instead of being typed."""
    reason: Reason | None = None
    now: datetime | None = None
    """The present moment, as the desk last told it; None: the desk has not."""
    care_at: datetime | None = None
    """The moment of the care where it is not the present: a round typed in the evening."""
    road: Road | None = None
    """The lower road that was chosen: the answer that nothing above it was shown."""
    code: Found | None = None
    confirmed: Confirmed | None = None
    detainee: bool = False
    """Under police guard, the document stayed in prison (R-64)."""
    first_read: FirstRead = FirstRead.NEVER
    """Whether a document of the person whose NISS is at hand was read at a first visit (R-49)."""
    attested_on: date | None = None
    """Day of the attestation of loss or theft."""
    day: str = ""
    """Digits of a day being typed: of the month for an attestation, day and month for a birth."""
    outcome: Outcome | Exempted | None = None
    deferred: Deferred | None = None

    @property
    def document(self) -> Means:
        """The document taken to be shown where a reason needs one: as said, as read, else the first rung."""
        read = means_of(self.own_reading.identity) if self.own_reading else Means.EID
        return self.shown or read

    @property
    def own_reading(self) -> Reading | None:
        """The reading, unless it is of another person than the one whose NISS is being typed."""
        reading = self.reading
        return reading if reading and reading.identity.niss.startswith(self.digits) else None

    @property
    def no_document(self) -> bool:
        """Whether the last word is that nothing was shown."""
        return self.nothing_shown and self.shown is None

    @property
    def number(self) -> str:
        """The NISS that was scanned or typed, as far as it goes."""
        return self.code.niss if self.code else self.digits

    @property
    def outside_hours(self) -> bool | None:
        """Whether the care is outside the administrative opening hours; None: the machine cannot tell."""
        at = self.care_at or self.now
        return None if at is None or self.settings.hours is None else not self.settings.hours.open_at(at)

    @property
    def moment(self) -> Moment:
        """The moment of verification against the care; at the desk the care is not over unless said."""
        return Moment.AFTER if self.care_over else Moment.BEFORE


class Press(msgspec.Struct, frozen=True):
    """The operator chose an action."""

    action: Action


class Digit(Private, frozen=True):
    """The operator typed one digit of a NISS."""

    digit: str


class ReaderIs(msgspec.Struct, frozen=True):
    """What the machine knows of its reader changed."""

    state: ReaderState
    name: str = ""


class LinkIs(msgspec.Struct, frozen=True):
    """The hub answered, or did not."""

    up: bool


class Inserted(msgspec.Struct, frozen=True):
    """A card came into the slot."""

    contact: int


class WasRead(msgspec.Struct, frozen=True):
    """The card in the slot was read."""

    contact: int
    reading: Reading


class WasUnreadable(msgspec.Struct, frozen=True):
    """The card in the slot gave no reading."""

    contact: int
    failure: CardFailure
    detail: str = ""


class Removed(msgspec.Struct, frozen=True):
    """The card left the slot."""

    contact: int


class Scanned(msgspec.Struct, frozen=True):
    """A code with exactly one NISS was scanned."""

    code: Found


class PhoneAnswered(msgspec.Struct, frozen=True):
    """The patient confirmed with itsme."""

    confirmed: Confirmed


class PhoneGaveUp(msgspec.Struct, frozen=True):
    """Cancelled, expired or refused; the desk says which."""


class ClockIs(msgspec.Struct, frozen=True):
    """The present moment, aware of its time zone."""

    now: datetime


class CareIs(msgspec.Struct, frozen=True):
    """The care is that of a chosen visit: its own moment where that is not the present, and its end."""

    at: datetime | None
    over: bool


class Vouched(msgspec.Struct, frozen=True):
    """What is known of a first reading of a document of the person on the screen (R-49)."""

    first_read: FirstRead


class KnownAs(Private, frozen=True):
    """The operator said by what a patient is known whose verification comes later; one of them is set."""

    niss: str | None = None
    visit: str | None = None
    alias: str | None = None


class Recorded(msgspec.Struct, frozen=True):
    """The outcome is durable."""


LadderEvent = (
    Press
    | Digit
    | ReaderIs
    | LinkIs
    | Inserted
    | WasRead
    | WasUnreadable
    | Removed
    | Scanned
    | PhoneAnswered
    | PhoneGaveUp
    | ClockIs
    | CareIs
    | Vouched
    | KnownAs
    | Recorded
)


def fresh(state: State) -> State:
    """Return the state for the next patient: settings, reader, link, slot and clock stay."""
    return State(
        settings=state.settings,
        reader=state.reader,
        reader_name=state.reader_name,
        link=state.link,
        contact=state.contact,
        now=state.now,
    )


def day_of_care(state: State) -> date | None:
    """Return the day of the care, or None when the desk told no time."""
    return at.date() if (at := state.care_at or state.now) else None
