"""The training authority: roots, signers and holders whose keys are made on the fly and never kept.

Two chains as on real cards: RSA-2048 for applet 1.7, P-384 for applet 1.8. Each is made when the first
card of its kind is.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, StrEnum, auto
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from idtui.devices.eid import Trust

_FROM = datetime(2009, 1, 1, tzinfo=UTC)
_TO = datetime(2059, 1, 1, tzinfo=UTC)

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class Applet(StrEnum):
    """The card types simulated so far."""

    V1_7 = "1.7"
    V1_8 = "1.8"


@dataclass(frozen=True, slots=True, repr=False)
class Signatory:
    """A key and its certificate."""

    key: PrivateKey
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        """The certificate as it stands in a card's file, without padding."""
        return self.certificate.public_bytes(Encoding.DER)

    def sign(self, data: bytes) -> bytes:
        """Sign as cards are signed: PKCS#1 v1.5 with SHA-256, or ECDSA with SHA-384 in DER."""
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(data, padding.PKCS1v15(), SHA256())
        return self.key.sign(data, ec.ECDSA(SHA384()))


class Profile(Enum):
    """What a certificate is for; its key usages follow from it."""

    AUTHORITY = auto()
    """Signs certificates."""
    REGISTER = auto()
    """The National Register's: both digitalSignature and nonRepudiation."""
    HOLDER = auto()
    """A holder's authentication certificate: digitalSignature alone."""


@dataclass(frozen=True, slots=True, repr=False)
class Signers:
    """A root and the National Register's part below it, which signs identity and address."""

    root: Signatory
    rrn: Signatory


@dataclass(frozen=True, slots=True, repr=False)
class Holders:
    """True certificates below the root that may not sign identities: a Citizen CA and a holder."""

    citizen_ca: Signatory
    citizen: Signatory


class TrainingAuthority:
    """The signers of training mode for one run; `impostor` copies every name and key identifier of them."""

    def __init__(self) -> None:
        self.signers = cache(_make_signers)
        self.impostor = cache(self._make_impostor)
        self.holders = cache(self._make_holders)

    def trust(self, trust: Trust) -> Trust:
        """Return `trust` with both training roots added; what they vouch for is a specimen."""
        for applet in Applet:
            trust = trust.with_root(self.signers(applet).root.der)
        return trust

    def _make_impostor(self, applet: Applet) -> Signers:
        key_id = x509.SubjectKeyIdentifier.from_public_key(self.signers(applet).root.key.public_key())
        return _make_signers(applet, key_id)

    def _make_holders(self, applet: Applet) -> Holders:
        citizen_ca = issue("training Citizen CA", applet, Profile.AUTHORITY, self.signers(applet).root)
        return Holders(
            citizen_ca, issue("Alix SPECIMEN (Authentication)", applet, Profile.HOLDER, citizen_ca)
        )


def _make_signers(applet: Applet, key_id: x509.SubjectKeyIdentifier | None = None) -> Signers:
    root = issue("idtui training root", applet, Profile.AUTHORITY, key_id=key_id)
    return Signers(root, issue("training RRN", applet, Profile.REGISTER, root))


def issue(
    common_name: str,
    applet: Applet,
    profile: Profile,
    issuer: Signatory | None = None,
    *,
    key_id: x509.SubjectKeyIdentifier | None = None,
    key: PrivateKey | None = None,
) -> Signatory:
    """Make a certificate; without `issuer` it signs itself. `key_id` may claim to be another key's."""
    key = key or _new_key(applet)
    own_id = key_id or x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    issuer_id = own_id if issuer is None else _key_id(issuer.certificate)
    name = _name(common_name)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer.certificate.subject if issuer else name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_FROM)
        .not_valid_after(_TO)
        .add_extension(own_id, critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_id), critical=False
        )
        .add_extension(
            x509.BasicConstraints(ca=profile is Profile.AUTHORITY, path_length=None), critical=True
        )
        .add_extension(_usage(profile), critical=True)
    )
    signing_key = issuer.key if issuer else key
    digest = SHA256() if isinstance(signing_key, rsa.RSAPrivateKey) else SHA384()
    return Signatory(key, builder.sign(signing_key, digest))


def _new_key(applet: Applet) -> PrivateKey:
    if applet is Applet.V1_7:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(ec.SECP384R1())


def _key_id(certificate: x509.Certificate) -> x509.SubjectKeyIdentifier:
    return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value


def _usage(profile: Profile) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=profile is not Profile.AUTHORITY,
        content_commitment=profile is Profile.REGISTER,
        key_cert_sign=profile is Profile.AUTHORITY,
        crl_sign=profile is Profile.AUTHORITY,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "BE"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "idtui training"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )
