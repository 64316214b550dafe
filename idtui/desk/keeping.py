"""Entries made durable at an operator's word, and the last of them taken back while its window is open."""

from collections.abc import Mapping
from datetime import timedelta

from idtui.desk import mending
from idtui.desk.board import Board
from idtui.desk.commands import Own
from idtui.desk.parts import Does, Part
from idtui.desk.ports import Journal
from idtui.desk.stamp import Stamp
from idtui.desk.state import Tone
from idtui.domain import path
from idtui.domain.changes import WithdrawnWhy
from idtui.domain.entries import Entry
from idtui.domain.errors import CannotSave, IdtuiError
from idtui.domain.path import Phase
from idtui.domain.text import Message, say


class Keeping(Part):
    """The way into the journal for everything an operator records."""

    def __init__(self, board: Board, journal: Journal, stamp: Stamp, undo_window: timedelta) -> None:
        self._board = board
        self._journal = journal
        self._stamp = stamp
        self._undo_window = undo_window
        self._undoable: Entry | None = None

    def commands(self) -> Mapping[Own, Does]:
        """Return what `undo` does."""
        return {Own.UNDO: Does(self._undo, self._why_not_undo)}

    def keep(self, entry: Entry) -> bool:
        """Keep an entry that undo can take back; say on the screen what stands against it."""
        kept = self.add(entry)
        if kept:
            self._undoable = entry
        return kept

    def add(self, entry: Entry) -> bool:
        """Keep an entry that belongs to another one; say on the screen what stands against it."""
        try:
            self._journal.append(entry)
        except CannotSave as error:
            self._board.refuse(error.message)
            return False
        return True

    def _why_not_undo(self) -> Message | None:
        entry = self._undoable
        if (
            entry is not None
            and self._stamp.clock.now() - entry.recorded_at <= self._undo_window
            and not self._journal.withdrawn(entry.id)
        ):
            return None
        return say("why_not.nothing_to_undo")

    def _undo(self) -> None:
        entry = self._undoable
        if entry is None:
            return
        try:
            mending.withdraw(self._journal, self._stamp, entry.id, WithdrawnWhy.UNDO)
        except IdtuiError as error:
            self._board.refuse(error.message)
            return
        self._undoable = None
        if self._board.ladder.phase is Phase.RECORDED:
            self._board.change(ladder=path.fresh(self._board.ladder))
        self._board.tell(say("undo.done"), Tone.DONE)
