"""For every room: SVG snapshots go to the top-level folder, not beside the tests."""

from pathlib import Path
from typing import Protocol

import pytest
from pytest_textual_snapshot import SVGImageExtension

SNAPSHOTS = Path(__file__).resolve().parent.parent / "snapshots"


class _Location(Protocol):
    filepath: str


@pytest.fixture(autouse=True)
def _top_level_snapshots(monkeypatch: pytest.MonkeyPatch) -> None:
    def dirname(_cls: type, *, test_location: _Location) -> str:
        return str(SNAPSHOTS / Path(test_location.filepath).stem)

    monkeypatch.setattr(SVGImageExtension, "dirname", classmethod(dirname))
