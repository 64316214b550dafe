"""What the applets differ in: answer to reset, sizes, paddings, hashes and versions of the simulated cards.

Sources: CONTENT54 (applet 1.8), CONTENT4 (1.7), CARDDATA; ADD17 for re-keyed cards. Of applet 1.1 the files
are those of the public specimen card.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha1, sha256, sha384

from idtui.training.authority import Applet


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One kind of chip."""

    applet: int
    """The version byte of the card data."""
    atr: bytes
    certificate_padding: int
    """Zeros behind 5038, 5039 and 503A."""
    root_padding: int
    """Zeros behind 503B and 503C."""
    empty_certificate: int
    signature_file: int
    """Zeros fill the signature files up to this length; 256 has been seen on EC cards."""
    address_file: int
    photo: tuple[int, int]
    """Width and height in pixels."""
    photo_hash: Callable[[bytes], bytes]
    """It does not follow the hash of the signatures: re-keyed cards keep what they had (inferred)."""
    proves_itself: bool = False
    """Whether there is a basic key with its public half on the card."""
    global_os: bytes
    pkcs1: int
    versions: bytes
    """The end of TokenInfo: graphical, electrical and interface version, 40."""


def _sha1(content: bytes) -> bytes:
    return sha1(content, usedforsecurity=False).digest()


def _sha256(content: bytes) -> bytes:
    return sha256(content).digest()


def _sha384(content: bytes) -> bytes:
    return sha384(content).digest()


_ATR_OLD = bytes.fromhex("3B9813400AA503010101AD1311")
"""Electrical personalisation 02 and 03: applets 1.1 and 1.7 alike."""


def _of_1_7(*, signature_file: int) -> Model:
    return Model(
        applet=0x17,
        atr=_ATR_OLD,
        certificate_padding=50,
        root_padding=0,
        empty_certificate=1300,
        signature_file=signature_file,
        address_file=117,
        photo=(140, 200),
        photo_hash=_sha256,
        global_os=b"\x00\x03",
        pkcs1=0x21,
        versions=b"\x00\x03\x00\x40",
    )


MODELS: Mapping[Applet, Model] = {
    Applet.V1_1: Model(
        applet=0x11,
        atr=_ATR_OLD,
        certificate_padding=50,
        root_padding=0,
        empty_certificate=1300,
        signature_file=0,
        address_file=121,
        photo=(140, 200),
        photo_hash=_sha1,
        global_os=bytes(2),
        pkcs1=0,
        versions=b"\x00\x02\x00\x40",
    ),
    Applet.V1_7: _of_1_7(signature_file=0),
    Applet.REKEYED: _of_1_7(signature_file=256),
    Applet.V1_8: Model(
        applet=0x18,
        atr=bytes.fromhex("3B7F96000080318065B085040120120FFF829000"),
        certificate_padding=1100,
        root_padding=1100,
        empty_certificate=2500,
        signature_file=256,
        address_file=121,
        photo=(150, 195),
        photo_hash=_sha384,
        proves_itself=True,
        global_os=b"\x00\x01",
        pkcs1=0x00,
        versions=b"\x00\x04\x00\x40",
    ),
}
