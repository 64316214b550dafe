"""Enrolment, approval, tokens, revocation and heads, over HTTP against a running hub."""

import gzip
import json
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from hub_desks import SimulatedDesk, statuses
from joserfc import jws
from joserfc.jwk import ECKey, KeySet

from idtui.domain.entries import Verification
from idtui.domain.errors import NotUnderstood
from idtui.hub import desks as hub_desks
from idtui.hub import limits
from idtui.hub.database import HubStatus
from idtui.hub.desks import State, code_of
from idtui.hub.embedded import EmbeddedHub
from idtui.hub.intake import WholeRefused
from idtui.hub.tokens import InvalidToken, Tokens
from idtui.sync import fhir

Make = Callable[..., Verification]
HEAD = "ab" * 32


@pytest.fixture
def log() -> list[Mapping[str, object]]:
    return []


@pytest.fixture
def hub(log: list[Mapping[str, object]]) -> Iterator[EmbeddedHub]:
    hub = EmbeddedHub(training=False, tokens=True, log=log.append)
    hub.start()
    yield hub
    hub.stop()


@pytest.fixture
def desk(hub: EmbeddedHub) -> Iterator[SimulatedDesk]:
    desk = SimulatedDesk(hub.url.removesuffix("/fhir"))
    yield desk
    desk.close()


@pytest.fixture
def approved(hub: EmbeddedHub, desk: SimulatedDesk) -> SimulatedDesk:
    desk.enrol()
    hub.hub.desks.decide(code_of(desk.id), State.APPROVED, "it-1")
    desk.sign_in()
    return desk


def test_a_desk_asks_waits_is_approved_sends_and_is_revoked(
    hub: EmbeddedHub, desk: SimulatedDesk, verification: Make
) -> None:
    for _ in range(2):
        asked = desk.enrol()
        assert asked.status_code == 202
        assert asked.json() == {"id": desk.id, "state": "waiting", "code": code_of(desk.id)}
    refused = desk.ask_token(desk.assertion())
    assert refused.status_code == 401
    assert refused.json() == {"error": "invalid_client", "error_description": "waiting"}
    hub.hub.desks.decide(code_of(desk.id).lower(), State.APPROVED, "it-1")
    assert desk.enrol().json()["state"] == "approved"
    granted = desk.ask_token(desk.assertion())
    assert granted.headers["cache-control"] == "no-store"
    assert (granted.json()["token_type"], granted.json()["expires_in"]) == ("Bearer", 600)
    desk.token = granted.json()["access_token"]
    assert statuses(desk.send([verification(1)])) == [201]
    hub.hub.desks.decide(desk.id, State.REVOKED, "it-2")
    shut_out = desk.send([verification(2)])
    assert shut_out.status_code == 401
    assert shut_out.headers["www-authenticate"] == 'Bearer error="invalid_token", error_description="revoked"'
    assert desk.ask_token(desk.assertion()).json()["error_description"] == "revoked"
    assert hub.status() == HubStatus(records=1, desks=1, waiting=0)
    (kept,) = hub.hub.desks.all()
    assert (kept.state, kept.decided_by) == (State.REVOKED, "it-2")
    with pytest.raises(NotUnderstood):
        hub.hub.desks.decide(desk.id, State.APPROVED, "it-1")


def test_without_a_token_nothing_is_taken(hub: EmbeddedHub, desk: SimulatedDesk, verification: Make) -> None:
    answer = desk.send([verification(1)])
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    for wrong in ("nonsense", "a.b.c", ".." * 3000, desk.assertion()):
        desk.token = wrong
        answer = desk.send([verification(1)])
        assert answer.status_code == 401
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    assert hub.status().records == 0


