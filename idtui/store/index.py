"""The entries in memory, still encoded, with indexes for the questions the desk asks all the time."""

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, overload

import msgspec

from idtui.domain.entries import KINDS, TRAVELLING, Entry
from idtui.domain.errors import JournalDamaged, NotUnderstood
from idtui.domain.text import say
from idtui.store.codec import decode
from idtui.store.damage import NAMED, Damage
from idtui.store.errors import AppendOnly

if TYPE_CHECKING:
    from idtui.store.tables import EntryTable


class _Episode(msgspec.Struct, gc=False):
    """What the indexes need of an episode."""

    visit: str | None = None


class _Glance(msgspec.Struct, gc=False):
    """What the indexes need of an entry; the rest is decoded when asked for."""

    kind: str
    id: str
    sequence: int
    entries: tuple[str, ...] = ()
    entry: str = ""
    withdraws: str = ""
    replaces: str = ""
    by: str | tuple[str, ...] = ""
    niss: str | None = None
    episode: _Episode | None = None


PURGE = "purge"
"""Kind of the note that a purge leaves among what it carried."""

_NOTES = frozenset({PURGE, NAMED})
_glance = msgspec.json.Decoder(_Glance).decode


class Entries(Sequence[Entry]):
    """Entries decoded when asked for; a list of them as it was when it was asked for."""

    def __init__(self, payloads: Sequence[bytes], positions: Sequence[int]) -> None:
        self._payloads = payloads
        self._positions = positions

    def __len__(self) -> int:
        return len(self._positions)

    @overload
    def __getitem__(self, index: int) -> Entry: ...
    @overload
    def __getitem__(self, index: slice) -> "Entries": ...
    def __getitem__(self, index: int | slice) -> "Entry | Entries":
        if isinstance(index, slice):
            return Entries(self._payloads, self._positions[index])
        return _kept(self._payloads[self._positions[index]])


def _kept(payload: bytes) -> Entry:
    """Return a kept entry; one with fields this version does not know is of a newer one, and damage to it."""
    try:
        return decode(payload)
    except NotUnderstood:
        raise JournalDamaged(say("store.strange_entry", sequence=_glance(payload).sequence)) from None


class _Threads:
    """Positions by a key, such as a patient: the newest of each, and for each position the one before it.

    Positions without such a key have one in common, None, that nobody asks for.
    """

    def __init__(self) -> None:
        self._newest: dict[str | None, int] = {}
        self._before = array("i")

    def add(self, position: int, key: str | None) -> None:
        """Note the key of the next position, None for none."""
        self._before.append(self._newest.get(key, -1))
        self._newest[key] = position

    def positions(self, key: str) -> list[int]:
        """Return the positions of a key, oldest first."""
        found = []
        position = self._newest.get(key, -1)
        while position >= 0:
            found.append(position)
            position = self._before[position]
        return found[::-1]


