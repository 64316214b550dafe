from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from idtui.domain.episode import Coverage, Episode, EpisodeKind
from idtui.domain.hours import OfficeHours, Opening
from idtui.domain.reading import PartialDate
from idtui.domain.scope import PAPERS, Paper, freed, in_force, is_convention, under_three_months

BRUSSELS = ZoneInfo("Europe/Brussels")
TODAY = datetime(2026, 11, 22, 10, 0, tzinfo=BRUSSELS)
AMBULATORY = Episode()


def stay(admitted: datetime) -> Episode:
    return Episode(kind=EpisodeKind.HOSPITALISATION, admitted_at=admitted)


@pytest.mark.parametrize(
    ("day", "exempt"), [(date(2026, 2, 27), True), (date(2026, 2, 28), False), (date(2026, 3, 1), False)]
)
def test_the_end_of_a_short_month_ends_the_exemption_of_a_newborn(day: date, exempt: bool) -> None:
    assert under_three_months(PartialDate(2025, 11, 30), day) is exempt


@pytest.mark.parametrize("born", [PartialDate(2026, 11, 0), PartialDate(2026, 0, 0), PartialDate()])
def test_an_incomplete_birth_date_exempts_nobody(born: PartialDate) -> None:
    assert not under_three_months(born, TODAY.date())
    assert freed(TODAY, AMBULATORY, birth_date=born) is None


def test_nobody_is_exempt_before_being_born() -> None:
    assert not under_three_months(PartialDate(2026, 11, 23), date(2026, 11, 22))
    assert under_three_months(PartialDate(2026, 11, 22), date(2026, 11, 22))


@pytest.mark.parametrize(
    ("ct1", "convention"),
    [
        (ct1, ct1 in ("180", "189"))
        for ct1 in (None, "180", "189", "179", "190", "480", "481", "18", "18x", "1800")
    ],
)
def test_only_18x_is_exempt_among_the_entitlement_codes(ct1: str | None, convention: bool) -> None:
    assert is_convention(ct1) is convention
    assert freed(TODAY, AMBULATORY, coverage=Coverage(ct1=ct1)) == ("R-19" if convention else None)


@pytest.mark.parametrize(
    ("insurer", "rule"), [("690", "R-12"), ("691", "R-14"), ("675", None), ("695", None), ("100", None)]
)
def test_seamen_and_detainees_are_in_scope_and_fedasil_is_not(insurer: str, rule: str | None) -> None:
    assert freed(TODAY, AMBULATORY, coverage=Coverage(insurer=insurer)) == rule


def test_the_duty_begins_with_care_given_and_stays_begun_on_the_first_of_april_2024() -> None:
    before, first = (datetime(2024, *day, 12, tzinfo=BRUSSELS) for day in ((3, 31), (4, 1)))
    assert not in_force(before, AMBULATORY)
    assert in_force(first, AMBULATORY)
    assert not in_force(datetime(2024, 4, 2, tzinfo=BRUSSELS), stay(before))
    assert in_force(datetime(2024, 4, 2, tzinfo=BRUSSELS), stay(first))
    assert freed(before, AMBULATORY) == "R-11"


@pytest.mark.parametrize("row", PAPERS, ids=lambda row: row.paper)
def test_each_paper_frees_by_its_own_rule(row: object) -> None:
    paper, rule = row.paper, row.rule  # type: ignore[attr-defined]  # a row of the table
    born = PartialDate(2026, 11, 1) if paper is Paper.NEWBORN else None
    assert freed(TODAY, AMBULATORY, paper=paper, birth_date=born) == rule


def test_a_newborn_is_exempt_by_its_age_and_not_by_a_word() -> None:
    assert freed(TODAY, AMBULATORY, paper=Paper.NEWBORN) is None
    assert freed(TODAY, AMBULATORY, paper=Paper.NEWBORN, birth_date=PartialDate(2026, 8, 1)) is None


def test_mediprima_comes_before_everything_else() -> None:
    baby = PartialDate(2026, 11, 1)
    every = Coverage(insurer="691", ct1="180")
    assert freed(TODAY, AMBULATORY, coverage=every, paper=Paper.MEDIPRIMA, birth_date=baby) == "R-12"
    assert freed(TODAY, AMBULATORY, coverage=every, birth_date=baby) == "R-14"
    assert freed(TODAY, AMBULATORY, coverage=Coverage(ct1="180"), birth_date=baby) == "R-18"


HOURS = OfficeHours(
    week=(*[(Opening(8 * 60, 12 * 60), Opening(13 * 60, 17 * 60))] * 5, (), ()),
    closed=frozenset({date(2026, 11, 11)}),
)


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ((2026, 11, 20, 8, 0), True),
        ((2026, 11, 20, 7, 59), False),
        ((2026, 11, 20, 12, 0), False),
        ((2026, 11, 20, 16, 59), True),
        ((2026, 11, 20, 17, 0), False),
        ((2026, 11, 21, 10, 0), False),
        ((2026, 11, 11, 10, 0), False),
        ((2026, 3, 30, 8, 0), True),
        ((2026, 10, 26, 8, 0), True),
    ],
)
def test_hours_are_those_of_the_wall_clock_also_after_a_change_of_time(
    moment: tuple[int, int, int, int, int], is_open: bool
) -> None:
    assert HOURS.open_at(datetime(*moment, tzinfo=BRUSSELS)) is is_open


def test_a_moment_told_in_another_offset_is_taken_in_that_offset() -> None:
    assert not HOURS.open_at(datetime(2026, 11, 20, 7, 30, tzinfo=UTC))
    assert HOURS.open_at(datetime(2026, 11, 20, 7, 30, tzinfo=UTC).astimezone(BRUSSELS))
