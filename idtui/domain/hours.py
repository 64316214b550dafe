"""The administrative opening hours of a desk: what makes "outside hours" true (R-35, R-47)."""

from datetime import date, datetime

import msgspec


class Opening(msgspec.Struct, frozen=True):
    """From one minute of the day, included, to another, excluded: 0 to 1440 of the local wall clock."""

    opens: int
    closes: int


class OfficeHours(msgspec.Struct, frozen=True):
    """Openings of the seven days from Monday, and the days on which the administration is closed."""

    week: tuple[tuple[Opening, ...], ...]
    closed: frozenset[date] = frozenset()

    def open_at(self, moment: datetime) -> bool:
        """Say whether the administration is open at a moment, taken in its own offset."""
        if moment.date() in self.closed:
            return False
        minute = moment.hour * 60 + moment.minute
        return any(span.opens <= minute < span.closes for span in self.week[moment.weekday()])
