"""What the identity and address files say, as cleaned fields, and what is odd about them.

Sources: IDADR5 for tags, types and meanings; document types also CARDDATA and the official middleware.
"""

import re
from dataclasses import dataclass

from idtui.devices.eid import tlv
from idtui.devices.eid.dates import parse_birth_date, parse_date
from idtui.domain import niss
from idtui.domain.reading import Address, Identity, PartialDate, Problem, Remark, Sex
from idtui.domain.text import clean, was_filtered

_KNOWN_TAGS = frozenset(range(0x20))
_MANDATORY_TAGS = frozenset({0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x0A, 0x0B, 0x0C, 0x0D, 0x0F, 0x11})
_NATIONAL_NUMBER = 0x06
_PHOTO_HASH = 0x11
_CHIP_KEY_HASH = 0x1A

_SEX = {b"M": Sex.MAN, b"F": Sex.WOMAN, b"V": Sex.WOMAN, b"W": Sex.WOMAN}
"""Man; woman in French, Dutch and German."""

_NOT_AN_IDENTITY_CARD = frozenset({7, 8})
"""Bootstrap card; authorisation (habilitation, machtiging)."""

_DOCUMENT_TYPES = frozenset(
    {1, 6, *_NOT_AN_IDENTITY_CARD, *range(11, 24), 27, 28, *range(31, 37), *range(61, 70)}
)

_NUMBER = re.compile(r"[0-9]{1,5}", re.ASCII)


@dataclass(frozen=True, slots=True, repr=False)
class IdentityFile:
    """The identity as read, with the problems and remarks its fields give by themselves.

    `photo_hash` (tag 11) and `chip_key_hash` (tag 1A) are empty where the field is missing.
    """

    identity: Identity
    problems: frozenset[Problem] = frozenset()
    remarks: frozenset[Remark] = frozenset()
    filtered: tuple[str, ...] = ()
    photo_hash: bytes = b""
    chip_key_hash: bytes = b""

    def __repr__(self) -> str:
        return "IdentityFile(hidden)"


class _Texts:
    """Takes texts out of the fields, cleaned, and notes the names of those that lost something."""

    def __init__(self, fields: tlv.Fields) -> None:
        self._values = fields.values
        self.filtered: list[str] = []

    def take(self, tag: int, name: str) -> str:
        raw = self._values.get(tag, b"")
        text = raw.decode(errors="replace")
        if was_filtered(text) or text.encode() != raw:
            self.filtered.append(name)
        return clean(text).strip()


def parse_identity(content: bytes) -> IdentityFile:
    """Return what the identity file (4031) says; of a file with impossible lengths nothing is shown."""
    try:
        fields = tlv.parse(content)
    except tlv.Damaged:
        nothing = _Texts(tlv.Fields({}, frozenset()))
        return IdentityFile(_identity(nothing, Sex.UNKNOWN), frozenset({Problem.DAMAGED_IDENTITY}))
    texts = _Texts(fields)
    identity = _identity(texts, _SEX.get(fields.values.get(0x0D, b""), Sex.UNKNOWN))
    return IdentityFile(
        identity,
        _problems(fields, identity),
        _remarks(fields, identity, texts),
        tuple(texts.filtered),
        photo_hash=fields.values.get(_PHOTO_HASH, b""),
        chip_key_hash=fields.values.get(_CHIP_KEY_HASH, b""),
    )


def parse_address(content: bytes) -> Address:
    """Return what the address file (4033) says; of a damaged file nothing."""
    try:
        texts = _Texts(tlv.parse(content))
    except tlv.Damaged:
        return Address("", "", "")
    return Address(
        street=texts.take(0x01, "street"),
        postal_code=texts.take(0x02, "postal_code"),
        municipality=texts.take(0x03, "municipality"),
    )


def _identity(texts: _Texts, sex: Sex) -> Identity:
    birth_text = texts.take(0x0C, "birth_text")
    return Identity(
        niss=texts.take(_NATIONAL_NUMBER, "niss"),
        name=texts.take(0x07, "name"),
        given_names=texts.take(0x08, "given_names"),
        birth_date=parse_birth_date(birth_text),
        birth_text=birth_text,
        birth_place=texts.take(0x0B, "birth_place"),
        sex=sex,
        nationality=texts.take(0x0A, "nationality"),
        card_number=texts.take(0x01, "card_number"),
        document_type=_number(texts.take(0x0F, "document_type")),
        valid_from=parse_date(texts.take(0x03, "valid_from")),
        valid_to=parse_date(texts.take(0x04, "valid_to")),
        municipality=texts.take(0x05, "municipality"),
        special_status=_number(texts.take(0x10, "special_status")),
        noble_condition=texts.take(0x0E, "noble_condition"),
    )


def _number(text: str) -> int:
    """Return a number written with or without leading zeros; 0 for anything else."""
    return int(text) if _NUMBER.fullmatch(text) else 0


def _problems(fields: tlv.Fields, identity: Identity) -> frozenset[Problem]:
    problems = set()
    if _MANDATORY_TAGS - fields.values.keys():
        problems.add(Problem.DAMAGED_IDENTITY)
    if _NATIONAL_NUMBER in fields.values and not is_national_number(identity.niss):
        problems.add(Problem.NATIONAL_NUMBER)
    if not is_document_of_a_person(identity.document_type):
        problems.add(Problem.DOCUMENT_TYPE)
    return frozenset(problems)


def is_national_number(text: str) -> bool:
    """Say whether these are eleven digits with a right check number; their date may be impossible."""
    return len(text) == niss.LENGTH and niss.parse(text) is not None


def is_document_of_a_person(document_type: int) -> bool:
    """Say whether this is an identity card; types that are not known yet count as one."""
    return document_type not in _NOT_AN_IDENTITY_CARD


def _remarks(fields: tlv.Fields, identity: Identity, texts: _Texts) -> frozenset[Remark]:
    found = {
        Remark.UNKNOWN_TAG: bool(fields.values.keys() - _KNOWN_TAGS),
        Remark.REPEATED_TAG: bool(fields.repeated),
        Remark.UNKNOWN_DOCUMENT_TYPE: identity.document_type not in _DOCUMENT_TYPES,
        Remark.TEXT_FILTERED: bool(texts.filtered),
    }
    return frozenset(remark for remark, holds in found.items() if holds)


def is_before(first: PartialDate, second: PartialDate) -> bool:
    """Say whether one date is certainly before another; a date with an unknown part never is."""
    return first.is_complete and second.is_complete and first < second
