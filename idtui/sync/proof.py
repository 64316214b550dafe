"""How a desk proves itself to a hub: not at all, by a token it was given, or by those its key gets it."""

import time
from typing import TYPE_CHECKING, Annotated, Protocol
from urllib.parse import urlencode

import msgspec

from idtui.domain.text import Message, clean, say
from idtui.sync.desk_key import DeskKey
from idtui.sync.errors import HubRefuses
from idtui.sync.exchange import LASTING, OK, Answer, exchange

if TYPE_CHECKING:
    import httpx

_MARGIN = 30.0
"""Seconds before its end from which a token is no longer used."""

_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_FORM = "application/x-www-form-urlencoded"


class Proof(Protocol):
    """What goes into `Authorization`."""

    async def header(self, client: "httpx.AsyncClient") -> dict[str, str]:
        """Return the header. Raises `HubRefuses` and what `exchange` raises."""
        ...

    def renew(self) -> bool:
        """Forget what the hub did not take; say whether another try may help."""
        ...


class Nobody:
    """No proof: a hub of training, or one that knows its desks by other ways."""

    async def header(self, client: "httpx.AsyncClient") -> dict[str, str]:  # noqa: ARG002  # as in `Proof`
        """Return no header."""
        return {}

    def renew(self) -> bool:
        """Return that there is nothing to renew."""
        return False


class Bearer:
    """A token somebody gave this desk."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def header(self, client: "httpx.AsyncClient") -> dict[str, str]:  # noqa: ARG002  # as in `Proof`
        """Return the header with the token."""
        return {"Authorization": f"Bearer {self._token}"}

    def renew(self) -> bool:
        """Return that only a person can renew it."""
        return False


class _Token(msgspec.Struct):
    access_token: Annotated[str, msgspec.Meta(pattern=r"^[\x21-\x7e]{1,4000}\Z")]
    expires_in: Annotated[float, msgspec.Meta(gt=0, le=86_400)]


class _Error(msgspec.Struct):
    error: str = ""
    error_description: str = ""


class DeskProof:
    """Tokens the desk gets itself: `private_key_jwt` (RFC 7523) at the hub's `/token`."""

    def __init__(self, key: DeskKey, hub: str) -> None:
        self._key = key
        self._address = f"{base_of(hub)}/token"
        self._token = ""
        self._until = 0.0

    async def header(self, client: "httpx.AsyncClient") -> dict[str, str]:
        """Return the header with a token that is good for a while. Raises as `Proof`."""
        if time.monotonic() >= self._until:
            token = await self._fetched(client)
            self._token = token.access_token
            self._until = time.monotonic() + max(token.expires_in - _MARGIN, token.expires_in / 2)
        return {"Authorization": f"Bearer {self._token}"}

    def renew(self) -> bool:
        """Forget the token; say whether there was one."""
        had, self._token, self._until = bool(self._token), "", 0.0
        return had

    async def _fetched(self, client: "httpx.AsyncClient") -> _Token:
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": _ASSERTION,
            "client_assertion": self._key.assertion(self._address, time.time()),
        }
        headers = {"Content-Type": _FORM, "Accept": "application/json"}
        answer = await exchange(client, "POST", self._address, headers, urlencode(form).encode())
        if answer.status != OK:
            raise HubRefuses(_why(answer, self._key), lasting=answer.status in LASTING)
        try:
            return msgspec.json.decode(answer.body, type=_Token)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            raise HubRefuses("POST token: no access_token") from None


def base_of(hub: str) -> str:
    """Return the address under which a hub has its `/desks` and `/token`, beside its `/fhir`."""
    return hub.rstrip("/").removesuffix("/fhir")


def _why(answer: Answer, key: DeskKey) -> str | Message:
    try:
        error = msgspec.json.decode(answer.body, type=_Error)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        error = _Error()
    match error.error_description:
        case "waiting":
            return say("enrol.waiting", code=key.code)
        case "revoked":
            return say("enrol.revoked", code=key.code)
        case "unknown":
            return say("enrol.unknown", code=key.code)
        case other:
            return clean(f"POST token: HTTP {answer.status} {error.error} {other}".rstrip())
