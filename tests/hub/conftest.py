import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import hub_entries
import pytest
from postgres_service import Postgres, programs
from scripted_itsme import ScriptedItsme

from idtui.domain.entries import Verification, Withdrawal
from idtui.hub.database import Database


@pytest.fixture(scope="module")
def provider() -> Iterator[ScriptedItsme]:
    provider = ScriptedItsme()
    yield provider
    provider.stop()


@pytest.fixture
def verification() -> Callable[..., Verification]:
    return hub_entries.verification


@pytest.fixture
def withdrawal(verification: Callable[..., Verification]) -> Callable[[int, str], Withdrawal]:
    def make(number: int, withdraws: str) -> Withdrawal:
        entry = verification(number)
        return Withdrawal(
            id=entry.id,
            sequence=number,
            site=entry.site,
            desk=entry.desk,
            operator=entry.operator,
            recorded_at=entry.recorded_at,
            withdraws=withdraws,
            why="undo",
        )

    return make


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'hub.db'}"


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A real PostgreSQL; skipped with the reason, or failed where every real part has to be there."""
    if programs() is None:
        reason = "PostgreSQL is not installed (Debian package postgresql)"
        if os.environ.get("IDTUI_REQUIRE_REAL") == "1":
            pytest.fail(f"required: {reason}")
        pytest.skip(reason)
    server = Postgres()
    yield server
    server.stop()


@pytest.fixture
def postgres_url(postgres: Postgres) -> str:
    """The address of a new, empty database."""
    name = f"hub_{uuid.uuid4().hex}"
    postgres.do(f"CREATE DATABASE {name}")
    return postgres.url(name)
