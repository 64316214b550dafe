"""What the other tests of the law pass by: how records show themselves, and single answers."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from idtui.domain import ladder, niss
from idtui.domain.entries import Draft
from idtui.domain.errors import RuleForbids
from idtui.domain.observed import refusal_of
from idtui.domain.path import HOW_OF, Action, Phase, Settings, State
from idtui.domain.reading import PartialDate, Reading, Remark
from idtui.domain.text import clean, say

NISS = "85073003328"


def test_an_entry_and_a_message_show_no_content() -> None:
    draft = Draft(
        id="some-id",
        sequence=1,
        site="",
        desk="d",
        operator="o",
        recorded_at=datetime(2026, 11, 22, tzinfo=UTC),
        digits=NISS,
    )
    assert repr(draft) == "Draft(some-id)"
    assert repr(say("saved", who=NISS)) == "Message(saved)"


def test_a_rule_that_forbids_is_named() -> None:
    error = RuleForbids("R-20", say("claim.niss"))
    assert (error.rule, error.message.id, str(error)) == ("R-20", "claim.niss", "claim.niss")


@pytest.mark.parametrize(
    ("digits", "shown"), [(NISS, "85.07.30-033.28"), ("8507300332", "8507300332"), ("", "")]
)
def test_eleven_digits_are_shown_the_usual_way(digits: str, shown: str) -> None:
    assert niss.shown(digits) == shown


@pytest.mark.parametrize("space", ["\u00a0", "\u2003", "\u3000"])
def test_every_space_is_the_plain_one(space: str) -> None:
    assert clean(f"VAN{space}DAMME") == "VAN DAMME"


@pytest.mark.parametrize(
    ("date", "complete"),
    [
        (PartialDate(1971, 11, 1), True),
        (PartialDate(1971, 11, 0), False),
        (PartialDate(1971, 0, 1), False),
        (PartialDate(0, 11, 1), False),
    ],
)
def test_a_date_is_complete_when_all_of_it_is_known(date: PartialDate, *, complete: bool) -> None:
    assert date.is_complete is complete


def test_a_card_that_is_not_valid_yet_is_refused_with_its_date(make_reading: Callable[..., Reading]) -> None:
    refusal = refusal_of(make_reading(Remark.NOT_YET_VALID), Settings())
    assert refusal
    assert (refusal.id, refusal.parameters) == ("reading.not_yet_valid", {"date": "23.07.2021"})


def test_the_ways_to_identify_are_offered_with_the_way_back() -> None:
    actions = [hint.action for hint in ladder.hints(State(phase=Phase.HOW))]
    assert actions == [*HOW_OF, Action.BACK]
