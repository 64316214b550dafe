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
from idtui.desk.state import Earlier, Tone
from idtui.desk.visit_desk import VisitDesk
from idtui.domain import observed
from idtui.domain.consulting import is_reading_of
from idtui.domain.elsewhere import reading_at
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
        """Look for a true reading of this patient earlier today, here, else at another desk."""
        self._board.change(earlier=self._here(number) or self._elsewhere(number))

    def _here(self, number: str) -> Earlier | None:
        today = self._stamp.clock.now().date()
        newest_first = reversed(self._journal.entries("verification"))
        for entry in takewhile(lambda one: one.recorded_at.date() == today, newest_first):
            if (
                isinstance(entry, Verification)
                and is_reading_of(entry, number, today)
                and not self._journal.withdrawn(entry.id)
            ):
                name = f"{entry.name or ''} {entry.given_names or ''}".strip()
                return Earlier(entry.id, entry.niss, name, entry.verified_at)
        return None

    def _elsewhere(self, number: str) -> Earlier | None:
        """Return a reading the hub told of; consulting it needs no reading of our own (R-26)."""
        now = self._stamp.clock.now()
        for one in self._board.state.elsewhere:
            read_at = reading_at(one)
            if one.niss == number and read_at and read_at.astimezone(now.tzinfo).date() == now.date():
                name = f"{one.name or ''} {one.given_names or ''}".strip()
                return Earlier(one.id, number, name, read_at, desk=one.desk)
        return None

    def _why_not(self) -> Message | None:
        if not observed.acceptable(self._board.ladder):
            return say("why_not.nothing_read")
        return None if self._board.state.earlier else say("why_not.not_read_today")

    def _consult(self) -> None:
        earlier = self._board.state.earlier
        if earlier is None:
            return
        if self._visits.of_another(earlier.niss):
            self._visits.ask_whom(earlier.niss, earlier.name)
            return
        care_at = self._board.ladder.care_at or self._stamp.clock.now()
        episode = self._board.state.care.episode_at(care_at)
        entry = consultation(self._stamp, earlier.id, earlier.niss, episode, care_at)
        if self._keeping.keep(entry):
            self.recorded()
            done = say("consultation.saved", time=f"{entry.recorded_at:%H:%M}", who=earlier.name)
            self._board.tell(done, Tone.DONE)
