"""The hub's tables beside the records themselves: visits, the entries in the order of the feed, phones.

Statements are written for SQLite and PostgreSQL alike. docs/feed.md documents the two views.
"""

import sqlalchemy as sql

metadata = sql.MetaData()

VISIT = sql.Table(
    "visit",
    metadata,
    sql.Column("number", sql.String(64), primary_key=True),
    sql.Column("first_day", sql.String(10), nullable=False),
    sql.Column("last_day", sql.String(10), nullable=False),
    sql.Column("document", sql.Text, nullable=False),
)
"""What counts of what was said of each visit, as JSON, and the days on which a desk may meet the patient."""

ARRIVAL = sql.Table("arrival", metadata, sql.Column("id", sql.String(36), primary_key=True))
"""Records that have no place in the feed yet; written with the record itself, in its transaction."""

COUNTER = sql.Table(
    "feed_counter",
    metadata,
    sql.Column("id", sql.Integer, primary_key=True),
    sql.Column("last", sql.BigInteger, nullable=False),
)
"""One row: the last number given in the feed. Whoever numbers holds it until the numbers are committed."""

ENTRY = sql.Table(
    "entry",
    metadata,
    sql.Column("sequence", sql.BigInteger, primary_key=True, autoincrement=False),
    sql.Column("id", sql.String(36), nullable=False),
    sql.Column("kind", sql.String(32), nullable=False),
    sql.Column("test", sql.Boolean, nullable=False),
    sql.Column("site", sql.String, nullable=False),
    sql.Column("desk", sql.String, nullable=False),
    sql.Column("operator", sql.String, nullable=False),
    sql.Column("care_day", sql.String(10), nullable=False),
    sql.Column("care_at", sql.String(40), nullable=False),
    sql.Column("verified_at", sql.String(40), nullable=False),
    sql.Column("niss", sql.String(11)),
    sql.Column("name", sql.String),
    sql.Column("given_names", sql.String),
    sql.Column("birth_date", sql.String(10)),
    sql.Column("sex", sql.String(8)),
    sql.Column("visit", sql.String),
    sql.Column("alias", sql.String),
    sql.Column("episode", sql.String(16)),
    sql.Column("admitted_at", sql.String(40)),
    sql.Column("means", sql.String(24)),
    sql.Column("entry_type", sql.String(24)),
    sql.Column("reason", sql.String(48)),
    sql.Column("serial", sql.String),
    sql.Column("target", sql.String(36)),
    sql.Column("replaced_by", sql.String(36)),
)
"""Every record once, numbered in an order that never changes and has no late comers.

`target` is the entry that a withdrawal, a correction or a consultation is about; `replaced_by` that by which
a correction replaces it. `care_day` is the calendar day of `care_at` where the care was given.
"""

POSITION = sql.Table(
    "feed_position",
    metadata,
    sql.Column("destination", sql.String(100), primary_key=True),
    sql.Column("last", sql.BigInteger, nullable=False),
)
"""How far each system that is sent HL7 v2 has acknowledged the feed."""

