"""Where an entry stands: waiting, received, refused, withdrawn or corrected; and what it was followed by."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

from idtui.domain.entries import Correction, Entry, Parked, Pending, Withdrawal


class Standing(StrEnum):
    """Where an entry stands; what a person did to it comes before what the hub said."""

    WITHDRAWN = "withdrawn"
    CORRECTED = "corrected"
    PARKED = "parked"
    WAITING = "waiting"
    RECEIVED = "received"


class Kept(Protocol):
    """Entries that can be read; each method is that of `ports.Journal`."""

    def entries(self, kind: str | None = None) -> Sequence[Entry]: ...  # noqa: D102  # see the class
    def unsent(self) -> Sequence[Entry]: ...  # noqa: D102  # see the class
    def parked(self) -> Sequence[Entry]: ...  # noqa: D102  # see the class
    def withdrawn(self, entry_id: str) -> bool: ...  # noqa: D102  # see the class


class Followers:
    """What the journal says about its own entries, looked up once."""

    def __init__(self, journal: Kept) -> None:
        self._journal = journal
        self._waiting = {entry.id for entry in journal.unsent()}
        self._parked = {entry.id for entry in journal.parked()}
        self._corrections = {
            entry.replaces: entry
            for entry in journal.entries("correction")
            if isinstance(entry, Correction) and _holds(journal, entry)
        }

    def of(self, entry: Entry) -> Standing:
        """Return where the entry stands."""
        if self._journal.withdrawn(entry.id):
            return Standing.WITHDRAWN
        if entry.id in self._corrections:
            return Standing.CORRECTED
        if entry.id in self._parked:
            return Standing.PARKED
        return Standing.WAITING if entry.id in self._waiting else Standing.RECEIVED

    def correction(self, entry_id: str) -> Correction | None:
        """Return the correction that replaced the entry, if it holds."""
        return self._corrections.get(entry_id)

    def withdrawal(self, entry_id: str) -> Withdrawal | None:
        """Return the withdrawal of the entry."""
        for entry in reversed(self._journal.entries("withdrawal")):
            if isinstance(entry, Withdrawal) and entry.withdraws == entry_id:
                return entry
        return None

    def refusal(self, entry_id: str) -> Parked | None:
        """Return the last refusal of the entry by the hub."""
        for entry in reversed(self._journal.entries("parked")):
            if isinstance(entry, Parked) and entry.entry == entry_id:
                return entry
        return None


def open_pendings(journal: Kept) -> list[Pending]:
    """Return the verifications that are still due, in the order they were recorded."""
    replaced = {
        entry.replaces
        for entry in journal.entries("correction")
        if isinstance(entry, Correction) and _holds(journal, entry)
    }
    return [
        entry
        for entry in journal.entries("pending")
        if isinstance(entry, Pending) and entry.id not in replaced and not journal.withdrawn(entry.id)
    ]


def _holds(journal: Kept, correction: Correction) -> bool:
    """Whether a correction counts: one whose new entry was withdrawn leaves the old one as it was."""
    return not (journal.withdrawn(correction.id) or journal.withdrawn(correction.by))
