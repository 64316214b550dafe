"""Authenticated encryption (AES-256-GCM) and keys derived from keys (HKDF-SHA-256)."""

import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
"""What sealing adds to the content, beside a nonce where one is stored with it."""


class CannotUnseal(Exception):
    """The key is not the one it was sealed with, or the content or what was bound to it has changed."""


def new_key() -> bytes:
    """Return 32 random bytes of the system."""
    return secrets.token_bytes(KEY_BYTES)


def derive(key: bytes, *, salt: bytes, purpose: bytes) -> bytes:
    """Return a key for one purpose from another key (RFC 5869); each salt and purpose gives another."""
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415  # late: costs 0.1 s
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: PLC0415  # see above

    return HKDF(SHA256(), KEY_BYTES, salt=salt, info=purpose).derive(key)


def seal(key: bytes, content: bytes, bound: bytes) -> bytes:
    """Return a random nonce followed by the sealed content; `bound` must be given again to unseal.

    For few messages per key (NIST SP 800-38D 8.3: random nonces, at most 2^32).
    """
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + _cipher(key).encrypt(nonce, content, bound)


def unseal(key: bytes, sealed: bytes, bound: bytes) -> bytes:
    """Return the content of `seal`; raises `CannotUnseal`."""
    try:
        return _cipher(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound)
    except _wrong():
        raise CannotUnseal from None


class CountedSeal:
    """Sealing under one key with a number as nonce. The caller uses each number once for one key."""

    def __init__(self, key: bytes) -> None:
        self._cipher = _cipher(key)
        self._wrong = _wrong()

    def seal(self, number: int, content: bytes, bound: bytes) -> bytes:
        """Return the content sealed, `TAG_BYTES` longer."""
        return self._cipher.encrypt(number.to_bytes(NONCE_BYTES), content, bound)

    def unseal(self, number: int, sealed: bytes, bound: bytes) -> bytes:
        """Return the content; raises `CannotUnseal`."""
        try:
            return self._cipher.decrypt(number.to_bytes(NONCE_BYTES), sealed, bound)
        except self._wrong:
            raise CannotUnseal from None


def _cipher(key: bytes) -> "AESGCM":
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415  # late: costs 0.1 s

    return AESGCM(key)


def _wrong() -> tuple[type[Exception], ...]:
    """Return what the library raises for a wrong tag, and for a nonce that is too short."""
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415  # late: costs 0.1 s

    return InvalidTag, ValueError
