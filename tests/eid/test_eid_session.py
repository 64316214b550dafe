"""Readings of whole simulated cards: verdicts, APDU counts, addresses."""

from datetime import date

import pytest

from idtui.devices.eid import CardSession, Trust
from idtui.domain.reading import Problem, Reading, Remark
from idtui.training.authority import Applet, TrainingAuthority
from idtui.training.cards import (
    ADDRESS,
    GOOD,
    IDENTITY_SIGNATURE,
    CardKind,
    Changes,
    make_card,
)
from idtui.training.chip import Chip
from idtui.training.people import GEDEON, PEOPLE, ZOE, Person

TODAY = date(2026, 3, 2)
AUTHORITY = TrainingAuthority()
TRUST = AUTHORITY.trust(Trust.pinned())


def read(chip: Chip, trust: Trust = TRUST, today: date = TODAY) -> Reading:
    chip.power_on()
    return CardSession(chip, chip.atr, trust, today).read()


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.key)
@pytest.mark.parametrize("kind", GOOD.values())
def test_good_cards_verify_within_the_budget(kind: CardKind, person: Person) -> None:
    reading = read(make_card(AUTHORITY, kind, person, TODAY))
    assert reading.verdict.verified
    assert reading.verdict.specimen
    assert set(reading.verdict.remarks) - {Remark.OLD_SIGNATURE} == {Remark.CHIP_NOT_PROVEN}
    assert reading.identity.niss == person.niss
    assert reading.timing.apdus <= 12
    assert reading.timing.read_ms > 0
    assert reading.timing.verify_ms > 0


def test_who_vouches_is_told() -> None:
    old = read(make_card(AUTHORITY, CardKind.GOOD_RSA_1024, GEDEON, TODAY))
    assert (old.applet, old.signer.key, old.signer.digest) == ("1.1", "rsa-1024", "sha1")
    rekeyed = read(make_card(AUTHORITY, CardKind.REKEYED, GEDEON, TODAY))
    assert (rekeyed.applet, rekeyed.signer.key, rekeyed.signer.digest) == ("1.7", "p-384", "sha384")
    rsa = read(make_card(AUTHORITY, CardKind.GOOD_RSA, GEDEON, TODAY))
    assert (rsa.applet, rsa.atr) == ("1.7", "3B9813400AA503010101AD1311")
    assert (rsa.signer.key, rsa.signer.digest) == ("rsa-2048", "sha256")
    p384 = read(make_card(AUTHORITY, CardKind.GOOD_P384, GEDEON, TODAY))
    assert (p384.applet, p384.atr) == ("1.8", "3B7F96000080318065B085040120120FFF829000")
    assert (p384.signer.key, p384.signer.digest) == ("p-384", "sha384")
    assert p384.signer.root == "idtui training root"
    assert len(p384.signer.certificate_sha256) == 64


def test_the_applet_version_is_asked_only_within_the_budget() -> None:
    long_name = Changes(identity={0x07: b"SPECIMEN-" + b"O" * 90})
    reading = read(make_card(AUTHORITY, CardKind.GOOD_RSA, ZOE, TODAY, changes=long_name))
    assert reading.verdict.verified
    assert reading.applet == ""
    assert reading.timing.apdus == 12


@pytest.mark.parametrize(
    ("kind", "problems", "remark"),
    [
        (CardKind.EXPIRED, (), Remark.EXPIRED_CARD),
        (CardKind.FORGED_IDENTITY, (Problem.IDENTITY_SIGNATURE,), None),
        (CardKind.FORGED_SIGNER, (Problem.LEAF_NOT_RRN,), None),
        (CardKind.SELF_MADE_ROOT, (Problem.UNKNOWN_ROOT,), None),
        (CardKind.HOSTILE_TEXT, (), Remark.TEXT_FILTERED),
    ],
)
@pytest.mark.parametrize("applet", Applet)
def test_the_cards_of_training(
    kind: CardKind, applet: Applet, problems: tuple[Problem, ...], remark: Remark | None
) -> None:
    reading = read(make_card(AUTHORITY, kind, ZOE, TODAY, applet=applet))
    assert reading.verdict.problems == problems
    old = {Remark.OLD_SIGNATURE} if applet is Applet.V1_1 and not problems else set()
    assert set(reading.verdict.remarks) == {Remark.CHIP_NOT_PROVEN} | old | ({remark} if remark else set())


