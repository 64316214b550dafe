"""What other desks of the hospital recorded, as the hub tells it to this one."""

from datetime import date, datetime

import msgspec

from idtui.domain.rules import TYPED, EntryType, Means
from idtui.domain.text import Private


class Elsewhere(Private, frozen=True, kw_only=True):
    """One entry of another desk that stands: neither withdrawn nor replaced. Moments are ISO 8601 as sent.

    `kind` is that of the entry. Of a consultation `target` is the reading that was consulted.
    """

    id: str
    kind: str
    desk: str
    operator: str
    care_at: str
    verified_at: str
    niss: str | None = None
    name: str | None = None
    given_names: str | None = None
    visit: str | None = None
    alias: str | None = None
    episode: str | None = None
    admitted_at: str | None = None
    means: str | None = None
    entry_type: str | None = None
    reason: str | None = None
    target: str | None = None


def told_at(entry: Elsewhere) -> datetime | None:
    """Return when the entry was made or its identity verified; None where that is not a moment."""
    try:
        moment = datetime.fromisoformat(entry.verified_at)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def reading_at(entry: Elsewhere) -> datetime | None:
    """Return when a means was truly read for this entry; None for what is no reading, or says no moment."""
    is_read = entry.kind == "verification" and entry.entry_type in set(EntryType) - TYPED
    return told_at(entry) if is_read else None


class FirstReading(msgspec.Struct, frozen=True):
    """The first reading of a person's document that the hub knows (R-49), and no more of it than needed."""

    day: date
    desk: str
    means: Means


class Question(msgspec.Struct, frozen=True):
    """Whom or which visit is asked about: a NISS, a visit number, or both (entries of either)."""

    niss: str | None = None
    visit: str | None = None
    since: str = ""
    """First day of care, `2026-11-22`; empty for all the hub has."""

    def __repr__(self) -> str:
        return "Question(hidden)"
