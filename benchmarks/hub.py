"""The hub beside psycopg's executemany of the same rows into the same PostgreSQL, in one run.

Batches of 500 as desks send them (FHIR, gzip, token), validated, one worker, client and server on the same
machine. `python benchmarks/hub.py --million` also fills the database to 1,000,000 rows first.
"""

import argparse
import asyncio
import gzip
import re
import statistics
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import msgspec  # noqa: E402  # after the path is set
import psycopg  # noqa: E402  # likewise
from hub_desks import SimulatedDesk  # noqa: E402  # likewise
from hub_entries import verification  # noqa: E402  # likewise
from hub_serving import Serving, serving  # noqa: E402  # likewise
from postgres_service import Postgres, programs  # noqa: E402  # likewise

from benchmarks.row import Row, not_run  # noqa: E402  # likewise
from idtui.hub.checks import checked  # noqa: E402  # likewise
from idtui.hub.database import Database, migrate  # noqa: E402  # likewise
from idtui.hub.desks import Desks, Enrolment  # noqa: E402  # likewise
from idtui.hub.resources import Bundle  # noqa: E402  # likewise
from idtui.sync import fhir  # noqa: E402  # likewise

BATCHES = 20
STORED = 10_000
MILLION = 1_000_000
DESKS = 200
EACH = 4
NAME = "intake, batches of 500, one worker, validated"

INSERT = b"""INSERT INTO peer (id, sha256, desk, kind, site, resource, received_at)
VALUES (%s, %s, %s, %s, %s, %s, now())"""
HEAD = """POST /fhir HTTP/1.1\r
Host: 127.0.0.1:{port}\r
Content-Type: application/fhir+json\r
Content-Encoding: gzip\r
Authorization: Bearer {token}\r
Content-Length: {length}\r
\r
"""
FILL = b"""INSERT INTO observation (id, sha256, desk, site, kind, received_at, resource)
SELECT lpad(to_hex(n), 8, '0') || '-0000-7000-8000-000000000000', repeat('ab', 32), 'desk-0', '71000000',
'verification', now(), repeat('x', 1800) FROM generate_series(%s::int, %s::int) AS n"""


def bodies(first: int, count: int) -> list[bytes]:
    """Return packed batches of 500 as a desk sends them, of numbers never used before in this run."""
    return [
        gzip.compress(fhir.batch([verification(first + batch * 500 + n) for n in range(500)]), 1)
        for batch in range(count)
    ]


def rows(*, million: bool = False) -> list[Row]:
    """Measure on a private PostgreSQL; about a minute, some more with a million rows."""
    if programs() is None:
        return [not_run(NAME, "PostgreSQL is not installed")]
    server = Postgres()
    try:
        server.do("CREATE DATABASE hub")
        url = server.url("hub")
        migrate(url)
        with serving(url) as hub:
            told = _measured(hub, url, million=million)
            hub.end()
        return told
    finally:
        server.stop()


def _measured(hub: Serving, url: str, *, million: bool) -> list[Row]:
    (desk,) = _signed_in(hub, url)
    _send(desk, bodies(0, 2))  # warm
    empty = _send(desk, bodies(10_000, BATCHES))
    peer = _executemany(url, BATCHES)
    rate, peer_rate = BATCHES * 500 / empty, BATCHES * 500 / peer
    told = [
        Row(
            NAME,
            rate,
            "entries/s",
            "psycopg executemany",
            peer_rate,
            rate / peer_rate,
            ">= 2,000/s and >= 0.3 x",
        )
    ]
    again = _send(desk, bodies(10_000, BATCHES))
    told.append(Row("the same sent again", BATCHES * 500 / again, "entries/s", "first", rate, empty / again))
    for number, size in enumerate((STORED, MILLION) if million else (STORED,), 2):
        _fill(url, size)
        taken = _send(desk, bodies(number * 100_000, BATCHES))
        told.append(
            Row(
                f"a batch of 500 at {size:,} stored rows and more",
                taken / BATCHES * 1000,
                "ms",
                "almost empty",
                empty / BATCHES * 1000,
                taken / empty,
                "flat",
            )
        )
    if not million:
        told.append(
            not_run(f"a batch of 500 at {MILLION:,} stored rows", "python benchmarks/hub.py --million")
        )
    desks = _signed_in(hub, url, DESKS)
    told.append(_many_desks(hub, desks))
    for one in (desk, *desks):
        one.close()
    return told


