"""The line to itsme as an OpenID provider: what it publishes, requests signed for it, answers proven."""

import asyncio
import secrets
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Annotated, TypeVar
from urllib.parse import urlencode

import httpx
import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from msgspec import Meta

from idtui.domain.path import Confirmed
from idtui.domain.text import clean
from idtui.hub.itsme.contract import Contract
from idtui.hub.itsme.keys import Keys, verified
from idtui.hub.itsme.person import CLAIM, Claims, NotIdentified, either, person
from idtui.sync.errors import HubAddressRefused
from idtui.sync.exchange import OK, Answer, TooLong, exchange, open_client
from idtui.sync.itsme import Why
from idtui.sync.session import checked_address

SECONDS = 10.0
"""For one question to itsme and its answer."""

SKEW = 60
"""Seconds by which the clocks of itsme and hub may differ."""

ASSERTION_SECONDS = 60
_FRESH = 3600.0
"""Seconds for which what itsme publishes is taken as it was; a key that is missing is looked for at once."""

_BETWEEN_LOOKS = 60.0
_LARGEST = 256 * 1024
_TOO_MANY = 429
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_Decoded = TypeVar("_Decoded")

ERRORS: Mapping[str, Why] = {
    "access_denied": Why.CANCELLED,
    "login_required": Why.LOGIN_REQUIRED,
    "interaction_required": Why.LOGIN_REQUIRED,
    "consent_required": Why.LOGIN_REQUIRED,
    "temporary_unavailable": Why.UNAVAILABLE,
    "temporarily_unavailable": Why.UNAVAILABLE,
    "server_error": Why.UNAVAILABLE,
    "invalid_grant": Why.EXPIRED,
    "expired_token": Why.EXPIRED,
    "expired_login_hint_token": Why.EXPIRED,
}
"""What errors of OpenID Connect, of CIBA and of itsme mean at a desk; any other refuses this hub."""


