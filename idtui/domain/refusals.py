"""Why an action of the ladder does not apply now, as a message id; None where it does."""

from idtui.domain import rules
from idtui.domain.consulting import FirstRead
from idtui.domain.observed import acceptable, chip_fault, refusal_of
from idtui.domain.path import (
    ASKING,
    BY_HAND,
    HOW_OF,
    PAPER_OF,
    REASON_OF,
    ROAD_OF,
    SHOWN_OF,
    Action,
    Phase,
    State,
)
from idtui.domain.reading import ReaderState
from idtui.domain.rules import Means, Reason, Road
from idtui.domain.scan import Found
from idtui.domain.scope import Paper
from idtui.domain.text import Message, say

_WITH_NUMBER = frozenset({Phase.TYPING, Phase.REASON})
_WITH_DIGITS = _WITH_NUMBER | {Phase.ATTESTED, Phase.BORN}
_DEAF_TO_CODES = frozenset({Phase.PHONE, Phase.CONFIRMED, Phase.BORN, Phase.FREED, Phase.ATTESTED})
"""Phases in which something else is finished first."""


def why_not(state: State, action: Action) -> Message | None:
    """Say why an action does not apply now, or None when it does."""
    if action in ROAD_OF:
        return _why_not_road(state, ROAD_OF[action])
    if action in REASON_OF:
        return _why_not_reason(state, REASON_OF[action])
    if action in PAPER_OF:
        return _why_not_paper(state, PAPER_OF[action])
    if action in HOW_OF:
        return None if state.phase is Phase.HOW else say("why_not.how_is_not_asked")
    if action in SHOWN_OF:
        return _why_not_other_document(state)
    match action:
        case Action.ACCEPT:
            return _why_not_accept(state)
        case Action.CARE_OVER:
            return None if state.phase in _WITH_NUMBER else say("why_not.only_with_typed_niss")
        case Action.RUBOUT:
            return None if state.phase in _WITH_DIGITS else say("why_not.only_with_typed_niss")
        case Action.NOTHING_SHOWN | Action.DETAINEE | Action.FREED:
            return _why_not_lower(state)
        case Action.CARD_CODE:
            return _why_not_card_code(state)
        case _:
            return None


def why_not_scanned(state: State, code: Found) -> Message | None:
    """Say why a code cannot be put on the screen now, or None when it can."""
    if state.phase in _DEAF_TO_CODES:
        return say("why_not.code_not_now")
    if state.phase is Phase.READ and acceptable(state):
        return say("why_not.reading_at_hand")
    if state.phase in BY_HAND and not code.niss.startswith(state.digits):
        return say("why_not.other_number")
    return None


def _why_not_accept(state: State) -> Message | None:
    match state.phase:
        case Phase.READING:
            return say("why_not.still_reading")
        case Phase.READ if state.reading is not None:
            return refusal_of(state.reading, state.settings)
        case Phase.UNREADABLE if state.failure is not None:
            return say(f"failure.{state.failure}", detail=state.detail)
        case Phase.SCANNING:
            return say("why_not.nothing_scanned")
        case Phase.SCANNED:
            return _why_not_chosen(state)
        case Phase.PHONE:
            return say("why_not.phone_awaited")
        case Phase.CONFIRMED:
            return _why_not_after(state, Road.ITSME)
        case Phase.ATTESTED:
            return say("why_not.day_unfinished") if state.day else None
        case _:
            return say("why_not.nothing_read")


def _why_not_chosen(state: State) -> Message | None:
    """Say why the number on the screen cannot be taken on the road that was chosen before."""
    if state.road is None:
        return say("why_not.which_support")
    if state.road is Road.HOSPITAL_APP:
        return _why_not_after(state, state.road) or not_vouched(state.first_read)
    return _why_not_support(state, rules.CODE_ROADS[state.road])


