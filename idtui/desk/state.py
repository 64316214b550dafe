"""What a front end draws: one frozen picture of the desk, complete enough to need nothing else."""

from datetime import datetime
from enum import StrEnum

import msgspec

from idtui.desk.outbox import Delivery
from idtui.desk.panels import Panel
from idtui.desk.stamp import Station
from idtui.domain.care import Care
from idtui.domain.elsewhere import Elsewhere
from idtui.domain.entries import Pending
from idtui.domain.path import State
from idtui.domain.quota import Share
from idtui.domain.reading import Address, Photo, Problem
from idtui.domain.text import Message, Private


class Tone(StrEnum):
    """How a notice is meant; never told by colour alone."""

    PLAIN = "plain"
    DONE = "done"
    REFUSED = "refused"


class Overlay(StrEnum):
    """What lies over the desk, if anything."""

    NONE = "none"
    HELP = "help"
    TRAINING = "training"
    PHOTO = "photo"
    CAMERA = "camera"
    """The camera looks for a code; any key ends it."""


class Notice(msgspec.Struct, frozen=True):
    """The one sentence about what just happened."""

    message: Message
    tone: Tone = Tone.PLAIN


class ShownAddress(msgspec.Struct, frozen=True):
    """The address asked for; `problem`: its signature does not hold; `failure`: it could not be read."""

    address: Address | None = None
    problem: Problem | None = None
    failure: Message | None = None


class ShownPhoto(msgspec.Struct, frozen=True):
    """The photo asked for; `problem`: it is not the card's own; `failure`: it could not be read."""

    photo: Photo | None = None
    problem: Problem | None = None
    failure: Message | None = None


class ShownPhone(Private, frozen=True):
    """The phone that is awaited: the text of its code, empty until the hub gave one, and how long it is good.

    `opened`: a phone has it, nobody else can open it any more.
    """

    link: str = ""
    until: datetime | None = None
    opened: bool = False


class Locked(msgspec.Struct, frozen=True):
    """The desk is locked; `told` is what came of the last try, never anything of what was typed.

    `word` is the passphrase where it is no secret, in training.
    """

    since: datetime
    told: Message | None = None
    word: str = ""


class Earlier(Private, frozen=True):
    """A reading that a consultation can refer to; `desk` is set when another desk made it."""

    id: str
    niss: str
    name: str
    verified_at: datetime
    desk: str | None = None
    of_series: bool = False
    """Whether it serves all treatment days of its invoice (R-28), not only its calendar day."""


class QuotaNow(msgspec.Struct, frozen=True):
    """The share of typed numbers in a year: of this journal, and of the hospital as the hub told."""

    year: int
    own: Share = Share()
    hospital: Share = Share()


class DeskState(msgspec.Struct, frozen=True):
    """A frozen picture of the desk, complete enough to draw it."""

    station: Station
    ladder: State
    delivery: Delivery
    notice: Notice | None = None
    overlay: Overlay = Overlay.NONE
    page: int = 0
    """How far the help was turned; the last page stays."""
    usual: Care = Care()
    """The care this desk is for when nobody says otherwise."""
    care: Care = Care()
    """The care of the patient at hand."""
    exempt: str | None = None
    """The rule by which nothing has to be verified of this care, as its visit tells."""
    due: tuple[Pending, ...] = ()
    """Verifications still to be made, what expires first on top."""
    completing: Pending | None = None
    """The one of them that the next verification completes."""
    earlier: Earlier | None = None
    """A true reading of the card on the screen, made earlier today: it can be consulted."""
    elsewhere: tuple[Elsewhere, ...] = ()
    """What other desks recorded of the patient at hand, newest first."""
    shared: tuple[Pending, ...] = ()
    """Verifications that other desks put off, what expires first on top; their `desk` says which."""
    shared_at: datetime | None = None
    """When the hub told those."""
    panel: Panel | None = None
    """What lies over the desk to be worked in, if anything."""
    quota: QuotaNow | None = None
    address: ShownAddress | None = None
    photo: ShownPhoto | None = None
    phone: ShownPhone | None = None
    warnings: tuple[Message, ...] = ()
    """What must be said at every start: store not encrypted, operator not proven, hub without tokens."""
    full: bool = False
    """Whether the disk is full: reading and what was begun go on, nothing new is recorded."""
    locked: Locked | None = None
    """Set: all else that could tell of a patient is blank."""
    ended: bool = False
