"""`idtui hub migrate` and `idtui hub desk ...` as commands, and the database of 0.1.0 taken over."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sql
from joserfc.jwk import ECKey

from idtui import cli
from idtui.hub import schema
from idtui.hub.database import Database, HubStatus, migrate, status
from idtui.hub.desks import code_of
from idtui.hub.errors import HubUnavailable

OLD = """CREATE TABLE observation (id VARCHAR(36) NOT NULL, sha256 VARCHAR(64) NOT NULL,
desk VARCHAR NOT NULL, kind VARCHAR(32) NOT NULL, received_at DATETIME NOT NULL, resource TEXT NOT NULL,
PRIMARY KEY (id))"""


@pytest.fixture
def key(tmp_path: Path) -> ECKey:
    made = ECKey.generate_key("P-256")
    (tmp_path / "desk.jwk").write_text(json.dumps(made.as_dict(private=False)))
    return made


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, list[dict[str, Any]]]:
    code = cli.run(["hub", *argv, "--lang", "en"])
    return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_desk_is_added_listed_and_revoked(
    database_url: str, tmp_path: Path, key: ECKey, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ("--database", database_url, "--json")
    assert run(capsys, "migrate", "--database", database_url) == (0, [])
    file = str(tmp_path / "desk.jwk")
    code, (added,) = run(capsys, "desk", "add", "desk-1", file, "--site", "71000000", *where)
    expected = {"id": key.thumbprint(), "code": code_of(key.thumbprint()), "site": "71000000"}
    assert (code, added) == (0, {**expected, "desk": "desk-1", "state": "approved"})
    assert run(capsys, "desk", "list", *where) == (0, [added])
    assert run(capsys, "desk", "approve", added["code"], *where) == (0, [added])
    revoked = {**added, "state": "revoked"}
    assert run(capsys, "desk", "revoke", added["code"], *where) == (0, [revoked])
    assert run(capsys, "desk", "approve", added["id"], *where) == (2, [])
    assert run(capsys, "desk", "revoke", "NOBODY", *where) == (2, [])
    assert run(capsys, "desk", "list", *where) == (0, [revoked])


def test_a_key_that_is_none_or_private_is_not_taken(
    database_url: str, tmp_path: Path, key: ECKey, capsys: pytest.CaptureFixture[str]
) -> None:
    migrate(database_url)
    where = ("--database", database_url)
    assert run(capsys, "desk", "add", "desk-1", str(tmp_path / "missing"), *where)[0] == 2
    for content in ("{}", "not json", json.dumps(key.as_dict(private=True))):
        (tmp_path / "desk.jwk").write_text(content)
        assert run(capsys, "desk", "add", "desk-1", str(tmp_path / "desk.jwk"), *where)[0] == 2
    assert run(capsys, "desk", "list", *where) == (0, [])


def test_a_database_of_the_first_version_is_taken_over(database_url: str, tmp_path: Path) -> None:
    old = sqlite3.connect(tmp_path / "hub.db")
    old.execute(OLD)
    old.execute("INSERT INTO observation VALUES ('x', 'y', 'desk-1', 'pending', '2026-11-22 02:00:00', '{}')")
    old.commit()
    old.close()
    with pytest.raises(HubUnavailable) as older:
        status(database_url)
    assert older.value.message.id == "hub.database_older"
    Database(database_url).close()
    assert status(database_url) == HubStatus(records=1, desks=1, waiting=1)
    assert migrate(database_url) == (len(schema.STEPS), len(schema.STEPS))


def test_a_step_that_fails_changes_nothing(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate(database_url)
    broken = (*schema.STEPS, ("CREATE TABLE half (id INTEGER)", "nonsense"))
    monkeypatch.setattr(schema, "STEPS", broken)
    with pytest.raises(HubUnavailable):
        migrate(database_url)
    monkeypatch.undo()
    database = Database(database_url)
    with database.engine.connect() as connection:
        assert schema.version(connection) == len(schema.STEPS)
        tables = connection.exec_driver_sql("SELECT name FROM sqlite_master").scalars()
        assert "half" not in tables.all()
    database.close()


def test_the_tables_are_as_the_steps_make_them(database: Database) -> None:
    made = sql.inspect(database.engine)
    for table in schema.metadata.sorted_tables:
        columns = {column["name"]: column["nullable"] for column in made.get_columns(table.name)}
        expected = {column.name: bool(column.nullable) for column in table.columns}
        for primary in table.primary_key:
            columns.pop(primary.name), expected.pop(primary.name)
        assert columns == expected
