"""Consulting: identity was read earlier the same day, so a second contact asks for a look, not a reading."""

from collections.abc import Callable, Mapping
from itertools import takewhile

from idtui.desk.board import Board
from idtui.desk.commands import Own
from idtui.desk.keeping import Keeping
from idtui.desk.parts import Does, Part
from idtui.desk.ports import Journal
from idtui.desk.recording import consultation
from idtui.desk.stamp import Stamp
from idtui.desk.state import Tone
from idtui.desk.visit_desk import VisitDesk
from idtui.domain import observed
from idtui.domain.consulting import is_reading_of
from idtui.domain.entries import Verification
from idtui.domain.text import Message, say


class Consulting(Part):
    """The consultation of a reading of the same calendar day (R-26, R-27), by the card in one key."""

    def __init__(
        self, board: Board, journal: Journal, stamp: Stamp, keeping: Keeping, visits: VisitDesk
    ) -> None:
        self._board = board
        self._journal = journal
        self._stamp = stamp
        self._keeping = keeping
        self._visits = visits
        self.recorded: Callable[[], None] = lambda: None
        """Called when the consultation is durable: this patient is done with."""

    def commands(self) -> Mapping[Own, Does]:
        """Return what `consult` does."""
        return {Own.CONSULT: Does(self._consult, self._why_not)}

    def read(self, number: str) -> None:
        """Look for a true reading of this patient earlier today."""
        today = self._stamp.clock.now().date()
        newest_first = reversed(self._journal.entries("verification"))
        of_today = takewhile(lambda entry: entry.recorded_at.date() == today, newest_first)
        self._board.change(
            earlier=next((entry for entry in of_today if self._is_reading(entry, number)), None)
        )

    def _is_reading(self, entry: object, number: str) -> bool:
        return (
            isinstance(entry, Verification)
            and is_reading_of(entry, number, self._stamp.clock.now().date())
            and not self._journal.withdrawn(entry.id)
        )

    def _why_not(self) -> Message | None:
        if not observed.acceptable(self._board.ladder):
            return say("why_not.nothing_read")
        return None if self._board.state.earlier else say("why_not.not_read_today")

    def _consult(self) -> None:
        earlier = self._board.state.earlier
        if earlier is None:
            return
        name = f"{earlier.name or ''} {earlier.given_names or ''}".strip()
        if self._visits.of_another(earlier.niss):
            self._visits.ask_whom(earlier.niss, name)
            return
        care_at = self._board.ladder.care_at or self._stamp.clock.now()
        episode = self._board.state.care.episode_at(care_at)
        entry = consultation(self._stamp, earlier.id, earlier.niss, episode, care_at)
        if self._keeping.keep(entry):
            self.recorded()
            done = say("consultation.saved", time=f"{entry.recorded_at:%H:%M}", who=name)
            self._board.tell(done, Tone.DONE)
