"""Damage in the middle of a journal: what of it nobody can read, and which frames say that it is known.

Nothing is cut away. The first write after damage was found begins a new segment with a note that names it; a
second note says who has seen it. Both are `carry` frames, sealed like entries.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from msgspec.structs import replace

from idtui.store.chain import Finding, Flaw

NAMED = "damage"
"""Kind of the notes that name damage."""

_NOTE = b'{"kind":"%s",' % NAMED.encode()
_TAKES_AWAY = frozenset({Flaw.CHANGED, Flaw.REMOVED, Flaw.UNREADABLE})


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """What was found and when. `by` is who has seen it, empty as long as nobody has.

    `sequence` is the highest an entry can have that stood in frames nobody can read.
    """

    kind: str = NAMED
    id: str = ""
    sequence: int
    findings: tuple[Finding, ...]
    at: datetime
    by: str = ""


class Damage(msgspec.Struct, frozen=True):
    """What is wrong with a journal that goes on all the same; falsy when nothing is.

    No entry takes a sequence up to `lost` again: one that cannot be read may have had it.
    """

    findings: tuple[Finding, ...] = ()
    notes: tuple[Note, ...] = ()
    lost: int = 0

    def __bool__(self) -> bool:
        return bool(self.findings)

    @property
    def is_named(self) -> bool:
        """Whether notes in the journal name all of it."""
        return not self.findings or _names(self.notes).issuperset(self.findings)

    @property
    def is_seen(self) -> bool:
        """Whether somebody has acknowledged all of it."""
        return _names(note for note in self.notes if note.by).issuperset(self.findings)

    @property
    def frames(self) -> int:
        """How many frames cannot be read."""
        return sum(one.last - one.first + 1 for one in self.findings if one.flaw in _TAKES_AWAY)

    def noted(self, *, at: datetime, by: str = "") -> "Damage":
        """Return this damage with one more note, the last of `notes`, which names it all."""
        note = Note(sequence=self.lost, findings=self.findings, at=at, by=by)
        return replace(self, notes=(*self.notes, note))


def found(findings: Sequence[Finding], carried: Sequence[bytes], head: int) -> Damage:
    """Return the damage of a journal whose last frame has the sequence `head`; `carried` holds the notes.

    A frame holds one entry at most, so no entry has a higher sequence than its frame.
    """
    lost = max((min(one.last, head) for one in findings if one.flaw in _TAKES_AWAY), default=0)
    notes = tuple(msgspec.json.decode(payload, type=Note) for payload in carried if payload.startswith(_NOTE))
    return Damage(tuple(findings), notes, lost)


def _names(notes: Iterable[Note]) -> set[Finding]:
    return {one for note in notes for one in note.findings}
