"""The hub's records in SQL: one table, one unique key, one transaction per batch."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sql
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from idtui.domain.text import clean, say
from idtui.hub import tables
from idtui.hub.errors import HubUnavailable

_SECONDS_TO_WAIT = 5.0
"""For another writer's transaction; then the batch is answered 503 and comes again."""

_metadata = sql.MetaData()
_observation = sql.Table(
    "observation",
    _metadata,
    sql.Column("id", sql.String(36), primary_key=True),
    sql.Column("sha256", sql.String(64), nullable=False),
    sql.Column("desk", sql.String, nullable=False),
    sql.Column("kind", sql.String(32), nullable=False),
    sql.Column("received_at", sql.DateTime(timezone=True), nullable=False),
    sql.Column("resource", sql.Text, nullable=False),
)


@dataclass(frozen=True, slots=True, repr=False)
class Record:
    """One valid entry: its id, the SHA-256 of its canonical JSON, and that JSON."""

    id: str
    sha256: str
    desk: str
    kind: str
    resource: str


@dataclass(frozen=True, slots=True)
class Held:
    """What the hub holds under an id after a batch, and whether that batch brought it."""

    sha256: str
    new: bool


@dataclass(frozen=True, slots=True)
class HubStatus:
    """Records held, desks they came from, and those of kind `pending`, where verification is still due."""

    records: int
    desks: int
    waiting: int


class Database:
    """The hub's database; safe to use from several threads and several processes."""

    def __init__(self, url: str, *, create: bool = True) -> None:
        """Open the SQLite file of a URL such as `sqlite:////var/lib/idtui/hub.db`.

        Raises `HubUnavailable` for another kind of database, and for a missing file unless `create`.
        """
        path = _file_of(url)
        try:
            if create:
                # Made here first: SQLite would make it readable by others, and its side files copy its mode.
                os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            else:
                path.stat()
        except OSError as error:
            raise HubUnavailable(
                say("hub.no_database", path=clean(str(path)), reason=clean(error.strerror or ""))
            ) from error
        self._engine = sql.create_engine(
            url, hide_parameters=True, connect_args={"timeout": _SECONDS_TO_WAIT}
        )
        sql.event.listen(self._engine, "connect", _make_durable)
        if create:
            try:
                _metadata.create_all(self._engine)
                tables.create(self._engine)
            except sql.exc.SQLAlchemyError:
                self.close()
                raise HubUnavailable(say("hub.database_unreadable")) from None

    @property
    def engine(self) -> sql.Engine:
        """The way to the tables beside the records."""
        return self._engine

    def store(self, records: Iterable[Record]) -> dict[str, Held]:
        """Insert what is not there yet, durably and all at once; return what is held under each id.

        Never looks before it inserts: two senders of one entry leave one record. Ids must not repeat.
        Rows are sorted by key, so that concurrent batches cannot wait for each other in a circle.
        """
        rows = [
            {
                "id": record.id,
                "sha256": record.sha256,
                "desk": record.desk,
                "kind": record.kind,
                "received_at": datetime.now(UTC),
                "resource": record.resource,
            }
            for record in sorted(records, key=lambda record: record.id)
        ]
        if not rows:
            return {}
        table = _observation.c
        insert = sqlite.insert(_observation).on_conflict_do_nothing(index_elements=["id"])
        with self._engine.begin() as connection:
            new = set(connection.execute(insert.returning(table.id), rows).scalars())
            if new:
                connection.execute(tables.ARRIVAL.insert(), [{"id": entry_id} for entry_id in sorted(new)])
            held = connection.execute(
                sql.select(table.id, table.sha256).where(table.id.in_([row["id"] for row in rows]))
            )
            return {row.id: Held(row.sha256, row.id in new) for row in held}

    def status(self) -> HubStatus:
        """Count what is held."""
        table = _observation.c
        pending = sql.func.sum(sql.case((table.kind == "pending", 1), else_=0))
        counts = sql.select(
            sql.func.count(), sql.func.count(table.desk.distinct()), sql.func.coalesce(pending, 0)
        )
        with self._engine.connect() as connection:
            records, desks, waiting = connection.execute(counts.select_from(_observation)).one()
        return HubStatus(records, desks, waiting)

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()


@contextmanager
def opened(url: str) -> Iterator[Database]:
    """Hold a hub's database for one command; raises `HubUnavailable` when it cannot be opened or fails."""
    database = Database(url)
    try:
        yield database
    except sql.exc.SQLAlchemyError:
        raise HubUnavailable(say("hub.database_unreadable")) from None
    finally:
        database.close()


def status(url: str) -> HubStatus:
    """Count what a hub holds, also while it runs; raises `HubUnavailable` when there is no database."""
    database = Database(url, create=False)
    try:
        return database.status()
    except sql.exc.SQLAlchemyError:
        raise HubUnavailable(say("hub.database_unreadable")) from None
    finally:
        database.close()


def _file_of(url: str) -> Path:
    try:
        parsed = sql.make_url(url)
    except sql.exc.ArgumentError:
        parsed = None
    if parsed is None or parsed.get_backend_name() != "sqlite" or parsed.database in (None, "", ":memory:"):
        # The URL may hold a password: it is not quoted.
        raise HubUnavailable(say("hub.database_not_sqlite"))
    return Path(str(parsed.database))


def _make_durable(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()
