"""Certificates from a card, parsed without trust, and the signatures made with their keys.

Whatever the bytes, parsing gives a certificate or None. SHA-1 is allowed here only: old cards, still valid,
are signed with it, and `cryptography` verifies no SHA-1 certificate by itself.
"""

import hashlib
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

Key = rsa.RSAPublicKey | ec.EllipticCurvePublicKey

_HASHES: dict[str, Callable[[], hashes.HashAlgorithm]] = {
    "sha1": hashes.SHA1,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
_RSA_BITS = range(1024, 4097)
_UNPARSABLE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
"""All that `cryptography` raises on certificates with something wrong inside."""


@dataclass(frozen=True, slots=True, repr=False)
class Certificate:
    """What a verdict needs of a certificate; `key` is None for a key no Belgian card is signed with.

    Its repr shows a fingerprint alone: the subject of a holder's certificate is a person.

    `subject` has one string such as `CN=RRN` per attribute, sorted. `key_id` and `issuer_key_id` are the
    subject and authority key identifiers, empty where absent. `policies` are dotted.
    """

    der: bytes
    sha256: str
    key_sha256: str
    key: Key | None
    subject: tuple[str, ...]
    common_name: str
    subject_name: bytes
    issuer_name: bytes
    key_id: bytes
    issuer_key_id: bytes
    is_authority: bool
    signs_data: bool
    """Both digitalSignature and nonRepudiation, as only the National Register's certificate has."""
    signs_certificates: bool
    has_extended_usage: bool
    policies: frozenset[str]
    valid_from: date
    valid_to: date
    signed: bytes
    signature: bytes
    digest: str

    def __repr__(self) -> str:
        return f"Certificate({self.sha256})"


def parse_certificate(der: bytes) -> Certificate | None:
    """Return the certificate in `der`, exactly as long as its DER; None when it cannot be parsed."""
    try:
        with warnings.catch_warnings():
            # Odd serial numbers and the like are warned of on standard error, where the screen is.
            warnings.simplefilter("ignore")
            return _parsed(x509.load_der_x509_certificate(der))
    except _UNPARSABLE:
        return None


def read_certificate_file(content: bytes) -> bytes:
    """Return the DER of a certificate in a file that holds it as DER or PEM; raises `ValueError`."""
    load = x509.load_pem_x509_certificate if b"-----BEGIN" in content else x509.load_der_x509_certificate
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return load(content).public_bytes(Encoding.DER)


def _parsed(found: x509.Certificate) -> Certificate:
    extensions = {extension.oid: extension.value for extension in found.extensions}
    authority = extensions.get(x509.OID_BASIC_CONSTRAINTS)
    usage = extensions.get(x509.OID_KEY_USAGE)
    key_id = extensions.get(x509.OID_SUBJECT_KEY_IDENTIFIER)
    issuer_key_id = extensions.get(x509.OID_AUTHORITY_KEY_IDENTIFIER)
    policies = extensions.get(x509.OID_CERTIFICATE_POLICIES)
    key = found.public_key()
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    names = found.subject.get_attributes_for_oid(x509.OID_COMMON_NAME)
    algorithm = found.signature_hash_algorithm
    der = found.public_bytes(Encoding.DER)
    return Certificate(
        der=der,
        sha256=hashlib.sha256(der).hexdigest(),
        key_sha256=hashlib.sha256(spki).hexdigest(),
        key=key if isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey) and key_name(key) else None,
        subject=tuple(sorted(attribute.rfc4514_string() for attribute in found.subject)),
        common_name=str(names[0].value) if len(names) == 1 else "",
        subject_name=found.subject.public_bytes(),
        issuer_name=found.issuer.public_bytes(),
        key_id=key_id.digest if isinstance(key_id, x509.SubjectKeyIdentifier) else b"",
        issuer_key_id=(issuer_key_id.key_identifier or b"")
        if isinstance(issuer_key_id, x509.AuthorityKeyIdentifier)
        else b"",
        is_authority=isinstance(authority, x509.BasicConstraints) and authority.ca,
        signs_data=isinstance(usage, x509.KeyUsage) and usage.digital_signature and usage.content_commitment,
        signs_certificates=isinstance(usage, x509.KeyUsage) and usage.key_cert_sign,
        has_extended_usage=x509.OID_EXTENDED_KEY_USAGE in extensions,
        policies=frozenset(policy.policy_identifier.dotted_string for policy in policies)
        if isinstance(policies, x509.CertificatePolicies)
        else frozenset(),
        valid_from=found.not_valid_before_utc.date(),
        valid_to=found.not_valid_after_utc.date(),
        signed=found.tbs_certificate_bytes,
        signature=found.signature,
        digest=algorithm.name if algorithm else "",
    )


def key_name(key: Key) -> str:
    """Return `rsa-2048` or `p-384`; empty for a refused key: other curves, RSA outside 1024..4096."""
    if isinstance(key, rsa.RSAPublicKey):
        return f"rsa-{key.key_size}" if key.key_size in _RSA_BITS else ""
    return "p-384" if isinstance(key.curve, ec.SECP384R1) else ""


def signature_length(key: Key) -> int | None:
    """Return the bytes of a signature with this key; None for EC, whose signatures say it themselves."""
    return key.key_size // 8 if isinstance(key, rsa.RSAPublicKey) else None


def signed_with(key: Key, data: bytes, signature: bytes, digest: str) -> bool:
    """Say whether `signature`, without padding behind it, is the key's own over `data`."""
    algorithm = _HASHES.get(digest)
    if algorithm is None:
        return False
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, data, padding.PKCS1v15(), algorithm())
        else:
            key.verify(signature, data, ec.ECDSA(algorithm()))
    except (InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def file_digest(key: Key, data: bytes, signature_file: bytes) -> str | None:
    """Return the hash with which a card's signature file holds over `data`; None when it does not hold.

    RSA: the first modulus-length bytes, SHA-1 or SHA-256. P-384: DER with SHA-384, zeros behind it
    (CONTENT54 6.2).
    """
    length = signature_length(key)
    signature = _der_element(signature_file) if length is None else signature_file[:length]
    digests = ("sha384",) if length is None else ("sha1", "sha256")
    return next((digest for digest in digests if signed_with(key, data, signature, digest)), None)


def _der_element(content: bytes) -> bytes:
    """Return the DER element at the start of `content`, lengths up to 255; nothing when it is cut short."""
    if len(content) < 3:
        return b""
    end = 3 + content[2] if content[1] == 0x81 else 2 + content[1]
    return content[:end] if content[1] <= 0x81 and end <= len(content) else b""
