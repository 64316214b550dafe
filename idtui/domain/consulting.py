"""Consulting: identity read earlier on a day asks for a look, not for another reading (R-25 to R-27)."""

from datetime import date
from enum import StrEnum

from idtui.domain.entries import Entry, Verification
from idtui.domain.rules import CARDS, TYPED


def is_reading_of(entry: Verification, niss: str, day: date) -> bool:
    """Say whether an entry is a true reading of this patient on this calendar day; a typed NISS is none."""
    return entry.niss == niss and entry.entry not in TYPED and entry.verified_at.date() == day


def was_document_read(entry: Entry) -> bool:
    """Say whether an entry is the reading of an identity document, as a first visit asks for it (R-49)."""
    return isinstance(entry, Verification) and entry.means in CARDS and entry.entry not in TYPED


class FirstRead(StrEnum):
    """What is known of a first reading of somebody's document (R-49)."""

    NEVER = "never"
    """None, as far as this desk knows and the hub was asked."""
    ASKED = "asked"
    """None at this desk; the hub is being asked."""
    SILENT = "silent"
    """None at this desk, and the hub could not be asked."""
    READ = "read"
