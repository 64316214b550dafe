"""The hub's tables, and the steps that bring a database of any earlier version to this one."""

import sqlalchemy as sql

from idtui.domain.text import say
from idtui.hub import tables
from idtui.hub.errors import HubUnavailable

metadata = tables.metadata

OBSERVATION = sql.Table(
    "observation",
    metadata,
    sql.Column("id", sql.String(36), primary_key=True),
    sql.Column("sha256", sql.String(64), nullable=False),
    sql.Column("site", sql.String, nullable=False),
    sql.Column("desk", sql.String, nullable=False),
    sql.Column("kind", sql.String(32), nullable=False),
    sql.Column("received_at", sql.DateTime(timezone=True), nullable=False),
    sql.Column("resource", sql.Text, nullable=False),
)
"""What desks sent. `id` is its one unique key, so that a resend is never an error."""

DESK = sql.Table(
    "desk",
    metadata,
    sql.Column("id", sql.String(43), primary_key=True),
    sql.Column("site", sql.String, nullable=False),
    sql.Column("desk", sql.String, nullable=False),
    sql.Column("key", sql.Text, nullable=False),
    sql.Column("state", sql.String(8), nullable=False),
    sql.Column("registered_at", sql.DateTime(timezone=True), nullable=False),
    sql.Column("decided_at", sql.DateTime(timezone=True)),
    sql.Column("decided_by", sql.String),
)
"""Desks by the thumbprint of their key (RFC 7638), the public key as JWK."""

ASSERTION = sql.Table(
    "assertion",
    metadata,
    sql.Column("digest", sql.String(64), primary_key=True),
    sql.Column("expires", sql.BigInteger, nullable=False),
)
"""Assertions used once, until they expire (seconds since 1970): SHA-256 of desk id and `jti`."""

HUB_KEY = sql.Table(
    "hub_key",
    metadata,
    sql.Column("id", sql.Integer, primary_key=True),
    sql.Column("jwk", sql.Text, nullable=False),
)
"""The one private key that signs tokens and heads, shared by all workers."""

CHAIN_HEAD = sql.Table(
    "chain_head",
    metadata,
    sql.Column("desk_id", sql.String(43), primary_key=True),
    sql.Column("head", sql.String(64), nullable=False),
    sql.Column("records", sql.BigInteger, nullable=False),
    sql.Column("at", sql.DateTime(timezone=True), nullable=False),
    sql.Column("frames", sql.BigInteger, nullable=False),
    sql.Column("frames_at", sql.DateTime(timezone=True)),
    sql.Column("went_back_at", sql.DateTime(timezone=True)),
)
"""The last chain head each desk sent, how many records came under its heads, the most frames its journal had
and since when, and when it first had fewer."""

_VERSION = sql.Table(
    "hub_schema",
    sql.MetaData(),
    sql.Column("version", sql.Integer, primary_key=True),
    sql.Column("applied_at", sql.DateTime(timezone=True), server_default=sql.func.now()),
)

STEPS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE IF NOT EXISTS observation (id VARCHAR(36) PRIMARY KEY, sha256 VARCHAR(64) NOT NULL,
        desk VARCHAR NOT NULL, kind VARCHAR(32) NOT NULL, received_at TIMESTAMP WITH TIME ZONE NOT NULL,
        resource TEXT NOT NULL)""",
    ),
    (
        "ALTER TABLE observation ADD COLUMN site VARCHAR NOT NULL DEFAULT ''",
        """CREATE TABLE desk (id VARCHAR(43) PRIMARY KEY, site VARCHAR NOT NULL, desk VARCHAR NOT NULL,
        key TEXT NOT NULL, state VARCHAR(8) NOT NULL, registered_at TIMESTAMP WITH TIME ZONE NOT NULL,
        decided_at TIMESTAMP WITH TIME ZONE, decided_by VARCHAR)""",
        "CREATE TABLE assertion (digest VARCHAR(64) PRIMARY KEY, expires BIGINT NOT NULL)",
        "CREATE INDEX assertion_expires ON assertion (expires)",
        "CREATE TABLE hub_key (id INTEGER PRIMARY KEY, jwk TEXT NOT NULL)",
        """CREATE TABLE chain_head (desk_id VARCHAR(43) PRIMARY KEY, head VARCHAR(64) NOT NULL,
        records BIGINT NOT NULL, at TIMESTAMP WITH TIME ZONE NOT NULL)""",
    ),
    tables.STEP,
    (
        "ALTER TABLE chain_head ADD COLUMN frames BIGINT NOT NULL DEFAULT 0",
        "ALTER TABLE chain_head ADD COLUMN frames_at TIMESTAMP WITH TIME ZONE",
        "ALTER TABLE chain_head ADD COLUMN went_back_at TIMESTAMP WITH TIME ZONE",
    ),
    tables.ITSME_STEP,
)
"""Step n leads from version n to version n + 1. A step that was released is never changed, only followed.

The first adopts the database of idtui 0.1.0, which had no version. `metadata` describes the last version.
"""

_ONE_AT_A_TIME = 0x1D7D1
"""The number of the advisory lock under which PostgreSQL is migrated; any constant would do."""


def version(connection: sql.Connection) -> int:
    """Return the version of a database; 0 of an empty one and of one of idtui 0.1.0."""
    if not sql.inspect(connection).has_table(_VERSION.name):
        return 0
    return connection.execute(sql.select(sql.func.max(_VERSION.c.version))).scalar() or 0


def check(connection: sql.Connection) -> None:
    """Raise `HubUnavailable` unless the database is of this program's version."""
    found = version(connection)
    if found > len(STEPS):
        raise HubUnavailable(say("hub.database_newer", found=found, known=len(STEPS)))
    if found < len(STEPS):
        raise HubUnavailable(say("hub.database_older", found=found, known=len(STEPS)))


def migrate(engine: sql.Engine) -> tuple[int, int]:
    """Bring the database to this version, all steps or none; return the version before and after.

    Several programs may do so at once: one does the work, the others find it done. Raises `HubUnavailable`
    for a database of a newer program, which is left as it is.
    """
    if engine.dialect.name == "sqlite":
        return _migrate_sqlite(engine)
    with engine.begin() as connection:
        connection.execute(sql.select(sql.func.pg_advisory_xact_lock(_ONE_AT_A_TIME)))
        return _migrate(connection)


def _migrate_sqlite(engine: sql.Engine) -> tuple[int, int]:
    # Python's driver begins a transaction before INSERT only: the steps need one around the DDL too.
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sql.text("BEGIN IMMEDIATE"))
        try:
            done = _migrate(connection)
        except BaseException:
            connection.execute(sql.text("ROLLBACK"))
            raise
        connection.execute(sql.text("COMMIT"))
        return done


def _migrate(connection: sql.Connection) -> tuple[int, int]:
    before = version(connection)
    if before > len(STEPS):
        raise HubUnavailable(say("hub.database_newer", found=before, known=len(STEPS)))
    _VERSION.create(connection, checkfirst=True)
    for number, step in enumerate(STEPS[before:], before + 1):
        for statement in step:
            connection.execute(sql.text(statement))
        connection.execute(_VERSION.insert().values(version=number))
    return before, len(STEPS)
