"""The first road to a phone: it opens a short link, goes to itsme and comes back with a code (PKCE)."""

import base64
import hashlib
import secrets
from typing import Protocol
from urllib.parse import urlencode

import msgspec

from idtui.domain.path import Confirmed
from idtui.domain.text import Private
from idtui.hub.itsme.openid import OpenId, Tokens, decoded, refusal
from idtui.hub.itsme.person import CLAIM, NATIONAL_NUMBER
from idtui.sync.exchange import OK
from idtui.sync.itsme import Why

_CLAIMS = msgspec.json.encode({"id_token": {NATIONAL_NUMBER: None}}).decode()


class Asked(Private, frozen=True):
    """The secrets of one request: what comes back must carry `state` and `nonce`, and needs `verifier`."""

    state: str = msgspec.field(default_factory=lambda: secrets.token_urlsafe(32))
    nonce: str = msgspec.field(default_factory=lambda: secrets.token_urlsafe(32))
    verifier: str = msgspec.field(default_factory=lambda: secrets.token_urlsafe(48))


class Line(Protocol):
    """The other end of the redirect road. Everything raises `NotIdentified`."""

    async def ready(self) -> str:
        """Return the name of the issuer once it answers."""
        ...

    async def address(self, asked: Asked) -> str:
        """Return where the phone has to go."""
        ...

    async def redeem(self, asked: Asked, code: str) -> Confirmed:
        """Return who confirmed, for the code the phone came back with."""
        ...

    def public_keys(self) -> object:
        """Return the hub's public keys for itsme, a JWK set."""
        ...


class Redirect:
    """Authorization code with PKCE S256 and `private_key_jwt`."""

    def __init__(self, openid: OpenId) -> None:
        self._openid = openid

    async def ready(self) -> str:
        """Return the name of the issuer."""
        return (await self._openid.published()).issuer

    async def address(self, asked: Asked) -> str:
        """Return where the phone has to go; names the patient nowhere."""
        contract = self._openid.contract
        challenge = hashlib.sha256(asked.verifier.encode()).digest()
        parameters = {
            "response_type": "code",
            "client_id": contract.client_id,
            "redirect_uri": contract.redirect_uri,
            "scope": contract.scope,
            "state": asked.state,
            "nonce": asked.nonce,
            "code_challenge": base64.urlsafe_b64encode(challenge).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
            "acr_values": f"{CLAIM}acr_{contract.acr}",
            "claims": _CLAIMS,
        }
        endpoint = (await self._openid.published()).authorization_endpoint
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(parameters)}"

    async def redeem(self, asked: Asked, code: str) -> Confirmed:
        """Exchange the code and prove what it gives."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._openid.contract.redirect_uri,
            "code_verifier": asked.verifier,
        }
        answer = await self._openid.post((await self._openid.published()).token_endpoint, form)
        if answer.status != OK:
            raise refusal(answer)
        return await self._openid.identified(decoded(answer.body, Tokens, Why.UNPROVEN), asked.nonce)

    def public_keys(self) -> object:
        """Return the JWK set itsme fetches."""
        return self._openid.keys.public()
