"""The hub's keys towards itsme: one signs what the hub says, one opens what only the hub may read."""

from collections.abc import Sequence

import msgspec
from joserfc import jwe, jws
from joserfc.errors import JoseError
from joserfc.jwe import JWERegistry
from joserfc.jwk import RSAKey

SIGNATURE, ENCRYPTION = "RS256", "RSA-OAEP-256"
_CONTENT = ("A128CBC-HS256", "A256CBC-HS512", "A128GCM", "A256GCM")
_LEAST_BITS = 2048
_LARGEST_TOKEN = 64 * 1024
"""Bytes; a token with a photo would be larger, and is not asked for."""

# Providers repeat `iss` and `aud` in the header of an encrypted token (RFC 7519 5.3).
_REGISTRY = JWERegistry(algorithms=[ENCRYPTION, *_CONTENT], strict_check_header=False)


def key_of(pem: bytes) -> RSAKey:
    """Return a private RSA key of at least 2048 bits; raises ValueError."""
    try:
        key = RSAKey.import_key(pem)
    except JoseError:
        raise ValueError("no RSA key") from None
    if not key.is_private or key.raw_value.key_size < _LEAST_BITS:
        raise ValueError("not private, or too short")
    return key


class Keys:
    """The first of each kind is in use; the others are kept while itsme may still know them."""

    def __init__(self, signing: Sequence[RSAKey], encryption: Sequence[RSAKey]) -> None:
        self._signing = tuple(signing)
        self._encryption = tuple(encryption)

    def public(self) -> dict[str, list[dict[str, object]]]:
        """Return what itsme has to know, as a JWK set."""
        signing = [_public(key, "sig", SIGNATURE) for key in self._signing]
        return {"keys": [*signing, _public(self._encryption[0], "enc", ENCRYPTION)]}

    def signed(self, claims: object) -> str:
        """Return claims as a compact JWS."""
        key = self._signing[0]
        header = {"alg": SIGNATURE, "kid": key.thumbprint()}
        return jws.serialize_compact(header, msgspec.json.encode(claims), key)

    def opened(self, token: str) -> str:
        """Return what was encrypted to the hub; raises ValueError for anything else."""
        if len(token) > _LARGEST_TOKEN or token.count(".") != 4:
            raise ValueError("not a compact JWE")
        for key in self._encryption:
            try:
                opened = jwe.decrypt_compact(token, key, registry=_REGISTRY).plaintext
            except (JoseError, ValueError):
                continue
            if opened is not None:
                return opened.decode("ascii")
        raise ValueError("not encrypted to this hub")


def verified(token: str, keys: Sequence[RSAKey]) -> bytes:
    """Return the payload of a compact JWS that one of these keys signed; raises ValueError."""
    for key in keys:
        try:
            return jws.deserialize_compact(token, key, algorithms=[SIGNATURE]).payload
        except (JoseError, ValueError):
            continue
    raise ValueError("not signed by itsme")


def _public(key: RSAKey, use: str, algorithm: str) -> dict[str, object]:
    return {**key.as_dict(private=False), "kid": key.thumbprint(), "use": use, "alg": algorithm}
