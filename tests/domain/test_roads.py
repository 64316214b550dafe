from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone

import pytest
from msgspec.structs import replace

from idtui.domain import ladder, rules
from idtui.domain.consulting import FirstRead
from idtui.domain.hours import OfficeHours, Opening
from idtui.domain.ladder import step
from idtui.domain.observed import reasons, supports
from idtui.domain.path import (
    PAPER_OF,
    Action,
    CareIs,
    ClockIs,
    Confirmed,
    Digit,
    Exempted,
    Inserted,
    LadderEvent,
    LinkIs,
    Outcome,
    Phase,
    PhoneAnswered,
    PhoneGaveUp,
    Press,
    ReaderIs,
    Scanned,
    Settings,
    State,
    Vouched,
    WasRead,
    WasUnreadable,
)
from idtui.domain.reading import CardFailure, PartialDate, Problem, ReaderState, Reading
from idtui.domain.refusals import why_not
from idtui.domain.roads import DIGITS_OF_DAY
from idtui.domain.rules import EntryType, HowVerified, Means, Reason, Road, Why
from idtui.domain.scan import Found
from idtui.domain.scope import Paper
from idtui.domain.symbology import Symbology

MakeReading = Callable[..., Reading]
NISS = "85073003328"
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=timezone(timedelta(hours=1)))
EVERYTHING = Settings(hospital_app=True, itsme=True, listed_services=True)
READY = State(reader=ReaderState.READY, now=NOW, settings=EVERYTHING)

STICKER = Found(niss=NISS, count=1, alone=True, symbology=Symbology.CODE_128)
MATRIX = Found(niss=NISS, count=1, symbology=Symbology.DATAMATRIX)
ISI_PLUS = replace(MATRIX, support=Means.ISI_PLUS, fields=(("card_number", "SPECIMEN1"),))
PERSON = Confirmed(
    niss=NISS, name="SPECIMEN", given_names="Gaston", birth_date=PartialDate(1985, 7, 30), acr="basic"
)


def walk(state: State, *events: LadderEvent | Action) -> State:
    for event in events:
        state = step(state, Press(event) if isinstance(event, Action) else event)
    return state


def typed(niss: str = NISS) -> list[LadderEvent]:
    return [Digit(digit) for digit in niss]


def done(state: State) -> Outcome:
    assert isinstance(state.outcome, Outcome)
    outcome = state.outcome
    assert rules.permitting(outcome.means, outcome.entry, outcome.reason, outcome.moment)
    return outcome


def why(outcome: Outcome) -> list[tuple[Means, Why]]:
    return [(declined.means, declined.why) for declined in outcome.declined]


def refusal(state: State, action: Action) -> str | None:
    message = why_not(state, action)
    if message is not None:
        assert step(state, Press(action)) == state
    return message.id if message else None


# Codes


def test_a_sticker_is_one_key_after_the_scan_and_the_key_says_that_nothing_higher_was_shown() -> None:
    outcome = done(walk(READY, Scanned(STICKER), Action.VIGNETTE))
    assert (outcome.means, outcome.entry, outcome.niss) == (Means.VIGNETTE, EntryType.BARCODE, NISS)
    assert [means for means, _ in why(outcome)] == [
        Means.EID,
        Means.LOSS_THEFT,
        Means.ISI_PLUS,
        Means.INSURED_ATTESTATION,
    ]
    assert outcome.evidence.symbology is Symbology.CODE_128


def test_enter_does_not_take_a_code_whose_support_nobody_named() -> None:
    assert refusal(walk(READY, Scanned(STICKER)), Action.ACCEPT) == "why_not.which_support"


