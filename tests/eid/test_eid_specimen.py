"""The public specimen card, when its files are there: real bytes signed by the public test root."""

from datetime import date

import pytest
from specimen_card import alice, needs_specimen, specimen

from idtui.devices.eid import CardSession, Trust
from idtui.devices.eid.identity import parse_identity
from idtui.domain.reading import PartialDate, Problem, Reading, Remark, Sex
from idtui.training.cards import AUTHENTICATION, CITIZEN_CA, IDENTITY, ROOT, RRN
from idtui.training.chip import Chip

TODAY = date(2026, 3, 2)

pytestmark = needs_specimen


def with_test_root() -> Trust:
    return Trust.pinned().with_root(
        specimen("belgiumtestrca.crt"),
        leaf_subject=("CN=test RRN", "O=test RRN", "C=BE"),
        policies=("2.16.56.1.40.40.40.1",),
    )


def read(chip: Chip, trust: Trust) -> Reading:
    return CardSession(chip, chip.atr, trust, TODAY).read()


@pytest.mark.parametrize("by_rule", [True, False], ids=["its own rule", "default rule"])
def test_it_verifies_with_its_root_configured(by_rule: bool) -> None:
    trust = with_test_root() if by_rule else Trust.pinned().with_root(specimen("belgiumtestrca.crt"))
    reading = read(alice(), trust)
    assert reading.verdict.verified
    assert reading.verdict.specimen
    assert set(reading.verdict.remarks) == {
        Remark.EXPIRED_CARD,
        Remark.OLD_SIGNATURE,
        Remark.CHIP_NOT_PROVEN,
    }
    assert (reading.signer.key, reading.signer.digest) == ("rsa-1024", "sha1")
    assert reading.signer.root == "eID test Root CA"
    assert reading.timing.apdus <= 12


def test_what_it_says() -> None:
    identity = read(alice(), with_test_root()).identity
    assert identity.niss == "71715100070"
    assert (identity.name, identity.given_names) == ("SPECIMEN", "Alice Geldigekaart")
    assert (identity.birth_text, identity.birth_date) == ("01 JAN 1971", PartialDate(1971, 1, 1))
    assert (identity.sex, identity.nationality) == (Sex.WOMAN, "BELG")
    assert (identity.card_number, identity.document_type) == ("000000122157", 1)
    assert (identity.valid_from, identity.valid_to) == (PartialDate(2009, 7, 23), PartialDate(2014, 7, 23))
    assert (identity.birth_place, identity.municipality) == ("Hamont-Achel", "Antwerpen")


def test_its_address_verifies() -> None:
    chip = alice()
    session = CardSession(chip, chip.atr, with_test_root(), TODAY)
    session.read()
    address, problem = session.read_address()
    assert problem is None
    assert (address.street, address.postal_code, address.municipality) == (
        "Meirplaats 1 bus 1",
        "2000",
        "Antwerpen",
    )


def test_without_its_root_nothing_vouches() -> None:
    verdict = read(alice(), Trust.pinned()).verdict
    assert verdict.problems == (Problem.UNKNOWN_ROOT,)
    assert not verdict.specimen


@pytest.mark.parametrize("position", [3, 60, 178])
def test_one_flipped_bit_breaks_the_signature(position: int) -> None:
    chip = alice()
    content = bytearray(chip.files[IDENTITY])
    content[position] ^= 1
    chip.files[IDENTITY] = bytes(content)
    assert Problem.IDENTITY_SIGNATURE in read(chip, with_test_root()).verdict.problems


@pytest.mark.parametrize("path", [AUTHENTICATION, CITIZEN_CA, ROOT], ids=["holder", "authority", "root"])
def test_no_other_certificate_of_the_card_may_sign(path: bytes) -> None:
    chip = alice()
    chip.files[RRN] = chip.files[path]
    assert read(chip, with_test_root()).verdict.problems == (Problem.LEAF_NOT_RRN,)


def test_two_more_identity_files() -> None:
    white_cane = parse_identity(specimen("white-cane.tlv")).identity
    assert (white_cane.niss, white_cane.special_status) == ("71717100052", 1)
    assert white_cane.birth_place == "Ottignies Louvain-la-neuve"
    minority = parse_identity(specimen("extended-minority.tlv")).identity
    assert (minority.niss, minority.special_status) == ("79797900036", 2)
    assert (minority.given_names, minority.birth_place) == ("Caroline Expirée2466", "Hélécine")
    assert (minority.noble_condition, minority.birth_date) == ("Comtesse", PartialDate(1979, 9, 29))
