"""Simulated cards: the files of a specimen person, signed as real ones are, and the forgeries of them.

Sizes and paddings are those of `models`, the fields those of IDADR5. Where the sources leave a byte open, it
is zero. The optional structure version (tag 00) is left out, as on the cards issued so far.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from hashlib import sha256, sha384

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from idtui.devices.eid import tlv
from idtui.training.authority import Applet, Signatory, TrainingAuthority
from idtui.training.chip import BELPIC, FILE_NOT_ACTIVATED, ID, MEMORY_FAULT, MF, Chip
from idtui.training.models import MODELS
from idtui.training.people import Person, hostile
from idtui.training.photo import grey_photo

DIRECTORY_FILE = MF + b"\x2f\x00"
TOKEN_INFO = BELPIC + b"\x50\x32"
AUTHENTICATION = BELPIC + b"\x50\x38"
NON_REPUDIATION = BELPIC + b"\x50\x39"
CITIZEN_CA = BELPIC + b"\x50\x3a"
ROOT = BELPIC + b"\x50\x3b"
RRN = BELPIC + b"\x50\x3c"
IDENTITY = ID + b"\x40\x31"
IDENTITY_SIGNATURE = ID + b"\x40\x32"
ADDRESS = ID + b"\x40\x33"
ADDRESS_SIGNATURE = ID + b"\x40\x34"
PHOTO = ID + b"\x40\x35"
BASIC_KEY = ID + b"\x40\x40"

NOT_AN_EID_ATR = bytes.fromhex("3B00")
"""The shortest answer to reset there is: T=0, nothing to say."""


class CardKind(StrEnum):
    """The cards of training mode; each shows one thing."""

    GOOD_RSA = "good_rsa"
    GOOD_P384 = "good_p384"
    EXPIRED = "expired"
    FORGED_IDENTITY = "forged_identity"
    """One field was altered after the identity was signed."""
    FORGED_SIGNER = "forged_signer"
    """A holder signed the identity with the key of a true citizen certificate."""
    SELF_MADE_ROOT = "self_made_root"
    """All signatures hold, below a root that only has the name and key identifier of the true one."""
    HOSTILE_TEXT = "hostile_text"
    """Truly signed texts that try to drive a terminal."""
    NOT_AN_EID = "not_an_eid"
    GOOD_RSA_1024 = "good_rsa_1024"
    """Applet 1.1: RSA-1024 and SHA-1."""
    REKEYED = "rekeyed"
    """Plastic of 1.7, signed anew with P-384."""
    CLONED_CHIP = "cloned_chip"
    """All files of a true 1.8 card in a chip that lacks its key."""
    DAMAGED_CHIP = "damaged_chip"
    """Its memory answers with a fault."""
    NOT_ACTIVATED = "not_activated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What a test puts into a card: fields before signing, whole files after it."""

    identity: Mapping[int, bytes | None] = field(default_factory=dict)
    """Identity fields by tag; None leaves the field out."""
    address: Mapping[int, bytes | None] = field(default_factory=dict)
    files: Mapping[bytes, bytes] = field(default_factory=dict)
    signer: Signatory | None = None
    """Signs in place of the National Register, its certificate in 503C."""
    root: Signatory | None = None


_UNCHANGED = Changes()
_APPLETS = {
    CardKind.GOOD_RSA_1024: Applet.V1_1,
    CardKind.GOOD_RSA: Applet.V1_7,
    CardKind.REKEYED: Applet.REKEYED,
    CardKind.GOOD_P384: Applet.V1_8,
    CardKind.CLONED_CHIP: Applet.V1_8,
}
GOOD = {applet: kind for kind, applet in _APPLETS.items() if kind is not CardKind.CLONED_CHIP}
"""The good card of each applet."""

_FILE_STATUS = {CardKind.DAMAGED_CHIP: MEMORY_FAULT, CardKind.NOT_ACTIVATED: FILE_NOT_ACTIVATED}


def make_card(
    authority: TrainingAuthority,
    kind: CardKind,
    person: Person,
    today: date,
    *,
    applet: Applet = Applet.V1_8,
    changes: Changes = _UNCHANGED,
) -> Chip:
    """Return the chip of a card of that kind.

    The good kinds have their own `applet`; of the others 1.8 is the one whose keys are made quickly.
    """
    if kind is CardKind.NOT_AN_EID:
        return Chip(NOT_AN_EID_ATR, {}, applications={})
    applet = _APPLETS.get(kind, applet)
    signers = authority.impostor(applet) if kind is CardKind.SELF_MADE_ROOT else authority.signers(applet)
    holders = authority.holders(applet) if kind is CardKind.FORGED_SIGNER else None
    signer = changes.signer or (holders.citizen if holders else signers.rrn)
    files = _Files(applet, hostile(person) if kind is CardKind.HOSTILE_TEXT else person)
    valid_to = today.year - 1 if kind is CardKind.EXPIRED else today.year + 5
    files.sign(signer, changes, valid_to)
    files.add_certificates(signer, changes.root or signers.root)
    if holders:
        files.add_holder(holders.citizen, holders.citizen_ca)
    if kind is CardKind.FORGED_IDENTITY:
        files.alter_identity()
    files.contents.update(changes.files)
    key = ec.generate_private_key(ec.SECP384R1()) if kind is CardKind.CLONED_CHIP else None
    return files.chip(key, _FILE_STATUS.get(kind, b""))