@pytest.mark.parametrize(
    ("road", "code", "means"),
    [
        (Action.VIGNETTE, STICKER, Means.VIGNETTE),
        (Action.ISI_PLUS, ISI_PLUS, Means.ISI_PLUS),
        (Action.INSURED_ATTESTATION, MATRIX, Means.INSURED_ATTESTATION),
    ],
)
def test_a_support_named_first_is_taken_by_enter_after_its_scan(
    road: Action, code: Found, means: Means
) -> None:
    awaited = walk(READY, road)
    assert awaited.phase is Phase.SCANNING
    assert refusal(awaited, Action.ACCEPT) == "why_not.nothing_scanned"
    outcome = done(walk(awaited, Scanned(code), Action.ACCEPT))
    assert outcome.means is means
    assert outcome.serial == code.serial


@pytest.mark.parametrize(
    "code", [MATRIX, replace(STICKER, alone=False), replace(STICKER, symbology=Symbology.CODE_39)]
)
def test_a_sticker_is_code_128_with_the_number_alone(code: Found) -> None:
    assert refusal(walk(READY, Scanned(code)), Action.VIGNETTE) == "why_not.not_a_vignette"
    assert refusal(walk(READY, Action.VIGNETTE, Scanned(code)), Action.ACCEPT) == "why_not.not_a_vignette"


def test_a_code_the_profile_knows_is_not_taken_for_another_support() -> None:
    state = walk(READY, Scanned(ISI_PLUS))
    assert refusal(state, Action.INSURED_ATTESTATION) == "why_not.other_support"
    assert refusal(state, Action.CARD_CODE) == "why_not.other_support"
    assert done(walk(state, Action.ISI_PLUS)).means is Means.ISI_PLUS


def test_the_printed_code_of_a_card_counts_only_when_its_chip_cannot_be_read() -> None:
    assert refusal(walk(READY, Scanned(MATRIX)), Action.CARD_CODE) == "why_not.chip_first"
    mute = walk(READY, Inserted(1), WasUnreadable(1, CardFailure.MUTE), Scanned(MATRIX), Action.CARD_CODE)
    assert (done(mute).means, done(mute).evidence.card_failure) == (Means.EID, "mute")
    no_reader = walk(READY, ReaderIs(ReaderState.NO_READER), Scanned(MATRIX), Action.CARD_CODE)
    assert done(no_reader).entry is EntryType.DATAMATRIX
    assert refusal(READY, Action.CARD_CODE) == "why_not.nothing_scanned"


def test_a_chip_that_failed_is_why_the_card_was_not_used() -> None:
    state = walk(READY, Inserted(1), WasUnreadable(1, CardFailure.MUTE), Scanned(MATRIX), Action.ISI_PLUS)
    assert why(done(state)) == [(Means.EID, Why.CHIP_FAILED), (Means.LOSS_THEFT, Why.NOT_SHOWN)]


def test_a_code_does_not_push_a_good_reading_aside(make_reading: MakeReading) -> None:
    state = walk(READY, Inserted(1), WasRead(1, make_reading()))
    assert step(state, Scanned(STICKER)) == state


def test_a_code_wins_over_a_niss_typed_for_the_same_person_only() -> None:
    same = walk(READY, Action.NISS, *typed("8507"), Scanned(STICKER))
    assert (same.phase, same.digits) == (Phase.SCANNED, "")
    other = walk(READY, Action.NISS, *typed("1707"))
    assert step(other, Scanned(STICKER)) == other


ZONE = Found(niss=NISS, count=1, symbology=Symbology.MRZ)


@pytest.mark.parametrize(
    "before",
    [
        [],
        [Action.NISS],
        [Action.NISS, *typed("8507")],
        [Action.NISS, *typed()],
        [Action.ISI_PLUS],
        [Action.VIGNETTE],
        [Scanned(STICKER)],
        [Inserted(1), WasUnreadable(1, CardFailure.MUTE)],
    ],
)
def test_the_zone_of_a_card_counts_as_typed_wherever_it_is_read(before: list[LadderEvent | Action]) -> None:
    state = walk(READY, *before, Scanned(ZONE))
    assert (state.phase, state.number) == (Phase.REASON, NISS)
    outcome = done(walk(state, Action.NO_CHIP_OR_DEFECTIVE))
    assert (outcome.means, outcome.entry, outcome.niss) == (Means.EID, EntryType.MANUAL, NISS)
    assert outcome.evidence.symbology is Symbology.MRZ


