"""The roads below the card: codes, attestation of loss or theft, phone, papers that free from the duty."""

from datetime import date, timedelta

from msgspec.structs import replace

from idtui.domain import outcome, rules, scope
from idtui.domain.path import (
    BY_HAND,
    Confirmed,
    Exempted,
    Phase,
    State,
    day_of_care,
    fresh,
)
from idtui.domain.reading import PartialDate
from idtui.domain.rules import Means, Road
from idtui.domain.scan import Found
from idtui.domain.scope import Paper
from idtui.domain.symbology import Symbology

DIGITS_OF_DAY = {Phase.ATTESTED: 2, Phase.BORN: 4}
"""How many digits tell the day: of the month within the month an attestation is valid; day and month."""


def take(state: State, road: Road) -> State:
    """Go down a road: choosing it says that nothing above it was shown (C-3)."""
    match road:
        case Road.LOSS_THEFT:
            return replace(_left(state), phase=Phase.TYPING, road=road, shown=Means.LOSS_THEFT)
        case Road.ITSME:
            return replace(_left(state), phase=Phase.PHONE, road=road)
        case Road.NISS:
            return _type(state)
        case _ if state.code is not None and road in rules.CODE_ROADS:
            return _accept(state, state.code, rules.CODE_ROADS[road])
        case _:
            return replace(_left(state), phase=Phase.SCANNING, road=road)


def _left(state: State) -> State:
    """Leave what is on the screen and keep what was observed and said of this patient."""
    return replace(
        fresh(state),
        nothing_shown=state.nothing_shown,
        detainee=state.detainee,
        care_at=state.care_at,
        care_over=state.care_over,
        failure=state.failure,
        detail=state.detail,
        reading=state.reading,
    )


def _type(state: State) -> State:
    """Type the NISS of the support that was chosen, or of no document, or of one still to be named."""
    before = state.road if state.phase in (Phase.SCANNING, Phase.SCANNED) else None
    typing = replace(_left(state), phase=Phase.TYPING)
    match before:
        case Road.ISI_PLUS | Road.INSURED_ATTESTATION:
            return replace(typing, road=before, shown=rules.CODE_ROADS[before])
        case Road.VIGNETTE:
            return replace(typing, nothing_shown=True)  # a sticker counts only when it is read
        case Road.HOSPITAL_APP:
            return replace(typing, road=before)
        case _:
            return typing


def scanned(state: State, code: Found) -> State:
    """Put a code on the screen; on an attestation of loss or theft it stands for the typed number.

    So does the printed zone of a card everywhere: letters are not a reading, so a reason is asked.
    """
    zone = code.niss if code.symbology is Symbology.MRZ else ""
    if state.phase in BY_HAND and state.road is Road.LOSS_THEFT:
        return typed_whole(replace(state, digits=code.niss, zone=zone))
    if zone:
        return typed_whole(replace(_left(state), phase=Phase.TYPING, digits=zone, zone=zone))
    road = state.road if state.phase in BY_HAND or state.phase is Phase.SCANNING else None
    return replace(_left(state), phase=Phase.SCANNED, code=code, road=road)


def accept_code(state: State) -> State:
    """Take the number on the screen on the road that was chosen before."""
    if state.road is Road.HOSPITAL_APP:
        return replace(state, outcome=outcome.from_app(state))
    if state.code is None or state.road is None:
        return state
    return _accept(state, state.code, rules.CODE_ROADS[state.road])


def _accept(state: State, code: Found, means: Means) -> State:
    return replace(state, outcome=outcome.from_code(state, code, means))


def accept_card_code(state: State) -> State:
    """Take the printed code of a card whose chip cannot be read."""
    return _accept(state, state.code, state.code.support or Means.EID) if state.code else state


def typed_whole(state: State) -> State:
    """Go on from a NISS that is whole and right: the road says what is asked next."""
    match state.road:
        case Road.LOSS_THEFT:
            return replace(state, phase=Phase.ATTESTED, day="")
        case Road.HOSPITAL_APP:
            return replace(state, phase=Phase.SCANNED)
        case _:
            return replace(state, phase=Phase.REASON)


def phone_answered(state: State, confirmed: Confirmed) -> State:
    """Show who confirmed on the phone, for the person to be compared with."""
    return replace(state, phase=Phase.CONFIRMED, confirmed=confirmed) if state.phase is Phase.PHONE else state


def phone_gave_up(state: State) -> State:
    """Go back to the ladder."""
    return _left(state) if state.phase is Phase.PHONE else state


def attested(state: State, day: date | None) -> State:
    """Take the attestation of that day; after the care its reason is still asked (R-46, R-47)."""
    dated = replace(state, attested_on=day)
    if state.care_over:
        return replace(dated, phase=Phase.REASON)
    return replace(dated, outcome=outcome.typed(dated, state.settings.loss_theft_reason, None))


def free(state: State, paper: Paper) -> State:
    """Take the paper that frees from the duty; a newborn's day of birth is asked, never taken from a NISS."""
    if paper is Paper.NEWBORN:
        return replace(state, phase=Phase.BORN, day="")
    return replace(state, outcome=_exempted(state, paper, None))


def day_digit(state: State, digit: str) -> State:
    """Take one digit of a day; the last one goes on by itself when it makes a day that can be."""
    wanted = DIGITS_OF_DAY[state.phase]
    if len(state.day) == wanted:
        return state
    state = replace(state, day=state.day + digit)
    if len(state.day) < wanted:
        return state
    day = day_meant(state)
    if day is None:
        return state
    if state.phase is Phase.ATTESTED:
        return attested(state, day)
    return replace(state, outcome=_exempted(state, Paper.NEWBORN, day))


def day_meant(state: State) -> date | None:
    """Return the last day on which the digits fit: within a month, or under three months old; else None."""
    today = day_of_care(state)
    if today is None or len(state.day) != DIGITS_OF_DAY.get(state.phase):
        return None
    days = (today - timedelta(days=back) for back in range(_LONGEST_AGO))
    written = "%d" if state.phase is Phase.ATTESTED else "%d%m"
    for day in days:
        if day.strftime(written) == state.day and _counts(state.phase, day, today):
            return day
    return None


_LONGEST_AGO = 93
"""Days in three months at most."""


def _counts(phase: Phase, day: date, today: date) -> bool:
    if phase is Phase.BORN:
        return scope.under_three_months(PartialDate(day.year, day.month, day.day), today)
    return scope.months_later(day, 1) >= today


def _exempted(state: State, paper: Paper, born: date | None) -> Exempted:
    return Exempted(
        rule=scope.PAPER_ROWS[paper].rule,
        paper=paper,
        niss=state.number or None,
        birth_date=PartialDate(born.year, born.month, born.day) if born else None,
    )
