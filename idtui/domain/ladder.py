"""The ladder of means as a pure machine: where the desk stands with one patient, and what each event does.

`step(state, event)` gives the next state; `hints(state)` and `why_not(state, action)` tell which actions
apply and why another does not. A state whose `outcome` is set is one lawful verification waiting to be
recorded. The reason of a typed NISS falls out of the path: the operator says what is the case, the machine
adds what it observed, and only reasons lawful at that moment are offered (R-39 to R-47).
"""

from collections.abc import Callable

import msgspec
from msgspec.structs import replace

from idtui.domain import niss, outcome, rules
from idtui.domain.observed import acceptable, reasons, refusal_of
from idtui.domain.path import (
    BY_HAND,
    HOW_OF,
    REASON_OF,
    ROAD_OF,
    SHOWN_OF,
    Action,
    Digit,
    Inserted,
    LadderEvent,
    LinkIs,
    Phase,
    Press,
    ReaderIs,
    Removed,
    State,
    WasRead,
    WasUnreadable,
)
from idtui.domain.reading import CardFailure, Reading
from idtui.domain.rules import HowVerified, Reason, Road
from idtui.domain.text import Message, say


def fresh(state: State) -> State:
    """Return the state for the next patient: what is known of reader, link and slot stays."""
    return State(
        settings=state.settings,
        reader=state.reader,
        reader_name=state.reader_name,
        link=state.link,
        contact=state.contact,
    )


def why_not(state: State, action: Action) -> Message | None:
    """Say why an action does not apply now, or None when it does."""
    if action in ROAD_OF:
        return _why_not_road(state, ROAD_OF[action])
    if action in REASON_OF:
        return _why_not_reason(state, REASON_OF[action])
    if action is Action.ACCEPT:
        return _why_not_accept(state)
    if action in SHOWN_OF or action in (Action.CARE_OVER, Action.RUBOUT):
        return None if state.phase in (Phase.TYPING, Phase.REASON) else say("why_not.only_with_typed_niss")
    if action in HOW_OF:
        return None if state.phase is Phase.HOW else say("why_not.how_is_not_asked")
    if action is Action.NOTHING_SHOWN:
        return _why_not_lower(state)
    return None


def _why_not_accept(state: State) -> Message | None:
    match state.phase:
        case Phase.READING:
            return say("why_not.still_reading")
        case Phase.READ if state.reading is not None:
            return refusal_of(state.reading, state.settings)
        case Phase.UNREADABLE if state.failure is not None:
            return say(f"failure.{state.failure}", detail=state.detail)
        case _:
            return say("why_not.nothing_read")


def _why_not_lower(state: State) -> Message | None:
    if state.phase in BY_HAND:
        return say("why_not.finish_niss_first")
    if state.phase is Phase.READ and acceptable(state):
        return say("why_not.reading_at_hand")
    return None


def _why_not_road(state: State, road: Road) -> Message | None:
    if refusal := _why_not_lower(state):
        return refusal
    if road not in rules.BUILT_ROADS:
        return say("why_not.road_not_built", road=say(f"road.{road}"))
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


class Hint(msgspec.Struct, frozen=True):
    """An action that has its place now; `why_not` is None when it applies."""

    action: Action
    why_not: Message | None


def hints(state: State) -> tuple[Hint, ...]:
    """Return the actions that have their place in this phase, in the order of the key bar."""
    match state.phase:
        case Phase.TYPING:
            actions: tuple[Action, ...] = (Action.RUBOUT, Action.CARE_OVER, *SHOWN_OF, Action.BACK)
        case Phase.REASON:
            offered = tuple(Action(reason.value) for reason in reasons(state))
            actions = (*offered, Action.CARE_OVER, *SHOWN_OF, Action.RUBOUT, Action.BACK)
        case Phase.HOW:
            actions = (*HOW_OF, Action.BACK)
        case _:
            actions = (Action.ACCEPT, *ROAD_OF, Action.NOTHING_SHOWN, Action.BACK)
    return tuple(Hint(action, why_not(state, action)) for action in actions)


