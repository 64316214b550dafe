"""The unfinished patient: kept when the desk ends in the middle, taken up again at the next start."""

from collections.abc import Callable

from idtui.desk.ports import Journal
from idtui.desk.stamp import Stamp
from idtui.domain.entries import Draft
from idtui.domain.path import BY_HAND, SHOWN_OF, Action, Digit, LadderEvent, Press, State


class Drafts:
    """Drafts in the journal: what was typed and said, never a reading, for a card is read again.

    One counts until its patient is recorded or left, over any number of starts.
    """

    def __init__(self, journal: Journal, stamp: Stamp) -> None:
        self._journal = journal
        self._stamp = stamp
        self._is_open = False

    def keep(self, state: State) -> None:
        """Keep what was typed and said, if anything. Raises `CannotSave`."""
        if state.phase in BY_HAND and state.digits:
            self._journal.append(
                Draft(
                    **self._stamp.head(),
                    digits=state.digits,
                    care_over=state.care_over,
                    nothing_shown=state.nothing_shown,
                    document_shown=state.shown,
                )
            )

    def resume(self, move: Callable[[LadderEvent], None]) -> Draft | None:
        """Lead the ladder back to where the open draft was left; return that draft, or None."""
        draft = self._journal.last("draft")
        if not isinstance(draft, Draft) or not draft.digits:
            return None
        for event in _replayed(draft):
            move(event)
        self._is_open = True
        return draft

    def close_after(self, state: State) -> None:
        """Say once in the journal that the patient of the draft is done with. Raises `CannotSave`."""
        if self._is_open and state.phase not in BY_HAND:
            self._is_open = False
            self._journal.append(Draft(**self._stamp.head(), digits=""))


def _replayed(draft: Draft) -> tuple[LadderEvent, ...]:
    """Return the events that lead back to where the draft was left."""
    said = [action for action, means in SHOWN_OF.items() if means is draft.document_shown]
    before = [Action.NOTHING_SHOWN] if draft.nothing_shown else []
    after = [Action.CARE_OVER] if draft.care_over else []
    presses = (Press(action) for action in (*before, Action.NISS, *said, *after))
    return (*presses, *(Digit(digit) for digit in draft.digits))
