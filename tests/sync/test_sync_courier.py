import gzip
import json
import queue
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from scripted_hub import ScriptedHub, answer, created

from idtui.desk.events import BatchAnswered, BatchFailed, Event, Receipt, Refusal
from idtui.domain.entries import Draft, Verification
from idtui.domain.text import say
from idtui.sync import exchange, fhir
from idtui.sync.courier import HubCourier
from idtui.sync.errors import HubAddressRefused, NotMapped
from idtui.sync.session import Road, connected, deliver

Make = Callable[..., Verification]
SECONDS = 15


@pytest.fixture
def posted() -> "queue.SimpleQueue[Event]":
    return queue.SimpleQueue()


@pytest.fixture
def courier(hub: ScriptedHub, posted: "queue.SimpleQueue[Event]") -> Iterator[HubCourier]:
    courier = HubCourier(Road(hub.url, seconds=0.4))
    courier.start(posted.put)
    yield courier
    courier.stop()


def write(handler: BaseHTTPRequestHandler, data: bytes) -> None:
    handler.wfile.write(data)
    handler.close_connection = True


def test_a_batch_goes_and_its_receipts_come_back(
    hub: ScriptedHub, courier: HubCourier, posted: "queue.SimpleQueue[Event]", verification: Make
) -> None:
    entries = [verification(1), verification(2)]
    busy_when_told: list[bool] = []
    for _ in range(2):
        courier.send(entries)
        event = posted.get(timeout=SECONDS)
        busy_when_told.append(courier.busy)
        assert event == BatchAnswered(tuple(Receipt(entry.id) for entry in entries))
    assert busy_when_told == [False, False]
    assert hub.seen[0] == hub.seen[1], "an entry is resent as it was"


def test_only_one_batch_is_under_way(
    hub: ScriptedHub, courier: HubCourier, posted: "queue.SimpleQueue[Event]", verification: Make
) -> None:
    hub.script = lambda *_: hub.let_go.wait(SECONDS)
    courier.send([verification(1)])
    assert courier.busy
    with pytest.raises(RuntimeError, match="under way"):
        courier.send([verification(2)])
    assert posted.get(timeout=SECONDS) == BatchFailed("no answer in 0.4 s")
    assert len(hub.seen) == 1


def test_a_courier_that_is_not_started_takes_nothing(hub: ScriptedHub, verification: Make) -> None:
    courier = HubCourier(hub.url)
    with pytest.raises(RuntimeError, match="not started"):
        courier.send([verification(1)])
    courier.stop()


def test_stopping_does_not_wait_for_the_hub(
    hub: ScriptedHub, posted: "queue.SimpleQueue[Event]", verification: Make
) -> None:
    asked = queue.SimpleQueue[None]()

    def silent(handler: BaseHTTPRequestHandler, ids: list[str]) -> None:
        asked.put(None)
        hub.let_go.wait(SECONDS)

    hub.script = silent
    courier = HubCourier(Road(hub.url, seconds=SECONDS))
    courier.start(posted.put)
    courier.send([verification(1)])
    asked.get(timeout=SECONDS)
    began = time.monotonic()
    courier.stop()
    assert time.monotonic() - began < 1
    assert posted.empty()
    assert not courier.busy


def drip(handler: BaseHTTPRequestHandler, hub: ScriptedHub, part: bytes) -> None:
    while not hub.let_go.wait(0.02):
        handler.wfile.write(part)
        handler.wfile.flush()