class StoredEntries:
    """What a store holds, to be read; `DeskStore` adds to it."""

    def __init__(
        self,
        payloads: Iterable[bytes] = (),
        carried: Iterable[bytes] = (),
        damage: Damage = Damage(),  # noqa: B008  # frozen
    ) -> None:
        """Index the payloads; raises `JournalDamaged` for one that is no entry this version knows.

        `carried` are entries that outlived their segments, and the notes among them. `damage` is what could
        not be read.
        """
        self.damage = damage
        self._payloads: list[bytes] = []
        self._sequences: list[int] = []
        self._last_sequence = 0
        self._positions: dict[str, int] = {}
        self._of_kind: defaultdict[str, list[int]] = defaultdict(list)
        self._unsent: dict[str, int] = {}
        self._parked: dict[str, int] = {}
        self._withdrawn: set[str] = set()
        self._pending: dict[str, int] = {}
        self._closing: defaultdict[str, list[str]] = defaultdict(list)
        """For a correction of a pending and for what it names instead: that pending."""
        self._of_patient = _Threads()
        self._of_visit = _Threads()
        payloads = list(payloads)
        notes = self._take_carried(carried, {_look(payload).id for payload in payloads} if carried else set())
        self._take(payloads)
        for note in notes:
            self._last_sequence = max(self._last_sequence, note.sequence)
            self._forget(note.entries)
        self._last_sequence = max(self._last_sequence, damage.lost)

    def __len__(self) -> int:
        return len(self._payloads)

    @property
    def table(self) -> "EntryTable":
        """The entries as a TinyDB table, made when first asked for: the desk starts without TinyDB."""
        from idtui.store.tables import EntryTable  # noqa: PLC0415  # late on purpose, see above

        return EntryTable(self._payloads, self._sequences, self._adding())

    def entry(self, entry_id: str) -> Entry | None:
        """Return the entry of that id."""
        position = self._positions.get(entry_id)
        return None if position is None else _kept(self._payloads[position])

    def last(self, kind: str) -> Entry | None:
        """Return the newest entry of that kind."""
        positions = self._of_kind.get(kind)
        return _kept(self._payloads[positions[-1]]) if positions else None

    def entries(self, kind: str | None = None) -> Entries:
        """Return the entries, oldest first, of one kind or all."""
        if kind is None:
            return Entries(self._payloads, range(len(self)))
        return self._at(self._of_kind.get(kind, ()))

    def unsent(self) -> Entries:
        """Return the travelling entries with neither receipt nor parking, oldest first."""
        return self._at(self._unsent.values())

    def waits(self, entry_id: str) -> bool:
        """Say whether the entry is among the unsent, without decoding any."""
        return entry_id in self._unsent

    def parked(self) -> Entries:
        """Return the travelling entries the hub refused, oldest refusal first."""
        return self._at(self._parked.values())

    def withdrawn(self, entry_id: str) -> bool:
        """Say whether a withdrawal of that entry is in the journal."""
        return entry_id in self._withdrawn

    def pendings(self) -> Entries:
        """Return the pendings still open, oldest first: not withdrawn, nor replaced by what still stands.

        Never fewer than a desk lists as due; also those whose replacement alone was withdrawn, for a purge.
        """
        return self._at(sorted(self._pending.values()))

    def of_patient(self, niss: str, day: date | None = None) -> Sequence[Entry]:
        """Return what was recorded of a NISS, ever or on a day (of its own offset), oldest first."""
        entries = self._at(self._of_patient.positions(niss))
        if day is None:
            return entries
        return [entry for entry in entries if entry.recorded_at.date() == day]

    def of_visit(self, visit: str) -> Entries:
        """Return what was recorded of a visit, oldest first."""
        return self._at(self._of_visit.positions(visit))

    def _at(self, positions: Iterable[int]) -> Entries:
        return Entries(self._payloads, tuple(positions))

    def _adding(self) -> Callable[[Entry], None]:
        return _refuse

    def _take_carried(self, carried: Iterable[bytes], present: set[str]) -> "list[_Glance]":
        """Keep what was carried, each once and in its order; return the notes."""
        looked = [(_look(payload), payload) for payload in carried]
        entries = {
            glance.id: (glance.sequence, payload) for glance, payload in looked if glance.kind not in _NOTES
        }
        self._take(payload for _, payload in sorted(entries.values()) if _look(payload).id not in present)
        return [glance for glance, _ in looked if glance.kind in _NOTES]

    def _take(self, payloads: Iterable[bytes]) -> None:
        """Keep more payloads and let the indexes react to what they say; one loop, for a store is long."""
        kept, sequences, positions, of_kind = self._payloads, self._sequences, self._positions, self._of_kind
        of_patient, of_visit = self._of_patient.add, self._of_visit.add
        for position, payload in enumerate(payloads, len(kept)):
            expected = self._last_sequence + 1
            glance = _look(payload, expected)
            kind, entry_id, sequence = glance.kind, glance.id, glance.sequence
            if kind not in KINDS or entry_id in positions or sequence < expected:
                raise JournalDamaged(say("store.strange_entry", sequence=expected))
            self._last_sequence = sequence
            kept.append(payload)
            sequences.append(sequence)
            positions[entry_id] = position
            of_kind[kind].append(position)
            of_patient(position, glance.niss)
            of_visit(position, episode.visit if (episode := glance.episode) else None)
            if kind in TRAVELLING:
                self._unsent[entry_id] = position
            if kind != "verification":
                self._react(glance, position)

    def _react(self, glance: _Glance, position: int) -> None:
        """Let an entry that is no verification change what is known of itself or of those before it."""
        match glance.kind:
            case "pending":
                self._pending[glance.id] = position
            case "correction":
                self._parked.pop(glance.replaces, None)
                if self._pending.pop(glance.replaces, None) is not None:
                    self._closing[glance.id].append(glance.replaces)
                    self._closing[str(glance.by)].append(glance.replaces)
            case "receipt":
                self._forget(glance.entries)
            case "parked":
                if (parked := self._unsent.pop(glance.entry, None)) is not None:
                    self._parked[glance.entry] = parked
            case "withdrawal":
                self._parked.pop(glance.withdraws, None)
                self._withdraw(glance.withdraws)

    def _withdraw(self, entry_id: str) -> None:
        """Take an entry back; a pending that it had closed is open again."""
        self._withdrawn.add(entry_id)
        self._pending.pop(entry_id, None)
        for pending in self._closing.pop(entry_id, ()):
            if pending not in self._withdrawn:
                self._pending[pending] = self._positions[pending]

    def _forget(self, received: Iterable[str]) -> None:
        for entry_id in received:
            self._unsent.pop(entry_id, None)
            self._parked.pop(entry_id, None)


def _look(payload: bytes, sequence: int = 0) -> _Glance:
    """Glance at a payload; raises `JournalDamaged`, naming the sequence it should have."""
    try:
        return _glance(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise JournalDamaged(say("store.strange_entry", sequence=sequence)) from None


def _refuse(_: Entry) -> None:
    raise AppendOnly(say("store.read_only"))
