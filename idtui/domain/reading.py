"""What a card says when it is read: the identity as signed, the verdict on it, and what was wrong."""

from enum import StrEnum

import msgspec

from idtui.domain.text import Private


class Sex(StrEnum):
    """Sex as the card or the number gives it."""

    MAN = "M"
    WOMAN = "F"
    UNKNOWN = ""


class PartialDate(msgspec.Struct, frozen=True, order=True):
    """A date of which parts may be unknown: 0 stands for unknown, never for the first of January."""

    year: int = 0
    month: int = 0
    day: int = 0

    def __str__(self) -> str:
        day, month = f"{self.day:02}" if self.day else "??", f"{self.month:02}" if self.month else "??"
        return f"{day}.{month}.{self.year or '????'}"

    @property
    def is_complete(self) -> bool:
        """Whether year, month and day are all known."""
        return bool(self.year and self.month and self.day)


class Problem(StrEnum):
    """Why a reading establishes no identity; of a signature chain only the first failing link is named."""

    UNKNOWN_ROOT = "unknown_root"
    """No pinned root vouches for the card, whatever name its root carries."""
    LEAF_NOT_RRN = "leaf_not_rrn"
    """The certificate that signed the identity is not the National Register's signing certificate."""
    LEAF_SIGNATURE = "leaf_signature"
    """The certificate claims to be the National Register's, but its root did not sign it."""
    IDENTITY_SIGNATURE = "identity_signature"
    ADDRESS_SIGNATURE = "address_signature"
    PHOTO_HASH = "photo_hash"
    CLONED_CHIP = "cloned_chip"
    """The chip is not the one whose key the identity names: it failed the challenge."""
    NATIONAL_NUMBER = "national_number"
    """The national number is not eleven digits with a right check number."""
    DOCUMENT_TYPE = "document_type"
    """A bootstrap or authorisation card, not a person's identity card."""
    DAMAGED_IDENTITY = "damaged_identity"
    """A length in the identity file points past its end, or a mandatory field is missing."""
    NO_CERTIFICATE = "no_certificate"
    """The card holds no signing certificate, no root, or one that cannot be parsed."""


class Remark(StrEnum):
    """What is worth knowing of a reading and does not change its verdict."""

    EXPIRED_CARD = "expired_card"
    NOT_YET_VALID = "not_yet_valid"
    CERTIFICATE_TIME = "certificate_time"
    """The signing certificate starts in the future or does not overlap the card's validity."""
    CHIP_NOT_PROVEN = "chip_not_proven"
    """Nothing proved that the chip is not a copy: applet 1.7 and older, challenge not run or blocked."""
    OLD_SIGNATURE = "old_signature"
    """SHA-1: an old card, still valid."""
    ROOT_REISSUED = "root_reissued"
    UNKNOWN_TAG = "unknown_tag"
    REPEATED_TAG = "repeated_tag"
    UNKNOWN_DOCUMENT_TYPE = "unknown_document_type"
    TEXT_FILTERED = "text_filtered"
    """Control or invisible characters were taken out of a field before it was shown."""


class CardFailure(StrEnum):
    """Why a card in the slot gave no reading at all; each has one clear sentence in `words`."""

    NOT_AN_EID = "not_an_eid"
    NOT_ACTIVATED = "not_activated"
    MUTE = "mute"
    """Unpowered or unresponsive: turned over (new cards have the chip on the back), dirty or dead."""
    REMOVED = "removed"
    IN_USE = "in_use"
    """Another program holds the card exclusively."""
    RESET = "reset"
    """Another program reset the card in mid-read, twice."""
    UNEXPECTED_ANSWER = "unexpected_answer"
    """The reader or the card answered rubbish; `detail` has the status word."""
    SILENT = "silent"
    """The reader stopped answering; the watchdog gave up on it."""
    BROKEN_CHIP = "broken_chip"


class ReaderState(StrEnum):
    """What the machine itself knows of the card reader; evidence for the reason of a typed NISS."""

    UNKNOWN = "unknown"
    """Not looked yet."""
    READY = "ready"
    NO_READER = "no_reader"
    NO_SERVICE = "no_service"
    """pcscd does not answer."""
    NO_LIBRARY = "no_library"
    """libpcsclite.so.1 is not installed."""
    REFUSED = "refused"
    """The service refuses this user (polkit)."""


class Identity(Private, frozen=True):
    """The identity file of a card, cleaned for display. Personal data: its repr shows nothing.

    `niss` is as on the card, normally eleven digits. `document_type` is the number of tag 0F
    (0 unknown), `special_status` that of tag 10. `birth_text` is the birth date as printed.
    """

    niss: str
    name: str
    given_names: str
    birth_date: PartialDate
    birth_text: str
    birth_place: str
    sex: Sex
    nationality: str
    card_number: str
    document_type: int
    valid_from: PartialDate
    valid_to: PartialDate
    municipality: str
    special_status: int = 0
    noble_condition: str = ""


class Address(Private, frozen=True):
    """The address file of a card, cleaned for display; never stored."""

    street: str
    postal_code: str
    municipality: str


class Photo(Private, frozen=True):
    """The photo of a card as it is there, a JPEG of which the hash held; never stored."""

    jpeg: bytes


class Verdict(msgspec.Struct, frozen=True):
    """The judgement on the data read; it says nothing of the person in front of the desk."""

    problems: tuple[Problem, ...] = ()
    remarks: tuple[Remark, ...] = ()
    specimen: bool = False
    """True when only a configured test or training root vouches."""

    @property
    def verified(self) -> bool:
        """True when nothing was wrong."""
        return not self.problems


class Signer(msgspec.Struct, frozen=True):
    """Who vouches for the identity, for the evidence of the entry; public data."""

    root: str = ""
    """Name of the pinned root, or empty."""
    certificate_sha256: str = ""
    """SHA-256 of the National Register certificate, hexadecimal."""
    key: str = ""
    """`rsa-2048`, `p-384`."""
    digest: str = ""
    """`sha1`, `sha256`, `sha384`."""


class Timing(msgspec.Struct, frozen=True):
    """What the reading cost: APDUs sent, milliseconds of reading and of verifying."""

    apdus: int = 0
    read_ms: float = 0.0
    verify_ms: float = 0.0


class Reading(msgspec.Struct, frozen=True):
    """One complete reading of one card."""

    identity: Identity
    verdict: Verdict
    applet: str
    """`1.1`, `1.7`, `1.8`, or empty where the card does not tell."""
    atr: str
    """Answer to reset, upper-case hexadecimal."""
    signer: Signer = msgspec.field(default_factory=Signer)
    timing: Timing = msgspec.field(default_factory=Timing)
    filtered: tuple[str, ...] = ()
    """Names of the fields from which `clean` took something."""
