"""The unfinished patient: kept when the desk ends in the middle, taken up again at the next start."""

from collections.abc import Callable
from datetime import datetime

import msgspec

from idtui.desk.board import Board
from idtui.desk.ports import Journal
from idtui.desk.stamp import Stamp
from idtui.desk.visit_desk import VisitDesk
from idtui.desk.worklist import Worklist
from idtui.domain.entries import Draft, Head
from idtui.domain.episode import Episode, EpisodeKind
from idtui.domain.errors import CannotSave
from idtui.domain.path import BY_HAND, SHOWN_OF, Action, CareIs, Digit, LadderEvent, Press, State
from idtui.domain.rules import Road


class _Picked(msgspec.Struct, frozen=True):
    """The care that was picked or told for the patient at hand; nothing where it is the desk's usual one."""

    care: Episode | None = None
    completes: str | None = None
    care_at: datetime | None = None


_NOTHING_PICKED = _Picked()
_HEAD = frozenset(Head.__struct_fields__)


class Drafts:
    """Drafts in the journal: what was typed, said and picked, never a reading, for a card is read again.

    A care is kept when it is picked, so that no power cut forgets it; what is typed when the desk ends. One
    draft counts until its patient is recorded or left, over any number of starts.
    """

    def __init__(
        self, board: Board, journal: Journal, stamp: Stamp, *, visits: VisitDesk, worklist: Worklist
    ) -> None:
        self._board = board
        self._journal = journal
        self._stamp = stamp
        self._visits = visits
        self._worklist = worklist
        self._open: Draft | None = None
        self._picked = _NOTHING_PICKED

    def keep(self) -> None:
        """Keep what was typed, said and picked, if anything. Raises `CannotSave`."""
        picked, state = self._picked_now(), self._board.ladder
        if picked is not _NOTHING_PICKED or _typed(state):
            draft = self._draft(state, picked)
            if self._open is None or _content(draft) != _content(self._open):
                self._journal.append(draft)
            self._open, self._picked = draft, picked

    def look(self) -> None:
        """Keep what was picked, once; say once in the journal that the patient of the draft is done with."""
        picked, typed = self._picked_now(), _typed(self._board.ladder)
        try:
            if picked != self._picked and picked is not _NOTHING_PICKED:
                self._picked = picked  # kept or not: a full disk is told once, not at every key
                self.keep()
            elif self._open and picked is _NOTHING_PICKED and not typed:
                self._open, self._picked = None, picked
                self._journal.append(Draft(**self._stamp.head(), digits=""))
            elif self._open and self._open.digits and not typed:
                self.keep()
        except CannotSave as error:
            self._board.refuse(error.message)

    def resume(self, move: Callable[[LadderEvent], None]) -> Draft | None:
        """Lead the desk back to where the open draft was left; return that draft, or None."""
        draft = self._journal.last("draft")
        if not isinstance(draft, Draft) or draft.is_closed or self._is_recorded(draft):
            return None
        moment = CareIs(self._care_at(draft), draft.care_over)
        if not (draft.completes and self._worklist.take_up(draft.completes)) and draft.care:
            self._visits.resume(draft.care, moment)
        for event in _replayed(draft, over=self._board.ladder.care_over):
            move(event)
        self._open, self._picked = draft, self._picked_now()
        return draft

    def _picked_now(self) -> _Picked:
        state, at = self._board.state, self._board.ladder.care_at
        if due := self._worklist.chosen:
            return _Picked(due.episode, due.id, at)
        return _Picked(state.care.episode, None, at) if state.care != state.usual else _NOTHING_PICKED

    def _draft(self, state: State, picked: _Picked) -> Draft:
        typed = _typed(state)
        return Draft(
            **self._stamp.head(),
            digits=state.digits if typed else "",
            care_over=state.care_over,
            nothing_shown=state.nothing_shown,
            document_shown=state.shown if typed else None,
            detainee=state.detainee,
            road=state.road if typed else None,
            day=_day(state) if typed else "",
            care=picked.care,
            care_at=picked.care_at,
            completes=picked.completes,
        )

    def _care_at(self, draft: Draft) -> datetime | None:
        """Return the moment of the care: of an earlier day its own, as for a visit; a stay goes on."""
        staying = draft.care is not None and draft.care.kind is EpisodeKind.HOSPITALISATION
        earlier = draft.recorded_at.date() != self._stamp.clock.now().date()
        return draft.recorded_at if draft.care_at is None and earlier and not staying else draft.care_at

    def _is_recorded(self, draft: Draft) -> bool:
        """Whether the desk ended just between the entry of this patient and the end of his draft."""
        visit = draft.care.visit if draft.care else None
        of_him = [
            *(self._journal.of_patient(draft.digits) if draft.digits else ()),
            *(self._journal.of_visit(visit) if visit else ()),
        ]
        return any(entry.sequence > draft.sequence for entry in of_him)


def _typed(state: State) -> bool:
    return state.phase in BY_HAND and bool(state.digits)


def _content(draft: Draft) -> tuple[object, ...]:
    """Return what a draft says beside its head."""
    return tuple(getattr(draft, name) for name in Draft.__struct_fields__ if name not in _HEAD)


def _day(state: State) -> str:
    """Return the day as far as it can be typed anew without recording anything: its last digit would."""
    if state.attested_on and state.care_over:
        return f"{state.attested_on:%d}"
    return state.day[:1]


def _replayed(draft: Draft, *, over: bool) -> tuple[LadderEvent, ...]:
    """Return the events that lead back to where the draft was left; `over`: the care is said to be over."""
    before = [Action.NOTHING_SHOWN] if draft.nothing_shown else []
    if draft.detainee:
        before = [Action.DETAINEE]
    if not draft.digits:
        return tuple(Press(action) for action in before)
    said = [action for action, means in SHOWN_OF.items() if means is draft.document_shown and not draft.road]
    chosen = [Action(draft.road.value)] if draft.road else []
    typed = [] if draft.road is Road.LOSS_THEFT else [Action.NISS]
    after = [Action.CARE_OVER] if draft.care_over != over else []
    presses = (Press(action) for action in (*before, *chosen, *typed, *said, *after))
    return (*presses, *(Digit(digit) for digit in draft.digits + draft.day))
