import asyncio
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime

import hl7
import hl7.mllp
import msgspec
import pytest
import sqlalchemy as sql

from idtui.domain.visit import Visit, VisitState
from idtui.hub import mllp, visits
from idtui.hub.database import Database
from idtui.sync.imports.segments import LARGEST_MESSAGE

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
DEADLINE = 30.0
ADMISSION = (
    "MSH|^~\\&|ADT|HOSP|IDTUI|HUB|20261122083000+0100||ADT^A01^ADT_A01|M1|P|2.5||||||UNICODE UTF-8\r"
    "EVN|A01|20261122083000\r"
    "PID|1||85073003328^^^HOSP^NNBEL||Specimen^Zoé||19850730|F\r"
    f"PV1|1|I|W1{'|' * 16}V1{'|' * 25}202611220815+0100\r"
)


def held(database: Database) -> list[Visit]:
    return msgspec.json.decode(visits.of_day(database.engine, date(2026, 11, 22)), type=list[Visit])


@contextmanager
def listening(database: Database, *, seconds: float = 30.0, peers: int = 20) -> Iterator[int]:
    """Run a listener in a thread of its own; give its port."""
    port: list[int] = []
    ready = threading.Event()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()
    listener = mllp.Listener(database.engine, ("NNBEL",), lambda: NOW)
    listener._seconds = seconds

    def started(number: int) -> None:
        port.append(number)
        ready.set()

    thread = threading.Thread(
        target=lambda: loop.run_until_complete(listener.serve("127.0.0.1", 0, started, stop))
    )
    thread.start()
    assert ready.wait(DEADLINE)
    try:
        yield port[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(DEADLINE)
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


async def exchange(port: int, sent: bytes, *, end: bool = False) -> bytes:
    """Send raw bytes and return all that comes until the line is closed."""
    async with asyncio.timeout(DEADLINE):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        if end:
            writer.write_eof()
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        return answer


def framed(message: str) -> bytes:
    return mllp.START + message.encode() + mllp.END


def codes_of(answer: bytes) -> list[tuple[str, str]]:
    messages = [hl7.parse(part.strip(b"\x0b\x1c\r").decode()) for part in answer.split(mllp.END) if part]
    return [(str(message.segment("MSA")[1]), str(message.segment("MSA")[2])) for message in messages]


def test_an_independent_sender_is_acknowledged_after_the_visit_is_kept(database: Database) -> None:
    async def send(port: int) -> hl7.Message:
        async with asyncio.timeout(DEADLINE):
            reader, writer = await hl7.mllp.open_hl7_connection("127.0.0.1", port, encoding="utf-8")
            writer.writemessage(hl7.parse(ADMISSION))
            await writer.drain()
            answer = await reader.readmessage()
            writer.close()
            await writer.wait_closed()
            return answer

    with listening(database) as port:
        answer = asyncio.run(send(port))
    assert (str(answer.segment("MSA")[1]), str(answer.segment("MSA")[2])) == ("AA", "M1")
    assert [str(answer.segment("MSH")[at]) for at in (3, 5, 9)] == ["IDTUI", "ADT", "ACK^A01^ACK"]
    assert [(visit.number, visit.name, visit.niss) for visit in held(database)] == [
        ("V1", "Specimen", "85073003328")
    ]


def test_messages_one_after_the_other_late_and_twice(database: Database) -> None:
    late = ADMISSION.replace("20261122083000+", "20261122070000+").replace("M1", "M0")
    cancel = (
        ADMISSION.replace("^A01^", "^A11^").replace("20261122083000+", "20261122090000+").replace("M1", "M2")
    )
    with listening(database) as port:
        sent = b"".join(framed(one) for one in (ADMISSION, cancel, late, cancel))
        answer = asyncio.run(exchange(port, sent + b"\r\n", end=True))
    assert codes_of(answer) == [("AA", "M1"), ("AA", "M2"), ("AA", "M0"), ("AA", "M2")]
    assert [visit.state for visit in held(database)] == [VisitState.CANCELLED]


@pytest.mark.parametrize(
    ("change", "code", "error"),
    [
        (("^A01^", "^A40^"), "AR", "201"),
        (("ADT^A01", "ORU^R01"), "AR", "200"),
        (("85073003328", "85073003329"), "AE", "102"),
        (("|V1|", "||"), "AE", "102"),
        (("UNICODE UTF-8", "KLINGON"), "AR", "100"),
    ],
)
def test_what_cannot_be_kept_is_answered_so_and_the_line_goes_on(
    database: Database, change: tuple[str, str], code: str, error: str
) -> None:
    listener = mllp.Listener(database.engine, ("NNBEL",), lambda: NOW)
    answer = hl7.parse(listener.answer(ADMISSION.replace(*change).encode()).decode())
    assert (str(answer.segment("MSA")[1]), str(answer.segment("ERR")[3])) == (code, error)
    assert "85073003329" not in str(answer)
    assert held(database) == []
    with listening(database) as port:
        both = framed(ADMISSION.replace(*change)) + framed(ADMISSION)
        assert [kept for kept, _ in codes_of(asyncio.run(exchange(port, both, end=True)))] == [code, "AA"]


def test_a_database_that_is_away_is_no_acceptance(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> int:
        raise sql.exc.OperationalError("", {}, Exception())

    monkeypatch.setattr(visits, "store", away)
    answer = mllp.Listener(database.engine, ("NNBEL",), lambda: NOW).answer(ADMISSION.encode())
    assert codes_of(answer) == [("AE", "M1")]


def test_separators_in_a_control_id_do_not_break_the_answer(database: Database) -> None:
    listener = mllp.Listener(database.engine, ("NNBEL",), lambda: NOW)
    answer = listener.answer(ADMISSION.replace("|M1|", "|M\\F\\1|").encode())
    assert str(hl7.parse(answer.decode()).extract_field("MSA", 1, 2)) == "M|1"


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        mllp.START + ADMISSION.encode() + b"\x1c",
        mllp.START + b"M" * (LARGEST_MESSAGE + 10),
    ],
    ids=["no frame", "cut off", "too long"],
)
def test_a_broken_frame_closes_the_line_and_nothing_else(
    database: Database, sent: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with listening(database) as port:
        assert asyncio.run(exchange(port, sent, end=True)) == b""
        assert codes_of(asyncio.run(exchange(port, framed(ADMISSION), end=True))) == [("AA", "M1")]
    assert "BadFrame" in caplog.text
    assert "Specimen" not in caplog.text
    assert "85073003328" not in caplog.text


def test_a_slow_peer_is_cut_off_and_a_silent_one_is_not(database: Database) -> None:
    async def both(port: int) -> tuple[bytes, bytes]:
        silent_reader, silent = await asyncio.open_connection("127.0.0.1", port)
        cut = await exchange(port, mllp.START + b"MSH|")
        silent.write(framed(ADMISSION))
        silent.write_eof()
        answer = await silent_reader.read()
        silent.close()
        await silent.wait_closed()
        return cut, answer

    with listening(database, seconds=0.2) as port:
        cut, answer = asyncio.run(asyncio.wait_for(both(port), DEADLINE))
    assert cut == b""
    assert codes_of(answer) == [("AA", "M1")]


def test_too_many_peers_are_turned_away(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mllp, "MOST_PEERS", 1)

    async def two(port: int) -> bytes:
        first_reader, first = await asyncio.open_connection("127.0.0.1", port)
        first.write(framed(ADMISSION))
        await first_reader.readuntil(mllp.END)
        turned_away = await exchange(port, b"")
        first.write(framed(ADMISSION))
        assert codes_of(await first_reader.readuntil(mllp.END)) == [("AA", "M1")]
        first.close()
        await first.wait_closed()
        return turned_away

    with listening(database) as port:
        assert asyncio.run(asyncio.wait_for(two(port), DEADLINE)) == b""
