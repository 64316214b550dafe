"""The quota at the desk: what counts, what counts no more, here and in the hospital."""

from datetime import timedelta

import pytest
from desk_fakes import GOOD, HandHub, Made, MemoryJournal
from hospital_told import HOSPITAL

from idtui.desk import quota_desk
from idtui.desk.events import QuotaTold
from idtui.desk.panels import Sheet
from idtui.desk.quota_desk import sparkline
from idtui.domain.quota import Share
from idtui.domain.text import Message

NISS = "85073003328"


def own(made: Made) -> Share:
    now = made.desk.state.quota
    assert now is not None
    return now.own


def named(part: Message | str) -> str:
    return part.id if isinstance(part, Message) else part


def typed(made: Made) -> Made:
    return made.keys("n", *NISS, "l")


def test_what_is_recorded_counts_and_what_is_undone_does_not() -> None:
    made = Made().started()
    made.cards.show(GOOD)
    made.keys("enter")
    typed(made)
    assert own(made) == Share(read=1, typed=1)
    made.keys("u")
    assert own(made) == Share(read=1)


def test_a_corrected_entry_counts_once_and_a_withdrawn_completion_counts_no_more() -> None:
    made = typed(Made().started()).keys("j", "enter", "c", "v", *"V009", "enter", "escape")
    assert own(made) == Share(typed=1)
    made = Made().started().keys("r", *"V1", "enter", "l", "enter")
    made.cards.show(GOOD)
    made.keys("enter")
    assert own(made) == Share(read=1)
    made.keys("u")
    assert own(made) == Share()


def test_a_large_journal_is_counted_by_and_by(monkeypatch: pytest.MonkeyPatch) -> None:
    before = Made().started()
    for _ in range(5):
        typed(before)
    monkeypatch.setattr(quota_desk, "CHUNK", 2)
    made = Made(journal=before.journal).started()
    assert own(made) == Share(typed=2)
    made.desk.tick()
    made.desk.tick()
    assert own(made) == Share(typed=5)


def test_each_year_has_its_own() -> None:
    made = typed(Made().started())
    made.clock.moment += timedelta(days=60)
    made.cards.show(GOOD)
    made.keys("enter")
    assert own(made) == Share(read=1)


def test_the_hospitals_share_is_told_and_the_sheet_takes_it_apart() -> None:
    made = typed(Made(hub=HandHub(), journal=MemoryJournal()).started())
    made.desk.handle(QuotaTold(2026, HOSPITAL))
    now = made.desk.state.quota
    assert now is not None
    assert now.hospital == Share(read=95, typed=5)
    made.keys("c")
    sheet = made.desk.state.panel
    assert isinstance(sheet, Sheet)
    told = {(field.label.id, *map(named, field.value)) for field in sheet.fields}
    assert ("quota.hospital", "quota.percent", "quota.counted", "quota.more") in told
    assert ("quota.this_desk", "quota.percent", "quota.counted", "quota.owed") in told
    assert ("quota.by.month", "▁█          ") in told
    assert ("quota.by.desk", "B", "quota.counted") in told
    assert ("quota.by.shift", "shift.night", "quota.counted") in told
    assert ("quota.by.reason", "reason.pre.no_document_identity_verified", "quota.counted") in told


def test_numbers_of_another_year_are_not_this_years() -> None:
    made = Made(hub=HandHub()).started()
    made.desk.handle(QuotaTold(2025, HOSPITAL))
    now = made.desk.state.quota
    assert now is not None
    assert now.hospital == Share()


def test_bars_stand_for_shares_and_nothing_is_no_bar() -> None:
    assert sparkline([None, 0.0, 2.5, 5.0]) == " ▁▅█"
    assert sparkline([0.0, None]) == "▁ "


def test_a_desk_counts_behind_its_first_picture() -> None:
    journal = typed(Made().started()).journal
    made = Made(journal=journal)
    assert made.desk.state.quota is None
    made.started()
    assert own(made) == Share(typed=1)
