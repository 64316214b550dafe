"""The law as rows: means, entry types, reasons and what may go together, each with its rule number.

R-n numbers the points of the INAMI hospital FAQ "Verifier l'identite des patients en cas d'application du
tiers payant", X-n those of further public texts, C-n checks of our own built on them. `inferred` marks a
row of which the texts leave a cell open and we filled it.
"""

from enum import StrEnum

import msgspec


class Moment(StrEnum):
    """When identity was verified, measured against the end of the care (R-39, R-44)."""

    BEFORE = "before"
    """Before or during care."""
    AFTER = "after"


class Means(StrEnum):
    """The support shown; `none` only when no document was shown."""

    EID = "eid"
    FOREIGNER = "foreigner"
    LOSS_THEFT = "loss_theft"
    ISI_PLUS = "isi_plus"
    INSURED_ATTESTATION = "insured_attestation"
    ITSME = "itsme"
    VIGNETTE = "vignette"
    HOSPITAL_APP = "hospital_app"
    NONE = "none"


class EntryType(StrEnum):
    """How the number came in: the official `type de saisie`."""

    CHIP = "chip"
    BARCODE = "barcode"
    DATAMATRIX = "datamatrix"
    MANUAL = "manual"
    MANUAL_AFTERWARDS = "manual_afterwards"
    ITSME = "itsme"
    HOSPITAL_APP = "hospital_app"


TYPED = frozenset({EntryType.MANUAL, EntryType.MANUAL_AFTERWARDS})
"""Entry types with which a NISS is typed and a reason is due (C-4)."""


class Reason(StrEnum):
    """Why a NISS was typed; two closed lists that depend on the moment only (R-39 to R-47)."""

    NO_CHIP_OR_DEFECTIVE = "pre.no_chip_or_defective"
    READER_UNAVAILABLE = "pre.reader_unavailable"
    NO_CONNECTION = "pre.no_connection"
    NO_DOCUMENT_IDENTITY_VERIFIED = "pre.no_document_identity_verified"
    NO_DOCUMENT = "post.no_document"
    SOFTWARE_DOWN = "post.software_down"
    OUTSIDE_HOURS = "post.outside_hours"


class Quota(StrEnum):
    """How a verification counts (R-55 to R-59)."""

    READ = "read"
    TYPED = "typed"


class HowVerified(StrEnum):
    """How identity was verified without a document (R-43). The texts name no list: these words are ours."""

    PATIENT_FILE = "patient_file"
    """Compared with the identity data and photo in the hospital's patient file."""
    KNOWN_TO_STAFF = "known_to_staff"
    COMPANION = "companion"
    """Confirmed by a relative, an ambulance crew or another carer."""
    ESCORT = "escort"
    """Confirmed by the police who guard a detainee (R-64 to R-66)."""
    OTHER = "other"


class ReasonRow(msgspec.Struct, frozen=True):
    """One reason of the two closed lists."""

    reason: Reason
    rule: str
    moment: Moment
    document_shown: bool
    """Whether the reason says that a document was shown."""
    asks_how: bool = False


REASONS: tuple[ReasonRow, ...] = (
    ReasonRow(Reason.NO_CHIP_OR_DEFECTIVE, "R-40", Moment.BEFORE, document_shown=True),
    ReasonRow(Reason.READER_UNAVAILABLE, "R-41", Moment.BEFORE, document_shown=True),
    ReasonRow(Reason.NO_CONNECTION, "R-42", Moment.BEFORE, document_shown=True),
    ReasonRow(
        Reason.NO_DOCUMENT_IDENTITY_VERIFIED, "R-43", Moment.BEFORE, document_shown=False, asks_how=True
    ),
    ReasonRow(Reason.NO_DOCUMENT, "R-45", Moment.AFTER, document_shown=False),
    ReasonRow(Reason.SOFTWARE_DOWN, "R-46", Moment.AFTER, document_shown=True),
    ReasonRow(Reason.OUTSIDE_HOURS, "R-47", Moment.AFTER, document_shown=True),
)
REASON_ROWS = {row.reason: row for row in REASONS}


