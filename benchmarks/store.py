"""The store beside sqlite3 (WAL, synchronous=FULL, same payload and indexes) and stock TinyDB, in one run.

Saves are made in turns on the same file system, one commit per entry; ours are encrypted as well. sqlite3
indexes what our store indexes: id, kind, what waits, patient (NISS), visit, open pendings. Patients come back
about five times and each has a visit of its own each time, so the indexes of both have work. Opening is from
the closed file to every entry indexed, against sqlite3 reading the same rows, each in a process of its own.
"""

import gc
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

from tinydb import TinyDB

from benchmarks.row import Row
from idtui.domain.entries import Evidence, Verification
from idtui.domain.episode import Episode
from idtui.domain.niss import check_number
from idtui.domain.reading import PartialDate, ReaderState, Sex
from idtui.domain.rules import EntryType, Means
from idtui.seal.passphrase import LEAST, Passphrase
from idtui.store.codec import document_of, encode
from idtui.store.desk_store import DeskStore, open_store

SIZES = (1_000, 10_000, 100_000)
ROUNDS = 500
STOCK_ROUNDS = {1_000: 20, 10_000: 10, 100_000: 3}
MOMENT = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
PASSPHRASE = Passphrase("only for this benchmark", LEAST)
PATIENTS = 20_000
WOMEN_A_DAY = 499
"""How many NISS of women one day of birth has room for: even numbers to 998."""
OPENINGS = 5

NOTE = (
    "sqlite3 has the same payload and the same indexes as the store (id, kind, what waits, patient, visit,"
    " open pendings) and does not encrypt. Saves are made in turns, so are openings and, for what a large"
    " store costs more than a small one, saves into both; each figure is the median."
)
"""Stands on the page above the table."""

Save = Callable[[Verification], object]

READ = """
import re, sys, time
from pathlib import Path
from idtui.seal.passphrase import Passphrase
from idtui.store.desk_store import read_store
import cryptography.hazmat.primitives.ciphers.aead, msgspec
began = time.perf_counter()
store = read_store(Path(sys.argv[1]), Passphrase("only for this benchmark"))
taken = time.perf_counter() - began
peak = int(re.search("VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())[1])
print(taken, len(store), peak / 1024)
"""

READ_SQLITE = """
import sqlite3, sys, time
began = time.perf_counter()
connection = sqlite3.connect(sys.argv[1])
read = connection.execute("SELECT sequence, id, kind, sent, json FROM entry ORDER BY sequence").fetchall()
print(time.perf_counter() - began, len(read))
"""


class FixedClock:
    """The same moment for every run."""

    def now(self) -> datetime:
        """Return it."""
        return MOMENT


