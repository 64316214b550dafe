"""A treatment day of a series, and which verification serves it (R-28 to R-30)."""

from datetime import UTC, datetime

import pytest

from idtui.domain.entries import Evidence, Verification
from idtui.domain.episode import Episode, EpisodeKind, Series
from idtui.domain.rules import EntryType, Means
from idtui.domain.series import covers, series_episode

NISS = "85073003328"
DAY = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
DIALYSIS = series_episode(Series.DIALYSIS, DAY, "V1")
OTHER = next(series for series in Series if series is not Series.DIALYSIS)


def read_in(episode: Episode) -> Verification:
    return Verification(
        id="an-id",
        sequence=1,
        site="",
        desk="d",
        operator="o",
        recorded_at=DAY,
        care_at=DAY,
        verified_at=DAY,
        niss=NISS,
        episode=episode,
        means=Means.EID,
        entry=EntryType.CHIP,
        evidence=Evidence(),
    )


def test_a_treatment_day_is_of_its_series_month_and_visit() -> None:
    assert (
        Episode(kind=EpisodeKind.SERIES, series=Series.DIALYSIS, billing_period="2026-11", visit="V1")
        == DIALYSIS
    )


@pytest.mark.parametrize(
    ("niss", "day", "served"),
    [
        (NISS, series_episode(Series.DIALYSIS, datetime(2026, 11, 30, tzinfo=UTC), "V2"), True),
        (NISS, series_episode(Series.DIALYSIS, datetime(2026, 12, 1, tzinfo=UTC)), False),
        (NISS, series_episode(OTHER, DAY), False),
        ("40123100289", DIALYSIS, False),
        (NISS, Episode(), False),
    ],
)
def test_one_reading_serves_the_days_of_its_invoice(niss: str, day: Episode, served: bool) -> None:
    assert covers(read_in(DIALYSIS), niss, day) is served


@pytest.mark.parametrize(
    "episode", [Episode(), Episode(kind=EpisodeKind.SERIES), Episode(series=Series.DIALYSIS)]
)
def test_what_is_no_series_is_served_by_nothing(episode: Episode) -> None:
    assert not covers(read_in(episode), NISS, episode)
