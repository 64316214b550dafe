import gzip
import json
import queue
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from idtui.desk.events import BatchAnswered, BatchFailed, Event, Receipt
from idtui.domain.entries import Entry, RecordedVerdict, Verification, Withdrawal
from idtui.hub import engine as hub_engine
from idtui.hub.database import HubStatus, status
from idtui.hub.embedded import EmbeddedHub
from idtui.hub.errors import HubUnavailable
from idtui.hub.intake import LARGEST_BODY
from idtui.hub.server import Service, listen, serve
from idtui.sync import fhir
from idtui.sync.courier import HubCourier
from idtui.sync.session import deliver

Make = Callable[..., Verification]
Withdraw = Callable[[int, str], Withdrawal]
HEADERS = {"Content-Type": fhir.MEDIA_TYPE}


@pytest.fixture
def hub() -> Iterator[EmbeddedHub]:
    hub = EmbeddedHub()
    hub.start()
    yield hub
    hub.stop()


def post(hub: EmbeddedHub, body: bytes, **headers: str) -> httpx.Response:
    return httpx.post(hub.url, content=body, headers={**HEADERS, **headers}, trust_env=False)


def test_a_batch_is_stored_once_however_often_it_is_sent(
    hub: EmbeddedHub, verification: Make, withdrawal: Withdraw
) -> None:
    entries: list[Entry] = [verification(1), verification(2), withdrawal(3, verification(1).id)]
    receipts = tuple(Receipt(entry.id) for entry in entries)
    for compress in (True, False, True):
        assert deliver(hub.url, entries, compress=compress) == BatchAnswered(receipts)
    assert hub.status() == HubStatus(records=3, desks=1, waiting=0)


def test_a_refused_entry_is_named_and_the_others_arrive(hub: EmbeddedHub, verification: Make) -> None:
    deliver(hub.url, [verification(2)])
    bad = verification(1, niss="12345678901")
    other = verification(2, niss="17073003384")
    answered = deliver(hub.url, [bad, other, verification(3)])
    assert isinstance(answered, BatchAnswered)
    assert [(one.entry_id, one.status) for one in answered.refusals] == [(bad.id, 400), (other.id, 409)]
    assert answered.refusals[0].words == "subject is not eleven digits with their check number"
    assert answered.receipts == (Receipt(verification(3).id),)


def test_a_real_hub_parks_what_training_sends(verification: Make) -> None:
    hub = EmbeddedHub(training=False)
    hub.start()
    specimen = verification(1, verdict=RecordedVerdict(verified=True, specimen=True))
    answered = deliver(hub.url, [specimen, verification(2)])
    hub.stop()
    assert isinstance(answered, BatchAnswered)
    assert [refusal.status for refusal in answered.refusals] == [400]
    assert answered.receipts == (Receipt(verification(2).id),)


def test_the_courier_delivers_and_a_hub_that_went_away_costs_nothing(verification: Make) -> None:
    hub = EmbeddedHub()
    hub.start()
    posted: queue.SimpleQueue[Event] = queue.SimpleQueue()
    courier = HubCourier(hub.url)
    courier.start(posted.put)
    courier.send([verification(1)])
    assert posted.get(timeout=15) == BatchAnswered((Receipt(verification(1).id),))
    hub.stop()
    courier.send([verification(2)])
    assert isinstance(posted.get(timeout=15), BatchFailed)
    courier.stop()