@pytest.mark.parametrize(
    "start",
    [b"", b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n"],
    ids=["status line", "headers", "body"],
)
def test_a_hub_that_dribbles_meets_the_deadline(
    hub: ScriptedHub,
    courier: HubCourier,
    posted: "queue.SimpleQueue[Event]",
    verification: Make,
    start: bytes,
) -> None:
    def dribble(handler: BaseHTTPRequestHandler, ids: list[str]) -> None:
        handler.wfile.write(start)
        drip(handler, hub, b"H" if not start else b"x")

    hub.script = dribble
    began = time.monotonic()
    courier.send([verification(1)])
    assert isinstance(posted.get(timeout=SECONDS), BatchFailed)
    assert time.monotonic() - began < 4


@pytest.mark.parametrize("kept", range(0, 170, 13))
def test_an_answer_cut_anywhere_acknowledges_nothing(hub: ScriptedHub, verification: Make, kept: int) -> None:
    entry = verification(1)
    body = (
        b'{"resourceType":"Bundle","type":"batch-response","entry":['
        b'{"fullUrl":"urn:uuid:%s","response":{"status":"201 Created"}}]}' % entry.id.encode()
    )
    whole = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    assert kept < len(whole)
    hub.script = lambda handler, _: write(handler, whole[:kept])
    assert isinstance(deliver(hub.url, [entry]), BatchFailed)
    hub.script = lambda handler, _: write(handler, whole)
    assert deliver(hub.url, [entry]) == BatchAnswered((Receipt(entry.id),))


def respond(status: int, body: bytes = b"", **headers: str) -> Callable[..., None]:
    def script(handler: BaseHTTPRequestHandler, _: list[str]) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return script


@pytest.mark.parametrize(
    ("status", "refused"),
    [
        (400, True),
        (401, True),
        (403, True),
        (404, False),
        (429, False),
        (500, False),
        (503, False),
    ],
)
def test_a_whole_answer_that_is_no_200_acknowledges_nothing(
    hub: ScriptedHub, verification: Make, status: int, *, refused: bool
) -> None:
    hub.script = respond(status, b'{"issue":[{"diagnostics":"no\\u001b"}]}')
    assert deliver(hub.url, [verification(1)]) == BatchFailed(f"HTTP {status} no\ufffd", refused=refused)


def test_one_entry_too_large_for_the_hub_is_parked_and_blocks_nothing(
    hub: ScriptedHub, verification: Make
) -> None:
    hub.script = respond(413, b'{"issue":[{"diagnostics":"too large"}]}')
    answered = deliver(hub.url, [verification(1), verification(2)])
    assert answered == BatchAnswered((), (Refusal(verification(1).id, 413, "HTTP 413 too large"),))
    assert [len(bundle["entry"]) for bundle in hub.seen] == [2, 1]


@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7.0), ("999999999", 3600.0), ("-1", 0.0), ("soon", 0.0), ("1" * 5000, 0.0)]
)
def test_a_hub_may_ask_to_be_left_alone_within_bounds(
    hub: ScriptedHub, verification: Make, header: str, seconds: float
) -> None:
    hub.script = respond(503, Retry_After=header)
    assert deliver(hub.url, [verification(1)]) == BatchFailed("HTTP 503", retry_after=seconds)


