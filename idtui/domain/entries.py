"""The entries of the journal: frozen at capture, never edited, corrected only by further entries.

Every entry has a head (who, where, when) and says one thing. `TRAVELLING` kinds go to the hub and are
resent byte for byte; the others stay at the desk. Values are symbolic words; numeric codes exist only
in billing layouts. No photo, no certificate and no address is ever an entry.
"""

from datetime import date, datetime
from typing import ClassVar

import msgspec

from idtui.domain.episode import Coverage, Episode
from idtui.domain.reading import PartialDate, Problem, ReaderState, Remark, Sex
from idtui.domain.rules import EntryType, HowVerified, Means, Reason, Road, Why
from idtui.domain.symbology import Symbology


class Declined(msgspec.Struct, frozen=True, kw_only=True):
    """A higher means that was not used, and why."""

    means: Means
    why: Why


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What the machine itself observed at the moment of verification; None where it observed nothing."""

    reader: ReaderState = ReaderState.UNKNOWN
    hub_reachable: bool | None = None
    root: str | None = None
    certificate_sha256: str | None = None
    key: str | None = None
    digest: str | None = None
    card_applet: str | None = None
    reader_name: str | None = None
    how_verified: HowVerified | None = None
    card_failure: str | None = None
    """What the card did wrong before its NISS was typed: a word of `CardFailure` or `Problem`."""
    symbology: Symbology | None = None
    """Kind of the code that was scanned; a scanner that types may not tell it."""
    attested_on: date | None = None
    """Day of the attestation of loss or theft that was shown."""
    acr: str | None = None
    """Level at which itsme vouches for the person, as it names it."""
    contradicted: tuple[str, ...] = ()
    """Message ids of the observations that speak against the reason given, e.g. `reader.ready`."""


class RecordedVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict as it stood when the entry was made."""

    verified: bool
    problems: tuple[Problem, ...] = ()
    remarks: tuple[Remark, ...] = ()
    specimen: bool = False


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What every entry says of itself.

    `id` is a UUIDv7 made at capture; `sequence` counts the entries of a desk. `site` is the INAMI number of
    the hospital, empty where none is configured. `operator` is the name given at start; `operator_proven`
    is False as long as nobody signed in with it. `training` marks an entry of training mode, which no real
    hub takes.
    """

    kind: ClassVar[str] = ""

    id: str
    sequence: int
    site: str
    desk: str
    operator: str
    recorded_at: datetime
    operator_proven: bool = False
    delegator: str | None = None
    training: bool = False

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.id})"


class Verification(Head, frozen=True, kw_only=True):
    """Identity established by a means, or a NISS typed with its reason."""

    kind: ClassVar[str] = "verification"

    care_at: datetime
    verified_at: datetime
    niss: str
    episode: Episode
    means: Means
    entry: EntryType
    name: str | None = None
    given_names: str | None = None
    birth_date: PartialDate | None = None
    sex: Sex | None = None
    coverage: Coverage | None = None
    reason: Reason | None = None
    serial: str | None = None
    document_shown: Means | None = None
    declined: tuple[Declined, ...] = ()
    evidence: Evidence
    verdict: RecordedVerdict | None = None


class Exemption(Head, frozen=True, kw_only=True):
    """Out of scope or exempt, with the rule that says so (C-2); a newborn has no NISS."""

    kind: ClassVar[str] = "exemption"

    care_at: datetime
    rule: str
    episode: Episode
    niss: str | None = None
    alias: str | None = None
    document_shown: str | None = None
    coverage: Coverage | None = None


class Consultation(Head, frozen=True, kw_only=True):
    """The identity read earlier the same day was consulted (R-26, R-27)."""

    kind: ClassVar[str] = "consultation"

    care_at: datetime
    reading: str
    """Id of the verification that was consulted."""
    episode: Episode
    niss: str


class Pending(Head, frozen=True, kw_only=True):
    """Care given or begun, verification still due; may know only a visit or an alias."""

    kind: ClassVar[str] = "pending"

    care_at: datetime
    episode: Episode
    niss: str | None = None
    alias: str | None = None
    declined: tuple[Declined, ...] = ()
    evidence: Evidence


class Correction(Head, frozen=True, kw_only=True):
    """Replaces an entry by another one, with why."""

    kind: ClassVar[str] = "correction"

    replaces: str
    by: str
    why: str


class Withdrawal(Head, frozen=True, kw_only=True):
    """Cancels an entry by id, with why; undo journals one."""

    kind: ClassVar[str] = "withdrawal"

    withdraws: str
    why: str


class Receipts(Head, frozen=True, kw_only=True):
    """What the hub acknowledged: one frame per batch."""

    kind: ClassVar[str] = "receipt"

    entries: tuple[str, ...]


class Parked(Head, frozen=True, kw_only=True):
    """Refused by the hub, kept for a person, never resent unchanged."""

    kind: ClassVar[str] = "parked"

    entry: str
    status: int
    words: str


class Countersigned(Head, frozen=True, kw_only=True):
    """A head of this journal, countersigned by the hub: what was sent cannot be cut off unseen any more."""

    kind: ClassVar[str] = "head"

    jws: str
    """The hub's signature over desk, head, number of records and moment, as a compact JWS (RFC 7515)."""


class Draft(Head, frozen=True, kw_only=True):
    """An unfinished patient, kept when the desk ends in the middle.

    Without `digits` and without `care` it says that the patient of the draft before is done with.
    """

    kind: ClassVar[str] = "draft"

    digits: str
    care_over: bool = False
    nothing_shown: bool = False
    document_shown: Means | None = None
    detainee: bool = False
    road: Road | None = None
    """The road on which the number is typed, where one was chosen."""
    day: str = ""
    """Digits of the day of an attestation of loss or theft."""
    care: Episode | None = None
    """The care that was picked or told, with its visit; None where the desk's usual one was meant."""
    care_at: datetime | None = None
    """The moment of that care where it was not the present."""
    completes: str | None = None
    """Id of the pending verification that was taken up, whose care it then is."""

    @property
    def is_closed(self) -> bool:
        """Whether there is nobody to go on with."""
        return not self.digits and self.care is None


Entry = (
    Verification
    | Exemption
    | Consultation
    | Pending
    | Correction
    | Withdrawal
    | Receipts
    | Parked
    | Countersigned
    | Draft
)

KINDS: dict[str, type[Entry]] = {
    kind.kind: kind
    for kind in (
        Verification,
        Exemption,
        Consultation,
        Pending,
        Correction,
        Withdrawal,
        Receipts,
        Parked,
        Countersigned,
        Draft,
    )
}

TRAVELLING = frozenset({"verification", "exemption", "consultation", "pending", "correction", "withdrawal"})
