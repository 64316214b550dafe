"""The unfinished patient: kept when the desk ends in the middle, taken up again at the next start."""

from collections.abc import Callable

from idtui.desk.ports import Journal
from idtui.desk.stamp import Stamp
from idtui.domain.entries import Draft
from idtui.domain.path import BY_HAND, SHOWN_OF, Action, Digit, LadderEvent, Press, State
from idtui.domain.rules import Road


class Drafts:
    """Drafts in the journal: what was typed and said, never a reading, for a card is read again.

    One counts until its patient is recorded or left, over any number of starts.
    """

    def __init__(self, journal: Journal, stamp: Stamp) -> None:
        self._journal = journal
        self._stamp = stamp
        self._is_open = False
        self._kept: tuple[object, ...] = ()

    def keep(self, state: State) -> None:
        """Keep what was typed and said, if anything, and not twice. Raises `CannotSave`."""
        if state.phase not in BY_HAND or not state.digits:
            return
        draft = Draft(
            **self._stamp.head(),
            digits=state.digits,
            care_over=state.care_over,
            nothing_shown=state.nothing_shown,
            document_shown=state.shown,
            detainee=state.detainee,
            road=state.road,
            day=_day(state),
        )
        if self._is_open and _said(draft) == self._kept:
            return
        self._journal.append(draft)
        self._is_open, self._kept = True, _said(draft)

    def resume(self, move: Callable[[LadderEvent], None]) -> Draft | None:
        """Lead the ladder back to where the open draft was left; return that draft, or None."""
        draft = self._journal.last("draft")
        if not isinstance(draft, Draft) or not draft.digits:
            return None
        for event in _replayed(draft):
            move(event)
        self._is_open, self._kept = True, _said(draft)
        return draft

    def close_after(self, state: State) -> None:
        """Say once in the journal that the patient of the draft is done with. Raises `CannotSave`."""
        if self._is_open and state.phase not in BY_HAND:
            self._is_open = False
            self._journal.append(Draft(**self._stamp.head(), digits=""))


def _said(draft: Draft) -> tuple[object, ...]:
    return (
        *(draft.digits, draft.day, draft.care_over, draft.nothing_shown),
        *(draft.document_shown, draft.detainee, draft.road),
    )


def _day(state: State) -> str:
    """Return the day as far as it can be typed anew without recording anything: its last digit would."""
    if state.attested_on and state.care_over:
        return f"{state.attested_on:%d}"
    return state.day[:1]


def _replayed(draft: Draft) -> tuple[LadderEvent, ...]:
    """Return the events that lead back to where the draft was left."""
    said = [action for action, means in SHOWN_OF.items() if means is draft.document_shown and not draft.road]
    before = [Action.NOTHING_SHOWN] if draft.nothing_shown else []
    if draft.detainee:
        before = [Action.DETAINEE]
    chosen = [Action(draft.road.value)] if draft.road else []
    typed = [] if draft.road is Road.LOSS_THEFT else [Action.NISS]
    after = [Action.CARE_OVER] if draft.care_over else []
    presses = (Press(action) for action in (*before, *chosen, *typed, *said, *after))
    return (*presses, *(Digit(digit) for digit in draft.digits + draft.day))
