"""The key pair of a desk (EC P-256): made at enrolment, proves to the hub which desk sends."""

import hashlib
import secrets
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from joserfc.jwk import ECKey

ASSERTION_SECONDS = 60
"""How long an assertion is good; the hub takes each one once."""

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_LETTERS = 6


class DeskKey(msgspec.Struct, frozen=True):
    """A desk's key as a private JWK (RFC 7517) in JSON."""

    private: bytes

    @classmethod
    def new(cls) -> "DeskKey":
        """Make a key pair."""
        from joserfc.jwk import ECKey  # noqa: PLC0415  # late: only a desk that is enrolled pays for it

        return cls(msgspec.json.encode(ECKey.generate_key("P-256").as_dict(private=True)))

    def __repr__(self) -> str:
        return "DeskKey(hidden)"

    @property
    def public(self) -> dict[str, str]:
        """The public half, as a JWK: `kty`, `crv`, `x`, `y`."""
        whole = msgspec.json.decode(self.private, type=dict[str, object])
        return {name: str(whole[name]) for name in ("crv", "kty", "x", "y")}

    @property
    def id(self) -> str:
        """The desk's id: the thumbprint of the public half (RFC 7638, SHA-256, base64url)."""
        return self._key().thumbprint()

    @property
    def code(self) -> str:
        """Six characters that desk and approver compare, so that no other desk is approved in its place."""
        return code_of(self.id)

    def assertion(self, audience: str, now: float) -> str:
        """Return a signed JWT (ES256) for the hub's token address; `now` in Unix seconds."""
        from joserfc import jwt  # noqa: PLC0415  # late, see `new`

        claims = {
            "iss": self.id,
            "sub": self.id,
            "aud": audience,
            "jti": secrets.token_urlsafe(16),
            "iat": int(now),
            "exp": int(now) + ASSERTION_SECONDS,
        }
        return jwt.encode({"alg": "ES256", "kid": self.id}, claims, self._key(), algorithms=["ES256"])

    def signed(self, kind: str, content: bytes) -> str:
        """Return a compact JWS (ES256) over some content; `kind` is its `typ`, so that it serves one use."""
        from joserfc import jws  # noqa: PLC0415  # late, see `new`

        return jws.serialize_compact({"alg": "ES256", "typ": kind, "kid": self.id}, content, self._key())

    def _key(self) -> "ECKey":
        from joserfc.jwk import ECKey  # noqa: PLC0415  # late, see `new`

        return ECKey.import_key(msgspec.json.decode(self.private, type=dict[str, str | list[str]]))


def code_of(desk_id: str) -> str:
    """Return the first six characters of the SHA-256 of a desk's id in Crockford's base 32."""
    bits = int.from_bytes(hashlib.sha256(desk_id.encode()).digest())
    return "".join(_CROCKFORD[bits >> 251 - 5 * place & 31] for place in range(_CODE_LETTERS))
