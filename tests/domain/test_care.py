"""The care a desk verifies for: what a visit makes of it, when it is, whether it is over, who may come."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from idtui.domain.care import PLANNED_IS_OVER, Care, met_now, moment_of
from idtui.domain.episode import Coverage, Episode, EpisodeKind
from idtui.domain.path import CareIs
from idtui.domain.reading import PartialDate
from idtui.domain.visit import Visit, VisitKind, VisitSource, VisitState, goes_on

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TODAY, YESTERDAY = NOW - timedelta(hours=2), NOW - timedelta(hours=14)
STAY, SERIES = EpisodeKind.HOSPITALISATION, EpisodeKind.SERIES


def visit(number: str = "V1", **fields: Any) -> Visit:  # noqa: ANN401  # any field of a visit
    given: dict[str, Any] = {
        "number": number,
        "kind": VisitKind.AMBULATORY,
        "state": VisitState.OPEN,
        "source": VisitSource.HL7V2,
        "told_at": NOW,
    }
    return Visit(**{**given, **fields})


def test_without_a_visit_nothing_is_known_of_the_patient() -> None:
    care = Care()
    assert (care.niss, care.coverage, care.freed_by(NOW)) == (None, None, None)


def test_a_visit_brings_its_patient_and_insurance() -> None:
    insured = Coverage(insurer="100", ct1="180")
    care = Care().of_visit(visit(niss="85073003328", coverage=insured))
    assert (care.niss, care.coverage) == ("85073003328", insured)


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({}, None),
        ({"coverage": Coverage(ct1="180")}, "R-19"),
        ({"coverage": Coverage(ct1="179")}, None),
        ({"birth_date": PartialDate(2026, 10, 30)}, "R-18"),
        ({"birth_date": PartialDate(2026, 7, 30)}, None),
    ],
)
def test_what_a_visit_tells_may_free_from_verifying(fields: dict[str, Any], rule: str | None) -> None:
    assert Care().of_visit(visit(**fields)).freed_by(NOW) == rule


@pytest.mark.parametrize(
    ("usual", "given", "episode"),
    [
        (Episode(), {"kind": VisitKind.AMBULATORY}, Episode(visit="V1")),
        (
            Episode(kind=SERIES),
            {"kind": VisitKind.HOSPITALISATION, "admitted_at": TODAY},
            Episode(kind=STAY, admitted_at=TODAY, visit="V1"),
        ),
        (Episode(kind=SERIES), {"kind": VisitKind.AMBULATORY}, Episode(kind=SERIES, visit="V1")),
        (Episode(kind=SERIES), {"kind": VisitKind.EMERGENCY}, Episode(visit="V1")),
        (Episode(kind=STAY), {"kind": VisitKind.AMBULATORY}, Episode(visit="V1")),
    ],
)
def test_the_kind_of_a_visit_decides_the_episode(
    usual: Episode, given: dict[str, Any], episode: Episode
) -> None:
    assert Care(episode=usual).of_visit(visit(**given)).episode == episode


def test_an_episode_is_recorded_with_what_its_kind_needs() -> None:
    assert Care(episode=Episode(kind=SERIES)).episode_at(NOW).billing_period == "2026-11"
    assert Care(episode=Episode(kind=STAY)).episode_at(NOW).admitted_at == NOW
    assert Care(episode=Episode(kind=STAY, admitted_at=TODAY)).episode_at(NOW).admitted_at == TODAY
    assert Care(episode=Episode(visit="V1")).episode_at(NOW) == Episode(visit="V1")


LATE = NOW - PLANNED_IS_OVER - timedelta(minutes=1)


@pytest.mark.parametrize(
    ("fields", "care"),
    [
        ({}, CareIs(None, over=False)),
        ({"appointment_at": NOW + timedelta(hours=1)}, CareIs(None, over=False)),
        ({"admitted_at": TODAY}, CareIs(None, over=False)),
        ({"admitted_at": YESTERDAY}, CareIs(YESTERDAY, over=False)),
        ({"admitted_at": TODAY, "ended_at": NOW}, CareIs(TODAY, over=True)),
        ({"admitted_at": TODAY, "ended_at": NOW + timedelta(hours=1)}, CareIs(None, over=False)),
        ({"admitted_at": TODAY, "state": VisitState.ENDED}, CareIs(TODAY, over=True)),
        ({"admitted_at": YESTERDAY, "kind": VisitKind.HOSPITALISATION}, CareIs(None, over=False)),
        (
            {"admitted_at": YESTERDAY, "ended_at": TODAY, "kind": VisitKind.HOSPITALISATION},
            CareIs(YESTERDAY, over=True),
        ),
        ({"appointment_at": TODAY, "state": VisitState.PLANNED}, CareIs(None, over=False)),
        ({"appointment_at": NOW - PLANNED_IS_OVER, "state": VisitState.PLANNED}, CareIs(None, over=False)),
        ({"appointment_at": LATE, "state": VisitState.PLANNED}, CareIs(LATE, over=True)),
        ({"appointment_at": LATE}, CareIs(None, over=False)),
    ],
)
def test_a_visit_says_when_its_care_is_and_whether_it_is_over(fields: dict[str, Any], care: CareIs) -> None:
    assert moment_of(visit(**fields), NOW) == care


def test_whom_a_desk_may_meet_now() -> None:
    day = timedelta(days=1)
    known = [
        visit("later", appointment_at=NOW + timedelta(hours=3), state=VisitState.PLANNED),
        visit("cancelled", appointment_at=NOW, state=VisitState.CANCELLED),
        visit("tomorrow", appointment_at=NOW + day, state=VisitState.PLANNED),
        visit("stay", admitted_at=NOW - 9 * day, kind=VisitKind.HOSPITALISATION),
        visit("midnight", admitted_at=YESTERDAY),
        visit("missed", appointment_at=YESTERDAY, state=VisitState.PLANNED),
        visit("gone", admitted_at=YESTERDAY, ended_at=YESTERDAY, state=VisitState.ENDED),
        visit("two days", admitted_at=NOW - 2 * day),
        visit("told only"),
        visit("also told"),
    ]
    assert [one.number for one in met_now(known, NOW)] == [
        "stay",
        "midnight",
        "also told",
        "told only",
        "later",
    ]


def test_a_visit_that_was_open_at_midnight_goes_on_for_one_day_more() -> None:
    day, contact = NOW.date(), visit(admitted_at=YESTERDAY)
    assert goes_on(contact, day)
    assert not goes_on(contact, day + timedelta(days=1))
    assert not goes_on(visit(appointment_at=YESTERDAY, state=VisitState.PLANNED), day)
