"""Consulting: identity read earlier on a day asks for a look, not for another reading (R-25 to R-27)."""

from datetime import date

from idtui.domain.entries import Verification
from idtui.domain.rules import TYPED


def is_reading_of(entry: Verification, niss: str, day: date) -> bool:
    """Say whether an entry is a true reading of this patient on this calendar day; a typed NISS is none."""
    return entry.niss == niss and entry.entry not in TYPED and entry.verified_at.date() == day
