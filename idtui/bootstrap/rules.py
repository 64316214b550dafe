"""The decisions of the hospital on points the law leaves open, from the configuration to the ladder."""

from datetime import date, timedelta

from idtui.config import Config, Hours
from idtui.domain.care import Care
from idtui.domain.episode import Episode, EpisodeKind, Series
from idtui.domain.hours import OfficeHours, Opening
from idtui.domain.path import Settings
from idtui.domain.rules import Reason

_YEARS_AROUND = (-1, 0, 1)
"""Years whose public holidays a desk knows: a round of last year typed today, a desk never restarted."""


def settings(config: Config, today: date) -> Settings:
    """Return what the ladder goes by."""
    return Settings(
        accept_expired=config.accept_expired,
        loss_theft_reason=Reason(config.loss_theft_reason),
        loss_theft_typed=config.loss_theft_typed,
        hospital_app=config.hospital_app,
        itsme=config.itsme and bool(config.hub),
        margin_before_admission=timedelta(hours=config.margin_hours),
        listed_services=config.listed_services,
        hours=office_hours(config.hours, today) if config.hours else None,
    )


def usual_care(config: Config) -> Care:
    """Return the care a desk is for when nobody says otherwise."""
    if config.episode in set(Series):
        return Care(episode=Episode(kind=EpisodeKind.SERIES, series=Series(config.episode)))
    return Care(episode=Episode(kind=EpisodeKind(config.episode)))


def office_hours(hours: Hours, today: date) -> OfficeHours:
    """Return the opening hours with the days on which the administration is closed."""
    week = (
        hours.monday,
        hours.tuesday,
        hours.wednesday,
        hours.thursday,
        hours.friday,
        hours.saturday,
        hours.sunday,
    )
    closed = {*hours.closed, *(_holidays(today.year) if hours.holidays else ())}
    return OfficeHours(
        week=tuple(tuple(_opening(span) for span in day) for day in week), closed=frozenset(closed)
    )


def _opening(span: str) -> Opening:
    opens, closes = (int(clock[:2]) * 60 + int(clock[3:]) for clock in span.split("-"))
    return Opening(opens, closes)


def _holidays(year: int) -> set[date]:
    import holidays

    return set(holidays.country_holidays("BE", years=[year + offset for offset in _YEARS_AROUND]))