def _why_not_support(state: State, means: Means) -> Message | None:
    code = state.code
    if code is None:
        return say("why_not.nothing_scanned")
    if code.support is not None and code.support is not means:
        return say("why_not.other_support", support=say(f"means.{code.support}"))
    if means is Means.VIGNETTE and not code.may_be_vignette:
        return say("why_not.not_a_vignette", rule="X-4")
    return None


def _why_not_card_code(state: State) -> Message | None:
    """Say why the printed code of a card cannot be taken: its chip comes first (R-20)."""
    if state.code is None:
        return say("why_not.nothing_scanned")
    if state.code.support not in (None, *rules.CARDS):
        return say("why_not.other_support", support=say(f"means.{state.code.support}"))
    if state.reader is ReaderState.READY and chip_fault(state) is None:
        return say("why_not.chip_first", rule="R-20")
    return None


def _why_not_lower(state: State) -> Message | None:
    if state.phase in ASKING:
        return say("why_not.finish_niss_first")
    if state.phase is Phase.READ and acceptable(state):
        return say("why_not.reading_at_hand")
    if state.phase is Phase.CONFIRMED:
        return say("why_not.phone_at_hand")
    return None


def _why_not_road(state: State, road: Road) -> Message | None:
    if road is Road.LATER and state.phase is Phase.REASON:
        return None  # where no reason is true the lawful end is a pending verification
    if refusal := _why_not_lower(state):
        return refusal
    if road is Road.ITSME:
        return _why_not_itsme(state)
    if road is Road.HOSPITAL_APP and not state.settings.hospital_app:
        return say("why_not.app_not_declared", rule="R-48")
    if road is Road.HOSPITAL_APP:
        return _why_not_after(state, road)
    if state.code is not None and road in rules.CODE_ROADS:
        return _why_not_support(state, rules.CODE_ROADS[road])
    return None


def _why_not_itsme(state: State) -> Message | None:
    if not state.settings.itsme:
        return say("why_not.itsme_not_configured")
    if state.link is False:
        return say("why_not.itsme_needs_the_hub")
    return _why_not_after(state, Road.ITSME)


def _why_not_after(state: State, road: Road) -> Message | None:
    """Say that a road exists only at the care (R-34 and R-48 name no later date)."""
    return say("why_not.only_at_care", road=say(f"road.{road}")) if state.care_over else None


def not_vouched(first_read: FirstRead) -> Message | None:
    """Say why the hospital's application does not count for somebody, or None when it does (R-49)."""
    if first_read is FirstRead.READ:
        return None
    if first_read is FirstRead.ASKED:
        return say("why_not.first_reading_asked", rule="R-49")
    if first_read is FirstRead.SILENT:
        return say("why_not.first_reading_unasked", rule="R-49")
    return say("why_not.never_read", rule="R-49")


def _why_not_other_document(state: State) -> Message | None:
    if state.phase not in _WITH_NUMBER:
        return say("why_not.only_with_typed_niss")
    if state.road is not None:
        return say("why_not.support_was_chosen")
    return None


def _why_not_reason(state: State, reason: Reason) -> Message | None:
    row = rules.REASON_ROWS[reason]
    if state.phase is not Phase.REASON:
        return say("why_not.niss_first")
    if row.moment is not state.moment:
        return say(f"why_not.reason_only_{row.moment}", reason=say(f"reason.{reason}"), rule=row.rule)
    if row.document_shown and state.no_document:
        return say("why_not.nothing_was_shown", reason=say(f"reason.{reason}"), rule=row.rule)
    if not row.document_shown and state.shown is not None:
        return say("why_not.document_was_shown", reason=say(f"reason.{reason}"), rule=row.rule)
    return None


def _why_not_paper(state: State, paper: Paper) -> Message | None:
    if state.phase is not Phase.FREED:
        return say("why_not.paper_is_not_asked")
    if paper is Paper.LISTED_SERVICE and not state.settings.listed_services:
        return say("why_not.no_list", rule="R-16")
    return None
