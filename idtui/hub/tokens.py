"""How a desk proves itself: one-time assertions (RFC 7523), short-lived tokens, countersigned heads."""

import base64
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, TypeVar

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from msgspec import Meta

from idtui.hub.desks import Desks, State
from idtui.hub.heads import Chain

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST_ASSERTION = 60
TOKEN_SECONDS = 600
SKEW = 60
"""Seconds; the clocks of desk and hub may differ by as much."""

_FORGET_EVERY = 300
_ALGORITHMS = ["ES256"]
_ACCESS, _HEAD = "at+jwt", "idtui-head+jwt"
_ISSUER = "idtui-hub"
_LARGEST_TOKEN = 4_096
_Seconds = Annotated[float, Meta(ge=0, le=2**40)]
_Claims = TypeVar("_Claims", "_Assertion", "_Access")


class _Assertion(msgspec.Struct):
    iss: str
    sub: str
    aud: str | list[str]
    jti: Annotated[str, Meta(min_length=1, max_length=255)]
    iat: _Seconds
    exp: _Seconds


class _Access(msgspec.Struct):
    iss: str
    sub: str
    site: str
    desk: str
    iat: _Seconds
    exp: _Seconds


@dataclass(frozen=True, slots=True)
class Caller:
    """The desk that makes a request, as its token proves."""

    desk_id: str
    site: str
    desk: str


class InvalidClient(Exception):
    """An assertion gives no token; the text is one of the words of the protocol."""


class InvalidToken(Exception):
    """An access token lets nobody in; the text says why."""


class Tokens:
    """Assertions in, access tokens out, and back again.

    `addresses` are the base addresses of this hub: an assertion is for one of them, so that no other
    receiver can use it here.
    """

    def __init__(
        self, desks: Desks, addresses: tuple[str, ...], now: Callable[[], float] = time.time
    ) -> None:
        self._desks = desks
        self._audiences = frozenset(f"{address.rstrip('/')}/token" for address in addresses)
        self._now = now
        self._key: ECKey | None = None
        self._forgotten_at = 0.0

    def grant(self, assertion: str) -> str:
        """Return the access token of an approved desk; raises `InvalidClient`."""
        try:
            claimed = _claims(assertion, _Assertion)
            desk = self._desks.find(claimed.sub)
            if desk is None:
                raise InvalidClient("unknown")
            _verified(assertion, ECKey.import_key(msgspec.json.decode(desk.key)))
        except (JoseError, ValueError):
            raise InvalidClient("bad assertion") from None
        self._check(claimed)
        if desk.state is not State.APPROVED:
            raise InvalidClient(str(desk.state))
        if not self._desks.use_once(desk.id, claimed.jti, int(claimed.exp) + SKEW + 1):
            raise InvalidClient("replayed")
        self._forget()
        now = int(self._now())
        access = _Access(_ISSUER, desk.id, desk.site, desk.desk, now, now + TOKEN_SECONDS)
        return self._signed(_ACCESS, access)

    def caller(self, token: str) -> Caller:
        """Return the desk of an access token, not revoked since; raises `InvalidToken`."""
        try:
            if _verified(token, self._signing_key()) != _ACCESS:
                raise InvalidToken("not an access token")
            access = _claims(token, _Access)
        except (JoseError, ValueError):
            raise InvalidToken("not a token of this hub") from None
        if access.exp <= self._now():
            raise InvalidToken("expired")
        desk = self._desks.find(access.sub)
        if desk is None or desk.state is not State.APPROVED:
            raise InvalidToken("revoked")
        return Caller(access.sub, access.site, access.desk)

    def countersign(self, chain: Chain, records: int) -> str:
        """Return the hub's signature over the head of a desk's journal and the records it brought."""
        at = datetime.fromtimestamp(self._now(), UTC).isoformat(timespec="seconds")
        claims = {
            "desk": chain.desk_id,
            "head": chain.head,
            "frames": chain.frames,
            "records": records,
            "at": at,
        }
        return self._signed(_HEAD, claims)

    def public_keys(self) -> dict[str, list[dict[str, object]]]:
        """Return the key that verifies heads, as a JWK set."""
        key = self._signing_key()
        return {
            "keys": [{**key.as_dict(private=False), "kid": key.thumbprint(), "alg": "ES256", "use": "sig"}]
        }

    def _check(self, claimed: _Assertion) -> None:
        audiences = {claimed.aud} if isinstance(claimed.aud, str) else set(claimed.aud)
        lifetime = claimed.exp - claimed.iat
        if claimed.iss != claimed.sub or not audiences & self._audiences:
            raise InvalidClient("bad assertion")
        if not 0 < lifetime <= LONGEST_ASSERTION:
            raise InvalidClient("bad assertion")
        if not claimed.iat - SKEW <= self._now() < claimed.exp + SKEW:
            raise InvalidClient("expired")

    def _forget(self) -> None:
        if self._now() - self._forgotten_at > _FORGET_EVERY:
            self._forgotten_at = self._now()
            self._desks.forget_assertions(int(self._now()))

    def _signing_key(self) -> ECKey:
        if self._key is None:
            self._key = self._desks.signing_key()
        return self._key

    def _signed(self, kind: str, claims: object) -> str:
        key = self._signing_key()
        header = {"alg": "ES256", "typ": kind, "kid": key.thumbprint()}
        return jws.serialize_compact(header, msgspec.json.encode(claims), key)


def _claims(token: str, kind: type[_Claims]) -> _Claims:
    """Read what a compact JWS says, proven or not; raises ValueError."""
    parts = token.split(".")
    if len(token) > _LARGEST_TOKEN or len(parts) != 3:
        raise ValueError("not a compact JWS")
    payload = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
    return msgspec.json.decode(payload, type=kind)


def _verified(token: str, key: ECKey) -> str:
    """Check the signature and return the `typ` of the header; raises JoseError or ValueError."""
    if len(token) > _LARGEST_TOKEN:
        raise ValueError("too long")
    proven = jws.deserialize_compact(token, key, algorithms=_ALGORITHMS)
    return str(proven.headers().get("typ", ""))
