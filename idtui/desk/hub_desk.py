"""What the hospital knows beyond this desk: asked in the background, about a patient and by the clock."""

from datetime import datetime, timedelta

from idtui.desk import events
from idtui.desk.board import Board
from idtui.desk.consulting import Consulting
from idtui.desk.parts import Part
from idtui.desk.ports import Clock, Hub
from idtui.desk.visit_desk import VisitDesk
from idtui.desk.worklist import Worklist
from idtui.domain import niss, observed
from idtui.domain.elsewhere import Question
from idtui.domain.episode import EpisodeKind

REFRESH = timedelta(minutes=5)
"""Time between two looks at the hospital's visits, worklist and quota."""


class HubDesk(Part):
    """Asks and hands out what comes back; nothing waits for it and nothing depends on it."""

    def __init__(
        self,
        board: Board,
        hub: Hub | None,
        clock: Clock,
        *,
        visits: VisitDesk,
        worklist: Worklist,
        consulting: Consulting,
    ) -> None:
        self._board = board
        self._hub = hub
        self._clock = clock
        self._visits = visits
        self._worklist = worklist
        self._consulting = consulting
        self._asked: Question | None = None
        self._refreshed: datetime | None = None

    def take(self, event: events.Event) -> bool:
        """Take what the hub told; an answer about a patient who is gone is dropped."""
        match event:
            case events.ReadElsewhere(question, entries):
                if question == self._asked:
                    others = (one for one in entries if one.desk != self._board.state.station.desk)
                    self._board.change(elsewhere=tuple(others))
                    self._consult()
            case events.LookupFailed():
                pass  # the desk goes on with what it has
            case events.VisitsTold(visits):
                self._visits.told(visits)
            case events.WorklistTold(pendings):
                self._worklist.told(pendings)
            case _:
                return False
        return True

    def tick(self) -> bool:
        """Look at the hub again when it is time."""
        now = self._clock.now()
        due = self._refreshed is None or now - self._refreshed >= REFRESH
        if self._hub and due and not self._hub.busy:
            self._refreshed = now
            self._hub.refresh(now.date())
        return False

    def look(self) -> None:
        """Ask about the patient at hand, once."""
        question = self._question()
        if question != self._asked:
            self._asked = question
            self._board.change(elsewhere=())
            if question and self._hub:
                self._hub.ask(question)

    def _question(self) -> Question | None:
        state, care = self._board.ladder, self._board.state.care
        read = state.reading.identity.niss if state.reading and observed.acceptable(state) else None
        typed = niss.parse(state.number)
        number = read or (typed.digits if typed else care.niss)
        visit = care.episode.visit
        if number is None and visit is None:
            return None
        stay = care.episode.kind is EpisodeKind.HOSPITALISATION and care.episode.admitted_at
        since = care.episode.admitted_at if stay else self._clock.now()
        return Question(niss=number, visit=visit, since=f"{since:%Y-%m-%d}")

    def _consult(self) -> None:
        state = self._board.ladder
        if state.reading and observed.acceptable(state):
            self._consulting.read(state.reading.identity.niss)