def test_a_zone_is_no_printed_code_of_a_card_and_no_other_support() -> None:
    state = walk(READY, ReaderIs(ReaderState.NO_READER), Scanned(ZONE))
    for action in (Action.ACCEPT, Action.CARD_CODE, Action.ISI_PLUS, Action.VIGNETTE):
        assert refusal(state, action)


def test_a_number_that_was_typed_over_the_zone_is_not_said_to_be_of_it() -> None:
    state = walk(READY, Scanned(ZONE), Action.RUBOUT, *typed(NISS[-1]))
    assert done(walk(state, Action.NO_CHIP_OR_DEFECTIVE)).evidence.symbology is Symbology.MRZ
    rubbed = walk(READY, Scanned(ZONE), *[Action.RUBOUT] * 11, *typed("17073003384"))
    assert done(walk(rubbed, Action.NO_CHIP_OR_DEFECTIVE)).evidence.symbology is None


def test_a_zone_on_an_attestation_of_loss_stands_for_its_typed_number() -> None:
    state = walk(READY, Action.LOSS_THEFT, Scanned(ZONE))
    assert (state.phase, state.digits) == (Phase.ATTESTED, NISS)


@pytest.mark.parametrize(
    ("road", "means"),
    [(Action.ISI_PLUS, Means.ISI_PLUS), (Action.INSURED_ATTESTATION, Means.INSURED_ATTESTATION)],
)
def test_a_support_without_a_readable_code_has_its_niss_typed(road: Action, means: Means) -> None:
    state = walk(READY, road, Action.NISS, *typed())
    assert refusal(state, Action.SHOWN_ISI_PLUS) == "why_not.support_was_chosen"
    assert refusal(state, Action.NO_DOCUMENT_IDENTITY_VERIFIED) == "why_not.document_was_shown"
    outcome = done(walk(state, Action.NO_CHIP_OR_DEFECTIVE))
    assert (outcome.means, outcome.entry) == (means, EntryType.MANUAL)
    assert outcome.declined[-1].why is Why.NOT_READABLE


def test_a_sticker_that_cannot_be_read_counts_as_nothing_shown() -> None:
    state = walk(READY, Action.VIGNETTE, Action.NISS, *typed())
    assert refusal(state, Action.NO_CHIP_OR_DEFECTIVE) == "why_not.nothing_was_shown"
    assert reasons(state)[0] is Reason.NO_DOCUMENT_IDENTITY_VERIFIED


# Attestation of loss or theft


def test_an_attestation_of_loss_is_thirteen_keys_and_says_that_the_card_is_lost() -> None:
    state = walk(READY, Action.LOSS_THEFT, *typed())
    assert state.phase is Phase.ATTESTED
    outcome = done(walk(state, Action.ACCEPT))
    assert (outcome.means, outcome.reason) == (Means.LOSS_THEFT, Reason.NO_CHIP_OR_DEFECTIVE)
    assert why(outcome) == [(Means.EID, Why.LOST)]
    assert outcome.evidence.attested_on == NOW.date()


@pytest.mark.parametrize(
    ("day", "meant"),
    [
        ("22", date(2026, 11, 22)),
        ("01", date(2026, 11, 1)),
        ("23", date(2026, 10, 23)),
        ("31", date(2026, 10, 31)),
    ],
)
def test_two_digits_tell_the_day_of_an_attestation(day: str, meant: date) -> None:
    outcome = done(walk(READY, Action.LOSS_THEFT, *typed(NISS + day)))
    assert outcome.evidence.attested_on == meant