def test_without_the_training_root_nothing_vouches() -> None:
    reading = read(make_card(AUTHORITY, CardKind.GOOD_P384, ZOE, TODAY), Trust.pinned())
    assert reading.verdict.problems == (Problem.UNKNOWN_ROOT,)
    assert not reading.verdict.specimen
    assert reading.signer.root == ""


def test_the_root_is_read_once_and_the_verdict_does_not_depend_on_it() -> None:
    root = AUTHORITY.signers(Applet.V1_8).root.der
    known = Trust.pinned().with_root(root)
    fresh = Trust(known._roots)
    chip = make_card(AUTHORITY, CardKind.GOOD_P384, ZOE, TODAY)
    first, second = read(chip, fresh), read(chip, fresh)
    assert first.verdict == second.verdict
    assert first.verdict.verified
    assert first.timing.apdus > second.timing.apdus == read(chip, known).timing.apdus
    for kind in (CardKind.FORGED_IDENTITY, CardKind.FORGED_SIGNER, CardKind.SELF_MADE_ROOT):
        forged = make_card(AUTHORITY, kind, ZOE, TODAY)
        assert read(forged, Trust(known._roots)).verdict == read(forged, known).verdict


@pytest.mark.parametrize("kind", [*GOOD.values(), CardKind.EXPIRED])
def test_addresses_verify(kind: CardKind) -> None:
    chip = make_card(AUTHORITY, kind, ZOE, TODAY)
    session = CardSession(chip, chip.atr, TRUST, TODAY)
    session.read()
    address, problem = session.read_address()
    assert problem is None
    assert (address.street, address.postal_code, address.municipality) == (
        ZOE.street,
        ZOE.postal_code,
        ZOE.municipality,
    )
    again, problem = session.read_address()
    assert (again, problem) == (address, None)


@pytest.mark.parametrize("padded", [120, 255, 256, 257, 512, 600])
def test_the_whole_padding_of_the_signature_file_is_signed(padded: int) -> None:
    chip = make_card(AUTHORITY, CardKind.GOOD_P384, ZOE, TODAY)
    signature = chip.files[IDENTITY_SIGNATURE].rstrip(b"\0").ljust(padded, b"\0")
    chip.files[IDENTITY_SIGNATURE] = signature
    address = chip.files[ADDRESS].rstrip(b"\0")
    signed = AUTHORITY.signers(Applet.V1_8).rrn.sign(address + signature)
    chip.files[ADDRESS[:-1] + b"\x34"] = signed
    session = CardSession(chip, chip.atr, TRUST, TODAY)
    assert session.read().verdict.verified
    assert session.read_address()[1] is None


def test_the_address_comes_after_the_identity() -> None:
    chip = make_card(AUTHORITY, CardKind.GOOD_P384, ZOE, TODAY)
    with pytest.raises(RuntimeError):
        CardSession(chip, chip.atr, TRUST, TODAY).read_address()


@pytest.mark.parametrize(
    ("today", "remarks"),
    [
        (date(2020, 1, 31), {Remark.NOT_YET_VALID}),
        (date(2021, 2, 1), set()),
        (date(2031, 2, 1), set()),
        (date(2031, 2, 2), {Remark.EXPIRED_CARD}),
        (date(2008, 1, 1), {Remark.NOT_YET_VALID, Remark.CERTIFICATE_TIME}),
        (date(2070, 1, 1), {Remark.EXPIRED_CARD}),
    ],
)
def test_times_are_remarked_and_change_no_verdict(today: date, remarks: set[Remark]) -> None:
    reading = read(make_card(AUTHORITY, CardKind.GOOD_P384, ZOE, TODAY), today=today)
    assert reading.verdict.verified
    assert set(reading.verdict.remarks) == remarks | {Remark.CHIP_NOT_PROVEN}


@pytest.mark.parametrize(
    ("first", "last", "remarked"),
    [
        ("01.01.1995", "01.01.2005", True),
        ("01.01.2060", "01.01.2070", True),
        ("01.01.2000", "01.01.2030", False),
    ],
)
def test_a_certificate_that_never_overlapped_its_card(first: str, last: str, remarked: bool) -> None:
    changes = Changes(identity={0x03: first.encode(), 0x04: last.encode()})
    reading = read(make_card(AUTHORITY, CardKind.GOOD_P384, ZOE, TODAY, changes=changes))
    assert reading.verdict.verified
    assert (Remark.CERTIFICATE_TIME in reading.verdict.remarks) is remarked
