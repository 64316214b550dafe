from datetime import UTC, datetime, timedelta, timezone

import pytest

from idtui.desk.moments import moment_of

NOW = datetime(2026, 11, 22, 23, 41, tzinfo=timezone(timedelta(hours=1)))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("22:14", datetime(2026, 11, 22, 21, 14, tzinfo=UTC)),
        ("2214", datetime(2026, 11, 22, 21, 14, tzinfo=UTC)),
        ("éé&'", datetime(2026, 11, 22, 21, 14, tzinfo=UTC)),
        ("21.11. 22:14", datetime(2026, 11, 21, 21, 14, tzinfo=UTC)),
        ("21/10/2026 2214", datetime(2026, 10, 21, 20, 14, tzinfo=UTC)),
        ("25.10.2026 12:00", datetime(2026, 10, 25, 11, 0, tzinfo=UTC)),
    ],
)
def test_a_typed_moment_is_belgian_time(typed: str, meant: datetime) -> None:
    assert moment_of(typed, NOW) == meant


@pytest.mark.parametrize("typed", ["", "25:00", "31.11. 10:00", "tomorrow", "1", "12:3", "1.2.3.4.5.6"])
def test_what_is_no_moment_is_none(typed: str) -> None:
    assert moment_of(typed, NOW) is None
