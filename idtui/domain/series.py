"""Recurring treatments: one reading for an invoice, one line for a treatment day (R-28 to R-30, C-9)."""

from datetime import datetime

from idtui.domain.entries import Verification
from idtui.domain.episode import Episode, EpisodeKind, Series


def billing_period(moment: datetime) -> str:
    """Return the billing period of a moment, `YYYY-MM`; an invoice covers one."""
    return f"{moment:%Y-%m}"


def series_episode(series: Series, care_at: datetime, visit: str | None = None) -> Episode:
    """Return the episode of one treatment day of a series."""
    return Episode(
        kind=EpisodeKind.SERIES, series=series, billing_period=billing_period(care_at), visit=visit
    )


def covers(reading: Verification, niss: str, episode: Episode) -> bool:
    """Say whether a verification serves a treatment day: same patient, series and invoice (R-28).

    A typed NISS serves as well as a reading: it is the verification of that invoice, and counted as typed.
    """
    of_series = episode.kind is EpisodeKind.SERIES and episode.series is not None
    same = (reading.episode.series, reading.episode.billing_period) == (
        episode.series,
        episode.billing_period,
    )
    return of_series and same and reading.niss == niss
