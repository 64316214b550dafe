"""For every room: snapshots go to the top-level folder, and chance is given all the time it needs."""

from pathlib import Path
from typing import Protocol

import pytest
from hypothesis import settings
from pytest_textual_snapshot import SVGImageExtension

settings.register_profile("idtui", deadline=None)  # a busy machine is no failure
settings.load_profile("idtui")

SNAPSHOTS = Path(__file__).resolve().parent.parent / "snapshots"


class _Location(Protocol):
    filepath: str


@pytest.fixture(autouse=True)
def _top_level_snapshots(monkeypatch: pytest.MonkeyPatch) -> None:
    def dirname(_cls: type, *, test_location: _Location) -> str:
        return str(SNAPSHOTS / Path(test_location.filepath).stem)

    monkeypatch.setattr(SVGImageExtension, "dirname", classmethod(dirname))
