"""Until when a pending verification can be made, and when to remind of it.

In a hospital stay a means must be read within 72 hours after admission (R-24), taken as elapsed hours
(rules.md 14); ambulatory care knows no such limit. Moments have an offset.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from idtui.domain.entries import Pending
from idtui.domain.episode import EpisodeKind

STAY = timedelta(hours=72)
"""From admission until the last moment of a reading (R-24)."""

REMINDERS = (timedelta(hours=24), timedelta(hours=48), timedelta(hours=66))
"""After admission; ours, the texts know none."""

MARGIN_BEFORE_ADMISSION = timedelta(hours=24)
"""How long before an admission a reading may have been made to count for the stay (C-6): our default, the
texts leave it to the hospital."""

_NEVER = datetime.max.replace(tzinfo=UTC)


def expiry(pending: Pending) -> datetime | None:
    """Return the last moment at which a reading still counts; None in ambulatory care.

    Where the moment of admission is not known, the care is taken for it.
    """
    if pending.episode.kind is not EpisodeKind.HOSPITALISATION:
        return None
    return (pending.episode.admitted_at or pending.care_at).astimezone(UTC) + STAY


def reminder(pending: Pending, now: datetime) -> timedelta | None:
    """Return the last of `REMINDERS` that is past; None before the first and in ambulatory care."""
    last = expiry(pending)
    if last is None:
        return None
    elapsed = now - (last - STAY)
    return max((each for each in REMINDERS if each <= elapsed), default=None)


def soonest_first(pendings: Iterable[Pending]) -> list[Pending]:
    """Return the pendings, what expires first on top, then the oldest care."""
    return sorted(pendings, key=lambda pending: (expiry(pending) or _NEVER, pending.care_at))


def counts_for_stay(read_at: datetime, admitted_at: datetime, margin: timedelta) -> bool:
    """Whether a reading counts for a stay: not earlier before admission than the hospital's margin (C-6).

    Hours are elapsed ones, also over a change of summer time.
    """
    return read_at >= admitted_at.astimezone(UTC) - margin
