"""The hub's signature over a head of the desk's journal: read, and checked with the hub's key."""

import base64
from typing import Annotated

import msgspec

HEAD = "idtui-head+jwt"
_LARGEST = 4_096
_Hash = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]


class SignedHead(msgspec.Struct, frozen=True):
    """What the hub signed: the desk's id, the head (hex) and sequence of its last frame, the records it sent.

    `frames` is 0 where the desk did not say it; `at` is the hub's moment (ISO 8601).
    """

    desk: str
    head: _Hash
    records: int
    at: str
    frames: int = 0


class NotSigned(Exception):
    """This is no head signed by that hub; the text says why in technical words."""


def read_head(jws: str) -> SignedHead:
    """Return what a countersigned head says, its signature not checked; raises `NotSigned`."""
    parts = jws.split(".")
    try:
        if len(jws) > _LARGEST or len(parts) != 3:
            raise NotSigned("not a compact JWS")
        payload = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        return msgspec.json.decode(payload, type=SignedHead)
    except (ValueError, RecursionError):
        raise NotSigned("not a head") from None


def checked_head(jws: str, keys: bytes) -> SignedHead:
    """Return what a countersigned head says, signed (ES256) by one of a hub's keys (JWK set in JSON).

    Raises `NotSigned`.
    """
    from joserfc import jws as signatures  # noqa: PLC0415  # late: only a desk that is enrolled pays for it
    from joserfc.errors import JoseError  # noqa: PLC0415  # see above
    from joserfc.jwk import KeySet  # noqa: PLC0415  # see above

    said = read_head(jws)
    try:
        known = KeySet.import_key_set(msgspec.json.decode(keys))
        header = signatures.deserialize_compact(jws, known, algorithms=["ES256"]).headers()
    except (JoseError, ValueError, KeyError, TypeError):
        raise NotSigned("not signed by the key of this hub") from None
    if header.get("typ") != HEAD:
        raise NotSigned("signed for another use")
    return said
