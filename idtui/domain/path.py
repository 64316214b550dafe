"""The data of the ladder: phases, actions, events, and the state of one patient's path."""

from enum import StrEnum

import msgspec

from idtui.domain.entries import Declined, Evidence, RecordedVerdict
from idtui.domain.reading import CardFailure, Identity, ReaderState, Reading
from idtui.domain.rules import EntryType, HowVerified, Means, Moment, Reason, Road
from idtui.domain.text import Private


class Phase(StrEnum):
    """Where the desk stands with the patient in front of it."""

    WAITING = "waiting"
    READING = "reading"
    READ = "read"
    """A reading is on the screen, verified or refused."""
    UNREADABLE = "unreadable"
    """The card in the slot gave no reading."""
    TYPING = "typing"
    REASON = "reason"
    HOW = "how"
    RECORDED = "recorded"
    """The entry is durable; the next patient may come."""


BY_HAND = frozenset({Phase.TYPING, Phase.REASON, Phase.HOW})
"""Phases in which a NISS is being typed: a card must not take its place unasked."""


class Action(StrEnum):
    """What an operator can do on the ladder; keys and words for them are in `desk.commands`."""

    ACCEPT = "accept"
    NOTHING_SHOWN = "nothing_shown"
    LOSS_THEFT = "loss_theft"
    ISI_PLUS = "isi_plus"
    INSURED_ATTESTATION = "insured_attestation"
    ITSME = "itsme"
    VIGNETTE = "vignette"
    LATER = "later"
    NISS = "niss"
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
    BY_OTHER = "how.other"
    RUBOUT = "rubout"
    BACK = "back"


ROAD_OF = {Action(road.value): road for road in Road if road is not Road.CARD}
REASON_OF = {Action(reason.value): reason for reason in Reason}
HOW_OF = {Action(f"how.{how.value}"): how for how in HowVerified}
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


class Outcome(Private, frozen=True):
    """One lawful verification, complete but for who, where and when."""

    means: Means
    entry: EntryType
    moment: Moment
    niss: str
    evidence: Evidence
    reason: Reason | None = None
    identity: Identity | None = None
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
    reason: Reason | None = None
    outcome: Outcome | None = None
    deferred: Deferred | None = None

    @property
    def document(self) -> Means:
        """The document taken to be shown where a reason needs one: as said, as read, else the first rung."""
        if self.shown is not None:
            return self.shown
        return means_of(self.own_reading.identity) if self.own_reading else Means.EID

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


class KnownAs(Private, frozen=True):
    """The operator said by what a patient is known whose verification comes later; one of them is set."""

    niss: str | None = None
    visit: str | None = None
    alias: str | None = None


class Recorded(msgspec.Struct, frozen=True):
    """The outcome is durable."""


LadderEvent = (
    Press | Digit | ReaderIs | LinkIs | Inserted | WasRead | WasUnreadable | Removed | KnownAs | Recorded
)