def test_a_desk_writes_only_as_itself(hub: EmbeddedHub, approved: SimulatedDesk, verification: Make) -> None:
    answer = approved.send(
        [verification(1), verification(2, desk="desk-2"), verification(3, site="71000001"), verification(4)]
    )
    assert statuses(answer) == [201, 403, 403, 201]
    assert answer.json()["entry"][1]["response"]["outcome"]["issue"][0] == {
        "severity": "error",
        "code": "forbidden",
        "diagnostics": "the entry is of another site or desk",
    }
    assert hub.status() == HubStatus(records=2, desks=1, waiting=0)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"iat": -3600, "exp": -3540}, "expired"),
        ({"iat": 3600, "exp": 3660}, "expired"),
        ({"iat": 0, "exp": 61}, "bad assertion"),
        ({"iat": 0, "exp": 0}, "bad assertion"),
        ({"aud": "https://another.example/token"}, "bad assertion"),
        ({"aud": []}, "bad assertion"),
        ({"iss": "somebody"}, "bad assertion"),
        ({"jti": ""}, "bad assertion"),
        ({"jti": "x" * 256}, "bad assertion"),
        ({"jti": 5}, "bad assertion"),
        ({"exp": float("inf")}, "bad assertion"),
        ({"sub": "x' OR '1'='1", "iss": "x' OR '1'='1"}, "unknown"),
        ({"sub": "A" * 43, "iss": "A" * 43}, "unknown"),
    ],
)
def test_an_assertion_that_is_not_right_gives_no_token(
    approved: SimulatedDesk, changes: dict[str, Any], words: str
) -> None:
    now = int(time.time())
    moved: dict[str, Any] = {
        name: now + value if name in ("iat", "exp") and isinstance(value, int) else value
        for name, value in changes.items()
    }
    answer = approved.ask_token(approved.assertion(**moved))
    assert answer.status_code == 401
    assert answer.json() == {"error": "invalid_client", "error_description": words}
    assert approved.ask_token(approved.assertion()).status_code == 200, "the unforged twin"


def test_an_assertion_is_taken_once(approved: SimulatedDesk) -> None:
    assertion = approved.assertion()
    assert approved.ask_token(assertion).status_code == 200
    again = approved.ask_token(assertion)
    assert again.json() == {"error": "invalid_client", "error_description": "replayed"}


def test_a_foreign_key_or_none_signs_nothing(approved: SimulatedDesk) -> None:
    forged = approved.ask_token(approved.assertion(ECKey.generate_key("P-256")))
    assert forged.json()["error_description"] == "bad assertion"
    head, payload, _ = approved.assertion().split(".")
    for assertion in (f"{head}.{payload}.", f"eyJhbGciOiJub25lIn0.{payload}.", "", "a.b", "é.é.é"):
        assert approved.ask_token(assertion).json()["error_description"] == "bad assertion"


def test_used_assertions_are_forgotten_once_they_expired(hub: EmbeddedHub, approved: SimulatedDesk) -> None:
    desks = hub.hub.desks
    assert desks.use_once(approved.id, "one", 1_000)
    assert not desks.use_once(approved.id, "one", 1_000)
    desks.forget_assertions(1_001)
    assert desks.use_once(approved.id, "one", 1_000)


def test_an_access_token_ends(hub: EmbeddedHub, approved: SimulatedDesk) -> None:
    early = Tokens(hub.hub.desks, (), now=lambda: time.time() + 500)
    assert early.caller(approved.token).desk_id == approved.id
    late = Tokens(hub.hub.desks, (), now=lambda: time.time() + 601)
    with pytest.raises(InvalidToken, match="expired"):
        late.caller(approved.token)


@pytest.mark.parametrize(
    "changes",
    [
        {"site": "1"},
        {"desk": ""},
        {"desk": "x" * 41},
        {"desk": "two\nlines"},
        {"more": 1},
        {"key": {"kty": "RSA", "n": "AQAB", "e": "AQAB"}},
        {"key": {"kty": "EC", "crv": "P-256", "x": "A" * 43, "y": "A" * 43}},
        {"key": ECKey.generate_key("P-256").as_dict(private=True)},
    ],
)
def test_an_enrolment_that_is_not_right_is_refused(
    hub: EmbeddedHub, desk: SimulatedDesk, changes: dict[str, object]
) -> None:
    answer = desk.enrol(**changes)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert hub.hub.desks.all() == []