def _signed_in(hub: Serving, url: str, number: int = 1) -> list[SimulatedDesk]:
    """Return so many desks, each with a key and a token of its own."""
    desks = [SimulatedDesk(hub.base) for _ in range(number)]
    database = Database(url)
    for desk in desks:
        asked = {"site": desk.site, "desk": desk.name, "key": desk.public_key}
        Desks(database).enrol(msgspec.convert(asked, Enrolment), approved_by="bench")
        desk.sign_in()
    database.close()
    return desks


def _send(desk: SimulatedDesk, packed: list[bytes]) -> float:
    """Return the seconds for all batches, one after the other: as many times the median one."""
    taken = []
    for body in packed:
        began = time.perf_counter()
        answer = desk.post(body, Content_Encoding="gzip", Idtui_Chain="ab" * 32)
        answer.raise_for_status()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken) * len(taken)


def _executemany(url: str, count: int) -> float:
    """Return the seconds for the same rows, nothing checked, one transaction per batch of 500; as `_send`."""
    kept = [_rows_of(body) for body in bodies(0, count)]
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE peer (LIKE observation INCLUDING ALL)")
        connection.commit()
        taken = []
        for batch in kept:
            began = time.perf_counter()
            with connection.transaction(), connection.cursor() as cursor:
                cursor.executemany(INSERT, batch)
            taken.append(time.perf_counter() - began)
        return statistics.median(taken) * len(taken)


def _rows_of(body: bytes) -> list[tuple[str, ...]]:
    """Return the rows the hub makes of a batch."""
    entries = msgspec.json.decode(gzip.decompress(body), type=Bundle).entry
    records = [checked(raw, training=False) for raw in entries]
    return [(one.id, one.sha256, one.desk, one.kind, one.site, one.resource) for one in records]


def _fill(url: str, size: int) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        counted = connection.execute("SELECT count(*) FROM observation").fetchone()
        held = counted[0] if counted else 0
        if held < size:
            connection.execute(FILL, (held, size))
            connection.execute("VACUUM ANALYZE observation")
            connection.execute("CHECKPOINT")  # else what is measured is still the writing of these rows


def _many_desks(hub: Serving, desks: list[SimulatedDesk]) -> Row:
    """Send one entry after the other from each of many desks at a time."""
    packed = [
        [gzip.compress(fhir.batch([verification(900_000 + number * EACH + turn)]), 1) for turn in range(EACH)]
        for number in range(len(desks))
    ]

    port = int(hub.base.rpartition(":")[2])

    async def one(token: str, bodies: list[bytes]) -> list[float]:
        """Send over one connection; a client library's pool of 200 would cost more than the hub."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        taken = []
        for body in bodies:
            head = HEAD.format(port=port, token=token, length=len(body)).encode()
            began = time.perf_counter()
            writer.write(head + body)
            answer = await reader.readuntil(b"\r\n\r\n")
            assert answer.startswith(b"HTTP/1.1 200 "), answer
            length = re.search(rb"content-length: ([0-9]+)", answer, re.IGNORECASE)
            assert length is not None, answer
            assert b'"201 Created"' in await reader.readexactly(int(length[1]))
            taken.append(time.perf_counter() - began)
        writer.close()
        await writer.wait_closed()
        return taken

    async def all_of_them() -> list[float]:
        each = [one(desk.token, bodies) for desk, bodies in zip(desks, packed, strict=True)]
        return [seconds for taken in await asyncio.gather(*each) for seconds in taken]

    answered = sorted(asyncio.run(all_of_them()))
    name = f"{len(desks)} desks at once, one entry at a time, 95 % answered within"
    return Row(name, answered[int(len(answered) * 0.95)] * 1000, "ms", goal=f"all {len(answered)} taken")


def main() -> None:
    """Print the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--million", action="store_true", help="also at 1,000,000 stored rows")
    for row in rows(million=parser.parse_args().million):
        peer = f"{row.peer} {row.peer_value:,.1f}" if row.peer_value is not None else ""
        ratio = f"{row.ratio:.2f} x" if row.ratio is not None else ""
        print(f"{row.name} | {row.ours or 0:,.1f} {row.unit} | {peer} | {ratio} | {row.goal}")


if __name__ == "__main__":
    main()
