"""The pinned roots, configured ones, re-issues, and the rule for signers."""

from dataclasses import replace
from datetime import date

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from idtui.devices.eid import CardSession, Trust
from idtui.devices.eid.certificate import (
    Certificate,
    file_digest,
    key_name,
    parse_certificate,
    signed_with,
)
from idtui.devices.eid.roots import CONFIGURED_LEAF, PINNED, Certainty, LeafRule
from idtui.devices.eid.trust import is_signed_by
from idtui.devices.eid.verify import leaf_is_rrn
from idtui.domain.reading import Problem, Remark
from idtui.training.authority import Applet, Profile, TrainingAuthority, issue
from idtui.training.cards import CardKind, Changes, make_card
from idtui.training.people import ZOE

TODAY = date(2026, 3, 2)
AUTHORITY = TrainingAuthority()
SIGNERS = AUTHORITY.signers(Applet.V1_8)


def parsed(der: bytes) -> Certificate:
    certificate = parse_certificate(der)
    assert certificate is not None
    return certificate


LEAF = parsed(SIGNERS.rrn.der)
BELGIAN_LEAF = replace(
    LEAF, subject=("C=BE", "CN=RRN", "O=RRN"), common_name="RRN", policies=frozenset({"2.16.56.9.1.1.4"})
)
CA2, CA6 = PINNED[1].leaf, PINNED[6].leaf


def test_the_table_has_every_root_and_says_which_were_configured() -> None:
    table = Trust.pinned().with_root(SIGNERS.root.der, leaf_subject=LEAF.subject, policies=["1.2.3"]).table()
    assert table[:-1] == PINNED
    mark = table[-1]
    assert (mark.name, mark.configured, mark.source) == ("idtui training root", True, "configuration")
    assert (mark.leaf.subject, mark.leaf.policies) == (frozenset(LEAF.subject), frozenset({"1.2.3"}))
    assert (mark.leaf.certainty, mark.leaf.source) == (Certainty.STATED, "configuration")


def test_the_pinned_table_is_complete_and_well_formed() -> None:
    assert [root.name for root in PINNED] == [
        "Belgium Root CA",
        "Belgium Root CA2",
        "Belgium Root CA2",
        "Belgium Root CA3",
        "Belgium Root CA4",
        "Belgium Root CA4",
        "Belgium Root CA6",
    ]
    assert len({root.certificate_sha256 for root in PINNED}) == 7
    assert len({root.key_sha256 for root in PINNED}) == 5
    for root in PINNED:
        assert len(bytes.fromhex(root.certificate_sha256)) == len(bytes.fromhex(root.key_sha256)) == 32
        assert root.source
        assert root.leaf.source
        assert not root.configured
    assert {root.name for root in PINNED if root.leaf.certainty is Certainty.INFERRED} == {"Belgium Root CA6"}
    assert {root.name for root in PINNED if not root.leaf.policies} == {"Belgium Root CA6"}


@pytest.mark.parametrize("form", [Encoding.DER, Encoding.PEM])
def test_a_root_is_configured_from_a_file(form: Encoding) -> None:
    content = SIGNERS.root.certificate.public_bytes(form)
    trust = Trust.pinned().with_root(content)
    card = make_card(AUTHORITY, CardKind.GOOD_P384, ZOE, TODAY)
    reading = CardSession(card, card.atr, trust, TODAY).read()
    assert reading.verdict.verified
    assert reading.verdict.specimen


