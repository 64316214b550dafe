"""The training authority: roots, signers and holders whose keys are made on the fly and never kept.

Three chains as on real cards: RSA-1024 and SHA-1 for applet 1.1, RSA-2048 for 1.7, P-384 for 1.8 and for
cards of 1.7 that were re-keyed. Each is made when the first card of its kind is. All three roots have the
same name, as two pairs of real ones do.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, StrEnum, auto
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA384
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from idtui.devices.eid import Trust

PERIOD = (datetime(2009, 1, 1, tzinfo=UTC), datetime(2059, 1, 1, tzinfo=UTC))
"""From when to when certificates run unless a test says otherwise."""

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class Applet(StrEnum):
    """The chips in use, by their applet and what signs their files."""

    V1_1 = "1.1"
    V1_7 = "1.7"
    REKEYED = "1.7 re-keyed"
    """Plastic of 1.7 whose files were signed anew below the P-384 root (ADD17)."""
    V1_8 = "1.8"

    @property
    def chain(self) -> "Applet":
        """The applet whose root and signer this one's files are signed by."""
        return Applet.V1_8 if self is Applet.REKEYED else self


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
        """Sign as cards are signed: PKCS#1 v1.5 with SHA-1 or SHA-256, or ECDSA with SHA-384 in DER."""
        if isinstance(self.key, rsa.RSAPrivateKey):
            old = self.key.key_size == 1024
            digest = SHA1() if old else SHA256()  # noqa: S303 - so are the cards of applet 1.1 signed
            return self.key.sign(data, padding.PKCS1v15(), digest)
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
    """The signers of training mode for one run, each chain made once."""

    def __init__(self) -> None:
        self._signers = cache(_make_signers)
        self._impostors = cache(self._make_impostor)
        self._holders = cache(self._make_holders)

    def signers(self, applet: Applet) -> Signers:
        """Return who signs the files of cards of this applet."""
        return self._signers(applet.chain)

    def impostor(self, applet: Applet) -> Signers:
        """Return signers with every name and key identifier of the true ones and keys of their own."""
        return self._impostors(applet.chain)

    def holders(self, applet: Applet) -> Holders:
        """Return a citizen and the authority that vouches for citizens, below the true root."""
        return self._holders(applet.chain)

    def trust(self, trust: Trust) -> Trust:
        """Return `trust` with the training roots added; what they vouch for is a specimen."""
        for applet in Applet:
            if applet is applet.chain:
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
    period: tuple[datetime, datetime] = PERIOD,
) -> Signatory:
    """Make a certificate; without `issuer` it signs itself. `key_id` may claim to be another key's."""
    key = key or _new_key(applet, profile)
    own_id = key_id or x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    issuer_id = own_id if issuer is None else _key_id(issuer.certificate)
    name = _name(common_name)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer.certificate.subject if issuer else name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(period[0])
        .not_valid_after(period[1])
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
    if not isinstance(signing_key, rsa.RSAPrivateKey):
        return Signatory(key, builder.sign(signing_key, SHA384()))
    certificate = builder.sign(signing_key, SHA256())
    return Signatory(key, _with_sha1(certificate, signing_key) if applet is Applet.V1_1 else certificate)


def _with_sha1(certificate: x509.Certificate, signing_key: rsa.RSAPrivateKey) -> x509.Certificate:
    """Sign a certificate anew with SHA-1, as those of applet 1.1 are; `cryptography` makes none itself."""
    signed = certificate.tbs_certificate_bytes.replace(_SHA256_WITH_RSA, _SHA1_WITH_RSA)
    signature = signing_key.sign(signed, padding.PKCS1v15(), SHA1())  # noqa: S303 - see above
    bits = b"\x03" + _der_length(1 + len(signature)) + b"\0" + signature
    content = signed + _SHA1_WITH_RSA + bits
    return x509.load_der_x509_certificate(b"\x30" + _der_length(len(content)) + content)


_SHA256_WITH_RSA = bytes.fromhex("300D06092A864886F70D01010B0500")
_SHA1_WITH_RSA = bytes.fromhex("300D06092A864886F70D0101050500")
"""Algorithm identifiers (RFC 8017, A.2.4)."""


def _der_length(length: int) -> bytes:
    if length < 0x80:
        return bytes([length])
    return b"\x81" + bytes([length]) if length < 0x100 else b"\x82" + length.to_bytes(2)


def _new_key(applet: Applet, profile: Profile) -> PrivateKey:
    """Make a key as long as those of the chain; roots of applet 1.1 are longer than their signers."""
    if applet.chain is Applet.V1_8:
        return ec.generate_private_key(ec.SECP384R1())
    short = applet is Applet.V1_1 and profile is not Profile.AUTHORITY
    return rsa.generate_private_key(public_exponent=65537, key_size=1024 if short else 2048)


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