def test_a_day_that_cannot_be_is_not_taken() -> None:
    state = walk(READY, Action.LOSS_THEFT, *typed(NISS + "32"))
    assert (state.phase, state.outcome) == (Phase.ATTESTED, None)
    assert refusal(state, Action.ACCEPT) == "why_not.day_unfinished"
    assert step(state, Digit("1")) == state
    assert walk(state, Action.RUBOUT, Action.RUBOUT, Action.ACCEPT).outcome is not None
    assert walk(state, Action.BACK).digits == NISS[:-1]


def test_the_reason_behind_an_attestation_is_the_hospitals_setting() -> None:
    settings = Settings(loss_theft_reason=Reason.READER_UNAVAILABLE)
    outcome = done(walk(replace(READY, settings=settings), Action.LOSS_THEFT, *typed(), Action.ACCEPT))
    assert outcome.reason is Reason.READER_UNAVAILABLE


def test_after_the_care_an_attestation_still_needs_a_true_reason() -> None:
    over = walk(READY, CareIs(NOW - timedelta(hours=3), over=True))
    state = walk(over, Action.LOSS_THEFT, *typed(), Action.ACCEPT)
    assert state.phase is Phase.REASON
    assert refusal(state, Action.NO_DOCUMENT) == "why_not.document_was_shown"
    outcome = done(walk(state, Action.SOFTWARE_DOWN))
    assert (outcome.entry, outcome.evidence.attested_on) == (EntryType.MANUAL_AFTERWARDS, NOW.date())


def test_a_code_on_an_attestation_of_loss_only_spares_the_typing() -> None:
    state = walk(READY, Action.LOSS_THEFT, Scanned(MATRIX))
    assert (state.phase, state.digits) == (Phase.ATTESTED, NISS)
    assert done(walk(state, Action.ACCEPT)).entry is EntryType.MANUAL


# itsme and the hospital's application


def test_itsme_shows_who_confirmed_before_enter_takes_it() -> None:
    state = walk(READY, Action.ITSME)
    assert (state.phase, refusal(state, Action.ACCEPT)) == (Phase.PHONE, "why_not.phone_awaited")
    state = walk(state, PhoneAnswered(PERSON))
    assert state.phase is Phase.CONFIRMED
    outcome = done(walk(state, Action.ACCEPT))
    assert (outcome.means, outcome.confirmed, outcome.evidence.acr) == (Means.ITSME, PERSON, "basic")


@pytest.mark.parametrize(
    ("state", "word"),
    [
        (replace(READY, settings=Settings()), "why_not.itsme_not_configured"),
        (replace(READY, link=False), "why_not.itsme_needs_the_hub"),
        (replace(READY, care_over=True), "why_not.only_at_care"),
    ],
)
def test_itsme_needs_contract_network_and_presence(state: State, word: str) -> None:
    assert refusal(state, Action.ITSME) == word


def test_a_phone_that_gives_up_or_answers_too_late_changes_nothing() -> None:
    assert walk(READY, Action.ITSME, PhoneGaveUp()).phase is Phase.WAITING
    assert walk(READY, Action.ITSME, Action.BACK, PhoneAnswered(PERSON)) == READY
    assert step(READY, PhoneGaveUp()) == READY


def test_the_wrong_person_on_the_phone_is_left_with_escape() -> None:
    assert walk(READY, Action.ITSME, PhoneAnswered(PERSON), Action.BACK) == READY


@pytest.mark.parametrize("number", [[Action.NISS, *typed()], [Scanned(MATRIX)]])
def test_the_application_counts_only_after_a_first_reading(number: list[LadderEvent | Action]) -> None:
    state = walk(READY, Action.HOSPITAL_APP, *number)
    assert refusal(state, Action.ACCEPT) == "why_not.never_read"
    outcome = done(walk(state, Vouched(FirstRead.READ), Action.ACCEPT))
    assert (outcome.means, outcome.entry, outcome.niss) == (
        Means.HOSPITAL_APP,
        EntryType.HOSPITAL_APP,
        NISS,
    )


