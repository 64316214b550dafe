"""Where an entry stands: waiting, received, refused, withdrawn or corrected; and what it was followed by."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from functools import cached_property
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
        self._corrections = {
            entry.replaces: entry
            for entry in journal.entries("correction")
            if isinstance(entry, Correction) and not journal.withdrawn(entry.id)
        }

    @cached_property
    def _waiting(self) -> frozenset[str]:
        return frozenset(entry.id for entry in self._journal.unsent())

    @cached_property
    def _parked(self) -> frozenset[str]:
        return frozenset(entry.id for entry in self._journal.parked())

    def of(self, entry: Entry) -> Standing:
        """Return where the entry stands."""
        if changed := self.changed(entry):
            return changed
        if entry.id in self._parked:
            return Standing.PARKED
        return Standing.WAITING if entry.id in self._waiting else Standing.RECEIVED

    def changed(self, entry: Entry) -> Standing | None:
        """Return what a person did to the entry; None when it counts as it is."""
        if self._journal.withdrawn(entry.id):
            return Standing.WITHDRAWN
        return Standing.CORRECTED if entry.id in self._corrections else None

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


class Dues:
    """The verifications that are still due; each entry of the journal is looked at once."""

    def __init__(self, journal: Kept) -> None:
        self._journal = journal
        self._pendings: dict[str, Pending] = {}
        self._corrections: list[Correction] = []
        for kind in ("pending", "correction"):
            self._look_at(journal.entries(kind))
        self._seen = len(journal.entries())

    def now(self) -> list[Pending]:
        """Return those that no correction replaced and nobody withdrew, in the order they were recorded."""
        entries = self._journal.entries()
        self._look_at(entries[self._seen :])
        self._seen = len(entries)
        withdrawn = self._journal.withdrawn
        replaced = {entry.replaces for entry in self._corrections if not withdrawn(entry.id)}
        return [
            pending
            for pending in self._pendings.values()
            if pending.id not in replaced and not withdrawn(pending.id)
        ]

    def is_replaced(self, entry_id: str) -> bool:
        """Say whether an entry, of whatever desk, was completed here."""
        withdrawn = self._journal.withdrawn
        return any(one.replaces == entry_id and not withdrawn(one.id) for one in self._corrections)

    def _look_at(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            if isinstance(entry, Pending):
                self._pendings[entry.id] = entry
            elif isinstance(entry, Correction):
                self._corrections.append(entry)
