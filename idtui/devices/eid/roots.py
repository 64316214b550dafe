"""The Belgium Root CAs that vouch for cards, pinned by fingerprint, each with the rule for its signers.

Nothing but fingerprints is shipped; a root itself comes from the card. A name proves nothing: two roots
exist twice under one name, and a forger can take any.
"""

from dataclasses import dataclass
from enum import StrEnum


class Certainty(StrEnum):
    """How well a rule is known."""

    VERIFIED = "verified"
    """Seen on a public certificate."""
    STATED = "stated"
    """Stated by the official trust services' code, not seen on a certificate."""
    INFERRED = "inferred"
    """No source was found; our own cautious reading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeafRule:
    """What the National Register's certificate looks like below a root; everything else is refused.

    `subject` are attributes such as `CN=RRN`; with `whole_subject` there must be no others.
    `common_name_end` serves roots whose leaf is not known by name. `policies`: one of them must be there;
    empty means any. What holds below every root (both key usages, no authority, no extended usage) is in
    `verify`.
    """

    subject: frozenset[str] = frozenset()
    whole_subject: bool = False
    common_name_end: str = ""
    policies: frozenset[str] = frozenset()
    certainty: Certainty
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """One root certificate: SHA-256 of its DER and of its public key (SubjectPublicKeyInfo)."""

    name: str
    certificate_sha256: str
    key_sha256: str
    leaf: LeafRule
    source: str
    configured: bool = False
    """Added by the hospital or by training mode: whatever it vouches for is a specimen."""


def _rrn(policy: str, certainty: Certainty) -> LeafRule:
    return LeafRule(
        subject=frozenset({"CN=RRN", "O=RRN", "C=BE"}),
        whole_subject=True,
        policies=frozenset({policy}),
        certainty=certainty,
        source="eid-trust-service, jtrust BelgianTrustValidatorFactory",
    )


_CA2 = _rrn("2.16.56.9.1.1.4", Certainty.VERIFIED)
_CA4 = _rrn("2.16.56.12.1.1.4", Certainty.STATED)
_CA2_KEY = "f8e5f905bc939911267b83d50814a90323b51e183629db52d4fc2d5468a5a578"
_CA4_KEY = "b1538a9071705a92d938e506b738da0cafd1ae66aec2eeddc75479d433bd8776"

PINNED = (
    Root(
        name="Belgium Root CA",
        certificate_sha256="7c7ed4240bb253bb35c376e12e00b027f1659df9d8267422a93eed75edc7adfb",
        key_sha256="98ca29f313386721afbf5d14f1abcaa1dc63cc8d1fd7dc361f6b01368938f24b",
        leaf=_rrn("2.16.56.1.1.1.4", Certainty.STATED),
        source="eid-mw installers/certificates, eid-trust-service, jtrust",
    ),
    Root(
        name="Belgium Root CA2",
        certificate_sha256="9f9744463be13714754e1a3becf98c08cc205e4ab32028f4e2830c4a1b2775b8",
        key_sha256=_CA2_KEY,
        leaf=_CA2,
        source="eid-mw installers/certificates and eid-viewer, eid-trust-service, jtrust",
    ),
    Root(
        name="Belgium Root CA2",
        certificate_sha256="c34cd7245b341e7c8a24010ccf17e543f0665be53c912fd13dcf5fc6781b4cf6",
        key_sha256=_CA2_KEY,
        leaf=_CA2,
        source="jtrust (re-issued 2011)",
    ),
    Root(
        name="Belgium Root CA3",
        certificate_sha256="a8d14e945e3e5156bcae5e39737cf6a1b1f51028bbbf982f50ce5f4c05568b4d",
        key_sha256="c7bc5e493726bbf531f62fc5f5513ac03ead813af4dcd445b3305ba3d3d53374",
        leaf=_rrn("2.16.56.10.1.1.4", Certainty.STATED),
        source="eid-mw installers/certificates and eid-viewer, eid-trust-service, jtrust",
    ),
    Root(
        name="Belgium Root CA4",
        certificate_sha256="c3fbf37259af0954eeea4282dd1c7226a54e7150f7c29a2c495ba34dbfe09ca0",
        key_sha256=_CA4_KEY,
        leaf=_CA4,
        source="eid-mw eid-viewer, jtrust",
    ),
    Root(
        name="Belgium Root CA4",
        certificate_sha256="702dd5c1a093cf0a9d71fadd9bf9a7c5857d89fb73b716e867228b3c2beb968f",
        key_sha256=_CA4_KEY,
        leaf=_CA4,
        source="eid-mw eid-viewer, jtrust (extended to 2032)",
    ),
    Root(
        name="Belgium Root CA6",
        certificate_sha256="9c872bc979a7c09a58d4a274c199e5cb16cfa9b9618d98bc9a9988e984b8495c",
        key_sha256="894ad2232fe69bb09e8370ef387ec1c66ab6a4ce53c811fd3c8ced5b5158d8c1",
        leaf=LeafRule(
            subject=frozenset({"CN=RRN"}),
            certainty=Certainty.INFERRED,
            source="not found: subject and policy of signers below CA6",
        ),
        source="eid-mw eid-viewer, jtrust",
    ),
)
"""Source of the fingerprints: the certificates themselves, recomputed. No CA5 was found."""

CONFIGURED_LEAF = LeafRule(
    common_name_end="RRN",
    certainty=Certainty.INFERRED,
    source="our default for a root that was configured without a rule",
)
