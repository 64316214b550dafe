"""The line cut, slowed, flooded and impersonated: nothing leaves the outbox without its own receipt."""

import asyncio
import json
import random
import ssl
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from line_faults import FailingHub, Sender, every_cut, serving
from scripted_hub import ScriptedHub, answer, created

from idtui.desk.events import BatchAnswered, BatchFailed
from idtui.domain.entries import Verification
from idtui.sync.answer import PASSING, read_answer
from idtui.sync.exchange import LARGEST_ANSWER
from idtui.sync.session import Road, connected

Make = Callable[..., Verification]
STEP = 101


def test_the_line_cut_after_a_byte_of_request_or_answer_costs_nothing() -> None:
    requests, answers = asyncio.run(every_cut(range(1, 900, STEP), range(0, 300, STEP)))
    assert (requests, answers) == (9, 3)


def test_a_hub_that_lost_the_condition_would_be_seen() -> None:
    async def twice() -> dict[str, int]:
        async with serving(FailingHub(cut_answer=20)) as hub:
            sender = Sender(Road(f"http://127.0.0.1:{hub.port}/fhir", compress=False))
            await sender.send()
            await sender.send()
            await sender.session.close()
            return hub.kept

    assert set(asyncio.run(twice()).values()) == {2}, "the hub keeps each once, by its identifier"


def test_no_status_of_the_whole_removes_anything(hub: ScriptedHub, verification: Make) -> None:
    entries = [verification(1), verification(2)]
    with connected(Road(hub.url)) as send:
        for status in range(400, 600):
            hub.script = lambda handler, ids, status=status: answer(handler, created(ids), status)  # type: ignore[misc]  # bound now
            answered = send(entries, "")
            if status == 413:  # cut down to one entry, which is parked
                assert isinstance(answered, BatchAnswered)
                assert answered.receipts == ()
            else:
                assert isinstance(answered, BatchFailed), status


def test_a_status_of_one_entry_parks_it_for_good_or_leaves_it() -> None:
    for status in range(300, 600):
        told = [{"response": {"status": f"{status}"}}, {"response": {"status": "201 Created"}}]
        bundle = {"resourceType": "Bundle", "type": "batch-response", "entry": told}
        answered = read_answer(json.dumps(bundle).encode(), ["a", "b"])
        assert answered is not None
        assert [one.entry_id for one in answered.receipts] == ["b"]
        parked = ["a"] if 400 <= status < 500 and status not in PASSING else []
        assert [one.entry_id for one in answered.refusals] == parked, status


def test_duplicate_permuted_forged_and_foreign_receipts_remove_nothing_of_others() -> None:
    drawn = random.Random(20261122)
    ids = ["a", "b", "c", "d", "e"]
    for _ in range(500):
        told = created(ids)
        for _ in range(drawn.randint(1, 3)):
            _spoil(told, drawn)
        bundle = {"resourceType": "Bundle", "type": "batch-response", "entry": told}
        answered = read_answer(json.dumps(bundle).encode(), ids)
        assert answered is not None
        for receipt in answered.receipts:
            in_its_place = told[ids.index(receipt.entry_id)]
            assert in_its_place["fullUrl"] == f"urn:uuid:{receipt.entry_id}", "another's answer counted"


def _spoil(told: list[dict[str, object]], drawn: random.Random) -> None:
    """Duplicate, copy over, forge or drop one answer."""
    place, other = drawn.randrange(len(told)), drawn.randrange(len(told))
    match drawn.randrange(4):
        case 0:
            told.insert(place, dict(told[other]))
        case 1:
            told[place] = dict(told[other])
        case 2:
            told[place] = {**told[place], "fullUrl": "urn:uuid:foreign"}
        case _ if len(told) > 1:
            del told[place]


@pytest.mark.parametrize(
    "endless",
    [
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"10000\r\n" + b" " * 65_536 + b"\r\n",
        b"X" * 65_536,
        b"HTTP/1.1 200 OK\r\n" + b"X-Endless: yes\r\n" * 4096,
    ],
    ids=["continue", "body", "status line", "headers"],
)
def test_an_endless_answer_ends_in_time_and_in_little_memory(endless: bytes) -> None:
    async def flooded() -> tuple[list[str], list[str]]:
        async with serving(FailingHub(endless=endless)) as hub:
            sender = Sender(Road(f"http://127.0.0.1:{hub.port}/fhir", compress=False, seconds=2))
            left = await sender.send()
            await sender.session.close()
            return left, sender.ids

    tracemalloc.start()
    left, ids = asyncio.run(flooded())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert left == ids
    assert peak < 6 * LARGEST_ANSWER


@dataclass
class Authority:
    """An authority of a test that vouches for names."""

    folder: Path

    def __post_init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Specimen authority")])
        made = self._builder(self.name, self.key.public_key(), timedelta(days=1)).add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        )
        self.file = self.folder / "authority.pem"
        self.file.write_bytes(made.sign(self.key, hashes.SHA256()).public_bytes(Encoding.PEM))

    def _builder(
        self, name: x509.Name, key: ec.EllipticCurvePublicKey, left: timedelta
    ) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self.name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=30))
            .not_valid_after(now + left)
        )

    def server(self, host: str, left: timedelta = timedelta(days=1)) -> ssl.SSLContext:
        """Return what a server of that name shows."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        made = self._builder(name, key.public_key(), left).add_extension(
            x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False
        )
        file = self.folder / "server.pem"
        file.write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            + made.sign(self.key, hashes.SHA256()).public_bytes(Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


async def over_tls(context: ssl.SSLContext, authorities: Path | None) -> tuple[bool, int]:
    """Send three entries; return whether they arrived and how many the hub got to see."""
    async with serving(FailingHub(), context) as hub:
        road = Road(f"https://localhost:{hub.port}/fhir", authorities=authorities, compress=False)
        sender = Sender(road)
        left = await sender.send()
        await sender.session.close()
        return left == [], len(hub.kept)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def test_a_hub_that_proves_its_name_is_taken(authority: Authority) -> None:
    assert asyncio.run(over_tls(authority.server("localhost"), authority.file)) == (True, 3)


def test_a_hub_nobody_vouches_for_another_name_and_an_old_certificate_get_nothing(
    authority: Authority, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    stranger = Authority(tmp_path / "other")
    for context, authorities in (
        (authority.server("localhost"), None),
        (stranger.server("localhost"), authority.file),
        (authority.server("other.hospital.example"), authority.file),
        (authority.server("localhost", timedelta(days=-1)), authority.file),
        (authority.server("localhost"), tmp_path / "missing.pem"),
    ):
        assert asyncio.run(over_tls(context, authorities)) == (False, 0)