def test_concurrent_desks_leave_one_record_per_entry(hub: EmbeddedHub, verification: Make) -> None:
    entries = [verification(number) for number in range(1, 201)]
    answers: list[BatchAnswered | BatchFailed] = []
    threads = [
        threading.Thread(target=lambda batch=batch: answers.append(deliver(hub.url, batch)))
        for batch in (entries, entries[::-1], entries[100:] + entries[:100], entries)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [len(answer.receipts) for answer in answers if isinstance(answer, BatchAnswered)] == [200] * 4
    assert hub.status().records == 200


def test_bodies_that_are_too_much_or_not_ours_are_refused(hub: EmbeddedHub, verification: Make) -> None:
    body = fhir.batch([verification(1)])
    assert post(hub, bytes(LARGEST_BODY + 1)).status_code == 413
    assert post(hub, gzip.compress(bytes(21 * 1024 * 1024)), Content_Encoding="gzip").status_code in {
        400,
        413,
    }
    assert post(hub, body, **{"Content-Encoding": "br"}).status_code == 415
    assert post(hub, body, **{"Content-Type": "text/plain"}).status_code == 415
    deep = b'{"resourceType":"Bundle","type":"batch","entry":' + b"[" * 200_000
    assert post(hub, deep).status_code == 400
    nul = json.loads(body)
    nul["entry"][0]["resource"]["device"]["identifier"]["value"] = "desk\x00"
    assert post(hub, json.dumps(nul).encode()).json()["entry"][0]["response"]["status"] == "400 Bad Request"
    assert hub.status().records == 0
    answer = post(hub, body, **{"Content-Type": f"{fhir.MEDIA_TYPE}; charset=utf-8"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == fhir.MEDIA_TYPE


def test_a_bomb_is_not_unpacked(hub: EmbeddedHub) -> None:
    answer = post(hub, gzip.compress(bytes(300 * 1024 * 1024), 9), **{"Content-Encoding": "gzip"})
    assert answer.status_code == 413
    assert answer.json()["issue"][0]["diagnostics"] == "unpacks to too much"


def test_it_says_what_it_can_do(hub: EmbeddedHub) -> None:
    statement = httpx.get(f"{hub.url}/metadata", trust_env=False).json()
    assert statement["resourceType"] == "CapabilityStatement"
    assert statement["fhirVersion"] == "4.0.1"
    (resource,) = statement["rest"][0]["resource"]
    assert (resource["type"], resource["conditionalCreate"]) == ("Observation", True)
    assert statement["rest"][0]["interaction"] == [{"code": "batch"}]
    assert httpx.get(hub.url.replace("/fhir", "/health"), trust_env=False).json() == {"status": "ok"}
    assert httpx.get(hub.url, trust_env=False).status_code == 405


def test_a_database_that_stays_locked_is_an_answer_that_may_pass(
    verification: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_engine, "SECONDS_TO_WAIT", 0.05)
    hub = EmbeddedHub()
    hub.start()
    other = sqlite3.connect(Path(hub._folder.name) / "hub.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert deliver(hub.url, [verification(1)]) == BatchFailed("HTTP 503 database not available")
    other.execute("ROLLBACK")
    other.close()
    assert isinstance(deliver(hub.url, [verification(1)]), BatchAnswered)
    hub.stop()


def test_an_embedded_hub_leaves_nothing_behind() -> None:
    before = set(threading.enumerate())
    hub = EmbeddedHub()
    hub.start()
    folder = Path(hub._folder.name)
    hub.stop()
    assert not folder.exists()
    assert set(threading.enumerate()) <= before


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"host": "0.0.0.0"}, "hub.needs_tls"),
        ({"host": "::"}, "hub.needs_tls"),
        ({"host": "192.0.2.1"}, "hub.needs_tls"),
        ({"host": "hub.hospital.example"}, "hub.needs_tls"),
        ({"host": ""}, "hub.needs_tls"),
        ({"host": "0.0.0.0", "tokens": False, "proxy": "192.0.2.2"}, "hub.loopback_without_tokens"),
        ({"host": "0.0.0.0", "training": True, "proxy": "192.0.2.2"}, "hub.loopback_without_tokens"),
        ({"host": "0.0.0.0", "proxy": "192.0.2.2"}, "hub.needs_address"),
        ({"proxy": "127.0.0.1"}, "hub.needs_address"),
        ({"certificate": Path("missing.pem")}, "hub.certificate_unusable"),
    ],
)
def test_it_does_not_listen_where_that_is_not_safe(
    database_url: str, options: dict[str, Any], said: str
) -> None:
    with pytest.raises(HubUnavailable) as refused:
        serve(Service(database_url, **options))
    assert refused.value.message.id == said


def test_an_answer_waits_for_no_acknowledgement() -> None:
    """Two writes of one answer lay 40 ms apart: the second waited for the delayed ACK of the first."""
    with listen("127.0.0.1", 0) as listening, socket.create_connection(listening.getsockname()) as _:
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_taken_or_impossible_port_is_named(database_url: str) -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        for wrong, message in ((port, "hub.port_unavailable"), (70_000, "hub.no_such_port")):
            with pytest.raises(HubUnavailable) as refused:
                serve(Service(database_url, port=wrong))
            assert refused.value.message.id == message
            assert refused.value.message.parameters["port"] == wrong


SERVE = """
import sys
from idtui.hub.server import Service, serve
serve(Service(sys.argv[1], tokens=False), lambda port: print(port, flush=True))
"""


def served(database_url: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", SERVE, database_url],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_hub_of_its_own_survives_kill_9_ends_on_sigterm_and_is_silent(
    database_url: str, tmp_path: Path, verification: Make
) -> None:
    for ending, expected in ((signal.SIGKILL, -signal.SIGKILL), (signal.SIGTERM, -signal.SIGTERM)):
        with served(database_url) as process:
            assert process.stdout
            assert process.stderr
            url = f"http://127.0.0.1:{int(process.stdout.readline())}/fhir"
            bad = verification(9, niss="12345678901")
            answered = deliver(url, [verification(1), verification(2), bad])
            assert isinstance(answered, BatchAnswered)
            assert len(answered.receipts) == 2
            assert status(database_url).records == 2, "counted beside the running hub"
            process.send_signal(ending)
            process.wait(timeout=20)
            assert process.stdout.read() == process.stderr.read() == ""
        assert process.returncode == expected
    assert status(database_url).records == 2
    assert {path.stat().st_mode & 0o777 for path in tmp_path.glob("hub.db*")} == {0o600}


def test_a_sender_cut_off_in_mid_body_is_forgotten(hub: EmbeddedHub, verification: Make) -> None:
    body = fhir.batch([verification(1)])
    port = int(hub.url.rpartition(":")[2].partition("/")[0])
    with socket.create_connection(("127.0.0.1", port)) as line:
        head = f"POST /fhir HTTP/1.1\r\nHost: h\r\nContent-Type: {fhir.MEDIA_TYPE}\r\n"
        line.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body[:-10])
    began = time.monotonic()
    assert deliver(hub.url, [verification(2)]) == BatchAnswered((Receipt(verification(2).id),))
    assert time.monotonic() - began < 5
    assert hub.status().records == 1
