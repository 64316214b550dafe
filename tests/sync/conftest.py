from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from scripted_hub import ScriptedHub

from idtui.domain.entries import Evidence, Verification
from idtui.domain.episode import Episode
from idtui.domain.rules import EntryType, Means

MOMENT = datetime(2026, 11, 22, 2, 0, tzinfo=timezone(timedelta(hours=1)))


@pytest.fixture
def head() -> Callable[[int], dict[str, Any]]:
    return lambda sequence: {
        "id": f"00000000-0000-7000-8000-{sequence:012}",
        "sequence": sequence,
        "site": "71000000",
        "desk": "desk-1",
        "operator": "op-1",
        "recorded_at": MOMENT + timedelta(seconds=5),
    }


@pytest.fixture
def verification(head: Callable[[int], dict[str, Any]]) -> Callable[..., Verification]:
    def make(sequence: int, **fields: Any) -> Verification:  # noqa: ANN401  # any field of a verification
        given: dict[str, Any] = {
            "care_at": MOMENT,
            "verified_at": MOMENT,
            "niss": "85073003328",
            "episode": Episode(),
            "means": Means.EID,
            "entry": EntryType.CHIP,
            "evidence": Evidence(),
        }
        return Verification(**{**head(sequence), **given, **fields})

    return make


@pytest.fixture
def hub() -> Iterator[ScriptedHub]:
    hub = ScriptedHub()
    yield hub
    hub.stop()