class Published(msgspec.Struct, frozen=True):
    """What itsme says of itself in its discovery document."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    userinfo_endpoint: str
    jwks_uri: str
    backchannel_authentication_endpoint: str = ""


class Tokens(msgspec.Struct, frozen=True):
    """The answer of the token endpoint."""

    access_token: Annotated[str, Meta(pattern=r"^[\x21-\x7e]{1,8192}\Z")]
    id_token: str

    def __repr__(self) -> str:
        return "Tokens(hidden)"


class _IdToken(Claims, frozen=True, kw_only=True):
    iss: str
    sub: Annotated[str, Meta(min_length=1, max_length=255)]
    aud: str | list[str]
    exp: float
    iat: float
    nonce: str = ""
    azp: str = ""
    acr: str = ""


class _UserInfo(Claims, frozen=True, kw_only=True):
    sub: str
    iss: str = ""
    aud: str | list[str] = ""


class _Jwks(msgspec.Struct):
    keys: list[dict[str, object]]


class _Failure(msgspec.Struct):
    error: str


class OpenId:
    """One contract's line to itsme; belongs to one worker. Everything raises `NotIdentified`."""

    def __init__(self, contract: Contract, keys: Keys, now: Callable[[], float] = time.time) -> None:
        self.contract = contract
        self.keys = keys
        self._now = now
        self._published: Published | None = None
        self._signers: tuple[RSAKey, ...] = ()
        self._looked_at = float("-inf")

    async def published(self) -> Published:
        """Return what itsme publishes, asked for when it is not known or an hour old."""
        if self._published is None or time.monotonic() - self._looked_at > _FRESH:
            await self._look()
        if self._published is None:
            raise NotIdentified(Why.UNAVAILABLE, "discovery")
        return self._published

    def assertion(self, audience: str, **claims: object) -> str:
        """Return claims signed by the hub for one audience, once (RFC 7523; CIBA 7.1.1)."""
        now, client = int(self._now()), self.contract.client_id
        proof = {"iss": client, "sub": client, "aud": audience, "jti": secrets.token_urlsafe(24)}
        times = {"iat": now, "nbf": now, "exp": now + ASSERTION_SECONDS}
        return self.keys.signed({**proof, **times, **claims})

    def authenticated(self, audience: str, form: Mapping[str, str]) -> bytes:
        """Return a form with what proves the hub."""
        proof = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": self.assertion(audience)}
        return urlencode({**form, "client_id": self.contract.client_id, **proof}).encode()

    async def ask(self, method: str, url: str, headers: Mapping[str, str], content: bytes = b"") -> Answer:
        """Return the answer of itsme, whatever its status."""
        try:
            async with asyncio.timeout(SECONDS), open_client(self.contract.authorities) as client:
                return await exchange(
                    client, method, checked_address(url), headers, content, largest=_LARGEST
                )
        except (
            TimeoutError,
            httpx.HTTPError,
            httpx.InvalidURL,
            OSError,
            TooLong,
            HubAddressRefused,
        ) as error:
            raise NotIdentified(Why.UNAVAILABLE, type(error).__name__) from None

    async def post(self, url: str, form: Mapping[str, str], audience: str = "") -> Answer:
        """Post a form, proven for `audience` (the address itself where none is named)."""
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        return await self.ask("POST", url, headers, self.authenticated(audience or url, form))

    async def identified(self, tokens: Tokens, nonce: str | None) -> Confirmed:
        """Prove the ID token, ask for the rest of the person, prove that too, and return who it is.

        `nonce` is None where the request carried none: the back channel has no browser to mix up.
        """
        token = await self._id_token(tokens.id_token, nonce)
        info = await self._user_info(tokens.access_token, token.sub)
        today = datetime.fromtimestamp(self._now(), UTC).date()
        return person(either(_claims(token), _claims(info)), token.acr, today)

    async def _id_token(self, text: str, nonce: str | None) -> _IdToken:
        token = await self._proven(text, _IdToken)
        audiences = [token.aud] if isinstance(token.aud, str) else token.aud
        client, now = self.contract.client_id, self._now()
        checks = {
            "issuer": token.iss == (await self.published()).issuer,
            "audience": client in audiences and (len(audiences) == 1 or token.azp == client),
            "azp": token.azp in ("", client),
            "expired": token.exp > now - SKEW,
            "issued": now - _FRESH < token.iat < now + SKEW,
            "nonce": nonce is None or secrets.compare_digest(token.nonce.encode(), nonce.encode()),
            "acr": token.acr in self._accepted_acr(),
        }
        if failed := [name for name, holds in checks.items() if not holds]:
            raise NotIdentified(Why.UNPROVEN, f"ID token: {failed[0]}")
        return token

    async def _user_info(self, access_token: str, subject: str) -> _UserInfo:
        published = await self.published()
        headers = {"Authorization": f"Bearer {access_token}", "Accept": "application/jwt"}
        answer = await self.ask("GET", published.userinfo_endpoint, headers)
        if answer.status != OK:
            raise NotIdentified(Why.UNAVAILABLE, f"userinfo HTTP {answer.status}")
        info = await self._proven(answer.body.decode("ascii", "replace").strip(), _UserInfo)
        audiences = [info.aud] if isinstance(info.aud, str) else info.aud
        if info.sub != subject or info.iss not in ("", published.issuer):
            raise NotIdentified(Why.UNPROVEN, "userinfo: subject or issuer")
        if audiences != [""] and self.contract.client_id not in audiences:
            raise NotIdentified(Why.UNPROVEN, "userinfo: audience")
        return info

    async def _proven(self, text: str, kind: type[_Decoded]) -> _Decoded:
        """Return what itsme signed and encrypted to this hub; keys it has changed are looked for once."""
        await self.published()
        try:
            signed = self.keys.opened(text)
        except ValueError as error:
            raise NotIdentified(Why.UNPROVEN, str(error)) from None
        try:
            payload = verified(signed, self._signers)
        except ValueError as error:
            if time.monotonic() - self._looked_at < _BETWEEN_LOOKS:
                raise NotIdentified(Why.UNPROVEN, str(error)) from None
            await self._look()
            payload = self._verified_anew(signed)
        return decoded(payload, kind, Why.UNPROVEN)

    def _verified_anew(self, signed: str) -> bytes:
        try:
            return verified(signed, self._signers)
        except ValueError as error:
            raise NotIdentified(Why.UNPROVEN, str(error)) from None

    def _accepted_acr(self) -> frozenset[str]:
        """Return the assurance that is enough; `basic` is what itsme gives where it says nothing."""
        advanced, basic = f"{CLAIM}acr_advanced", f"{CLAIM}acr_basic"
        return frozenset({advanced} if self.contract.acr == "advanced" else {advanced, basic, ""})

    async def _look(self) -> None:
        """Ask itsme for its addresses and keys."""
        issuer = self.contract.issuer.rstrip("/")
        document = await self._document(f"{issuer}/.well-known/openid-configuration")
        published = decoded(document, Published, Why.UNAVAILABLE)
        if published.issuer.rstrip("/") != issuer:
            raise NotIdentified(Why.UNPROVEN, "discovery: another issuer")
        listed = decoded(await self._document(published.jwks_uri), _Jwks, Why.UNAVAILABLE).keys
        signers = [_rsa(key) for key in listed if key.get("kty") == "RSA" and key.get("use") != "enc"]
        self._signers = tuple(key for key in signers if key is not None)
        self._published, self._looked_at = published, time.monotonic()

    async def _document(self, url: str) -> bytes:
        answer = await self.ask("GET", url, {"Accept": "application/json"})
        if answer.status != OK:
            raise NotIdentified(Why.UNAVAILABLE, f"HTTP {answer.status}")
        return answer.body


def refusal(answer: Answer) -> NotIdentified:
    """Return what an answer of itsme that is not 200 means."""
    if answer.status >= 500 or answer.status == _TOO_MANY:
        return NotIdentified(Why.UNAVAILABLE, f"HTTP {answer.status}")
    error = error_of(answer)
    return NotIdentified(ERRORS.get(error, Why.REFUSED), f"HTTP {answer.status} {clean(error, 40)}")


def error_of(answer: Answer) -> str:
    """Return the name of the error in an answer, empty when there is none."""
    try:
        return msgspec.json.decode(answer.body, type=_Failure).error
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ""


def decoded(body: bytes, kind: type[_Decoded], why: Why) -> _Decoded:
    """Return JSON of itsme as its type, else raise `NotIdentified`."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise NotIdentified(why, f"{kind.__name__.strip('_')} not as documented") from None


def _claims(said: Claims) -> Claims:
    return Claims(said.niss, said.family_name, said.given_name, said.birthdate)


def _rsa(jwk: dict[str, object]) -> RSAKey | None:
    try:
        return RSAKey.import_key({name: value for name, value in jwk.items() if isinstance(value, str)})
    except (JoseError, ValueError):
        return None