def test_the_application_counts_only_where_its_protocol_was_sent_and_at_care() -> None:
    assert refusal(replace(READY, settings=Settings()), Action.HOSPITAL_APP) == "why_not.app_not_declared"
    assert refusal(replace(READY, care_over=True), Action.HOSPITAL_APP) == "why_not.only_at_care"


# Detainees


def test_a_detainee_shows_nothing_and_the_escort_vouches() -> None:
    state = walk(READY, Action.DETAINEE, Action.NISS, *typed(), Action.NO_DOCUMENT_IDENTITY_VERIFIED)
    outcome = done(state)
    assert outcome.evidence.how_verified is HowVerified.ESCORT
    assert {declined.why for declined in outcome.declined} == {Why.IN_PRISON}


def test_a_detainee_with_the_form_is_verified_by_its_sticker() -> None:
    outcome = done(walk(READY, Action.DETAINEE, Scanned(STICKER), Action.VIGNETTE))
    assert {declined.why for declined in outcome.declined} == {Why.IN_PRISON}


# Papers that free from the duty


@pytest.mark.parametrize("action", [action for action in PAPER_OF if action is not Action.NEWBORN])
def test_a_paper_is_two_keys_to_an_exemption_by_its_rule(action: Action) -> None:
    outcome = walk(READY, Action.FREED, action).outcome
    assert isinstance(outcome, Exempted)
    assert outcome.paper is PAPER_OF[action]
    assert outcome.rule.startswith("R-")
    assert outcome.niss is None
    assert refusal(READY, action) == "why_not.paper_is_not_asked"


def test_a_newborn_is_exempt_by_the_day_of_birth() -> None:
    state = walk(READY, Action.FREED, Action.NEWBORN)
    outcome = walk(state, *typed("0111")).outcome
    assert isinstance(outcome, Exempted)
    assert (outcome.rule, outcome.birth_date) == ("R-18", PartialDate(2026, 11, 1))
    too_old = walk(state, *typed("0108"))
    assert (too_old.phase, too_old.outcome) == (Phase.BORN, None)
    assert walk(too_old, Action.RUBOUT).day == "010"
    assert walk(too_old, Action.BACK).phase is Phase.FREED
    assert walk(state, Action.RUBOUT) == state


def test_without_a_clock_no_day_is_guessed() -> None:
    blind = replace(READY, now=None)
    assert walk(blind, Action.FREED, Action.NEWBORN, *typed("0111")).outcome is None
    undated = done(walk(blind, Action.LOSS_THEFT, *typed(), Action.ACCEPT))
    assert undated.evidence.attested_on is None


def test_an_exemption_names_whoever_was_scanned_and_never_a_refused_card(make_reading: MakeReading) -> None:
    scanned = walk(READY, Scanned(STICKER), Action.FREED, Action.S2).outcome
    assert isinstance(scanned, Exempted)
    assert scanned.niss == NISS
    forged = walk(READY, Inserted(1), WasRead(1, make_reading(Problem.IDENTITY_SIGNATURE)))
    refused = walk(forged, Action.FREED, Action.S2).outcome
    assert isinstance(refused, Exempted)
    assert refused.niss is None
    good = walk(READY, Inserted(1), WasRead(1, make_reading()))
    assert refusal(good, Action.FREED) == "why_not.reading_at_hand"


def test_the_list_of_services_is_the_hospitals() -> None:
    state = walk(replace(READY, settings=Settings()), Action.FREED)
    assert refusal(state, Action.LISTED_SERVICE) == "why_not.no_list"
    assert PAPER_OF[Action.LISTED_SERVICE] is Paper.LISTED_SERVICE


# Hours and moments

NIGHT = OfficeHours(week=((Opening(8 * 60, 17 * 60),),) * 7)


