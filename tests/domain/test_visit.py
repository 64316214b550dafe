import itertools
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from idtui.domain.visit import (
    Visit,
    VisitKind,
    VisitSource,
    VisitState,
    days,
    folded,
    merged,
    merged_all,
    on_day,
    search,
    state_of,
)

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def visit(minute: int = 0, *, decides: bool = True, **fields: Any) -> Visit:  # noqa: ANN401  # any field of a visit
    told = NOON + timedelta(minutes=minute)
    given: dict[str, Any] = {
        "number": "V1",
        "kind": VisitKind.AMBULATORY,
        "state": VisitState.OPEN,
        "source": VisitSource.HL7V2,
        "told_at": told,
        "state_at": told if decides else None,
    }
    return Visit(**{**given, **fields})


MESSAGES = (
    visit(0, name="FIRST"),
    visit(2, name="SECOND", decides=False),
    visit(4, state=VisitState.CANCELLED, name="THIRD"),
    visit(6, name="FOURTH", decides=False),
)


def test_messages_in_any_order_and_repeated_give_one_outcome() -> None:
    expected = visit(
        6, name="FOURTH", state=VisitState.CANCELLED, state_at=NOON + timedelta(minutes=4), decides=False
    )
    for order in itertools.permutations((*MESSAGES, MESSAGES[2])):
        assert merged_all(order) == {"V1": expected}


def test_a_new_admission_opens_a_cancelled_visit_again() -> None:
    cancelled = visit(1, state=VisitState.CANCELLED)
    assert merged(cancelled, visit(2)).state is VisitState.OPEN
    assert merged(visit(2), cancelled).state is VisitState.OPEN


def test_two_messages_of_one_moment_have_a_winner_that_does_not_depend_on_their_order() -> None:
    one, other = visit(name="A"), visit(name="B", state=VisitState.CANCELLED)
    assert merged(one, other) == merged(other, one)
    assert merged(one, other).state is VisitState.CANCELLED


def test_an_update_alone_is_taken_as_it_is_and_two_visits_are_never_merged() -> None:
    update = visit(decides=False)
    assert merged(None, update) == update
    assert merged(update, visit(1, decides=False, name="B")).name == "B"
    with pytest.raises(ValueError, match="two visits"):
        merged(update, visit(number="V2"))


def test_the_state_follows_from_the_moments() -> None:
    assert state_of(admitted_at=None, ended_at=None) is VisitState.PLANNED
    assert state_of(admitted_at=NOON, ended_at=None) is VisitState.OPEN
    assert state_of(admitted_at=NOON, ended_at=NOON) is VisitState.ENDED


def test_a_stay_is_met_every_day_until_it_ends() -> None:
    stay = visit(kind=VisitKind.HOSPITALISATION, admitted_at=NOON)
    consultation = visit(number="V2", appointment_at=NOON)
    left = visit(number="V3", admitted_at=NOON, ended_at=NOON + timedelta(days=2))
    silent = visit(number="V4")
    assert days(stay) == (NOON.date(), date.max)
    assert days(left) == (date(2026, 11, 22), date(2026, 11, 24))
    every = (stay, consultation, left, silent)
    assert on_day(every, date(2026, 11, 22)) == every
    assert on_day(every, date(2026, 11, 24)) == (stay, left)
    assert on_day(every, date(2026, 11, 25)) == (stay,)
    assert on_day(every, date(2026, 11, 21)) == ()


PEOPLE = (
    visit(number="V10", name="Ćosić", given_names="Zoë", niss="85073003328"),
    visit(number="V11", name="D'Hondt-Specimen", given_names="Élise Anne"),
    visit(number="A7", name="Specimen", given_names="Łukasz"),
    visit(number="V12", name="Specimen", given_names="Gone", state=VisitState.CANCELLED),
)


@pytest.mark.parametrize(
    ("typed", "numbers"),
    [
        ("cosic", ["V10"]),
        ("ĆOSIĆ zoe", ["V10"]),
        ("d'hondt", ["V11"]),
        ("hondt el", ["V11"]),
        ("specimen", ["V11", "A7"]),
        ("luk spec", ["A7"]),
        ("v1", ["V10", "V11"]),
        ("a7", ["A7"]),
        ("85.07.30-033.28", ["V10"]),
        ("85073003329", []),
        ("pecimen", []),
        ("  ", []),
        ("'", []),
    ],
)
def test_a_desk_finds_a_visit_by_name_number_and_niss(typed: str, numbers: list[str]) -> None:
    assert [found.number for found in search(PEOPLE, typed)] == numbers


def test_folding_leaves_bare_words() -> None:
    assert folded("D'Hondt-Ćosić  Œdipe Straße") == ("d", "hondt", "cosic", "oedipe", "strasse")


def test_a_visit_shows_nobody_in_its_repr() -> None:
    assert "Hondt" not in repr(PEOPLE[1])
