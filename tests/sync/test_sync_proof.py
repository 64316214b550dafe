"""How a desk proves itself: its key, its tokens, and what the hub may say against it."""

import hashlib
import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from scripted_hub import ScriptedHub, answer, created

from idtui.desk.events import BatchAnswered, BatchFailed, Receipt
from idtui.domain.entries import Verification
from idtui.domain.text import say
from idtui.sync.desk_key import DeskKey, code_of
from idtui.sync.enrolment import Enrolled, begun, enrol, enrolment_of
from idtui.sync.errors import HubRefuses, HubUnreachable
from idtui.sync.proof import base_of
from idtui.sync.session import Road, connected

Make = Callable[..., Verification]
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def key() -> DeskKey:
    return DeskKey.new()


class TokenHub:
    """What a hub with tokens does: `/token` gives `tokens` one after the other, `/fhir` takes only `good`."""

    def __init__(self, hub: ScriptedHub) -> None:
        self.good = {"first", "second"}
        self.tokens = iter(["first", "second"])
        self.asked: list[dict[str, list[str]]] = []
        self.shown: list[dict[str, Any]] = []
        self.says: tuple[int, dict[str, Any]] | None = None
        self.hub = hub
        hub.posts["/token"] = self._token
        hub.posts["/desks"] = self._desks
        hub.script = self._fhir

    def _token(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        self.asked.append(parse_qs(body.decode()))
        assert handler.headers["Content-Type"] == FORM
        token = {"access_token": next(self.tokens, "third"), "token_type": "Bearer", "expires_in": 600}
        self._say(handler, *(self.says or (200, token)))

    def _desks(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        self.shown.append(json.loads(body))
        thumb = ECKey.import_key(self.shown[-1]["key"]).thumbprint()
        told = {"id": thumb, "state": "waiting", "code": code_of(thumb)}
        self._say(handler, *(self.says or (202, told)))

    def _fhir(self, handler: BaseHTTPRequestHandler, ids: list[str]) -> None:
        token = (handler.headers["Authorization"] or "").removeprefix("Bearer ")
        if token in self.good:
            answer(handler, created(ids))
        else:
            self._say(handler, 401, {})

    def _say(self, handler: BaseHTTPRequestHandler, status: int, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)


@pytest.fixture
def tokens(hub: ScriptedHub) -> TokenHub:
    return TokenHub(hub)


@pytest.fixture
def send(hub: ScriptedHub, key: DeskKey) -> Iterator[Callable[..., BatchAnswered | BatchFailed]]:
    with connected(Road(hub.url, key=key)) as send:
        yield lambda *entries: send(entries, "")


def test_the_id_is_the_thumbprint_and_the_code_its_hash_in_crockfords_letters(key: DeskKey) -> None:
    public = key.public
    canonical = json.dumps(public, sort_keys=True, separators=(",", ":")).encode()
    assert key.id == ECKey.import_key(dict(public)).thumbprint()
    assert hashlib.sha256(canonical).digest() == base64url(key.id)
    assert set(public) == {"kty", "crv", "x", "y"}
    bits = "".join(f"{byte:08b}" for byte in hashlib.sha256(key.id.encode()).digest())
    letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    assert key.code == "".join(letters[int(bits[at : at + 5], 2)] for at in range(0, 30, 5))
    assert "hidden" in repr(key)


def base64url(text: str) -> bytes:
    import base64

    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_an_assertion_is_signed_short_lived_and_never_the_same(key: DeskKey) -> None:
    first, second = (key.assertion("https://hub.example/token", 1_000_000.7) for _ in range(2))
    token = jwt.decode(first, ECKey.import_key(dict(key.public)), algorithms=["ES256"])
    assert token.header["alg"] == "ES256"
    claims = token.claims
    assert (claims["iss"], claims["sub"], claims["aud"]) == (key.id, key.id, "https://hub.example/token")
    assert (claims["iat"], claims["exp"]) == (1_000_000, 1_000_060)
    assert (
        claims["jti"]
        != jwt.decode(second, ECKey.import_key(dict(key.public)), algorithms=["ES256"]).claims["jti"]
    )


@pytest.mark.parametrize(
    ("hub", "base"),
    [
        ("https://h.example/fhir", "https://h.example"),
        ("https://h.example/x/fhir/", "https://h.example/x"),
        ("https://h.example/r4", "https://h.example/r4"),
    ],
)
def test_token_and_desks_stand_beside_fhir(hub: str, base: str) -> None:
    assert base_of(hub) == base


def test_one_token_serves_many_batches(
    tokens: TokenHub, hub: ScriptedHub, send: Callable[..., object], verification: Make
) -> None:
    for number in (1, 2, 3):
        assert send(verification(number)) == BatchAnswered((Receipt(verification(number).id),))
    (asked,) = tokens.asked
    assert asked["grant_type"] == ["client_credentials"]
    assert asked["client_assertion_type"] == ["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"]
    assert asked["client_assertion"][0].count(".") == 2
    assert {head["authorization"] for head in hub.heads} == {"Bearer first"}


def test_a_token_no_longer_taken_is_renewed_once(
    tokens: TokenHub, hub: ScriptedHub, send: Callable[..., object], verification: Make
) -> None:
    send(verification(1))
    tokens.good = {"second"}
    assert send(verification(2)) == BatchAnswered((Receipt(verification(2).id),))
    tokens.good = set()
    assert send(verification(3)) == BatchFailed("HTTP 401", refused=True)
    assert len(tokens.asked) == 3
    assert len(hub.seen) == 5


@pytest.mark.parametrize("told", ["waiting", "revoked", "unknown"])
def test_a_desk_that_gets_no_token_is_told_why_and_sends_nothing(
    tokens: TokenHub,
    hub: ScriptedHub,
    send: Callable[..., object],
    verification: Make,
    *,
    key: DeskKey,
    told: str,
) -> None:
    tokens.says = (401, {"error": "invalid_client", "error_description": told})
    why = {
        "waiting": say("enrol.waiting", code=key.code),
        "revoked": say("enrol.revoked", code=key.code),
        "unknown": say("enrol.unknown", code=key.code),
    }
    assert send(verification(1)) == BatchFailed(why[told], refused=True)
    assert hub.seen == []


@pytest.mark.parametrize(
    ("says", "refused"),
    [
        ((401, {"error": "invalid_client", "error_description": "no\x1b[2J"}), True),
        ((404, {}), True),
        ((503, {}), False),
        ((200, {"access_token": "two words", "expires_in": 600}), True),
        ((200, {"access_token": "x", "expires_in": -1}), True),
        ((200, {}), True),
    ],
)
def test_rubbish_for_a_token_sends_nothing(
    tokens: TokenHub,
    hub: ScriptedHub,
    send: Callable[..., object],
    verification: Make,
    says: tuple[int, dict[str, Any]],
    *,
    refused: bool,
) -> None:
    tokens.says = says
    failed = send(verification(1))
    assert isinstance(failed, BatchFailed)
    assert (failed.refused, hub.seen) == (refused, [])
    assert "\x1b" not in str(failed.words)


def test_a_token_that_somebody_gave_is_sent_as_it_is(
    tokens: TokenHub, hub: ScriptedHub, verification: Make
) -> None:
    with connected(Road(hub.url, bearer="second")) as send:
        assert isinstance(send([verification(1)], ""), BatchAnswered)
        tokens.good = set()
        assert send([verification(1)], "") == BatchFailed("HTTP 401", refused=True)
    assert tokens.asked == []


def test_a_desk_shows_its_public_key_only_and_compares_the_code(tokens: TokenHub, hub: ScriptedHub) -> None:
    enrolment = begun(None, hub=hub.url, site="71000000", desk="Balie 3")
    road = Road(hub.url)
    told = enrol(enrolment, road)
    assert told == Enrolled(enrolment.key.id, "waiting", enrolment.key.code)
    assert tokens.shown == [{"site": "71000000", "desk": "Balie 3", "key": enrolment.key.public}]
    tokens.says = (202, {"id": "another", "state": "approved", "code": told.code})
    with pytest.raises(HubRefuses):
        enrol(enrolment, road)
    tokens.says = (202, {"id": told.id, "state": "perhaps", "code": told.code})
    with pytest.raises(HubRefuses):
        enrol(enrolment, road)
    tokens.says = (409, {"issue": [{"diagnostics": "desk is known"}]})
    with pytest.raises(HubRefuses) as refused:
        enrol(enrolment, road)
    assert "desk is known" in str(refused.value.words)
    hub.stop()
    with pytest.raises(HubUnreachable):
        enrol(enrolment, road)


def test_a_key_is_for_one_desk_of_one_site_at_one_hub() -> None:
    import msgspec

    where = {"hub": "https://h.example/fhir", "site": "71000000", "desk": "Balie 3"}
    kept = msgspec.json.encode(begun(None, **where))
    assert begun(kept, **where) == enrolment_of(kept)
    for name in where:
        moved = begun(kept, **{**where, name: "another"})
        assert moved.private != begun(kept, **where).private
    assert "hidden" not in repr(enrolment_of(kept))
    assert enrolment_of(None) is None
