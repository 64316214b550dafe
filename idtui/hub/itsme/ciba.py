"""The second road to a phone, not confirmed by itsme: its own QR code at the desk, then the back channel.

CIBA: the hub only calls out, only its public keys have to be reachable. docs/itsme.md says what
of this road was published once and what nobody has confirmed.
"""

import base64
import binascii

import msgspec
from starlette.concurrency import run_in_threadpool

from idtui.devices.codes.pictures import look_in
from idtui.domain.path import Confirmed
from idtui.domain.symbology import Symbology
from idtui.domain.text import Private, clean
from idtui.hub.itsme.openid import OpenId, Tokens, decoded, error_of, refusal
from idtui.hub.itsme.person import CLAIM, NotIdentified
from idtui.sync.exchange import OK
from idtui.sync.itsme import Why

_GRANT = "urn:openid:params:grant-type:ciba"
_DISCOVERED = "USER_DISCOVERED"
_SUCCESS = range(200, 300)
_LONGEST_TEXT = 500
_SLOWER = 5
"""Seconds by which a provider that says `slow_down` is to be asked more rarely (CIBA 11)."""


class Progress(Private, frozen=True):
    """How far one phone is: the discovery session, then the request on the back channel."""

    session: str
    interval: float = 5.0
    request: str = ""


class Shown(Private, frozen=True):
    """The text of the code to show now."""

    text: str
    progress: Progress


class _Session(msgspec.Struct):
    user_discovery_session_id: str = ""
    status: str = ""
    interval: float = 5.0
    user_identifier_token: str = ""


class _Begun(msgspec.Struct):
    auth_req_id: str
    interval: float = 5.0


class CibaQr:
    """User discovery sessions and signed requests. Everything raises `NotIdentified`."""

    def __init__(self, openid: OpenId) -> None:
        self._openid = openid

    async def begin(self) -> Shown:
        """Ask itsme for a code to show."""
        session, body = await self._session("")
        return await self._shown(session, body, session.user_discovery_session_id)

    async def advance(self, progress: Progress) -> Shown | Progress | Confirmed:
        """Ask how far it is: another code to show, what to ask next, or who confirmed."""
        if progress.request:
            return await self._token(progress)
        session, body = await self._session(f"/{progress.session}")
        if session.status == _DISCOVERED:
            return await self._request(progress, session.user_identifier_token)
        return await self._shown(session, body, progress.session)

    def public_keys(self) -> object:
        """Return the JWK set itsme fetches."""
        return self._openid.keys.public()

    async def _session(self, path: str) -> tuple[_Session, bytes]:
        published = await self._openid.published()
        url = f"{self._openid.contract.issuer.rstrip('/')}/user_discovery_sessions{path}"
        answer = await self._openid.post(url, {}, published.backchannel_authentication_endpoint)
        if answer.status not in _SUCCESS:
            raise refusal(answer)
        return decoded(answer.body, _Session, Why.UNAVAILABLE), answer.body

    async def _shown(self, session: _Session, body: bytes, known: str) -> Shown:
        picture = decoded(body, dict[str, object], Why.UNAVAILABLE).get(self._openid.contract.qr_field)
        text = await run_in_threadpool(_text_of, picture if isinstance(picture, str) else "")
        return Shown(text, Progress(known, session.interval))

    async def _request(self, progress: Progress, token: str) -> Progress:
        """Ask on the back channel for the person whose phone was discovered, in a signed request."""
        contract, published = self._openid.contract, await self._openid.published()
        hint = self._openid.assertion(published.issuer, type="user_identifier_token", value=token)
        request = self._openid.assertion(
            published.issuer,
            scope=contract.scope,
            acr_values=f"{CLAIM}acr_{contract.acr}",
            login_hint_token=hint,
        )
        endpoint = published.backchannel_authentication_endpoint
        answer = await self._openid.post(endpoint, {"request": request})
        if answer.status != OK:
            raise refusal(answer)
        begun = decoded(answer.body, _Begun, Why.UNAVAILABLE)
        return Progress(progress.session, begun.interval, begun.auth_req_id)

    async def _token(self, progress: Progress) -> Progress | Confirmed:
        form = {"grant_type": _GRANT, "auth_req_id": progress.request}
        answer = await self._openid.post((await self._openid.published()).token_endpoint, form)
        if answer.status == OK:
            return await self._openid.identified(decoded(answer.body, Tokens, Why.UNPROVEN), None)
        match error_of(answer):
            case "authorization_pending":
                return progress
            case "slow_down":
                return msgspec.structs.replace(progress, interval=progress.interval + _SLOWER)
            case _:
                raise refusal(answer)


def _text_of(picture: str) -> str:
    """Return the text of the QR code in a base64 picture, read in a child process like any foreign one."""
    try:
        data = base64.b64decode(picture.partition("base64,")[2] or picture, validate=True)
    except (binascii.Error, ValueError):
        raise NotIdentified(Why.UNAVAILABLE, "discovery: no picture") from None
    codes = [raw.code().text for raw in look_in(data).codes if raw.symbology is Symbology.QR]
    if len(codes) != 1 or len(codes[0]) > _LONGEST_TEXT or clean(codes[0], _LONGEST_TEXT) != codes[0]:
        raise NotIdentified(Why.UNAVAILABLE, "discovery: no code")
    return codes[0]
