"""The ladder of means as a pure machine: where the desk stands with one patient, and what each event does.

`step(state, event)` gives the next state; `hints(state)` and `why_not(state, action)` tell which actions
apply and why another does not. A state whose `outcome` is set is one lawful verification or exemption
waiting to be recorded, one whose `deferred` is set a verification that stays due. The reason of a typed NISS
falls out of the path: the operator says what is the case, the machine adds what it observed, and only reasons
lawful at that moment are offered (R-39 to R-47).
"""

from collections.abc import Callable

import msgspec
from msgspec.structs import replace

from idtui.domain import niss, outcome, roads, rules
from idtui.domain.observed import acceptable, reasons
from idtui.domain.path import (
    BY_HAND,
    HOW_OF,
    PAPER_OF,
    REASON_OF,
    ROAD_OF,
    SHOWN_OF,
    Action,
    CareIs,
    ClockIs,
    Digit,
    Inserted,
    KnownAs,
    LadderEvent,
    LinkIs,
    Phase,
    PhoneAnswered,
    PhoneGaveUp,
    Press,
    ReaderIs,
    Removed,
    Scanned,
    State,
    Vouched,
    WasRead,
    WasUnreadable,
    day_of_care,
    fresh,
)
from idtui.domain.reading import CardFailure, Reading
from idtui.domain.refusals import why_not, why_not_scanned
from idtui.domain.rules import HowVerified, Reason
from idtui.domain.text import Message

_AROUND_THE_LADDER = (Action.NOTHING_SHOWN, Action.DETAINEE, Action.FREED, Action.BACK)


def chosen(state: State, *, care_over: bool) -> State:
    """Return the state for a patient whose verification was put off and is to be made now.

    A reading on the screen stays: it may be his.
    """
    if state.phase is Phase.READ:
        return state
    return replace(fresh(state), care_over=care_over)


class Hint(msgspec.Struct, frozen=True):
    """An action that has its place now; `why_not` is None when it applies."""

    action: Action
    why_not: Message | None


def hints(state: State) -> tuple[Hint, ...]:
    """Return the actions that have their place in this phase, in the order of the key bar."""
    return tuple(Hint(action, why_not(state, action)) for action in _of_phase(state))


def _of_phase(state: State) -> tuple[Action, ...]:
    match state.phase:
        case Phase.TYPING:
            return (Action.RUBOUT, Action.CARE_OVER, *SHOWN_OF, Action.BACK)
        case Phase.REASON:
            offered = tuple(Action(reason.value) for reason in reasons(state))
            return (*offered, Action.LATER, Action.CARE_OVER, *SHOWN_OF, Action.RUBOUT, Action.BACK)
        case Phase.HOW:
            return (*HOW_OF, Action.BACK)
        case Phase.ATTESTED:
            return (Action.ACCEPT, Action.RUBOUT, Action.BACK)
        case Phase.FREED:
            return (*PAPER_OF, Action.BACK)
        case Phase.BORN:
            return (Action.RUBOUT, Action.BACK)
        case Phase.SCANNED:
            return (Action.ACCEPT, Action.CARD_CODE, *ROAD_OF, *_AROUND_THE_LADDER)
        case _:
            return (Action.ACCEPT, *ROAD_OF, *_AROUND_THE_LADDER)


def step(state: State, event: LadderEvent) -> State:  # noqa: C901, PLR0912  # one line for each event, read at once
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
        case ClockIs(now):
            return replace(state, now=now)
        case CareIs(at, over):
            return replace(state, care_at=at, care_over=over)
        case Vouched(first_read):
            return replace(state, first_read=first_read)
        case Inserted(contact):
            return _inserted(state, contact)
        case WasRead(contact, reading):
            return _read(state, contact, reading)
        case WasUnreadable(contact, failure, detail):
            return _unreadable(state, contact, failure, detail)
        case Removed(contact):
            return _removed(state, contact)
        case Scanned(code):
            return state if why_not_scanned(state, code) else roads.scanned(state, code)
        case PhoneAnswered(confirmed):
            return roads.phone_answered(state, confirmed)
        case PhoneGaveUp():
            return roads.phone_gave_up(state)
        case KnownAs():
            return state if why_not(state, Action.LATER) else _defer(state, event)
        case _:  # Recorded
            return replace(fresh(state), phase=Phase.RECORDED)


def _inserted(state: State, contact: int) -> State:
    if state.phase in BY_HAND:
        return replace(state, contact=contact)
    care = {"care_at": state.care_at, "care_over": state.care_over}
    return replace(fresh(state), contact=contact, phase=Phase.READING, **care)


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
    care = {"care_at": state.care_at, "care_over": state.care_over}
    return replace(fresh(state), phase=Phase.READ, reading=reading, **care)