class Road(StrEnum):
    """A row of the ladder as the desk shows it."""

    CARD = "card"
    LOSS_THEFT = "loss_theft"
    ISI_PLUS = "isi_plus"
    INSURED_ATTESTATION = "insured_attestation"
    ITSME = "itsme"
    HOSPITAL_APP = "hospital_app"
    VIGNETTE = "vignette"
    LATER = "later"
    NISS = "niss"


class Rung(msgspec.Struct, frozen=True):
    """One row of the ladder. The order binds where `order` is set; among the fallbacks it is ours."""

    road: Road
    means: tuple[Means, ...]
    rule: str
    order: int | None = None


LADDER: tuple[Rung, ...] = (
    Rung(Road.CARD, (Means.EID, Means.FOREIGNER), "R-20", 1),
    Rung(Road.LOSS_THEFT, (Means.LOSS_THEFT,), "R-21", 2),
    Rung(Road.ISI_PLUS, (Means.ISI_PLUS,), "R-22", 3),
    Rung(Road.INSURED_ATTESTATION, (Means.INSURED_ATTESTATION,), "R-23", 4),
    Rung(Road.ITSME, (Means.ITSME,), "R-34"),
    Rung(Road.HOSPITAL_APP, (Means.HOSPITAL_APP,), "R-48"),
    Rung(Road.VIGNETTE, (Means.VIGNETTE,), "R-31"),
    Rung(Road.LATER, (), "R-33"),
    Rung(Road.NISS, (), "R-32"),
)
LEGAL_RUNGS: tuple[Road, ...] = tuple(rung.road for rung in LADDER if rung.order is not None)

CODE_ROADS = {
    Road.ISI_PLUS: Means.ISI_PLUS,
    Road.INSURED_ATTESTATION: Means.INSURED_ATTESTATION,
    Road.VIGNETTE: Means.VIGNETTE,
}
"""Roads on which a code is scanned, and the support it is on."""


def is_readable(means: Means) -> bool:
    """Whether a machine can read the document: an attestation of loss or theft has nothing to read (X-12)."""
    return means not in (Means.NONE, Means.LOSS_THEFT)


class Why(StrEnum):
    """Why a higher means was not used."""

    NOT_SHOWN = "not_shown"
    CHIP_FAILED = "chip_failed"
    """The card was in the slot and gave no valid reading."""
    NOT_READABLE = "not_readable"
    """Shown, but the reason for typing says it could not be read."""
    LOST = "lost"
    """The card was lost or stolen, with an attestation of it (R-21)."""
    IN_PRISON = "in_prison"
    """A detainee under police guard: the document stayed in prison (R-64)."""


def closed_by_shown(shown: Means) -> tuple[Road, ...]:
    """Return the legal rungs above the document shown: the patient did not show those (C-3)."""
    for index, rung in enumerate(LADDER):
        if shown in rung.means and rung.order is not None:
            return LEGAL_RUNGS[:index]
    return LEGAL_RUNGS


class Allowed(msgspec.Struct, frozen=True):
    """One row of what may go together: any of `means` with any of `entries` and any of `reasons`."""

    means: frozenset[Means]
    entries: frozenset[EntryType]
    reasons: frozenset[Reason | None]
    moments: frozenset[Moment]
    quota: Quota
    rules: tuple[str, ...]
    inferred: bool = False