class _Files:
    """The files of one card while it is being made."""

    def __init__(self, applet: Applet, person: Person) -> None:
        self._model = MODELS[applet]
        self._person = person
        self._number = bytes(4) + sha256(person.card_number.encode()).digest()[:12]
        self._basic_key = ec.generate_private_key(ec.SECP384R1()) if self._model.proves_itself else None
        empty = bytes(self._model.empty_certificate)
        self.contents = {
            DIRECTORY_FILE: _directory_file(),
            TOKEN_INFO: _token_info(self._number, self._model.versions),
            AUTHENTICATION: empty,
            NON_REPUDIATION: empty,
            CITIZEN_CA: empty,
            PHOTO: grey_photo(*self._model.photo),
        }
        if self._basic_key is not None:
            self.contents[BASIC_KEY] = self._basic_key.public_key().public_bytes(
                Encoding.DER, PublicFormat.SubjectPublicKeyInfo
            )

    def sign(self, signer: Signatory, changes: Changes, valid_to: int) -> None:
        """Write identity and address and sign both."""
        identity = _changed(self._identity(valid_to), changes.identity)
        signature = signer.sign(identity).ljust(self._model.signature_file, b"\0")
        address = _changed(_address(self._person), changes.address)
        self.contents[IDENTITY] = identity
        self.contents[IDENTITY_SIGNATURE] = signature
        self.contents[ADDRESS] = address.ljust(self._model.address_file, b"\0")
        address_signature = signer.sign(address.rstrip(b"\0") + signature)
        self.contents[ADDRESS_SIGNATURE] = address_signature.ljust(self._model.signature_file, b"\0")

    def add_certificates(self, signer: Signatory, root: Signatory) -> None:
        """Write the signer's certificate and the root's."""
        padding = bytes(self._model.root_padding)
        self.contents[RRN] = signer.der + padding
        self.contents[ROOT] = root.der + padding

    def add_holder(self, holder: Signatory, citizen_ca: Signatory) -> None:
        """Write the holder's own certificate and that of its issuer."""
        padding = bytes(self._model.certificate_padding)
        self.contents[AUTHENTICATION] = holder.der + padding
        self.contents[CITIZEN_CA] = citizen_ca.der + padding

    def alter_identity(self) -> None:
        """Give the person another name of the same length, the signature staying what it was."""
        name = self._person.name.encode()
        self.contents[IDENTITY] = self.contents[IDENTITY].replace(name, b"X" + name[1:], 1)

    def chip(self, another_key: ec.EllipticCurvePrivateKey | None, file_status: bytes) -> Chip:
        """Return the card as a chip that answers APDUs; `another_key` makes it a copy."""
        return Chip(
            self._model.atr,
            self.contents,
            card_data=self._card_data(),
            basic_key=another_key or self._basic_key,
            file_status=file_status,
        )

    def _identity(self, valid_to: int) -> dict[int, bytes]:
        person = self._person
        texts = {
            0x03: f"01.02.{valid_to - 10}",
            0x04: f"01.02.{valid_to}",
            0x05: person.municipality,
            0x06: person.niss,
            0x07: person.name,
            0x08: person.given_names,
            0x09: person.third_initial,
            0x0A: person.nationality,
            0x0B: person.birth_place,
            0x0C: person.birth_date,
            0x0D: person.sex,
            0x0E: person.noble_condition,
            0x0F: person.document_type,
            0x10: person.special_status,
        }
        fields = {0x01: person.card_number.encode(), 0x02: self._number}
        fields |= {tag: text.encode() for tag, text in texts.items()}
        fields[0x11] = self._model.photo_hash(self.contents[PHOTO])
        if self._basic_key is not None:
            fields[0x1A] = sha384(self.contents[BASIC_KEY]).digest()
        return fields

    def _card_data(self) -> bytes:
        """Return the 28 card data bytes (CARDDATA): number, versions, life cycle 0F (personalised)."""
        model = self._model
        versions = bytes([model.applet]) + model.global_os
        return self._number + bytes(5) + versions + bytes([0, model.pkcs1, 0, 0x0F])


def _changed(fields: dict[int, bytes], changes: Mapping[int, bytes | None]) -> bytes:
    """Encode fields with some of them replaced, added or (None) left out, tags ascending."""
    merged = {**fields, **changes}
    return tlv.encode({tag: value for tag, value in sorted(merged.items()) if value is not None})


def _address(person: Person) -> dict[int, bytes]:
    texts = (person.street, person.postal_code, person.municipality)
    return {tag: text.encode() for tag, text in enumerate(texts, start=1)}


def _der(tag: int, *parts: bytes) -> bytes:
    """Return a DER element of fewer than 128 bytes."""
    content = b"".join(parts)
    return bytes([tag, len(content)]) + content


def _directory_file() -> bytes:
    """EF(DIR): application identifier, label and path of the PKCS#15 application (ISO 7816-5)."""
    return _der(
        0x61,
        _der(0x4F, bytes.fromhex("A000000177504B43532D3135")),
        _der(0x50, b"BELPIC"),
        _der(0x51, BELPIC),
    )


def _token_info(number: bytes, versions: bytes) -> bytes:
    """TokenInfo (PKCS#15): the chip number at offset 7, the versions in the last four bytes."""
    return _der(
        0x30,
        _der(0x02, b"\0"),
        _der(0x04, number),
        _der(0x80, b"BELPIC"),
        _der(0x03, b"\x04\x30"),
        _der(0x9E, versions),
    )
