"""The hub's records in SQL: one unique key, one transaction per batch, the same statements everywhere."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import sqlalchemy as sql
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert

from idtui.domain.text import say
from idtui.hub import bulk, heads, schema
from idtui.hub.engine import in_transaction, open_engine
from idtui.hub.errors import HubUnavailable
from idtui.hub.heads import Chain
from idtui.hub.schema import CHAIN_HEAD, OBSERVATION

_Result = TypeVar("_Result")
Insert = sqlite.Insert | postgresql.Insert


@dataclass(frozen=True, slots=True, repr=False)
class Record:
    """One valid entry: its id, the SHA-256 of its canonical JSON, and that JSON."""

    id: str
    sha256: str
    site: str
    desk: str
    kind: str
    resource: str


@dataclass(frozen=True, slots=True)
class Held:
    """What the hub holds under an id after a batch, and whether that batch brought it."""

    sha256: str
    new: bool


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a batch: what is held under each id, and how many records came under heads so far."""

    held: dict[str, Held]
    records: int = 0


@dataclass(frozen=True, slots=True)
class HubStatus:
    """Records held, desks they came from, and those of kind `pending`, where verification is still due.

    `went_back` counts desks whose journal once had fewer frames than before, see `heads`.
    """

    records: int
    desks: int
    waiting: int
    went_back: int = 0


class Database:
    """The hub's database; safe to use from several threads and several processes."""

    def __init__(self, url: str, *, create: bool = True) -> None:
        """Open it; an SQLite file is made and brought to this version when `create`.

        Raises `HubUnavailable` for what is no such database, and for one of another version: a PostgreSQL
        database is brought to this version by `migrate` only, whose user may own more than the hub's.
        """
        self.engine = open_engine(url, create=create)
        self._reading = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        try:
            if create and self.engine.dialect.name == "sqlite":
                schema.migrate(self.engine)
            else:
                with self.engine.connect() as connection:
                    schema.check(connection)
        except sql.exc.SQLAlchemyError:
            self.close()
            raise HubUnavailable(say("hub.database_unreadable")) from None
        except HubUnavailable:
            self.close()
            raise

    def run(self, work: Callable[[sql.Connection], _Result]) -> _Result:
        """Do `work` in one transaction, see `in_transaction`."""
        return in_transaction(self.engine, work)

    def read(self, query: sql.Select[*tuple[Any, ...]]) -> Sequence[sql.Row[*tuple[Any, ...]]]:
        """Return the rows of one query, without the round trips of a transaction."""
        with self._reading.connect() as connection:
            return connection.execute(query).all()

    def insert(self, table: sql.Table) -> Insert:
        """Return an INSERT of this database's dialect, for its ON CONFLICT."""
        if self.engine.dialect.name == "sqlite":
            return sqlite.insert(table)
        return postgresql.insert(table)

    def store(self, records: Iterable[Record], chain: Chain | None = None) -> Stored:
        """Insert what is not there yet, durably and all at once; return what is held now.

        Never looks before it inserts: two senders of one entry leave one record. Ids must not repeat.
        Rows are sorted by key, so that concurrent batches cannot wait for each other in a circle; a desk's
        row of heads comes after them for the same reason.
        """
        now = datetime.now(UTC)
        rows = [
            {
                "id": record.id,
                "sha256": record.sha256,
                "site": record.site,
                "desk": record.desk,
                "kind": record.kind,
                "received_at": now,
                "resource": record.resource,
            }
            for record in sorted(records, key=lambda record: record.id)
        ]
        table = OBSERVATION.c
        known = sql.select(table.id, table.sha256).where(table.id.in_([row["id"] for row in rows]))

        def work(connection: sql.Connection) -> Stored:
            new = bulk.insert_records(connection, OBSERVATION, rows)
            if len(new) == len(rows):
                held = {str(row["id"]): Held(str(row["sha256"]), new=True) for row in rows}
            else:
                held = {row.id: Held(row.sha256, row.id in new) for row in connection.execute(known)}
            if chain is None:
                return Stored(held)
            return Stored(held, connection.execute(self._head(chain, len(new), now)).scalar_one())

        return self.run(work)

    def status(self) -> HubStatus:
        """Count what is held."""
        table = OBSERVATION.c
        pending = sql.func.sum(sql.case((table.kind == "pending", 1), else_=0))
        desks = sql.select(sql.func.count()).select_from(
            sql.select(table.site, table.desk).distinct().subquery()
        )
        back = sql.select(sql.func.count()).where(CHAIN_HEAD.c.went_back_at.is_not(None))
        counts = sql.select(sql.func.count(), sql.func.coalesce(pending, 0)).select_from(OBSERVATION)
        with self.engine.connect() as connection:
            records, waiting = connection.execute(counts).one()
            from_desks = connection.execute(desks).scalar_one()
            return HubStatus(records, from_desks, waiting, connection.execute(back).scalar_one())

    def healthy(self) -> bool:
        """Say whether the database answers and is of this version."""
        try:
            with self.engine.connect() as connection:
                schema.check(connection)
        except (sql.exc.SQLAlchemyError, HubUnavailable):
            return False
        return True

    def close(self) -> None:
        """Close the connections."""
        self.engine.dispose()

    def _head(self, chain: Chain, new: int, now: datetime) -> ReturningInsert[int]:
        insert = self.insert(CHAIN_HEAD).values(heads.values(chain, new, now))
        further = insert.on_conflict_do_update(
            index_elements=["desk_id"], set_=heads.changes(chain, new, now)
        )
        return further.returning(CHAIN_HEAD.c.records)


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


def migrate(url: str) -> tuple[int, int]:
    """Bring a database to this version, made when it is an SQLite file; return the version before and after.

    Raises `HubUnavailable`.
    """
    engine = open_engine(url, create=True)
    try:
        return schema.migrate(engine)
    except sql.exc.SQLAlchemyError:
        raise HubUnavailable(say("hub.database_unreadable")) from None
    finally:
        engine.dispose()
