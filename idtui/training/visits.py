"""Visits of specimen people, as a hospital's system would tell them, around the hour of the training."""

from datetime import datetime, timedelta

from idtui.domain.episode import Coverage
from idtui.domain.reading import PartialDate
from idtui.domain.visit import Visit, VisitKind, VisitSource, VisitState
from idtui.training.people import GEDEON, GODELIEVE, ISMAIL, SURNAME, ZOE, Person


def specimen_visits(now: datetime) -> tuple[Visit, ...]:
    """Return an appointment, an emergency, two stays, a convention and a newborn without a NISS."""
    hour = timedelta(hours=1)
    birth = now - 12 * hour
    return (
        _visit("V0093101", VisitKind.AMBULATORY, now, GEDEON, appointment_at=now + hour / 2),
        _visit("V0093102", VisitKind.EMERGENCY, now, ZOE, admitted_at=now - hour),
        _visit("V0093103", VisitKind.HOSPITALISATION, now, GODELIEVE, admitted_at=now - 30 * hour),
        _visit(
            "V0093104",
            VisitKind.AMBULATORY,
            now,
            ISMAIL,
            appointment_at=now,
            coverage=Coverage(ct1="180"),
        ),
        Visit(
            number="V0093105",
            kind=VisitKind.HOSPITALISATION,
            state=VisitState.OPEN,
            source=VisitSource.CSV,
            told_at=now,
            name=SURNAME,
            given_names="Nova",
            birth_date=PartialDate(birth.year, birth.month, birth.day),
            admitted_at=birth,
        ),
        _visit("V0093106", VisitKind.EMERGENCY, now, None, admitted_at=now - hour / 4),
    )


def _visit(
    number: str,
    kind: VisitKind,
    now: datetime,
    person: Person | None,
    *,
    admitted_at: datetime | None = None,
    appointment_at: datetime | None = None,
    coverage: Coverage | None = None,
) -> Visit:
    return Visit(
        number=number,
        kind=kind,
        state=VisitState.OPEN if admitted_at else VisitState.PLANNED,
        source=VisitSource.CSV,
        told_at=now,
        niss=person.niss if person else None,
        name=person.name if person else None,
        given_names=person.given_names if person else None,
        admitted_at=admitted_at,
        appointment_at=appointment_at,
        coverage=coverage,
    )