@pytest.mark.parametrize("content", [b"", b"rubbish", b"-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_a_file_that_is_no_root_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        Trust.pinned().with_root(content)


@pytest.mark.parametrize(
    ("subject", "policies", "verified"),
    [
        (LEAF.subject, (), True),
        (("CN=training RRN",), (), False),
        ((*LEAF.subject, "OU=more"), (), False),
        ((), ("2.16.56.9.1.1.4",), False),
    ],
)
def test_a_configured_root_brings_its_own_rule(
    subject: tuple[str, ...], policies: tuple[str, ...], verified: bool
) -> None:
    trust = Trust.pinned().with_root(SIGNERS.root.der, leaf_subject=subject, policies=policies)
    card = make_card(AUTHORITY, CardKind.GOOD_P384, ZOE, TODAY)
    problems = CardSession(card, card.atr, trust, TODAY).read().verdict.problems
    assert problems == (() if verified else (Problem.LEAF_NOT_RRN,))


def test_a_root_re_issued_with_its_key_is_accepted_and_remarked() -> None:
    reissued = issue("idtui training root", Applet.V1_8, Profile.AUTHORITY, key=SIGNERS.root.key)
    trust = Trust(Trust.pinned().with_root(SIGNERS.root.der)._roots)
    card = make_card(AUTHORITY, CardKind.GOOD_P384, ZOE, TODAY, changes=Changes(root=reissued))
    for _ in range(2):
        verdict = CardSession(card, card.atr, trust, TODAY).read().verdict
        assert verdict.verified
        assert verdict.specimen
        assert Remark.ROOT_REISSUED in verdict.remarks


def test_only_a_configured_root_makes_a_specimen() -> None:
    configured = Trust.pinned().with_root(SIGNERS.root.der)._roots[-1]
    pinned = Trust([replace(configured, configured=False)])
    card = make_card(AUTHORITY, CardKind.GOOD_P384, ZOE, TODAY)
    verdict = CardSession(card, card.atr, pinned, TODAY).read().verdict
    assert verdict.verified
    assert not verdict.specimen


def test_a_signature_counts_only_below_the_name_that_issued() -> None:
    root = parsed(SIGNERS.root.der)
    assert is_signed_by(LEAF, root)
    assert not is_signed_by(replace(LEAF, issuer_name=b""), root)
    assert not is_signed_by(LEAF, replace(root, key=None))


def test_what_a_root_has_signed_is_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    trust, root = Trust.pinned().with_root(SIGNERS.root.der), parsed(SIGNERS.root.der)
    assert trust.has_issued(root, LEAF)
    monkeypatch.setattr("idtui.devices.eid.trust.is_signed_by", lambda *_: False)
    assert trust.has_issued(root, LEAF)
    assert not trust.has_issued(root, replace(LEAF, sha256="another"))


def test_a_known_key_in_a_certificate_it_did_not_sign_is_no_root() -> None:
    other = issue("idtui training root", Applet.V1_8, Profile.AUTHORITY)
    stolen = issue("idtui training root", Applet.V1_8, Profile.AUTHORITY, other, key=SIGNERS.root.key)
    trust = Trust.pinned().with_root(SIGNERS.root.der)
    assert trust.recognise(parsed(stolen.der)) is None
    assert trust.recognise(parsed(SIGNERS.root.der)) is not None


@pytest.mark.parametrize(
    ("rule", "leaf", "accepted"),
    [
        (CONFIGURED_LEAF, LEAF, True),
        (CA2, BELGIAN_LEAF, True),
        (CA6, BELGIAN_LEAF, True),
        (CA6, replace(BELGIAN_LEAF, subject=("CN=RRN", "O=long name"), policies=frozenset()), True),
        (CA6, replace(BELGIAN_LEAF, subject=("CN=Citizen CA", "O=RRN")), False),
        (CA2, replace(BELGIAN_LEAF, policies=frozenset({"2.16.56.9.1.1.2"})), False),
        (CA2, replace(BELGIAN_LEAF, policies=frozenset()), False),
        (CA2, replace(BELGIAN_LEAF, subject=("C=BE", "CN=RRN", "O=RRN", "OU=x")), False),
        (CA2, replace(BELGIAN_LEAF, subject=("C=BE", "CN=RRN", "CN=RRN", "O=RRN")), False),
        (CA2, replace(BELGIAN_LEAF, subject=("C=BE", "CN=RRN")), False),
        (CA2, replace(BELGIAN_LEAF, subject=("C=BE", "CN=test RRN", "O=RRN")), False),
        (CA2, replace(BELGIAN_LEAF, signs_data=False), False),
        (CA2, replace(BELGIAN_LEAF, is_authority=True), False),
        (CA2, replace(BELGIAN_LEAF, signs_certificates=True), False),
        (CA2, replace(BELGIAN_LEAF, has_extended_usage=True), False),
        (CA2, replace(BELGIAN_LEAF, key=None), False),
        (CONFIGURED_LEAF, replace(LEAF, common_name="RRN Citizen CA"), False),
    ],
)
def test_the_rule_for_signers(rule: LeafRule, leaf: Certificate, accepted: bool) -> None:
    assert leaf_is_rrn(leaf, rule) is accepted


def test_what_a_certificate_says() -> None:
    root, holder = parsed(SIGNERS.root.der), parsed(AUTHORITY.holders(Applet.V1_8).citizen.der)
    assert LEAF.subject == ("C=BE", "CN=training RRN", "O=idtui training")
    assert LEAF.issuer_name == root.subject_name
    assert LEAF.issuer_key_id == root.key_id != b""
    assert (LEAF.signs_data, LEAF.is_authority, LEAF.signs_certificates) == (True, False, False)
    assert (root.signs_data, root.is_authority, root.signs_certificates) == (False, True, True)
    assert not holder.signs_data
    assert repr(holder) == f"Certificate({holder.sha256})"
    assert LEAF.valid_from == date(2009, 1, 1)


@pytest.mark.parametrize(
    ("key", "name"),
    [
        (ec.generate_private_key(ec.SECP384R1()), "p-384"),
        (ec.generate_private_key(ec.SECP256R1()), ""),
        (ec.generate_private_key(ec.SECP521R1()), ""),
        (rsa.generate_private_key(65537, 1024), "rsa-1024"),
    ],
)
def test_keys_that_sign_cards(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, name: str) -> None:
    assert key_name(key.public_key()) == name
    certificate = parsed(issue("any", Applet.V1_8, Profile.REGISTER, key=key).der)
    assert (certificate.key is None) == (name == "")


@pytest.mark.parametrize("bits", [1032, 4096, 4104])
def test_the_size_of_rsa_keys(bits: int) -> None:
    key = rsa.RSAPublicNumbers(65537, 2 ** (bits - 1) + 1).public_key()
    assert key_name(key) == ("" if bits > 4096 else f"rsa-{bits}")


def test_a_key_of_another_kind_is_refused() -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    issued = issue("RRN", Applet.V1_8, Profile.REGISTER, SIGNERS.root, key=key)  # type: ignore[arg-type] # on purpose
    leaf = parsed(issued.der)
    assert leaf.key is None
    assert not leaf_is_rrn(leaf, CONFIGURED_LEAF)


@pytest.mark.parametrize("applet", Applet)
def test_signature_files(applet: Applet) -> None:
    rrn = AUTHORITY.signers(applet).rrn
    key = parsed(rrn.der).key
    assert key is not None
    signature = rrn.sign(b"data")
    digest = {Applet.V1_1: "sha1", Applet.V1_7: "sha256"}.get(applet, "sha384")
    assert file_digest(key, b"data", signature) == digest
    assert file_digest(key, b"data", signature + bytes(100)) == digest
    assert file_digest(key, b"Data", signature) is None
    assert not signed_with(key, b"data", signature, "md5")
    for broken in (b"", b"\x30", signature[:-1], b"\x30\x81", b"\x30\x84" + signature, b"\x30\xff" * 80):
        assert file_digest(key, b"data", broken) is None


def test_a_long_form_signature_length_is_understood() -> None:
    key = LEAF.key
    assert key is not None
    signature = SIGNERS.rrn.sign(b"data")
    long_form = b"\x30\x81" + signature[1:]
    assert file_digest(key, b"data", long_form + bytes(50)) is None, "not DER for a length below 128"
