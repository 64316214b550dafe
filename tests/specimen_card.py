"""The public specimen card as a chip, when its files lie beside this checkout."""

from pathlib import Path

import pytest

from idtui.training.cards import (
    ADDRESS,
    ADDRESS_SIGNATURE,
    AUTHENTICATION,
    CITIZEN_CA,
    IDENTITY,
    IDENTITY_SIGNATURE,
    PHOTO,
    ROOT,
    RRN,
)
from idtui.training.chip import Chip

SPECIMENS = Path(__file__).resolve().parents[2] / "shared" / "testdata" / "eid-specimen"

needs_specimen = pytest.mark.skipif(
    not SPECIMENS.is_dir(), reason="the public specimen files are not beside this checkout"
)

FILES = {
    IDENTITY: "Alice_Identity.tlv",
    IDENTITY_SIGNATURE: "Alice_IdentitySignature.tlv",
    ADDRESS: "Alice_Address.tlv",
    ADDRESS_SIGNATURE: "Alice_AddressSignature.tlv",
    PHOTO: "Alice_Photo.tlv",
    AUTHENTICATION: "Alice_AuthentificationCertificate.tlv",
    CITIZEN_CA: "Alice_CACertificate.tlv",
    ROOT: "Alice_RootCertificate.tlv",
    RRN: "Alice_RRNCertificate.tlv",
}


def specimen(name: str) -> bytes:
    return (SPECIMENS / name).read_bytes()


def alice() -> Chip:
    return Chip(specimen("Alice_ATR.bin"), {path: specimen(name) for path, name in FILES.items()})