def test_a_key_has_one_name_and_the_waiting_are_bounded(
    hub: EmbeddedHub, desk: SimulatedDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.enrol()
    assert desk.enrol(desk="another").status_code == 409
    monkeypatch.setattr(hub_desks, "MOST_WAITING", 1)
    another = SimulatedDesk(desk.base)
    assert another.enrol().status_code == 409
    another.close()
    assert desk.enrol().status_code == 202, "a known one is not one more"


def test_a_sender_of_too_much_is_told_when_to_come_again() -> None:
    limiter = limits.Limiter(limits.Rate(1, 2), now=iter([0.0, 0.0, 0.0, 0.0, 1.0]).__next__)
    limiter.take("a")
    limiter.take("a")
    with pytest.raises(WholeRefused) as refused:
        limiter.take("a")
    assert (refused.value.status, refused.value.headers) == (429, {"Retry-After": "1"})
    limiter.take("b")
    limiter.take("a")


def test_the_head_of_a_journal_is_countersigned_and_kept(
    hub: EmbeddedHub, approved: SimulatedDesk, verification: Make
) -> None:
    assert "idtui-head" not in approved.send([verification(1)]).headers
    approved.send([verification(2), verification(3)], Idtui_Chain=HEAD)
    answer = approved.send([verification(3), verification(4)], Idtui_Chain=f"{'cd' * 32} 41")
    keys = KeySet.import_key_set(approved._client.get(f"{approved.base}/keys").json())
    signed = jws.deserialize_compact(answer.headers["idtui-head"], keys, algorithms=["ES256"])
    said = json.loads(signed.payload)
    assert said.pop("at").endswith("+00:00")
    assert said == {"desk": approved.id, "head": "cd" * 32, "frames": 41, "records": 3}
    approved.token = answer.headers["idtui-head"]
    assert approved.send([verification(5)]).status_code == 401, "a head is no access token"


def test_a_head_that_is_none_is_refused(approved: SimulatedDesk, verification: Make) -> None:
    answer = approved.send([verification(1)], Idtui_Chain="x" * 64)
    assert answer.status_code == 400


def test_requests_are_logged_and_counted_without_patients(
    hub: EmbeddedHub, approved: SimulatedDesk, verification: Make, log: list[Mapping[str, object]]
) -> None:
    approved.send([verification(1), verification(2, niss="12345678901"), verification(3, desk="other")])
    approved.post(fhir.batch([verification(4)])[:-5])
    line = next(line for line in log if line["route"] == "fhir")
    assert line["desk"] == approved.id
    assert {name: line[name] for name in ("created", "invalid", "forbidden", "status")} == {
        "created": 1,
        "invalid": 1,
        "forbidden": 1,
        "status": 200,
    }
    everything = json.dumps(log)
    for private in ("85073003328", "12345678901", "SPECIMEN", "V0000001", approved.token):
        assert private not in everything
    text = approved._client.get(f"{approved.base}/metrics").text
    assert 'idtui_hub_entries_total{outcome="created"} 1\n' in text
    assert 'idtui_hub_requests_total{route="fhir",status="4xx"} 1\n' in text
    proxied = approved._client.get(f"{approved.base}/metrics", headers={"X-Forwarded-For": "192.0.2.1"})
    assert proxied.status_code == 403


def test_a_training_hub_asks_nothing_and_has_no_desks(verification: Make) -> None:
    hub = EmbeddedHub()
    hub.start()
    desk = SimulatedDesk(hub.url.removesuffix("/fhir"))
    assert statuses(desk.send([verification(1)])) == [201]
    assert desk.enrol().status_code == 404
    desk.close()
    hub.stop()


def test_the_code_is_what_both_sides_compute() -> None:
    assert code_of("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs") == "5Z1ME1"


def test_bombs_depth_and_slow_bodies_are_refused_and_logged_without_patients(
    hub: EmbeddedHub,
    approved: SimulatedDesk,
    verification: Make,
    log: list[Mapping[str, object]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    body = fhir.batch([verification(1)])
    deep = body[:-2] + b"," + b"[" * 100_000 + b"85073003328"
    assert approved.post(gzip.compress(body + b" " * 2**25), Content_Encoding="gzip").status_code == 413
    assert approved.post(deep).status_code == 400
    monkeypatch.setattr(limits, "SECONDS_FOR_BODY", 0.2)
    port = int(approved.base.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
        head = f"POST /fhir HTTP/1.1\r\nHost: h\r\nContent-Type: {fhir.MEDIA_TYPE}\r\n"
        token = f"Authorization: Bearer {approved.token}\r\n"
        line.sendall(f"{head}{token}Content-Length: {len(body)}\r\n\r\n".encode() + body[:-10])
        assert line.recv(64).startswith(b"HTTP/1.1 408")
    assert [line["status"] for line in log if line["route"] == "fhir"] == [413, 400, 408]
    assert not any(private in json.dumps(log) for private in ("85073003328", "SPECIMEN", approved.token))
    assert hub.status().records == 0
