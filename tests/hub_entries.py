"""Entries of specimen people, as a desk makes them, for the tests, the fault runs and the measurements."""

import uuid
from datetime import datetime, timedelta, timezone
from typing import Any

from idtui.domain.entries import Evidence, Verification
from idtui.domain.episode import Episode
from idtui.domain.reading import PartialDate
from idtui.domain.rules import EntryType, Means

MOMENT = datetime(2026, 11, 22, 2, 0, tzinfo=timezone(timedelta(hours=1)))


def verification(number: int, **fields: Any) -> Verification:  # noqa: ANN401  # any field of a verification
    """Return the verification of a number, always the same."""
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
