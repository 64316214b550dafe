from datetime import UTC, datetime

import pytest

from idtui.domain.entries import Evidence, Verification
from idtui.domain.episode import Episode
from idtui.domain.quota import (
    Share,
    Shift,
    Tally,
    counts_as,
    limit_percent,
    share_of,
    shares_by,
    shift_at,
    tallied,
)
from idtui.domain.rules import ALLOWED, Allowed, EntryType, Means, Quota, Reason


@pytest.mark.parametrize("row", ALLOWED, ids=lambda row: "-".join(row.rules))
def test_what_counts_as_typed_is_what_the_rules_say(row: Allowed) -> None:
    for means in row.means:
        for entry in row.entries:
            assert counts_as(means, entry, loss_theft_typed=True) is row.quota


def test_an_attestation_of_loss_counts_by_the_setting() -> None:
    assert counts_as(Means.LOSS_THEFT, EntryType.MANUAL, loss_theft_typed=False) is Quota.READ
    assert counts_as(Means.NONE, EntryType.MANUAL, loss_theft_typed=False) is Quota.TYPED


@pytest.mark.parametrize(("year", "limit"), [(2024, None), (2025, 10), (2026, 5), (2031, 5)])
def test_the_limit_of_a_year(year: int, limit: int | None) -> None:
    assert limit_percent(year) == limit


@pytest.mark.parametrize(
    ("read", "typed", "more", "owed"),
    [
        (0, 0, 0, 0),
        (95, 5, 0, 0),
        (94, 6, 0, 20),
        (1_000, 0, 52, 0),
        (990, 10, 42, 0),
        (950, 40, 10, 0),
        (0, 1, 0, 19),
    ],
)
def test_how_many_more_may_be_typed_is_exact(read: int, typed: int, more: int, owed: int) -> None:
    share = Share(read, typed)
    assert (share.more_typed(5), share.reads_owed(5)) == (more, owed)
    assert Share(read + owed, typed).within(5)
    if share.within(5):
        assert Share(read, typed + more).within(5)
        assert not Share(read, typed + more + 1).within(5)


def test_the_typed_share_of_nothing_is_unknown() -> None:
    assert (Share().typed_percent, Share(2, 1).typed_percent) == (None, 33.3)


@pytest.mark.parametrize(
    ("hour", "shift"),
    [
        (0, Shift.NIGHT),
        (5, Shift.NIGHT),
        (6, Shift.EARLY),
        (13, Shift.EARLY),
        (14, Shift.LATE),
        (22, Shift.NIGHT),
    ],
)
def test_the_hour_tells_the_shift(hour: int, shift: Shift) -> None:
    assert shift_at(hour) is shift


def test_tallies_are_added_up_by_any_part() -> None:
    read = Tally(desk="b", month=1, shift=Shift.EARLY, means=Means.EID, entry=EntryType.CHIP, count=3)
    typed = Tally(
        desk="a",
        month=2,
        shift=Shift.NIGHT,
        means=Means.NONE,
        entry=EntryType.MANUAL_AFTERWARDS,
        reason=Reason.NO_DOCUMENT,
        count=2,
    )
    assert share_of([read, typed], loss_theft_typed=True) == Share(3, 2)
    assert shares_by([read, typed], lambda one: one.desk, loss_theft_typed=True) == {
        "a": Share(0, 2),
        "b": Share(3, 0),
    }


def test_verifications_of_a_year_are_counted_by_desk_month_shift_and_way() -> None:
    def made(care_at: datetime, desk: str = "d", means: Means = Means.EID) -> Verification:
        return Verification(
            id="an-id",
            sequence=1,
            site="",
            desk=desk,
            operator="o",
            recorded_at=care_at,
            care_at=care_at,
            verified_at=care_at,
            niss="85073003328",
            episode=Episode(),
            means=means,
            entry=EntryType.CHIP,
            evidence=Evidence(),
        )

    evening = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
    others = [made(evening.replace(year=2025)), made(evening.replace(hour=3)), made(evening, desk="e")]
    counted = tallied([made(evening), *others, made(evening.replace(day=1))], 2026)
    told = {(one.desk, one.month, one.shift, one.means, one.entry, one.reason): one.count for one in counted}
    assert told == {
        ("d", 11, Shift.LATE, Means.EID, EntryType.CHIP, None): 2,
        ("d", 11, Shift.NIGHT, Means.EID, EntryType.CHIP, None): 1,
        ("e", 11, Shift.LATE, Means.EID, EntryType.CHIP, None): 1,
    }


def test_reads_owed_are_whole_also_where_the_limit_divides_nothing() -> None:
    assert (Share(0, 1).reads_owed(3), Share(10, 1).reads_owed(7)) == (33, 4)
    assert isinstance(Share(0, 1).reads_owed(3), int)


@pytest.mark.parametrize(("as_typed", "share"), [(True, Share(3, 9)), (False, Share(8, 4))])
def test_attestations_are_added_up_by_the_setting(as_typed: bool, share: Share) -> None:
    def tally(means: Means, count: int, entry: EntryType = EntryType.MANUAL) -> Tally:
        return Tally(desk="d", month=1, shift=Shift.EARLY, means=means, entry=entry, count=count)

    tallies = [
        tally(Means.LOSS_THEFT, 2),
        tally(Means.LOSS_THEFT, 3),
        tally(Means.NONE, 4),
        tally(Means.EID, 3, EntryType.CHIP),
    ]
    assert share_of(tallies, loss_theft_typed=as_typed) == share
    assert shares_by(tallies, lambda one: one.desk, loss_theft_typed=as_typed) == {"d": share}
