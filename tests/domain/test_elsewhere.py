"""What other desks recorded, and whether a document of somebody was ever read."""

from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from idtui.domain.consulting import is_reading_of, was_document_read
from idtui.domain.elsewhere import Elsewhere, Question, reading_at, told_at
from idtui.domain.entries import Draft, Evidence, Verification
from idtui.domain.episode import Episode
from idtui.domain.rules import EntryType, Means

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
NISS = "85073003328"
HEAD: dict[str, Any] = {
    "id": "an-id",
    "sequence": 1,
    "site": "71000000",
    "desk": "d",
    "operator": "o",
    "recorded_at": NOON,
}
READ = Verification(
    **HEAD,
    care_at=NOON,
    verified_at=NOON,
    niss=NISS,
    episode=Episode(),
    means=Means.EID,
    entry=EntryType.CHIP,
    evidence=Evidence(),
)


def told(**fields: str) -> Elsewhere:
    given = {
        "id": "e1",
        "kind": "verification",
        "desk": "d2",
        "operator": "o",
        "care_at": NOON.isoformat(),
        "verified_at": NOON.isoformat(),
        "entry_type": "chip",
    }
    return Elsewhere(**{**given, **fields})


@pytest.mark.parametrize(
    ("sent", "moment"),
    [("2026-11-22T12:00:00+00:00", NOON), ("2026-11-22T12:00:00", None), ("noon", None), ("", None)],
)
def test_a_moment_counts_with_its_offset_only(sent: str, moment: datetime | None) -> None:
    assert told_at(told(verified_at=sent)) == moment
    assert reading_at(told(verified_at=sent)) == moment


@pytest.mark.parametrize(
    "fields",
    [
        {"entry_type": "manual"},
        {"entry_type": "manual_afterwards"},
        {"kind": "consultation"},
        {"entry_type": "new"},
    ],
)
def test_what_was_not_read_is_no_reading(fields: dict[str, str]) -> None:
    assert reading_at(told(**fields)) is None
    assert told_at(told(**fields)) == NOON


def test_a_question_does_not_show_whom_it_is_about() -> None:
    assert NISS not in repr(Question(niss=NISS))


def test_a_reading_is_of_its_patient_and_its_day() -> None:
    assert is_reading_of(READ, NISS, NOON.date())
    assert not is_reading_of(READ, "71715100070", NOON.date())
    assert not is_reading_of(READ, NISS, NOON.date().replace(day=21))
    assert not is_reading_of(replace(READ, entry=EntryType.MANUAL), NISS, NOON.date())


@pytest.mark.parametrize(
    ("means", "entry", "was"),
    [
        (Means.EID, EntryType.CHIP, True),
        (Means.FOREIGNER, EntryType.BARCODE, True),
        (Means.EID, EntryType.MANUAL, False),
        (Means.VIGNETTE, EntryType.BARCODE, False),
    ],
)
def test_a_document_was_read_when_a_card_was(means: Means, entry: EntryType, *, was: bool) -> None:
    assert was_document_read(replace(READ, means=means, entry=entry)) is was


def test_a_draft_is_no_reading_of_a_document() -> None:
    assert not was_document_read(Draft(**HEAD, digits=NISS))