def step(state: State, event: LadderEvent) -> State:
    """Return the state after an event; an event that does not apply leaves the state as it is."""
    match event:
        case Press(action):
            return state if why_not(state, action) else _press(state, action)
        case Digit(digit):
            return _digit(state, digit)
        case ReaderIs(reader, name):
            return replace(state, reader=reader, reader_name=name)
        case LinkIs(up):
            return replace(state, link=up)
        case Inserted(contact):
            return _inserted(state, contact)
        case WasRead(contact, reading):
            return _read(state, contact, reading)
        case WasUnreadable(contact, failure, detail):
            return _unreadable(state, contact, failure, detail)
        case Removed(contact):
            return _removed(state, contact)
        case _:  # Recorded
            return replace(fresh(state), phase=Phase.RECORDED)


def _inserted(state: State, contact: int) -> State:
    if state.phase in BY_HAND:
        return replace(state, contact=contact)
    return replace(fresh(state), contact=contact, phase=Phase.READING, nothing_shown=False)


def _read(state: State, contact: int, reading: Reading) -> State:
    if contact != state.contact:
        return state
    after = replace(state, reading=reading, failure=None, detail="")
    if state.phase in BY_HAND and not (acceptable(after) and after.own_reading):
        # A refused card speaks for "chip defective", another person's for nothing: the typed NISS goes on.
        return after
    return _on_screen(after, reading)


def _on_screen(state: State, reading: Reading) -> State:
    """Show a reading: it wins over a NISS typed for the same person."""
    return replace(fresh(state), phase=Phase.READ, reading=reading)


def _unreadable(state: State, contact: int, failure: CardFailure, detail: str) -> State:
    if contact != state.contact:
        return state
    after = replace(state, failure=failure, detail=detail, reading=None)
    return after if state.phase in BY_HAND else replace(after, phase=Phase.UNREADABLE)


def _removed(state: State, contact: int) -> State:
    if contact != state.contact:
        return state
    after = replace(state, contact=None)
    # What was read stays on the screen: the identity was established, the card may go back to the patient.
    return replace(after, phase=Phase.WAITING) if state.phase is Phase.READING else after


def _press(state: State, action: Action) -> State:
    if action in REASON_OF:
        return _pick(state, REASON_OF[action])
    if action in HOW_OF:
        return _say_how(state, HOW_OF[action])
    if action in SHOWN_OF:
        shown = SHOWN_OF[action]
        return replace(state, shown=None if state.shown is shown else shown)
    return _PRESSED[action](state)


def _accept(state: State) -> State:
    return replace(state, outcome=outcome.from_chip(state, state.reading)) if state.reading else state


def _nothing_shown(state: State) -> State:
    return replace(fresh(state), nothing_shown=True, failure=state.failure, detail=state.detail)


def _type_niss(state: State) -> State:
    return replace(state, phase=Phase.TYPING, digits="", reason=None)


def _care_over(state: State) -> State:
    return replace(state, care_over=not state.care_over)


def _rubout(state: State) -> State:
    return replace(state, phase=Phase.TYPING, digits=state.digits[:-1])


def _back(state: State) -> State:
    match state.phase:
        case Phase.HOW:
            return replace(state, phase=Phase.REASON, reason=None)
        case Phase.REASON:
            return _rubout(state)
        case Phase.TYPING if state.reading is not None and acceptable(state):
            return _on_screen(state, state.reading)
        case _:
            return fresh(state)


_PRESSED: dict[Action, Callable[[State], State]] = {
    Action.ACCEPT: _accept,
    Action.NOTHING_SHOWN: _nothing_shown,
    Action.NISS: _type_niss,
    Action.CARE_OVER: _care_over,
    Action.RUBOUT: _rubout,
    Action.BACK: _back,
}


def _digit(state: State, digit: str) -> State:
    if state.phase is not Phase.TYPING or len(state.digits) == niss.LENGTH:
        return state
    typed = replace(state, digits=state.digits + digit)
    return replace(typed, phase=Phase.REASON) if niss.parse(typed.digits) else typed


def _pick(state: State, reason: Reason) -> State:
    if rules.REASON_ROWS[reason].asks_how:
        return replace(state, phase=Phase.HOW, reason=reason)
    return replace(state, outcome=outcome.typed(state, reason, None))


def _say_how(state: State, how: HowVerified) -> State:
    return replace(state, outcome=outcome.typed(state, state.reason, how)) if state.reason else state
