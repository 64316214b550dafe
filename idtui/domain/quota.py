"""How many verifications may rest on a typed NISS, and how many do (R-55 to R-60): information, no block."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from idtui.domain.entries import Verification
from idtui.domain.rules import TYPED, EntryType, Means, Quota, Reason


class Shift(StrEnum):
    """The part of the day of the care. The hours are ours: 6 to 14, 14 to 22, and the night."""

    EARLY = "early"
    LATE = "late"
    NIGHT = "night"


def shift_at(hour: int) -> Shift:
    """Return the shift of an hour, 0 to 23."""
    if 6 <= hour < 14:
        return Shift.EARLY
    return Shift.LATE if 14 <= hour < 22 else Shift.NIGHT


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """So many verifications of one desk, one month (1 to 12) of the year asked for, one shift and one way."""

    desk: str
    month: int
    shift: Shift
    means: Means
    entry: EntryType
    reason: Reason | None = None
    count: int


def counts_as(means: Means, entry: EntryType, *, loss_theft_typed: bool) -> Quota:
    """Say whether a verification counts as read or as typed.

    Everything by hand is typed (R-59). An attestation of loss or theft can only be entered by hand and is not
    in the list of R-55: counting it as typed is inferred, so it is a setting (C-14).
    """
    typed = entry in TYPED and (means is not Means.LOSS_THEFT or loss_theft_typed)
    return Quota.TYPED if typed else Quota.READ


def limit_percent(year: int) -> int | None:
    """Return the share that may be typed: 10 % in 2025, 5 % from 2026 (R-55, R-58, R-59); None before."""
    if year < 2025:
        return None
    return 10 if year == 2025 else 5


class Share(msgspec.Struct, frozen=True):
    """How many were read and how many typed."""

    read: int = 0
    typed: int = 0

    @property
    def total(self) -> int:
        """All verifications."""
        return self.read + self.typed

    @property
    def typed_percent(self) -> float | None:
        """The typed share in percent, rounded to a tenth; None of nothing."""
        return round(100 * self.typed / self.total, 1) if self.total else None

    def within(self, limit: int) -> bool:
        """Say whether the typed share is at most `limit` percent, exactly."""
        return 100 * self.typed <= limit * self.total

    def more_typed(self, limit: int) -> int:
        """Return how many more may be typed from now on, if nothing more is read, within `limit` percent."""
        return max(0, (limit * self.total - 100 * self.typed) // (100 - limit))

    def reads_owed(self, limit: int) -> int:
        """Return how many must be read, and none typed, to come back within `limit` percent."""
        return max(0, -(-100 * self.typed // limit) - self.total)


def share_of(tallies: Iterable[Tally], *, loss_theft_typed: bool) -> Share:
    """Return what was read and typed in all."""
    counts: Counter[Quota] = Counter()
    for tally in tallies:
        counts[counts_as(tally.means, tally.entry, loss_theft_typed=loss_theft_typed)] += tally.count
    return Share(counts[Quota.READ], counts[Quota.TYPED])


def shares_by(
    tallies: Iterable[Tally], part: Callable[[Tally], str], *, loss_theft_typed: bool
) -> Mapping[str, Share]:
    """Return the share of each part, such as `lambda tally: tally.desk`, in the order of their names."""
    parts: dict[str, list[Tally]] = {}
    for tally in tallies:
        parts.setdefault(part(tally), []).append(tally)
    return {name: share_of(parts[name], loss_theft_typed=loss_theft_typed) for name in sorted(parts)}


def tallied(verifications: Iterable[Verification], year: int) -> tuple[Tally, ...]:
    """Count verifications by care of that year. One counts once, a withdrawn one is not to be given.

    The unit of the quota is not defined (rules.md 15.1): we count verifications, not invoices.
    """
    counts = Counter(tally_of(one) for one in verifications if one.care_at.year == year)
    return tuple(replace(tally, count=count) for tally, count in counts.items())


def tally_of(one: Verification) -> Tally:
    """Return the tally of a single verification."""
    return Tally(
        desk=one.desk,
        month=one.care_at.month,
        shift=shift_at(one.care_at.hour),
        means=one.means,
        entry=one.entry,
        reason=one.reason,
        count=1,
    )
