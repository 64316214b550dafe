"""What doctor says of the hub: none, not allowed, not answering, answering rubbish, not fit, fit."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from idtui.desk.checks import Check, CheckState
from idtui.sync import exchange
from idtui.sync.checks import checks

FIT = b"""{"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1",
  "format": ["xml", "application/fhir+json"],
  "rest": [{"interaction": [{"code": "transaction"}, {"code": "batch"}], "resource": [
    {"type": "Patient"}, {"type": "Observation", "conditionalCreate": true}
]}]}"""


@contextmanager
def answering(body: bytes, status: int = 200) -> Iterator[str]:
    """Give the address of a server that answers everything asked below /fhir/metadata the same."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/fhir/metadata" else 404)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/fhir"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def states(found: list[Check]) -> dict[str, CheckState]:
    return {check.id: check.state for check in found}


def test_a_desk_without_a_hub_is_told_so() -> None:
    assert states(list(checks(""))) == {"hub.address": CheckState.WARNING}


@pytest.mark.parametrize("hub", ["http://198.51.100.1/fhir", "https:///fhir", "rubbish"])
def test_an_address_this_version_may_not_send_to_is_bad(hub: str) -> None:
    (check,) = checks(hub)
    assert (check.id, check.state) == ("hub.address", CheckState.BAD)
    assert check.finding.id == "sync.hub_address"


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_fit_hub_is_in_order(slash: str) -> None:
    with answering(FIT) as hub:
        assert states(list(checks(hub + slash, seconds=30))) == {
            "hub.address": CheckState.OK,
            "hub.answer": CheckState.OK,
            "hub.conditional_create": CheckState.OK,
            "hub.capabilities": CheckState.OK,
        }


@pytest.mark.parametrize(
    "body",
    [b"{}", b'{"rest":[]}', FIT.replace(b"true", b"false"), FIT.replace(b"Observation", b"Encounter")],
)
def test_a_hub_that_would_store_twice_is_bad(body: bytes) -> None:
    with answering(body) as hub:
        found = states(list(checks(hub, seconds=30)))
    assert found["hub.conditional_create"] is CheckState.BAD


def test_what_else_a_server_lacks_is_named() -> None:
    with answering(FIT.replace(b"4.0.1", b"4.3.0").replace(b"batch", b"history-system")) as hub:
        *_, check = checks(hub, seconds=30)
    assert (check.id, check.state) == ("hub.capabilities", CheckState.BAD)
    assert check.finding.parameters["what"] == "fhirVersion 4.0.1, interaction batch"


@pytest.mark.parametrize(
    ("body", "status", "why"),
    [
        (FIT, 500, "GET metadata: HTTP 500"),
        (b"<html>", 200, "GET metadata: CapabilityStatement?"),
        (b'{"rest": 1}', 200, "GET metadata: CapabilityStatement?"),
        (b"[" * 100_000, 200, "GET metadata: CapabilityStatement?"),
        (b"x" * 2000, 200, "answer over 1000 bytes"),
    ],
)
def test_an_answer_that_is_none_is_bad(
    body: bytes, status: int, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if why.startswith("answer over"):
        monkeypatch.setattr(exchange, "LARGEST_ANSWER", 1000)
    with answering(body, status) as hub:
        *_, check = checks(hub, seconds=30)
    assert (check.id, check.state) == ("hub.answer", CheckState.BAD)
    assert check.finding.parameters["why"] == why


def test_a_hub_that_is_away_or_never_answers_is_bad_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        hub = f"http://127.0.0.1:{silent.getsockname()[1]}/fhir"
        begun = time.monotonic()
        *_, check = checks(hub, seconds=0.05)
        assert time.monotonic() - begun < 5.0
        assert (check.id, check.finding.parameters["why"]) == ("hub.answer", "> 0.05 s")
    *_, check = checks(hub, seconds=30)
    assert (check.id, check.state) == ("hub.answer", CheckState.BAD)
