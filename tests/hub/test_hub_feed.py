import asyncio
import csv
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import hl7
import hl7.mllp
import pytest
from hub_records import NISS, entry_id, record

from idtui.hub import adt, feed, numbering, onward
from idtui.hub.database import Database
from idtui.hub.mllp import END, START

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
DEADLINE = 60.0


def told(database: Database, since: int = 0) -> list[tuple[int, str, str]]:
    return [
        (int(row["sequence"] or 0), str(row["change"]), str(row["id"]))
        for row in feed.rows(database.engine, since)
    ]


def test_a_new_reader_sees_neither_withdrawn_nor_replaced_entries(database: Database) -> None:
    database.store([record(1), record(2), record(3), record(4)])
    database.store([record(5, "withdrawal", focus=1), record(6, "correction", focus=2, derived=3)])
    assert told(database) == [(3, "stands", entry_id(3)), (4, "stands", entry_id(4))]


def test_a_reader_who_has_an_entry_learns_that_it_went(database: Database) -> None:
    database.store([record(1), record(2)])
    assert [number for number, _, _ in told(database)] == [1, 2]
    database.store([record(3), record(4, "withdrawal", focus=1), record(5, "correction", focus=2, derived=3)])
    assert told(database, since=2) == [
        (3, "stands", entry_id(3)),
        (4, "withdrawn", entry_id(1)),
        (5, "replaced", entry_id(2)),
    ]
    assert told(database, since=5) == []
    (_, gone, replaced) = feed.rows(database.engine, 2)
    assert (gone["message"], gone["niss"], gone["replaced_by"]) == (entry_id(4), NISS, None)
    assert (replaced["message"], replaced["replaced_by"]) == (entry_id(5), entry_id(3))


def test_readers_who_stop_anywhere_end_with_the_same_picture(database: Database) -> None:
    database.store([record(number) for number in range(1, 7)])
    numbering.catch_up(database.engine)
    database.store([record(7, "withdrawal", focus=2), record(8, "correction", focus=4, derived=6)])
    numbering.catch_up(database.engine)
    database.store([record(9, "withdrawal", focus=6)])
    expected = {identity for _, _, identity in told(database)}
    for stop in range(10):
        has: set[str] = set()
        for change in ([row for row in told(database) if row[0] <= stop], told(database, stop)):
            for _, what, identity in change:
                (has.add if what == "stands" else has.discard)(identity)
        assert has == expected


def test_a_large_feed_comes_in_steps_and_what_comes_meanwhile_waits(database: Database) -> None:
    database.store([record(number) for number in range(1, 1_203)])
    reading = feed.rows(database.engine)
    first = next(reading)
    database.store([record(2_000)])
    numbering.catch_up(database.engine)
    assert [row["sequence"] for row in [first, *reading]] == list(range(1, 1_203))
    assert [number for number, _, _ in told(database, since=1_202)] == [1_203]


def test_lines_for_programs(database: Database) -> None:
    database.store([record(1, name='=SPECIMEN,"x"')])
    (line,) = feed.ndjson(feed.rows(database.engine))
    said = json.loads(line)
    assert (said["sequence"], said["change"], said["niss"], said["test"]) == (1, "stands", NISS, False)
    assert "reason" not in said
    header, row = csv.reader(feed.csv_lines(feed.rows(database.engine)))
    assert tuple(header) == feed.COLUMNS
    cells = dict(zip(header, row, strict=True))
    assert (cells["name"], cells["test"], cells["reason"]) == ('\'=SPECIMEN,"x"', "false", "")


def test_an_independent_parser_reads_the_message(database: Database) -> None:
    database.store([record(1, name="Spé^ci|men", serial="591191706458"), record(2, "withdrawal", focus=1)])
    numbering.catch_up(database.engine)
    (row,) = feed.rows(database.engine, 1)
    message = hl7.parse(adt.message(row, NOW, "NNBEL").decode())
    assert [str(segment[0]) for segment in message] == ["MSH", "EVN", "PID", "PV1", "ZIV"]
    assert [message.extract_field("MSH", 1, 9, 1, part) for part in (1, 2, 3)] == ["ADT", "A31", "ADT_A05"]
    assert (message.extract_field("MSH", 1, 10), message.extract_field("MSH", 1, 11)) == (entry_id(2), "P")
    assert [message.extract_field("PID", 1, 3, 1, part) for part in (1, 5)] == [NISS, "NNBEL"]
    assert message.extract_field("PID", 1, 5, 1, 1) == "Spé^ci|men"
    assert [message.extract_field("PID", 1, field) for field in (7, 8)] == ["198507", "F"]
    assert [message.extract_field("PV1", 1, field) for field in (2, 19)] == ["N", "V1"]
    assert [message.extract_field("ZIV", 1, field) for field in range(1, 13)] == [
        *("1", "D", entry_id(1), "eid", "chip", "", "20261122090000+0100", "20261122090000+0100"),
        *("desk-1", "op-1", "591191706458", "2"),
    ]