STEP: tuple[str, ...] = (
    """CREATE TABLE visit (number VARCHAR(64) PRIMARY KEY, first_day VARCHAR(10) NOT NULL,
    last_day VARCHAR(10) NOT NULL, document TEXT NOT NULL)""",
    "CREATE INDEX visit_days ON visit (last_day, first_day)",
    "CREATE TABLE arrival (id VARCHAR(36) PRIMARY KEY)",
    "INSERT INTO arrival (id) SELECT id FROM observation",
    "CREATE TABLE feed_counter (id INTEGER PRIMARY KEY, last BIGINT NOT NULL)",
    "INSERT INTO feed_counter (id, last) VALUES (1, 0)",
    "CREATE TABLE feed_position (destination VARCHAR(100) PRIMARY KEY, last BIGINT NOT NULL)",
    """CREATE TABLE entry (sequence BIGINT PRIMARY KEY, id VARCHAR(36) NOT NULL, kind VARCHAR(32) NOT NULL,
    test BOOLEAN NOT NULL, site VARCHAR NOT NULL, desk VARCHAR NOT NULL, operator VARCHAR NOT NULL,
    care_day VARCHAR(10) NOT NULL, care_at VARCHAR(40) NOT NULL, verified_at VARCHAR(40) NOT NULL,
    niss VARCHAR(11), name VARCHAR, given_names VARCHAR, birth_date VARCHAR(10), sex VARCHAR(8),
    visit VARCHAR, alias VARCHAR, episode VARCHAR(16), admitted_at VARCHAR(40), means VARCHAR(24),
    entry_type VARCHAR(24), reason VARCHAR(48), serial VARCHAR, target VARCHAR(36),
    replaced_by VARCHAR(36))""",
    "CREATE UNIQUE INDEX entry_id ON entry (id)",
    "CREATE INDEX entry_target ON entry (target)",
    "CREATE INDEX entry_niss ON entry (niss, care_day)",
    "CREATE INDEX entry_visit ON entry (visit)",
    "CREATE INDEX entry_kind ON entry (kind, care_day)",
    """CREATE VIEW feed AS SELECT e.sequence, e.id, e.kind, e.test, e.site, e.desk, e.operator, e.care_day,
    e.care_at, e.verified_at, e.niss, e.name, e.given_names, e.birth_date, e.sex, e.visit, e.alias, e.episode,
    e.admitted_at, e.means, e.entry_type, e.reason, e.serial, e.target FROM entry e
    WHERE e.kind IN ('verification', 'exemption', 'consultation', 'pending')
    AND NOT EXISTS (SELECT 1 FROM entry w WHERE w.target = e.id AND w.kind = 'withdrawal')
    AND NOT EXISTS (SELECT 1 FROM entry c WHERE c.target = e.id AND c.kind = 'correction'
    AND NOT EXISTS (SELECT 1 FROM entry v WHERE v.target = c.id AND v.kind = 'withdrawal'))""",
    """CREATE VIEW feed_retraction AS SELECT r.sequence, r.id, r.kind, e.id AS entry,
    e.sequence AS entry_sequence, r.replaced_by FROM entry r JOIN entry e ON e.id = r.target
    WHERE e.kind IN ('verification', 'exemption', 'consultation', 'pending') AND (r.kind = 'withdrawal'
    OR (r.kind = 'correction'
    AND NOT EXISTS (SELECT 1 FROM entry v WHERE v.target = r.id AND v.kind = 'withdrawal')))""",
)
"""The statements that make these tables and views in a database that has the table `observation`."""

ITSME = sql.Table(
    "itsme",
    metadata,
    sql.Column("id", sql.String(43), primary_key=True),
    sql.Column("desk_id", sql.String(43), nullable=False),
    sql.Column("short", sql.String(16)),
    sql.Column("state", sql.String(64)),
    sql.Column("status", sql.String(16), nullable=False),
    sql.Column("why", sql.String(16), nullable=False),
    sql.Column("link", sql.Text, nullable=False),
    sql.Column("due", sql.BigInteger, nullable=False),
    sql.Column("expires", sql.BigInteger, nullable=False),
    sql.Column("document", sql.Text, nullable=False),
    sql.Column("person", sql.Text),
)
"""A patient's phone that is awaited, until the desk has its answer or the time is over.

`short` is the end of the link a phone opens once, `state` the SHA-256 of what comes back with it, `document`
what the hub needs to go on (JSON), `due` when it may ask itsme again (milliseconds), `expires` in seconds.
"""

ITSME_STEP: tuple[str, ...] = (
    """CREATE TABLE itsme (id VARCHAR(43) PRIMARY KEY, desk_id VARCHAR(43) NOT NULL, short VARCHAR(16),
    state VARCHAR(64), status VARCHAR(16) NOT NULL, why VARCHAR(16) NOT NULL, link TEXT NOT NULL,
    due BIGINT NOT NULL, expires BIGINT NOT NULL, document TEXT NOT NULL, person TEXT)""",
    "CREATE UNIQUE INDEX itsme_short ON itsme (short)",
    "CREATE UNIQUE INDEX itsme_state ON itsme (state)",
    "CREATE INDEX itsme_expires ON itsme (expires)",
)
"""The statements that make that table."""

FEED = sql.table(
    "feed",
    *(sql.column(column.name, column.type) for column in ENTRY.columns if column.name != "replaced_by"),
)
"""The view of what stands: entries neither withdrawn nor replaced."""

RETRACTION = sql.table(
    "feed_retraction",
    sql.column("sequence", sql.BigInteger),
    sql.column("id", sql.String),
    sql.column("kind", sql.String),
    sql.column("entry", sql.String),
    sql.column("entry_sequence", sql.BigInteger),
    sql.column("replaced_by", sql.String),
)
"""The view of what stood and does not stand any more, for a reader who has seen it."""