@pytest.mark.parametrize(("hour", "outside"), [(7, True), (8, False), (16, False), (17, True)])
def test_the_clock_speaks_for_or_against_outside_hours(hour: int, outside: bool) -> None:
    state = replace(READY, settings=Settings(hours=NIGHT))
    state = walk(state, ClockIs(NOW.replace(hour=hour)), Action.NISS, *typed(), Action.CARE_OVER)
    assert supports(state, Reason.OUTSIDE_HOURS) is outside
    contradicted = done(walk(state, Action.OUTSIDE_HOURS)).evidence.contradicted
    assert contradicted == (() if outside else ("observed.in_hours",))
    assert (reasons(state)[0] is Reason.OUTSIDE_HOURS) is outside


def test_a_round_typed_in_the_evening_is_judged_by_its_own_moment() -> None:
    state = replace(READY, settings=Settings(hours=NIGHT), now=NOW.replace(hour=20))
    state = walk(state, CareIs(NOW.replace(hour=11), over=True), Action.NISS, *typed())
    assert state.outside_hours is False
    assert reasons(state)[-1] is Reason.OUTSIDE_HOURS
    assert done(walk(state, Action.OUTSIDE_HOURS)).entry is EntryType.MANUAL_AFTERWARDS


def test_the_link_told_down_while_a_phone_is_awaited_leaves_the_phone_awaited() -> None:
    assert walk(READY, Action.ITSME, LinkIs(up=False)).phase is Phase.PHONE


# The whole ladder


def happenings(state: State, reading: Reading) -> list[LadderEvent]:
    """Return what can happen in a state; the digits of a day are of two kinds, right and wrong."""
    phone: list[LadderEvent] = [PhoneAnswered(PERSON), PhoneGaveUp()]
    return [
        *(Press(action) for action in Action if why_not(state, action) is None),
        *(Digit(digit) for digit in "19" if state.phase in DIGITS_OF_DAY),
        Inserted(1),
        WasRead(1, reading),
        WasUnreadable(1, CardFailure.MUTE),
        Scanned(STICKER),
        Scanned(ISI_PLUS),
        *(phone if state.phase is Phase.PHONE else []),
        *([Vouched(FirstRead.READ)] if state.road is Road.HOSPITAL_APP else []),
    ]


def reached_from(state: State, reading: Reading) -> list[State]:
    """Return the states one step away; a NISS is typed whole, so that they stay countable."""
    whole = [walk(replace(state, digits=""), *typed())] if state.phase is Phase.TYPING else []
    return whole + [step(state, event) for event in happenings(state, reading)]


@pytest.mark.parametrize(("reader", "over"), [(ReaderState.READY, False), (ReaderState.NO_READER, True)])
def test_no_state_of_the_ladder_is_a_dead_end(
    reader: ReaderState, over: bool, make_reading: MakeReading
) -> None:
    """Breadth first to closure, then back from every end."""
    start = replace(READY, reader=reader, care_over=over)
    reading = make_reading()
    met, leads_here = {start}, dict[State, set[State]]()
    frontier, ends = [start], set[State]()
    while frontier:
        state = frontier.pop()
        assert any(hint.why_not is None for hint in ladder.hints(state))
        for after in reached_from(state, reading):
            leads_here.setdefault(after, set()).add(state)
            if after.outcome is not None:
                lawful(after)
                ends.add(after)
            elif after not in met:
                met.add(after)
                frontier.append(after)
    back, reaching = list(ends), set(ends)
    while back:
        for before in leads_here.get(back.pop(), set()) - reaching:
            reaching.add(before)
            back.append(before)
    assert met <= reaching
    assert len(met) > 100
    assert {state.phase for state in met} >= set(Phase) - {Phase.RECORDED}


def lawful(state: State) -> None:
    if isinstance(state.outcome, Outcome):
        outcome = done(state)
        assert (outcome.reason is None) is (outcome.entry not in rules.TYPED)
        assert outcome.niss
    else:
        assert isinstance(state.outcome, Exempted)
