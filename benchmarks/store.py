"""Durable save of one entry at 1,000 records: our store, sqlite3 with WAL and synchronous=FULL, stock TinyDB.

All three write the same payload on the same file system in the same run, in turns, one commit per entry.
"""

import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from tinydb import TinyDB

from benchmarks.row import Row
from idtui.domain.entries import Evidence, Verification
from idtui.domain.episode import Episode
from idtui.domain.reading import PartialDate, ReaderState, Sex
from idtui.domain.rules import EntryType, Means
from idtui.seal.passphrase import Passphrase
from idtui.store.codec import document_of, encode
from idtui.store.desk_store import DeskStore, open_store

RECORDS = 1_000
ROUNDS = 400
STOCK_ROUNDS = 20
MOMENT = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)

Save = Callable[[Verification], object]


class FixedClock:
    """The same moment for every run."""

    def now(self) -> datetime:
        """Return it."""
        return MOMENT


def entry(sequence: int) -> Verification:
    """Return a card verification as a desk records it."""
    return Verification(
        id=str(UUID(int=sequence | 7 << 76 | 2 << 62)),
        sequence=sequence,
        site="71000000",
        desk="desk-1",
        operator="op-1",
        recorded_at=MOMENT,
        care_at=MOMENT,
        verified_at=MOMENT,
        niss="85073003328",
        name="SPECIMEN",
        given_names="Alice",
        birth_date=PartialDate(1985, 7, 30),
        sex=Sex.WOMAN,
        serial="000000122157",
        episode=Episode(visit="V0000001"),
        means=Means.EID,
        entry=EntryType.CHIP,
        evidence=Evidence(reader=ReaderState.READY, hub_reachable=True, certificate_sha256="ab" * 32),
    )


def sqlite_file(path: Path) -> sqlite3.Connection:
    """Return a database with the same questions indexed: id, kind, what waits."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(
        "CREATE TABLE entry (sequence INTEGER PRIMARY KEY, id TEXT UNIQUE, kind TEXT, sent INT, json BLOB)"
    )
    connection.execute("CREATE INDEX by_kind ON entry (kind)")
    connection.execute("CREATE INDEX waiting ON entry (sequence) WHERE sent = 0")
    return connection


def into_sqlite(connection: sqlite3.Connection) -> Save:
    """Return how sqlite3 saves one entry, durably."""
    sql = "INSERT INTO entry VALUES (?, ?, ?, 0, ?)"
    return lambda one: connection.execute(sql, (one.sequence, one.id, one.kind, encode(one)))


def seconds(save: Save, one: Verification) -> float:
    """Return how long one save took."""
    began = time.perf_counter()
    save(one)
    return time.perf_counter() - began


def medians(savers: list[Save], first: int, rounds: int) -> list[float]:
    """Return the median of each saver in milliseconds, in turns so that the disk treats them alike."""
    taken: list[list[float]] = [[] for _ in savers]
    for sequence in range(first, first + rounds):
        one = entry(sequence)
        for save, into in zip(savers, taken, strict=True):
            into.append(seconds(save, one))
    return [statistics.median(into) * 1000 for into in taken]


def rows() -> list[Row]:
    """Measure; about ten seconds."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("IDTUI_BENCH_DIR")) as folder:
        store = open_store(
            Path(folder) / "store", desk="desk-1", clock=FixedClock(), passphrase=Passphrase.random()
        )
        connection = sqlite_file(Path(folder) / "sqlite.db")
        database = TinyDB(Path(folder) / "tinydb.json")
        filling = [entry(sequence) for sequence in range(1, RECORDS + 1)]
        for one in filling:
            store.append(one)
            into_sqlite(connection)(one)
        database.insert_multiple(document_of(encode(one)) for one in filling)
        try:
            return _measured(store, connection, database)
        finally:
            store.close()
            connection.close()
            database.close()


def _measured(store: DeskStore, connection: sqlite3.Connection, database: TinyDB) -> list[Row]:
    into_stock: Save = lambda one: database.insert(_document(one))  # noqa: E731  # one of three savers
    ours, sqlite = medians([store.append, into_sqlite(connection)], RECORDS + 1, ROUNDS)
    (stock,) = medians([into_stock], RECORDS + 1, STOCK_ROUNDS)
    name = f"durable save of one entry at {RECORDS:,}"
    return [
        Row(name, ours, "ms", "sqlite3 WAL FULL", sqlite, ours / sqlite, "<= 1.0 x at 100,000, encrypted"),
        Row(name, ours, "ms", "stock TinyDB", stock, ours / stock, "far below"),
    ]


def _document(one: Verification) -> dict[str, Any]:
    return document_of(encode(one))