Answer = Callable[[hl7.Message], bytes | None]


def accept(message: hl7.Message) -> bytes:
    return f"MSH|^~\\&|X\rMSA|AA|{message.extract_field('MSH', 1, 10)}\r".encode()


@contextmanager
def receiving(answer: Answer) -> Iterator[tuple[int, list[str]]]:
    """Receive with the independent library; give the port and the control ids that came."""
    came: list[str] = []
    port: list[int] = []
    ready = threading.Event()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def talk(reader: hl7.mllp.HL7StreamReader, writer: hl7.mllp.HL7StreamWriter) -> None:
        try:
            while True:
                message = await reader.readmessage()
                came.append(message.extract_field("MSH", 1, 10))
                said = answer(message)
                if said is None:
                    break
                writer.write(START + said + END)
                await writer.drain()
        except asyncio.IncompleteReadError:
            pass  # the sender has gone
        finally:
            writer.close()

    async def serve() -> None:
        server = await hl7.mllp.start_hl7_server(talk, host="127.0.0.1", port=0, encoding="utf-8")
        port.append(server.sockets[0].getsockname()[1])
        ready.set()
        await stop.wait()
        server.close()
        await server.wait_closed()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert ready.wait(DEADLINE)
    try:
        yield port[0], came
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(DEADLINE)
        loop.run_until_complete(ended(asyncio.all_tasks(loop)))
        loop.close()


async def ended(tasks: set[asyncio.Task[object]]) -> None:
    """End what is under way and let its connections close."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for _ in range(3):  # a transport says that it is closed in the next rounds of the loop
        await asyncio.sleep(0)


def send(database: Database, port: int, *, since: int | None = None, seconds: float = 30.0) -> onward.Sent:
    return onward.send(
        database.engine, "127.0.0.1", port, niss_type="NNBEL", now=lambda: NOW, since=since, seconds=seconds
    )


def test_every_verification_is_sent_once_and_the_next_run_goes_on(database: Database) -> None:
    database.store([record(1), record(2, "pending"), record(3), record(4, niss=None, kind="exemption")])
    with receiving(accept) as (port, came):
        assert send(database, port) == onward.Sent(2)
        assert send(database, port) == onward.Sent(0)
        database.store([record(5, "withdrawal", focus=1)])
        assert send(database, port) == onward.Sent(1)
        assert send(database, port, since=0) == onward.Sent(1)
    assert came == [entry_id(1), entry_id(3), entry_id(5), entry_id(3)]


def test_a_refused_message_is_named_and_does_not_hold_the_others(database: Database) -> None:
    database.store([record(1), record(2)])

    def answer(message: hl7.Message) -> bytes:
        first = message.extract_field("MSH", 1, 10) == entry_id(1)
        return accept(message).replace(b"|AA|", b"|AR|" if first else b"|AA|")

    with receiving(answer) as (port, _):
        assert send(database, port) == onward.Sent(1, (entry_id(1),))
        assert send(database, port) == onward.Sent(0)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (lambda message: accept(message).replace(b"|AA|", b"|AE|"), "answered AE"),
        (lambda message: accept(message).replace(b"|AA|", b"|ZZ|"), "answered something unknown"),
        (lambda _: b"MSH|^~\\&|X\rMSA|AA|another\r", "acknowledged another message"),
        (lambda _: b"rubbish", "BadField"),
        (lambda _: None, "closed without an answer"),
    ],
)
def test_without_its_own_acknowledgement_a_message_goes_again(
    database: Database, answer: Answer, why: str
) -> None:
    database.store([record(1), record(2)])
    with receiving(answer) as (port, came):
        assert send(database, port) == onward.Sent(0, (), why, 1)
        assert send(database, port).stopped == why
    assert came == [entry_id(1), entry_id(1)]


def test_a_receiver_that_is_away_or_silent_stops_the_run(database: Database) -> None:
    database.store([record(1)])
    silence = threading.Event()

    def wait(_: hl7.Message) -> None:
        silence.wait(DEADLINE)

    with receiving(wait) as (port, _):
        assert send(database, port, seconds=0.2).stopped == "TimeoutError"
        silence.set()
    assert send(database, port).stopped == "ConnectionRefusedError"
    assert feed.position(database.engine, f"127.0.0.1:{port}") == 0
