"""Consulting: identity was read earlier the same day, so a second contact asks for a look, not a reading."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime

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
from idtui.domain.care import Care
from idtui.domain.consulting import is_reading_of
from idtui.domain.elsewhere import Elsewhere, reading_at
from idtui.domain.entries import Verification
from idtui.domain.episode import EpisodeKind
from idtui.domain.path import Phase
from idtui.domain.series import covers
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
        self._looked: tuple[Care, datetime | None, int] | None = None
        self._treatment: Earlier | None = None
        self.recorded: Callable[[], None] = lambda: None
        """Called when the consultation is durable: this patient is done with."""

    def commands(self) -> Mapping[Own, Does]:
        """Return what `consult` does."""
        return {Own.CONSULT: Does(self.consult, self._why_not)}

    def read(self, number: str) -> None:
        """Look for a true reading of this patient earlier today, here, else at another desk."""
        earlier = self._of_series(number) or self._here(number) or self._elsewhere(number)
        self._board.change(earlier=earlier)

    def look(self) -> None:
        """Look whether the visit of a series has its reading: its treatment day needs no card then."""
        care, ladder = self._board.state.care, self._board.ladder
        if ladder.phase is not Phase.WAITING:
            return
        looked = (care, ladder.care_at, self._journal.next_sequence())
        if looked != self._looked:
            self._looked = looked
            self._treatment = self._of_series(care.niss) if care.niss else None
        self._board.change(earlier=self._treatment)

    def _of_series(self, number: str) -> Earlier | None:
        """Return the reading of the invoice that a treatment day of today falls under (R-28, R-29)."""
        care_at = self._board.ladder.care_at or self._stamp.clock.now()
        episode = self._board.state.care.episode_at(care_at)
        if episode.kind is not EpisodeKind.SERIES:
            return None
        for entry in self._standing(number):
            if covers(entry, number, episode):
                return Earlier(entry.id, entry.niss, _name(entry), entry.verified_at, of_series=True)
        return None

    def _here(self, number: str) -> Earlier | None:
        today = self._stamp.clock.now().date()
        for entry in self._standing(number, today):
            if is_reading_of(entry, number, today):
                return Earlier(entry.id, entry.niss, _name(entry), entry.verified_at)
        return None

    def _standing(self, number: str, day: date | None = None) -> Iterator[Verification]:
        """Yield what was verified of this patient and not withdrawn, on a day or ever, newest first."""
        for entry in reversed(self._journal.of_patient(number, day)):
            if isinstance(entry, Verification) and not self._journal.withdrawn(entry.id):
                yield entry

    def _elsewhere(self, number: str) -> Earlier | None:
        """Return a reading the hub told of; consulting it needs no reading of our own (R-26)."""
        now = self._stamp.clock.now()
        for one in self._board.state.elsewhere:
            read_at = reading_at(one)
            if one.niss == number and read_at and read_at.astimezone(now.tzinfo).date() == now.date():
                return Earlier(one.id, number, _name(one), read_at, desk=one.desk)
        return None

    def _why_not(self) -> Message | None:
        state = self._board.ladder
        if state.code is None and not observed.acceptable(state):
            return say("why_not.nothing_read")
        return None if self._board.state.earlier else say("why_not.not_read_today")

    def consult(self) -> None:
        """Record that the reading was consulted: a second contact of a day, a treatment day of a series."""
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


def _name(entry: Verification | Elsewhere) -> str:
    return f"{entry.name or ''} {entry.given_names or ''}".strip()
