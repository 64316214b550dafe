import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from idtui.domain.entries import Evidence, Verification, Withdrawal
from idtui.domain.episode import Episode
from idtui.domain.reading import PartialDate
from idtui.domain.rules import EntryType, Means
from idtui.hub.database import Database

MOMENT = datetime(2026, 11, 22, 2, 0, tzinfo=timezone(timedelta(hours=1)))


@pytest.fixture
def verification() -> Callable[..., Verification]:
    def make(number: int, **fields: Any) -> Verification:  # noqa: ANN401  # any field of a verification
        given: dict[str, Any] = {
            "id": str(uuid.UUID(int=number | 7 << 76 | 2 << 62)),
            "sequence": number,
            "site": "71000000",
            "desk": "desk-1",
            "operator": "op-1",
            "recorded_at": MOMENT,
            "care_at": MOMENT,
            "verified_at": MOMENT,
            "niss": "85073003328",
            "name": "SPECIMEN",
            "birth_date": PartialDate(1985, 7),
            "episode": Episode(visit="V0000001"),
            "means": Means.EID,
            "entry": EntryType.CHIP,
            "evidence": Evidence(),
        }
        return Verification(**{**given, **fields})

    return make


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