_ANY_MOMENT = frozenset(Moment)
_BEFORE = frozenset({Moment.BEFORE})
_AFTER = frozenset({Moment.AFTER})
CARDS = frozenset({Means.EID, Means.FOREIGNER})
"""The first rung: cards with a chip of the National Register."""
NUMBERED = CARDS | {Means.ISI_PLUS}
"""Supports whose serial number is recorded (C-11)."""
_CODED = frozenset({Means.ISI_PLUS, Means.INSURED_ATTESTATION})
_CODES = frozenset({EntryType.BARCODE, EntryType.DATAMATRIX})
_NO_REASON: frozenset[Reason | None] = frozenset({None})
_UNREADABLE_BEFORE: frozenset[Reason | None] = frozenset(
    {Reason.NO_CHIP_OR_DEFECTIVE, Reason.READER_UNAVAILABLE, Reason.NO_CONNECTION}
)
_UNREADABLE_AFTER: frozenset[Reason | None] = frozenset({Reason.SOFTWARE_DOWN, Reason.OUTSIDE_HOURS})
_BY_HAND = frozenset({EntryType.MANUAL})
_BY_HAND_AFTER = frozenset({EntryType.MANUAL_AFTERWARDS})

ALLOWED: tuple[Allowed, ...] = (
    Allowed(
        CARDS, frozenset({EntryType.CHIP}) | _CODES, _NO_REASON, _ANY_MOMENT, Quota.READ, ("R-20", "R-55")
    ),
    Allowed(CARDS, _BY_HAND, _UNREADABLE_BEFORE, _BEFORE, Quota.TYPED, ("R-40", "R-41", "R-42")),
    Allowed(CARDS, _BY_HAND_AFTER, _UNREADABLE_AFTER, _AFTER, Quota.TYPED, ("R-46", "R-47")),
    Allowed(
        frozenset({Means.LOSS_THEFT}),
        _BY_HAND,
        _UNREADABLE_BEFORE,
        _BEFORE,
        Quota.TYPED,
        ("R-21", "C-14", "X-12"),
        inferred=True,
    ),
    Allowed(
        frozenset({Means.LOSS_THEFT}),
        _BY_HAND_AFTER,
        _UNREADABLE_AFTER,
        _AFTER,
        Quota.TYPED,
        ("R-46", "R-47"),
        inferred=True,
    ),
    Allowed(_CODED, _CODES, _NO_REASON, _ANY_MOMENT, Quota.READ, ("R-22", "R-23", "R-55")),
    Allowed(_CODED, _BY_HAND, _UNREADABLE_BEFORE, _BEFORE, Quota.TYPED, ("R-40", "R-41", "R-42")),
    Allowed(_CODED, _BY_HAND_AFTER, _UNREADABLE_AFTER, _AFTER, Quota.TYPED, ("R-46", "R-47")),
    Allowed(
        frozenset({Means.VIGNETTE}),
        frozenset({EntryType.BARCODE}),
        _NO_REASON,
        _ANY_MOMENT,
        Quota.READ,
        ("R-31", "R-55", "X-4"),
    ),
    Allowed(
        frozenset({Means.ITSME}),
        frozenset({EntryType.ITSME}),
        _NO_REASON,
        _BEFORE,
        Quota.READ,
        ("R-34", "R-57"),
    ),
    Allowed(
        frozenset({Means.HOSPITAL_APP}),
        frozenset({EntryType.HOSPITAL_APP}),
        _NO_REASON,
        _BEFORE,
        Quota.READ,
        ("R-48", "R-49", "R-56"),
    ),
    Allowed(
        frozenset({Means.NONE}),
        _BY_HAND,
        frozenset({Reason.NO_DOCUMENT_IDENTITY_VERIFIED}),
        _BEFORE,
        Quota.TYPED,
        ("R-43",),
    ),
    Allowed(
        frozenset({Means.NONE}),
        _BY_HAND_AFTER,
        frozenset({Reason.NO_DOCUMENT}),
        _AFTER,
        Quota.TYPED,
        ("R-45",),
    ),
)


def permitting(means: Means, entry: EntryType, reason: Reason | None, moment: Moment) -> Allowed | None:
    """Return the row that permits this combination, or None: the law knows no such verification."""
    for row in ALLOWED:
        if means in row.means and entry in row.entries and reason in row.reasons and moment in row.moments:
            return row
    return None


def reasons_at(moment: Moment) -> tuple[ReasonRow, ...]:
    """Return the reasons that exist at this moment, in the order of the texts."""
    return tuple(row for row in REASONS if row.moment is moment)
