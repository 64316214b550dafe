"""The hospital's recovery key: secrets wrapped to its public half, unwrapped where the private half lies.

The pair is X25519 in PEM, as OpenSSL makes it: `openssl genpkey -algorithm X25519`. Wrapping is HPKE in base
mode (RFC 9180: DHKEM X25519 HKDF-SHA256, HKDF-SHA256, AES-256-GCM).
"""

from typing import TYPE_CHECKING

from idtui.seal.aead import CannotUnseal

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
    from cryptography.hazmat.primitives.hpke import Suite


class NotARecoveryKey(Exception):
    """The text is no X25519 key of that half in PEM."""


def new_pair() -> tuple[str, str]:
    """Return a private key and its public half, both in PEM, the private one unencrypted."""
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415  # late: costs 0.1 s
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey  # noqa: PLC0415  # see above

    private = X25519PrivateKey.generate()
    text = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return text.decode(), public.decode()


def wrap(public: str, secret: bytes, purpose: bytes) -> bytes:
    """Return the secret so that only the private half can read it; raises `NotARecoveryKey`."""
    return _suite().encrypt(secret, _public(public), purpose)


def unwrap(private: str, wrapped: bytes, purpose: bytes) -> bytes:
    """Return the secret; raises `NotARecoveryKey`, or `CannotUnseal` when it was wrapped to another key."""
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415  # late: costs 0.1 s

    key = _private(private)
    try:
        return _suite().decrypt(wrapped, key, purpose)
    except (InvalidTag, ValueError):  # ValueError: shorter than its own parts
        raise CannotUnseal from None


def check_public(text: str) -> None:
    """Raise `NotARecoveryKey` for anything but a public key."""
    _public(text)


def _suite() -> "Suite":
    from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite  # noqa: PLC0415  # late: costs 0.1 s

    return Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def _public(text: str) -> "X25519PublicKey":
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415  # late: costs 0.1 s
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey  # noqa: PLC0415  # see above
    from cryptography.hazmat.primitives.serialization import load_pem_public_key  # noqa: PLC0415  # see above

    try:
        key = load_pem_public_key(text.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise NotARecoveryKey from None
    if not isinstance(key, X25519PublicKey):
        raise NotARecoveryKey
    return key


def _private(text: str) -> "X25519PrivateKey":
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415  # late: costs 0.1 s
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey  # noqa: PLC0415  # see above
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415  # see above

    try:
        key = load_pem_private_key(text.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise NotARecoveryKey from None
    if not isinstance(key, X25519PrivateKey):
        raise NotARecoveryKey
    return key
