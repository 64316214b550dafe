from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from idtui.domain.entries import Evidence, Verification
from idtui.domain.episode import Episode
from idtui.domain.rules import EntryType, Means
from idtui.seal.passphrase import LEAST, Passphrase
from idtui.store.desk_store import DeskStore, open_store, read_store
from idtui.store.index import StoredEntries
from idtui.store.segment_file import SMALLEST_STEP

MOMENT = datetime(2026, 11, 22, 2, 30, tzinfo=timezone(timedelta(hours=1)))


class FixedClock:
    def now(self) -> datetime:
        return MOMENT


@pytest.fixture
def head() -> Callable[[int], dict[str, Any]]:
    """Make the head of an entry whose id tells its sequence."""
    return lambda sequence: {
        "id": f"00000000-0000-7000-8000-{sequence:012}",
        "sequence": sequence,
        "site": "71000000",
        "desk": "desk-1",
        "operator": "op-1",
        "recorded_at": MOMENT + timedelta(seconds=sequence),
    }


@pytest.fixture
def verification(head: Callable[[int], dict[str, Any]]) -> Callable[[int], Verification]:
    return lambda sequence: Verification(
        **head(sequence),
        care_at=MOMENT,
        verified_at=MOMENT,
        niss="85073003328",
        name="SPECIMEN",
        episode=Episode(visit="V0000001"),
        means=Means.EID,
        entry=EntryType.CHIP,
        evidence=Evidence(),
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def passphrase() -> Passphrase:
    return Passphrase("a passphrase for tests", LEAST)


@pytest.fixture
def opened(folder: Path, passphrase: Passphrase) -> Callable[[], DeskStore]:
    """Open the store for writing, its space taken in the smallest steps."""
    return lambda: open_store(
        folder, desk="desk-1", clock=FixedClock(), passphrase=passphrase, step=SMALLEST_STEP
    )


@pytest.fixture
def looked(folder: Path, passphrase: Passphrase) -> Callable[[], StoredEntries]:
    """Look into the store without opening it."""
    return lambda: read_store(folder, passphrase)
