from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from idtui.domain.deadlines import REMINDERS, expiry, reminder, soonest_first
from idtui.domain.entries import Evidence, Pending
from idtui.domain.episode import Episode, EpisodeKind

BRUSSELS = ZoneInfo("Europe/Brussels")


def pending(
    *,
    admitted_at: datetime | None = None,
    kind: EpisodeKind = EpisodeKind.HOSPITALISATION,
    care_at: datetime = datetime(2026, 3, 10, 8, tzinfo=BRUSSELS),
) -> Pending:
    return Pending(
        id="1",
        sequence=1,
        site="",
        desk="D",
        operator="O",
        recorded_at=care_at,
        care_at=care_at,
        episode=Episode(kind=kind, admitted_at=admitted_at),
        evidence=Evidence(),
    )


@pytest.mark.parametrize(
    ("admitted", "last"),
    [
        (datetime(2026, 3, 10, 8), datetime(2026, 3, 13, 8)),  # noqa: DTZ001  # given a zone below
        (datetime(2026, 3, 28, 12), datetime(2026, 3, 31, 13)),  # noqa: DTZ001  # summer time begins
        (datetime(2026, 10, 24, 12), datetime(2026, 10, 27, 11)),  # noqa: DTZ001  # summer time ends
    ],
)
def test_a_stay_has_72_elapsed_hours(admitted: datetime, last: datetime) -> None:
    shown = expiry(pending(admitted_at=admitted.replace(tzinfo=BRUSSELS)))
    assert shown is not None
    assert shown == last.replace(tzinfo=BRUSSELS).astimezone(UTC)


def test_ambulatory_care_does_not_expire() -> None:
    one = pending(kind=EpisodeKind.AMBULATORY)
    assert expiry(one) is None
    assert reminder(one, datetime(2027, 1, 1, tzinfo=UTC)) is None


def test_without_an_admission_the_care_counts() -> None:
    assert expiry(pending()) == datetime(2026, 3, 13, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "told"), [(23, None), (24, 24), (47, 24), (48, 48), (66, 66), (71, 66), (100, 66)]
)
def test_reminders_after_24_48_and_66_hours(hours: int, told: int | None) -> None:
    admitted = datetime(2026, 3, 10, 8, tzinfo=UTC)
    shown = reminder(pending(admitted_at=admitted), admitted + timedelta(hours=hours))
    assert shown == (None if told is None else timedelta(hours=told))
    assert shown is None or shown in REMINDERS


def test_what_expires_first_stands_on_top() -> None:
    late = pending(admitted_at=datetime(2026, 3, 11, tzinfo=UTC))
    soon = pending(admitted_at=datetime(2026, 3, 9, tzinfo=UTC))
    old = pending(kind=EpisodeKind.AMBULATORY, care_at=datetime(2026, 1, 1, tzinfo=UTC))
    new = pending(kind=EpisodeKind.AMBULATORY)
    assert soonest_first([new, late, old, soon]) == [soon, late, old, new]