def entry(sequence: int) -> Verification:
    """Return a card verification as a desk records it, just under 1,000 bytes."""
    patient = sequence * 7_919 % PATIENTS
    born = date(1960, 1, 1) + timedelta(days=patient // WOMEN_A_DAY)
    nine = int(f"{born:%y%m%d}{2 + 2 * (patient % WOMEN_A_DAY):03}")
    return Verification(
        id=str(UUID(int=sequence | 7 << 76 | 2 << 62)),
        sequence=sequence,
        site="71000000",
        desk="desk-1",
        operator="op-1",
        recorded_at=MOMENT,
        care_at=MOMENT,
        verified_at=MOMENT,
        niss=f"{nine}{check_number(nine, born_2000_or_later=False):02}",
        name="SPECIMEN",
        given_names="Alice",
        birth_date=PartialDate(born.year, born.month, born.day),
        sex=Sex.WOMAN,
        serial="000000122157",
        episode=Episode(visit=f"V{sequence:07}"),
        means=Means.EID,
        entry=EntryType.CHIP,
        evidence=Evidence(reader=ReaderState.READY, hub_reachable=True, certificate_sha256="ab" * 32),
    )


def sqlite_file(path: Path) -> sqlite3.Connection:
    """Return a database with the same questions indexed as our store has (`idtui.store.index`)."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(
        "CREATE TABLE entry (sequence INTEGER PRIMARY KEY, id TEXT UNIQUE, kind TEXT, sent INT, due INT,"
        " niss TEXT, visit TEXT, json BLOB)"
    )
    connection.execute("CREATE INDEX by_kind ON entry (kind)")
    connection.execute("CREATE INDEX waiting ON entry (sequence) WHERE sent = 0")
    connection.execute("CREATE INDEX of_patient ON entry (niss)")
    connection.execute("CREATE INDEX of_visit ON entry (visit)")
    connection.execute("CREATE INDEX open_pending ON entry (sequence) WHERE due = 1")
    return connection


def into_sqlite(connection: sqlite3.Connection) -> Save:
    """Return how sqlite3 saves one entry, durably."""
    sql = "INSERT INTO entry VALUES (?, ?, ?, 0, 0, ?, ?, ?)"
    return lambda one: connection.execute(
        sql, (one.sequence, one.id, one.kind, one.niss, one.episode.visit, encode(one))
    )


def into_stock(database: TinyDB) -> Save:
    """Return how stock TinyDB saves one entry; without its own file being whole at every moment."""
    return lambda one: database.insert(document_of(encode(one)))


def seconds(save: Save, one: Verification) -> float:
    """Return how long one save took."""
    began = time.perf_counter()
    save(one)
    return time.perf_counter() - began


def medians(savers: list[tuple[Save, int]], rounds: int) -> list[float]:
    """Return the median of each saver in milliseconds, in turns so that the disk treats them alike.

    Each begins with the sequence that stands beside it.
    """
    taken: list[list[float]] = [[] for _ in savers]
    for turn in range(rounds):
        for (save, first), into in zip(savers, taken, strict=True):
            into.append(seconds(save, entry(first + turn)))
    return [statistics.median(into) * 1000 for into in taken]


def rows() -> list[Row]:
    """Measure at every size; about three minutes."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("IDTUI_BENCH_DIR")) as folder:
        return _measured(Path(folder))


def _measured(folder: Path) -> list[Row]:
    store = _new(folder / "store")
    connection = sqlite_file(folder / "sqlite.db")
    database = TinyDB(folder / "tinydb.json")
    told: list[Row] = []
    first = 1
    try:
        for size in SIZES:
            # The last entries of all are saved to compare the store with a small one.
            measured = size - ROUNDS * (2 if size == SIZES[-1] else 1) + 1
            filling = [entry(sequence) for sequence in range(first, measured)]
            for one in filling:
                store.append(one)
            _fill_sqlite(connection, filling)
            database.insert_multiple(
                document_of(encode(entry(sequence))) for sequence in range(first, size + 1)
            )
            gc.collect()
            first = measured + ROUNDS
            ours, sqlite = medians([(store.append, measured), (into_sqlite(connection), measured)], ROUNDS)
            (stock,) = medians([(into_stock(database), measured)], STOCK_ROUNDS[size])
            name = f"durable save of one entry at {size:,}"
            told += [
                Row(name, ours, "ms", "sqlite3 WAL FULL", sqlite, ours / sqlite, "<= 1.0 x, encrypted"),
                Row(name, ours, "ms", "stock TinyDB", stock, ours / stock, "far below"),
            ]
        told.append(_flat(store, folder / "small"))
        _fill_sqlite(connection, [entry(sequence) for sequence in range(first, first + ROUNDS)])
    finally:
        store.close()
        connection.close()
        database.close()
    return [*told, *_opened(folder)]


def _new(directory: Path) -> DeskStore:
    return open_store(directory, desk="desk-1", clock=FixedClock(), passphrase=PASSPHRASE)


def _flat(large: DeskStore, directory: Path) -> Row:
    """Save in turns into the large store and a small one: the cost must not grow with what is there."""
    small = _new(directory)
    try:
        for sequence in range(1, SIZES[0] - ROUNDS + 1):
            small.append(entry(sequence))
        savers: list[tuple[Save, int]] = [(one.append, one.next_sequence()) for one in (large, small)]
        most, least = medians(savers, ROUNDS)
    finally:
        small.close()
    return Row(
        "save cost from 1,000 to 100,000", most, "ms", "itself at 1,000", least, most / least, "<= 1.2 x"
    )


def _fill_sqlite(connection: sqlite3.Connection, filling: list[Verification]) -> None:
    connection.execute("BEGIN")
    for one in filling:
        into_sqlite(connection)(one)
    connection.execute("COMMIT")


def _opened(folder: Path) -> list[Row]:
    """Open in turns, each time in a process of its own; the first turn warms the file cache."""
    taken: list[list[float]] = []
    for _ in range(1 + OPENINGS):
        ours, count, memory = _told(READ, folder / "store")
        taken.append([ours, _told(READ_SQLITE, folder / "sqlite.db")[0], memory])
    ours, sqlite, memory = (statistics.median(column) for column in zip(*taken[1:], strict=True))
    return [
        Row(
            f"open {int(count):,} entries",
            ours,
            "s",
            "sqlite3 reading the rows",
            sqlite,
            ours / sqlite,
            "<= 1.5 s",
        ),
        Row(f"memory with {int(count):,} entries", memory, "MB", goal="<= 250 MB"),
    ]


def _told(program: str, of: Path) -> list[float]:
    """Run a small program on a path and return the figures it prints."""
    done = subprocess.run(
        [sys.executable, "-c", program, str(of)], capture_output=True, text=True, check=True
    )
    return [float(one) for one in done.stdout.split()]


def main() -> None:
    """Print the rows."""
    for row in rows():
        peer = f"{row.peer} {row.peer_value:.3f}" if row.peer_value is not None else ""
        ratio = f"{row.ratio:.2f} x" if row.ratio is not None else ""
        print(f"{row.name} | {row.ours or 0:.3f} {row.unit} | {peer} | {ratio} | {row.goal}")


if __name__ == "__main__":
    main()
