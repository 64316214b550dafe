"""Forged cards, each with the one problem it must be given and the check that finds it; also rows of docs."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from idtui.devices.eid import Trust, chip_proof, identity, session, verify
from idtui.devices.eid.certificate import Certificate
from idtui.devices.eid.roots import CONFIGURED_LEAF, Certainty, Root
from idtui.domain.reading import Problem
from idtui.training.authority import Applet, Profile, TrainingAuthority, issue
from idtui.training.cards import (
    ADDRESS,
    ADDRESS_SIGNATURE,
    BASIC_KEY,
    GOOD,
    IDENTITY,
    IDENTITY_SIGNATURE,
    PHOTO,
    CardKind,
    Changes,
    make_card,
)
from idtui.training.chip import Chip
from idtui.training.people import GEDEON, ZOE
from idtui.training.photo import grey_photo

TODAY = date(2026, 3, 2)
AUTHORITY = TrainingAuthority()

Make = Callable[[Applet], Chip]
Removal = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class Forgery:
    """`remove_check` takes out what finds it; then it must pass."""

    name: str
    make: Make
    problem: Problem
    remove_check: Removal
    applets: tuple[Applet, ...] = tuple(Applet)


def good(applet: Applet, changes: Changes | None = None) -> Chip:
    return make_card(AUTHORITY, GOOD[applet], ZOE, TODAY, changes=changes or Changes())


def kind(which: CardKind) -> Make:
    return lambda applet: make_card(AUTHORITY, which, ZOE, TODAY, applet=applet)


def signed_by(name: str, profile: Profile) -> Make:
    """Make a card signed by a certificate that the true root itself issued."""
    return lambda applet: good(
        applet, Changes(signer=issue(name, applet, profile, AUTHORITY.signers(applet).root))
    )


def impostor_below_the_true_root(applet: Applet) -> Chip:
    return good(
        applet,
        Changes(signer=AUTHORITY.impostor(applet).rrn, root=AUTHORITY.signers(applet).root),
    )


def with_fields(fields: dict[int, bytes | None]) -> Make:
    return lambda applet: good(applet, Changes(identity=fields))


def altered(path: bytes, old: bytes, new: bytes) -> Make:
    def make(applet: Applet) -> Chip:
        chip = good(applet)
        assert old in chip.files[path]
        chip.files[path] = chip.files[path].replace(old, new, 1)
        return chip

    return make


def other_person_s(*paths: bytes) -> Make:
    def make(applet: Applet) -> Chip:
        chip, other = good(applet), make_card(AUTHORITY, GOOD[applet], GEDEON, TODAY)
        for path in paths:
            chip.files[path] = other.files[path]
        return chip

    return make


def with_another_photo(applet: Applet) -> Chip:
    return good(applet, Changes(files={PHOTO: grey_photo(96, 96)}))


def with_a_key_of_its_own(applet: Applet) -> Chip:
    """Copy all files but the public key, so that the chip can answer for the key it has."""
    chip, key = good(applet), ec.generate_private_key(ec.SECP384R1())
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return Chip(chip.atr, {**chip.files, BASIC_KEY: public}, basic_key=key)


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


def remove_photo_hash(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(session, "photo_holds", lambda *_: True)


def remove_chip_key_hash(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(chip_proof, "is_key_of", lambda *_: True)


def remove_challenge(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(chip_proof, "is_answer_of", lambda *_: True)


def remove_national_number(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(identity, "is_national_number", lambda _: True)


def remove_document_type(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(identity, "is_document_of_a_person", lambda _: True)


def remove_mandatory_fields(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(identity, "_MANDATORY_TAGS", frozenset())


NEW = (Applet.V1_8,)
OLD = (Applet.V1_1, Applet.V1_7, Applet.REKEYED)
"""Chips that cannot tell whose identity is on them."""

FORGERIES = (
    Forgery(
        "self-made root with the true name and key identifier",
        kind(CardKind.SELF_MADE_ROOT),
        Problem.UNKNOWN_ROOT,
        remove_root_check,
    ),
    Forgery(
        "identity signed by a citizen", kind(CardKind.FORGED_SIGNER), Problem.LEAF_NOT_RRN,
        remove_both_leaf_checks,
    ),
    Forgery(
        "identity signed by another service of the root", signed_by("other service", Profile.REGISTER),
        Problem.LEAF_NOT_RRN, remove_leaf_rule,
    ),
    Forgery(
        "identity signed by an authority below the root", signed_by("other RRN", Profile.AUTHORITY),
        Problem.LEAF_NOT_RRN, remove_leaf_rule,
    ),
    Forgery(
        "signer with one key usage", signed_by("other RRN", Profile.HOLDER), Problem.LEAF_NOT_RRN,
        remove_leaf_rule,
    ),
    Forgery(
        "card signed anew by a signer with the true name below the true root",
        impostor_below_the_true_root, Problem.LEAF_SIGNATURE, remove_leaf_signature,
    ),
    Forgery(
        "altered name", kind(CardKind.FORGED_IDENTITY), Problem.IDENTITY_SIGNATURE, remove_identity_signature
    ),
    Forgery(
        "altered number", altered(IDENTITY, ZOE.niss.encode(), GEDEON.niss.encode()),
        Problem.IDENTITY_SIGNATURE, remove_identity_signature,
    ),
    Forgery(
        "identity of another card", other_person_s(IDENTITY, PHOTO), Problem.IDENTITY_SIGNATURE,
        remove_identity_signature, OLD,
    ),
    Forgery(
        "identity signature of another card",
        other_person_s(IDENTITY_SIGNATURE, ADDRESS, ADDRESS_SIGNATURE),
        Problem.IDENTITY_SIGNATURE, remove_identity_signature,
    ),
    Forgery(
        "changed address", altered(ADDRESS, b"1200", b"1201"), Problem.ADDRESS_SIGNATURE,
        remove_address_signature,
    ),
    Forgery(
        "address of another card", other_person_s(ADDRESS, ADDRESS_SIGNATURE), Problem.ADDRESS_SIGNATURE,
        remove_address_signature,
    ),
    Forgery("swapped photo", with_another_photo, Problem.PHOTO_HASH, remove_photo_hash),
    Forgery(
        "photo hash of 47 bytes", with_fields({0x11: bytes(47)}), Problem.PHOTO_HASH, remove_photo_hash
    ),
    Forgery(
        "copied files, key of the chip unknown", kind(CardKind.CLONED_CHIP), Problem.CLONED_CHIP,
        remove_challenge, NEW,
    ),
    Forgery(
        "copied files, public key of the copy", with_a_key_of_its_own, Problem.CLONED_CHIP,
        remove_chip_key_hash, NEW,
    ),
    Forgery(
        "no hash of a chip key (tag 1A)", with_fields({0x1A: None}), Problem.CLONED_CHIP,
        remove_chip_key_hash, NEW,
    ),
    Forgery(
        "hash of a chip key of 47 bytes", with_fields({0x1A: bytes(47)}), Problem.CLONED_CHIP,
        remove_chip_key_hash, NEW,
    ),
    Forgery(
        "national number of thirteen digits", with_fields({0x06: b"8507300332801"}),
        Problem.NATIONAL_NUMBER, remove_national_number,
    ),
    Forgery(
        "national number with a wrong check number", with_fields({0x06: b"85073003329"}),
        Problem.NATIONAL_NUMBER, remove_national_number,
    ),
    Forgery(
        "bootstrap card (7)", with_fields({0x0F: b"07"}), Problem.DOCUMENT_TYPE, remove_document_type
    ),
    Forgery(
        "authorisation card (8)", with_fields({0x0F: b"8"}), Problem.DOCUMENT_TYPE, remove_document_type
    ),
    Forgery(
        "no birth date", with_fields({0x0C: None}), Problem.DAMAGED_IDENTITY, remove_mandatory_fields
    ),
)  # fmt: skip  # one forgery after the other
