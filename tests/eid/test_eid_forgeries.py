"""Every forgery has exactly one problem word, its unforged twin has none, and each check is what finds it.

Each case is read three times: forged, not forged, and forged with the check taken out, which must let it
pass. So a check that stopped working would be seen.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import pytest

from idtui.devices.eid import CardSession, Trust, identity, session, verify
from idtui.devices.eid.certificate import Certificate
from idtui.devices.eid.roots import CONFIGURED_LEAF, Certainty, Root
from idtui.domain.reading import Problem
from idtui.training.authority import Applet, Profile, TrainingAuthority, issue
from idtui.training.cards import (
    ADDRESS,
    ADDRESS_SIGNATURE,
    IDENTITY,
    IDENTITY_SIGNATURE,
    RRN,
    CardKind,
    Changes,
    make_card,
)
from idtui.training.chip import Chip
from idtui.training.people import GEDEON, ZOE

TODAY = date(2026, 3, 2)
AUTHORITY = TrainingAuthority()
GOOD = {Applet.V1_7: CardKind.GOOD_RSA, Applet.V1_8: CardKind.GOOD_P384}


def trust() -> Trust:
    return AUTHORITY.trust(Trust.pinned())


def good(applet: Applet, changes: Changes | None = None) -> Chip:
    return make_card(AUTHORITY, GOOD[applet], ZOE, TODAY, changes=changes or Changes())


def kind(which: CardKind) -> Callable[[Applet], Chip]:
    return lambda applet: make_card(AUTHORITY, which, ZOE, TODAY, applet=applet)


def signed_by(name: str, profile: Profile) -> Callable[[Applet], Chip]:
    """Make a card signed by a certificate that the true root itself issued."""
    return lambda applet: good(
        applet, Changes(signer=issue(name, applet, profile, AUTHORITY.signers(applet).root))
    )


def impostor_below_the_true_root(applet: Applet) -> Chip:
    return good(
        applet,
        Changes(signer=AUTHORITY.impostor(applet).rrn, root=AUTHORITY.signers(applet).root),
    )


def with_fields(fields: dict[int, bytes | None]) -> Callable[[Applet], Chip]:
    return lambda applet: good(applet, Changes(identity=fields))


def altered(path: bytes, old: bytes, new: bytes) -> Callable[[Applet], Chip]:
    def make(applet: Applet) -> Chip:
        chip = good(applet)
        assert old in chip.files[path]
        chip.files[path] = chip.files[path].replace(old, new, 1)
        return chip

    return make


def other_person_s(*paths: bytes) -> Callable[[Applet], Chip]:
    def make(applet: Applet) -> Chip:
        chip, other = good(applet), make_card(AUTHORITY, GOOD[applet], GEDEON, TODAY)
        for path in paths:
            chip.files[path] = other.files[path]
        return chip

    return make


def any_root(_trust: Trust, certificate: Certificate) -> tuple[Root, bool]:
    """Stand in for recognising a root: believe what it says of itself."""
    root = Root(
        name=certificate.common_name,
        certificate_sha256=certificate.sha256,
        key_sha256=certificate.key_sha256,
        leaf=replace(CONFIGURED_LEAF, certainty=Certainty.INFERRED),
        source="test",
    )
    return root, False


Removal = Callable[[pytest.MonkeyPatch], None]


def remove_root_check(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Trust, "recognise", any_root)


def remove_leaf_rule(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(verify, "leaf_is_rrn", lambda _leaf, _rule: True)


def remove_leaf_signature(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(verify, "leaf_is_signed", lambda _trust, _root, _leaf: True)


def remove_both_leaf_checks(patch: pytest.MonkeyPatch) -> None:
    remove_leaf_rule(patch)
    remove_leaf_signature(patch)


def remove_identity_signature(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(verify, "identity_digest", lambda _leaf, _identity, _signature: "sha384")


def remove_address_signature(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(session, "address_holds", lambda *_: True)


def remove_national_number(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(identity, "is_national_number", lambda _: True)


def remove_document_type(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(identity, "is_document_of_a_person", lambda _: True)


def remove_mandatory_fields(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(identity, "_MANDATORY_TAGS", frozenset())


@dataclass(frozen=True)
class Forgery:
    name: str
    make: Callable[[Applet], Chip]
    problem: Problem
    remove_check: Removal


FORGERIES = [
    Forgery("self-made root", kind(CardKind.SELF_MADE_ROOT), Problem.UNKNOWN_ROOT, remove_root_check),
    Forgery("holder", kind(CardKind.FORGED_SIGNER), Problem.LEAF_NOT_RRN, remove_both_leaf_checks),
    Forgery("service", signed_by("other service", Profile.REGISTER), Problem.LEAF_NOT_RRN, remove_leaf_rule),
    Forgery("authority", signed_by("other RRN", Profile.AUTHORITY), Problem.LEAF_NOT_RRN, remove_leaf_rule),
    Forgery("one usage", signed_by("other RRN", Profile.HOLDER), Problem.LEAF_NOT_RRN, remove_leaf_rule),
    Forgery("impostor", impostor_below_the_true_root, Problem.LEAF_SIGNATURE, remove_leaf_signature),
    Forgery(
        "altered name",
        kind(CardKind.FORGED_IDENTITY),
        Problem.IDENTITY_SIGNATURE,
        remove_identity_signature,
    ),
    Forgery(
        "altered number",
        altered(IDENTITY, ZOE.niss.encode(), GEDEON.niss.encode()),
        Problem.IDENTITY_SIGNATURE,
        remove_identity_signature,
    ),
    Forgery(
        "another's identity", other_person_s(IDENTITY), Problem.IDENTITY_SIGNATURE, remove_identity_signature
    ),
    Forgery(
        "another's signature",
        other_person_s(IDENTITY_SIGNATURE, ADDRESS, ADDRESS_SIGNATURE),
        Problem.IDENTITY_SIGNATURE,
        remove_identity_signature,
    ),
    Forgery(
        "altered address",
        altered(ADDRESS, b"1200", b"1201"),
        Problem.ADDRESS_SIGNATURE,
        remove_address_signature,
    ),
    Forgery(
        "another's address",
        other_person_s(ADDRESS, ADDRESS_SIGNATURE),
        Problem.ADDRESS_SIGNATURE,
        remove_address_signature,
    ),
    Forgery(
        "thirteen digits",
        with_fields({0x06: b"8507300332801"}),
        Problem.NATIONAL_NUMBER,
        remove_national_number,
    ),
    Forgery("bootstrap", with_fields({0x0F: b"07"}), Problem.DOCUMENT_TYPE, remove_document_type),
    Forgery("no birth date", with_fields({0x0C: None}), Problem.DAMAGED_IDENTITY, remove_mandatory_fields),
]


def problems(chip: Chip) -> list[Problem]:
    """Read identity and address as the first card of a desk; return all problems of both."""
    chip.power_on()
    reader = CardSession(chip, chip.atr, trust(), TODAY)
    verdict = reader.read().verdict
    _, problem = reader.read_address()
    return [*verdict.problems, *([problem] if problem else [])]


@pytest.mark.parametrize("applet", Applet)
@pytest.mark.parametrize("forgery", FORGERIES, ids=lambda forgery: forgery.name)
def test_a_forgery_has_one_name_and_one_check_that_finds_it(
    forgery: Forgery, applet: Applet, monkeypatch: pytest.MonkeyPatch
) -> None:
    forged = forgery.make(applet)
    assert problems(forged) == [forgery.problem]
    assert problems(good(applet)) == []
    forgery.remove_check(monkeypatch)
    reader = CardSession(forged, forged.atr, trust(), TODAY)
    forged.power_on()
    assert reader.read().verdict.verified
    if forgery.problem is Problem.ADDRESS_SIGNATURE:
        assert reader.read_address()[1] is None


@pytest.mark.parametrize("applet", Applet)
@pytest.mark.parametrize("path", [IDENTITY, IDENTITY_SIGNATURE, RRN], ids=["identity", "signature", "signer"])
def test_one_flipped_bit(path: bytes, applet: Applet) -> None:
    chip = good(applet)
    content = chip.files[path]
    length = 4 + int.from_bytes(content[2:4]) if path == RRN else len(content.rstrip(b"\0"))
    for position in range(0, length, 7):
        flipped = bytearray(content)
        flipped[position] ^= 1 << (position % 8)
        chip.files[path] = bytes(flipped)
        chip.power_on()
        verdict = CardSession(chip, chip.atr, trust(), TODAY).read().verdict
        assert not verdict.verified, position


def test_a_repeated_forgery_stays_one() -> None:
    remembering = trust()
    for _ in range(3):
        for forgery in FORGERIES[:6]:
            chip = forgery.make(Applet.V1_8)
            verdict = CardSession(chip, chip.atr, remembering, TODAY).read().verdict
            assert verdict.problems == (forgery.problem,), forgery.name
