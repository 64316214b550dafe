"""The care a desk verifies for: from a visit of the hospital, or from what the desk is usually for."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec.structs import replace

from idtui.domain.episode import Coverage, Episode, EpisodeKind
from idtui.domain.path import CareIs
from idtui.domain.scope import freed
from idtui.domain.series import billing_period
from idtui.domain.text import Private
from idtui.domain.visit import Visit, VisitKind, VisitState, days, goes_on

PLANNED_IS_OVER = timedelta(hours=4)
"""A contact that was only planned is taken to be over so long after its hour; ours, the texts know none."""


class Care(Private, frozen=True, kw_only=True):
    """What is verified for. `visit` is what the hospital's systems say of it, where they do."""

    episode: Episode = Episode()
    visit: Visit | None = None

    @property
    def niss(self) -> str | None:
        """The number the hospital has of its patient; no proof of who stands at the desk."""
        return self.visit.niss if self.visit else None

    @property
    def coverage(self) -> Coverage | None:
        """The insurance, as far as the visit brings it."""
        return self.visit.coverage if self.visit else None

    def episode_at(self, care_at: datetime) -> Episode:
        """Return the episode as it is recorded: a stay has its admission, a series its billing period."""
        episode = self.episode
        if episode.kind is EpisodeKind.SERIES:
            return replace(episode, billing_period=billing_period(care_at))
        if episode.kind is EpisodeKind.HOSPITALISATION and episode.admitted_at is None:
            return replace(episode, admitted_at=care_at)
        return episode

    def freed_by(self, care_at: datetime) -> str | None:
        """Return the rule by which nothing has to be verified, as far as the visit tells (`scope.freed`)."""
        if self.visit is None:
            return None
        episode, born = self.episode_at(care_at), self.visit.birth_date
        return freed(care_at, episode, coverage=self.visit.coverage, birth_date=born)

    def of_visit(self, visit: Visit) -> "Care":
        """Return the care of a visit at a desk that is usually for this care."""
        if visit.kind is VisitKind.HOSPITALISATION:
            stay = Episode(kind=EpisodeKind.HOSPITALISATION, admitted_at=visit.begins_at, visit=visit.number)
            return Care(episode=stay, visit=visit)
        of_series = self.episode.kind is EpisodeKind.SERIES and visit.kind is VisitKind.AMBULATORY
        usual = self.episode if of_series else Episode()
        return Care(episode=replace(usual, visit=visit.number), visit=visit)


def moment_of(visit: Visit, now: datetime) -> CareIs:
    """Return when the care of a visit is and whether it is over.

    Care of an earlier day keeps its own moment (a contact across midnight is of the day it began), and so
    does care that is over; of all other care the moment is the present. A stay goes on until it ends.
    """
    began = visit.begins_at
    if began is None or began > now:
        return CareIs(None, over=False)
    ended = visit.state is VisitState.ENDED or (visit.ended_at is not None and visit.ended_at <= now)
    if visit.kind is VisitKind.HOSPITALISATION:
        return CareIs(began if ended else None, over=ended)
    missed = visit.state is VisitState.PLANNED and now - began > PLANNED_IS_OVER
    over = ended or missed
    return CareIs(began if over or began.date() != now.date() else None, over=over)


def met_now(visits: Iterable[Visit], now: datetime) -> tuple[Visit, ...]:
    """Return the visits a desk may meet now, earliest first: today's, contacts of yesterday still open."""
    known = tuple(visit for visit in visits if visit.state is not VisitState.CANCELLED)
    today = now.date()
    met = (visit for visit in known if days(visit)[0] <= today and goes_on(visit, today))
    return tuple(sorted(met, key=lambda visit: (visit.begins_at or visit.told_at, visit.number)))
