"""How the hub reaches SQL: which databases, made how durable, and which errors are tried again."""

import os
import random
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sql
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from idtui.domain.text import clean, say
from idtui.hub.errors import HubUnavailable

SECONDS_TO_WAIT = 5.0
"""For a connection or another writer's transaction; then the batch is answered 503 and comes again."""

CONNECTIONS = 16
"""To the database, of one worker at most; it works on as many requests at a time."""

_SECONDS_TRUSTED = 2.0
"""A connection that was idle for longer is tried before it is used; that costs as much as a small query."""

_TRIES = 6
_FIRST_PAUSE = 0.02
"""Seconds; doubled at each try, and drawn between half and all of it."""

_TRY_AGAIN = frozenset({"40001", "40P01"})
"""SQLSTATE of a serialization failure and of a deadlock: the same transaction may succeed right away."""

_POSTGRESQL = {
    # No time limit on statements: one that ends the wait for a standby would let COMMIT succeed without it.
    "options": f"-c synchronous_commit=on -c statement_timeout=0 -c lock_timeout={SECONDS_TO_WAIT:g}s",
    "connect_timeout": int(SECONDS_TO_WAIT),
    # A server that vanished without a word is noticed within ten seconds.
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 2,
    "tcp_user_timeout": 10_000,
}

_Result = TypeVar("_Result")


def open_engine(url: str, *, create: bool) -> sql.Engine:
    """Return the engine of a database URL.

    `sqlite:////var/lib/idtui/hub.db`, a file made with mode 0600 when `create`, or
    `postgresql://user@host/name`. Raises `HubUnavailable` for another kind, and for a missing file.
    """
    parsed = _parsed(url)
    if parsed.get_backend_name() == "sqlite":
        _find_file(Path(str(parsed.database)), create=create)
        engine = sql.create_engine(
            parsed,
            hide_parameters=True,
            pool_size=CONNECTIONS,
            max_overflow=0,
            connect_args={"timeout": SECONDS_TO_WAIT},
        )
        sql.event.listen(engine, "connect", _make_sqlite_durable)
        return engine
    engine = sql.create_engine(
        parsed.set(drivername="postgresql+psycopg"),
        hide_parameters=True,
        pool_timeout=SECONDS_TO_WAIT,
        pool_size=CONNECTIONS,
        max_overflow=0,  # an overflowing connection would be made and closed for each request
        connect_args=_POSTGRESQL,
    )
    sql.event.listen(engine, "checkin", _note_use)
    sql.event.listen(engine, "checkout", partial(_try_after_rest, engine.dialect))
    return engine


def in_transaction(engine: sql.Engine, work: Callable[[sql.Connection], _Result]) -> _Result:
    """Do `work` in one transaction, durable on return; a few times when the database asks for it.

    `work` may be run several times and must have no effect but on the database.
    """
    pause = _FIRST_PAUSE
    for left in reversed(range(_TRIES)):
        try:
            with engine.begin() as connection:
                return work(connection)
        except sql.exc.DBAPIError as error:
            if left == 0 or getattr(error.orig, "sqlstate", None) not in _TRY_AGAIN:
                raise
        time.sleep(pause * random.uniform(0.5, 1))  # noqa: S311  # jitter is no secret
        pause *= 2
    raise AssertionError("the last try returns or raises")


def _parsed(url: str) -> sql.URL:
    try:
        parsed = sql.make_url(url)
    except sql.exc.ArgumentError:
        parsed = None
    kind = parsed.get_backend_name() if parsed else ""
    on_a_file = kind == "sqlite" and parsed is not None and parsed.database not in (None, "", ":memory:")
    if parsed is None or not (on_a_file or kind == "postgresql"):
        # The URL may hold a password: it is not quoted.
        raise HubUnavailable(say("hub.database_unknown"))
    return parsed


def _find_file(path: Path, *, create: bool) -> None:
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


def _make_sqlite_durable(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()


def _note_use(_: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
    record.info["used"] = time.monotonic()


def _try_after_rest(
    dialect: sql.Dialect, connection: DBAPIConnection, record: ConnectionPoolEntry, _: PoolProxiedConnection
) -> None:
    """Make the pool take another connection when this one died while nobody used it."""
    used = record.info.get("used")
    if used is None or time.monotonic() - used < _SECONDS_TRUSTED:
        return
    try:
        dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error:
        raise sql.exc.DisconnectionError from None