def _unreadable(state: State, contact: int, failure: CardFailure, detail: str) -> State:
    if contact != state.contact:
        return state
    after = replace(state, failure=failure, detail=detail, reading=None)
    return replace(after, phase=Phase.UNREADABLE) if state.phase is Phase.READING else after


def _removed(state: State, contact: int) -> State:
    if contact != state.contact:
        return state
    after = replace(state, contact=None)
    # What was read stays on the screen: the identity was established, the card may go back to the patient.
    return replace(after, phase=Phase.WAITING) if state.phase is Phase.READING else after


def _press(state: State, action: Action) -> State:
    if action in _PRESSED:
        return _PRESSED[action](state)
    if action in REASON_OF:
        return _pick(state, REASON_OF[action])
    if action in HOW_OF:
        return _say_how(state, HOW_OF[action])
    if action in PAPER_OF:
        return roads.free(state, PAPER_OF[action])
    if action in SHOWN_OF:
        shown = SHOWN_OF[action]
        return replace(state, shown=None if state.shown is shown else shown)
    return roads.take(state, ROAD_OF[action])


def _accept(state: State) -> State:
    match state.phase:
        case Phase.SCANNED:
            return roads.accept_code(state)
        case Phase.ATTESTED:
            return roads.attested(state, day_of_care(state))
        case Phase.CONFIRMED if state.confirmed:
            return replace(state, outcome=outcome.from_phone(state, state.confirmed))
        case Phase.READ if state.reading:
            return replace(state, outcome=outcome.from_chip(state, state.reading))
        case _:
            return state


def _nothing_shown(state: State, *, detainee: bool = False) -> State:
    told = {"failure": state.failure, "detail": state.detail}
    care = {"care_at": state.care_at, "care_over": state.care_over}
    return replace(fresh(state), nothing_shown=True, detainee=detainee, **told, **care)


def _detainee(state: State) -> State:
    return _nothing_shown(state, detainee=True)


def _freed(state: State) -> State:
    return replace(state, phase=Phase.FREED, day="")


def _later(state: State) -> State:
    """Defer a patient whose number is typed; of another it must be said first by what he is known."""
    return _defer(state, KnownAs(niss=state.digits)) if state.phase is Phase.REASON else state


def _defer(state: State, known: KnownAs) -> State:
    return replace(state, deferred=outcome.deferred(state, known))


def _care_over(state: State) -> State:
    return replace(state, care_over=not state.care_over)


def _rubout(state: State) -> State:
    if state.phase in roads.DIGITS_OF_DAY and state.day:
        return replace(state, day=state.day[:-1])
    if state.phase is Phase.BORN:
        return state
    return replace(state, phase=Phase.TYPING, digits=state.digits[:-1])


def _back(state: State) -> State:
    match state.phase:
        case Phase.HOW:
            return replace(state, phase=Phase.REASON, reason=None)
        case Phase.BORN:
            return replace(state, phase=Phase.FREED, day="")
        case Phase.REASON | Phase.ATTESTED:
            return replace(state, phase=Phase.TYPING, digits=state.digits[:-1], day="", attested_on=None)
        case Phase.TYPING | Phase.FREED if state.reading is not None and acceptable(state):
            return _on_screen(state, state.reading)
        case _:
            return fresh(state)


_PRESSED: dict[Action, Callable[[State], State]] = {
    Action.ACCEPT: _accept,
    Action.NOTHING_SHOWN: _nothing_shown,
    Action.DETAINEE: _detainee,
    Action.FREED: _freed,
    Action.CARD_CODE: roads.accept_card_code,
    Action.LATER: _later,
    Action.CARE_OVER: _care_over,
    Action.RUBOUT: _rubout,
    Action.BACK: _back,
}


def _digit(state: State, digit: str) -> State:
    if state.phase in roads.DIGITS_OF_DAY:
        return roads.day_digit(state, digit)
    if state.phase is not Phase.TYPING or len(state.digits) == niss.LENGTH:
        return state
    typed = replace(state, digits=state.digits + digit)
    return roads.typed_whole(typed) if niss.parse(typed.digits) else typed


def _pick(state: State, reason: Reason) -> State:
    if rules.REASON_ROWS[reason].asks_how:
        if state.detainee:
            return replace(state, outcome=outcome.typed(state, reason, HowVerified.ESCORT))
        return replace(state, phase=Phase.HOW, reason=reason)
    return replace(state, outcome=outcome.typed(state, reason, None))


def _say_how(state: State, how: HowVerified) -> State:
    return replace(state, outcome=outcome.typed(state, state.reason, how)) if state.reason else state