def test_a_batch_is_cut_at_so_many_bytes_and_keeps_its_order(
    hub: ScriptedHub, verification: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = [verification(sequence) for sequence in range(1, 6)]
    one = len(fhir.batch(entries[:1]))
    monkeypatch.setattr("idtui.sync.session.LARGEST_BATCH", 3 * one)
    assert deliver(hub.url, entries) == BatchAnswered(tuple(Receipt(entry.id) for entry in entries[:3]))
    monkeypatch.setattr("idtui.sync.session.LARGEST_BATCH", 10)
    assert deliver(hub.url, entries) == BatchAnswered((Receipt(entries[0].id),))


def test_the_head_of_the_journal_goes_and_comes_back_countersigned(
    hub: ScriptedHub, verification: Make
) -> None:
    with connected(Road(hub.url)) as send:
        hub.script = lambda handler, ids: answer(handler, created(ids), head="e30.e30.c2ln")
        assert send([verification(1)], "ab12") == BatchAnswered(
            (Receipt(verification(1).id),), (), "e30.e30.c2ln"
        )
        hub.script = lambda handler, ids: answer(handler, created(ids), head="no\x1b.jws")
        answered = send([verification(1)], "ab12")
    assert isinstance(answered, BatchAnswered)
    assert answered.head == ""
    assert [head["idtui-chain"] for head in hub.heads] == ["ab12", "ab12"]


@pytest.mark.parametrize(
    ("missing", "named"),
    [
        ({"fhirVersion": "5.0.0"}, "fhirVersion 4.0.1"),
        ({"format": ["xml"]}, "format json"),
        ({"rest": []}, "interaction batch, conditionalCreate of Observation"),
    ],
)
def test_first_contact_says_what_the_server_lacks_and_nothing_goes(
    hub: ScriptedHub, verification: Make, missing: dict[str, Any], named: str
) -> None:
    hub.statement = json.dumps({**json.loads(hub.statement), **missing}).encode()
    failed = deliver(hub.url, [verification(1)])
    assert failed == BatchFailed(say("sync.hub_lacks", what=named), refused=True)
    assert hub.seen == []


def test_a_redirect_is_not_followed(hub: ScriptedHub, verification: Make) -> None:
    hub.script = respond(307, Location=hub.url)
    assert deliver(hub.url, [verification(1)]) == BatchFailed("HTTP 307")
    assert len(hub.seen) == 1


def test_a_batch_too_large_is_halved_until_it_fits(hub: ScriptedHub, verification: Make) -> None:
    honest = hub.script
    hub.script = lambda handler, ids: (honest if len(ids) <= 2 else respond(413))(handler, ids)
    entries = [verification(sequence) for sequence in range(1, 8)]
    assert deliver(hub.url, entries) == BatchAnswered((Receipt(entries[0].id),))
    assert [len(bundle["entry"]) for bundle in hub.seen] == [7, 3, 1]


def test_an_endless_answer_is_cut_off(
    hub: ScriptedHub, verification: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "LARGEST_ANSWER", 10_000)
    hub.script = respond(200, b" " * 50_000)
    assert deliver(hub.url, [verification(1)]) == BatchFailed("answer over 10000 bytes")


def test_a_compressed_answer_is_not_unpacked(hub: ScriptedHub, verification: Make) -> None:
    hub.script = respond(200, gzip.compress(bytes(1000)), Content_Encoding="gzip")
    assert deliver(hub.url, [verification(1)]) == BatchFailed("no batch-response")


@pytest.mark.parametrize(("compress", "encoding"), [(True, "gzip"), (False, None)])
def test_compression_can_be_switched_off(
    hub: ScriptedHub, verification: Make, encoding: str | None, *, compress: bool
) -> None:
    assert isinstance(deliver(hub.url, [verification(1)], compress=compress), BatchAnswered)
    assert hub.encodings == [encoding]


def test_nobody_listening_is_a_failure_that_may_pass(verification: Make) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    failed = deliver(f"http://127.0.0.1:{port}/fhir", [verification(1)])
    assert isinstance(failed, BatchFailed)
    assert failed.words
    assert not failed.refused


def test_an_entry_without_a_form_is_reported_and_the_courier_goes_on(
    hub: ScriptedHub,
    courier: HubCourier,
    posted: "queue.SimpleQueue[Event]",
    verification: Make,
    head: Callable[[int], dict[str, Any]],
) -> None:
    draft = Draft(**head(1), digits="")
    with pytest.raises(NotMapped):
        deliver(hub.url, [draft])
    courier.send([draft])
    assert posted.get(timeout=SECONDS) == BatchFailed("sync.not_mapped", refused=True)
    courier.send([verification(1)])
    assert isinstance(posted.get(timeout=SECONDS), BatchAnswered)


@pytest.mark.parametrize(
    "address",
    [
        "http://hub.hospital.example/fhir",
        "http://192.0.2.1/fhir",
        "http://127.0.0.1.hospital.example/fhir",
        "http://user@127.0.0.1/fhir",
        "https://user:word@hub.hospital.example/fhir",
        "https:///fhir",
        "https://hub.hospital.example/fhir?desk=1",
        "http://[::1",
        "http://127.0.0.1:port/",
        "file:///etc/hosts",
        "",
    ],
)
def test_entries_never_leave_in_the_clear(verification: Make, address: str) -> None:
    with pytest.raises(HubAddressRefused) as refused:
        HubCourier(address)
    assert refused.value.message.id == "sync.hub_address"
    with pytest.raises(HubAddressRefused):
        deliver(address, [verification(1)])


@pytest.mark.parametrize(
    "address",
    [
        "http://localhost:1/fhir",
        "http://127.9.9.9/fhir",
        "http://[::1]:80/fhir",
        "https://hub.hospital.example/fhir",
    ],
)
def test_https_and_loopback_addresses_are_taken(address: str) -> None:
    HubCourier(address)


def test_httpx_is_not_loaded_before_the_first_batch() -> None:
    code = (
        "import sys\n"
        "from idtui.sync.courier import HubCourier\n"
        "courier = HubCourier('http://127.0.0.1:1/fhir')\n"
        "courier.start(print)\n"
        "courier.stop()\n"
        "assert 'httpx' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
