import re
from collections.abc import Callable

import pytest
from effort import tries
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idtui.domain import ladder, rules
from idtui.domain.ladder import step
from idtui.domain.observed import against, reasons, supports
from idtui.domain.path import (
    REASON_OF,
    SHOWN_OF,
    Action,
    Digit,
    Exempted,
    Inserted,
    KnownAs,
    LadderEvent,
    LinkIs,
    Outcome,
    Phase,
    Press,
    ReaderIs,
    Recorded,
    Removed,
    Settings,
    State,
    WasRead,
    WasUnreadable,
)
from idtui.domain.reading import CardFailure, Problem, ReaderState, Reading, Remark
from idtui.domain.refusals import why_not
from idtui.domain.rules import EntryType, HowVerified, Means, Reason, Why

MakeReading = Callable[..., Reading]
NISS = "85073003328"


def walk(state: State, *events: LadderEvent) -> State:
    for event in events:
        state = step(state, event)
    return state


def done(state: State) -> Outcome:
    assert isinstance(state.outcome, Outcome)
    return state.outcome


def typed(niss: str = NISS) -> list[LadderEvent]:
    return [Press(Action.NISS), *(Digit(digit) for digit in niss)]


READY = State(reader=ReaderState.READY)


def test_enter_takes_the_card_just_verified(make_reading: MakeReading) -> None:
    state = walk(READY, Inserted(1), WasRead(1, make_reading()), Press(Action.ACCEPT))
    outcome = done(state)
    assert (outcome.means, outcome.entry) == (Means.EID, EntryType.CHIP)
    assert outcome.reason is None
    assert outcome.serial == "000000122157"
    assert walk(state, Recorded()).phase is Phase.RECORDED


@pytest.mark.parametrize("events", [[], [Inserted(1)], [Inserted(1), Removed(1)], typed()])
def test_enter_does_nothing_before_the_verdict(events: list[LadderEvent]) -> None:
    state = walk(READY, *events)
    assert why_not(state, Action.ACCEPT) is not None
    assert step(state, Press(Action.ACCEPT)) == state


@pytest.mark.parametrize("problem", Problem)
def test_a_card_with_a_problem_is_no_reading(problem: Problem, make_reading: MakeReading) -> None:
    state = walk(READY, Inserted(1), WasRead(1, make_reading(problem)))
    assert why_not(state, Action.ACCEPT) is not None
    assert step(state, Press(Action.ACCEPT)).outcome is None
    assert why_not(state, Action.NISS) is None  # the way on


def test_an_expired_card_counts_only_where_the_hospital_says_so(make_reading: MakeReading) -> None:
    events: list[LadderEvent] = [
        Inserted(1),
        WasRead(1, make_reading(Remark.EXPIRED_CARD)),
        Press(Action.ACCEPT),
    ]
    assert walk(READY, *events).outcome is None
    assert walk(State(settings=Settings(accept_expired=True)), *events).outcome is not None


def test_a_foreigner_card_is_its_own_means(make_reading: MakeReading) -> None:
    state = walk(READY, Inserted(1), WasRead(1, make_reading(document_type=33)), Press(Action.ACCEPT))
    outcome = done(state)
    assert outcome.means is Means.FOREIGNER


def test_what_was_read_stays_when_the_card_goes_back_to_the_patient(make_reading: MakeReading) -> None:
    state = walk(READY, Inserted(1), WasRead(1, make_reading()), Removed(1))
    assert state.phase is Phase.READ
    assert walk(state, Press(Action.ACCEPT)).outcome is not None


def test_a_late_answer_about_another_card_is_dropped(make_reading: MakeReading) -> None:
    state = walk(READY, Inserted(1), Removed(1), Inserted(2))
    assert step(state, WasRead(1, make_reading())) == state
    assert step(state, WasUnreadable(1, CardFailure.MUTE)) == state


def test_eleven_right_digits_lead_to_the_reason_by_themselves() -> None:
    assert walk(READY, *typed()).phase is Phase.REASON
    wrong = walk(READY, *typed("85073003329"))
    assert wrong.phase is Phase.TYPING
    assert step(wrong, Digit("1")) == wrong
    assert walk(wrong, Press(Action.RUBOUT), Digit("8")).phase is Phase.REASON


@pytest.mark.parametrize(
    ("action", "after", "means"),
    [
        (Action.NO_CHIP_OR_DEFECTIVE, False, Means.EID),
        (Action.READER_UNAVAILABLE, False, Means.EID),
        (Action.NO_CONNECTION, False, Means.EID),
        (Action.NO_DOCUMENT, True, Means.NONE),
        (Action.SOFTWARE_DOWN, True, Means.EID),
        (Action.OUTSIDE_HOURS, True, Means.EID),
    ],
)
def test_each_reason_is_one_key(action: Action, after: bool, means: Means) -> None:
    state = walk(READY, *typed(), *([Press(Action.CARE_OVER)] if after else []), Press(action))
    outcome = done(state)
    assert outcome.reason is REASON_OF[action]
    assert outcome.means is means
    assert outcome.entry is (EntryType.MANUAL_AFTERWARDS if after else EntryType.MANUAL)


def test_identity_verified_otherwise_asks_how() -> None:
    state = walk(READY, *typed(), Press(Action.NO_DOCUMENT_IDENTITY_VERIFIED))
    assert (state.phase, state.outcome) == (Phase.HOW, None)
    outcome = done(walk(state, Press(Action.BY_COMPANION)))
    assert outcome.evidence.how_verified is HowVerified.COMPANION
    assert [declined.means for declined in outcome.declined] == [
        Means.EID,
        Means.LOSS_THEFT,
        Means.ISI_PLUS,
        Means.INSURED_ATTESTATION,
    ]


@pytest.mark.parametrize("reason", Reason)
def test_reasons_exist_only_at_their_moment(reason: Reason) -> None:
    row = rules.REASON_ROWS[reason]
    at_other_moment = walk(
        READY, *typed(), *([] if row.moment is rules.Moment.AFTER else [Press(Action.CARE_OVER)])
    )
    refusal = why_not(at_other_moment, Action(reason.value))
    assert refusal is not None
    assert refusal.parameters["rule"] == row.rule
    assert step(at_other_moment, Press(Action(reason.value))) == at_other_moment


def test_nothing_shown_closes_the_reasons_that_need_a_document() -> None:
    state = walk(READY, Press(Action.NOTHING_SHOWN), *typed())
    assert why_not(state, Action.READER_UNAVAILABLE) is not None
    assert why_not(state, Action.NO_DOCUMENT_IDENTITY_VERIFIED) is None
    assert reasons(state)[0] is Reason.NO_DOCUMENT_IDENTITY_VERIFIED


def test_one_more_letter_says_isi_plus_was_shown() -> None:
    state = walk(READY, *typed(), Press(Action.SHOWN_ISI_PLUS), Press(Action.READER_UNAVAILABLE))
    outcome = done(state)
    assert outcome.means is Means.ISI_PLUS
    assert [(d.means, d.why) for d in outcome.declined] == [
        (Means.EID, Why.NOT_SHOWN),
        (Means.LOSS_THEFT, Why.NOT_SHOWN),
        (Means.ISI_PLUS, Why.NOT_READABLE),
    ]


def test_a_reason_the_machine_contradicts_is_possible_and_marked() -> None:
    state = walk(READY, *typed())
    assert against(state, Reason.READER_UNAVAILABLE) == ("observed.reader_ready",)
    outcome = done(walk(state, Press(Action.READER_UNAVAILABLE)))
    assert outcome.evidence.contradicted == ("observed.reader_ready",)


@pytest.mark.parametrize(
    ("events", "reason"),
    [
        ([ReaderIs(ReaderState.NO_READER)], Reason.READER_UNAVAILABLE),
        ([ReaderIs(ReaderState.NO_SERVICE)], Reason.READER_UNAVAILABLE),
        ([ReaderIs(ReaderState.UNKNOWN), LinkIs(False)], Reason.NO_CONNECTION),
        ([Inserted(1), WasUnreadable(1, CardFailure.MUTE)], Reason.NO_CHIP_OR_DEFECTIVE),
    ],
)
def test_the_reason_the_evidence_supports_comes_first(events: list[LadderEvent], reason: Reason) -> None:
    state = walk(READY, *events, *typed())
    assert reasons(state)[0] is reason
    assert supports(state, reason)


def test_what_was_said_and_unsaid_leaves_no_trace() -> None:
    state = walk(READY, Press(Action.NOTHING_SHOWN), *typed(), Press(Action.SHOWN_ISI_PLUS))
    assert why_not(state, Action.READER_UNAVAILABLE) is None
    assert why_not(state, Action.NO_DOCUMENT_IDENTITY_VERIFIED) is not None
    unsaid = walk(state, Press(Action.SHOWN_ISI_PLUS))
    assert why_not(unsaid, Action.READER_UNAVAILABLE) is not None
    assert why_not(unsaid, Action.NO_DOCUMENT_IDENTITY_VERIFIED) is None


@pytest.mark.parametrize("failure", CardFailure)
def test_only_a_fault_of_the_chip_speaks_for_a_defective_chip(failure: CardFailure) -> None:
    state = walk(READY, Inserted(1), WasUnreadable(1, failure), *typed())
    of_the_chip = failure in {CardFailure.MUTE, CardFailure.BROKEN_CHIP, CardFailure.UNEXPECTED_ANSWER}
    assert supports(state, Reason.NO_CHIP_OR_DEFECTIVE) is of_the_chip
    outcome = done(walk(state, Press(Action.NO_CHIP_OR_DEFECTIVE)))
    assert (outcome.evidence.card_failure is not None) is of_the_chip


def test_a_card_that_was_seen_speaks_against_no_document(make_reading: MakeReading) -> None:
    expired = make_reading(Remark.EXPIRED_CARD)
    state = walk(READY, Inserted(1), WasRead(1, expired), *typed(expired.identity.niss))
    assert against(state, Reason.NO_DOCUMENT_IDENTITY_VERIFIED) == ("observed.card_seen",)
    assert reasons(state)[-1] in (Reason.NO_CHIP_OR_DEFECTIVE, Reason.NO_DOCUMENT_IDENTITY_VERIFIED)


def test_the_document_is_that_of_the_card_that_was_read(make_reading: MakeReading) -> None:
    expired = make_reading(Remark.EXPIRED_CARD, document_type=33)
    state = walk(READY, Inserted(1), WasRead(1, expired), *typed(expired.identity.niss))
    outcome = done(walk(state, Press(Action.READER_UNAVAILABLE)))
    assert outcome.means is Means.FOREIGNER


def test_no_record_of_a_path_shows_personal_data_in_its_repr(make_reading: MakeReading) -> None:
    state = walk(READY, Inserted(1), WasRead(1, make_reading()), Press(Action.ACCEPT))
    by_hand = walk(READY, *typed(), Press(Action.READER_UNAVAILABLE))
    for record in (state, state.outcome, by_hand, by_hand.outcome, Digit("8"), state.reading):
        assert not {"SPECIMEN", "71715100070", "'8'"} & set(re.split(r"[=,() ]", repr(record)))
        assert NISS not in repr(record)


def test_an_expired_card_does_not_speak_for_a_defective_chip(make_reading: MakeReading) -> None:
    reading = make_reading(Remark.EXPIRED_CARD)
    expired = walk(READY, Inserted(1), WasRead(1, reading), *typed(reading.identity.niss))
    assert against(expired, Reason.NO_CHIP_OR_DEFECTIVE) == ("observed.chip_read",)
    forged = walk(READY, Inserted(1), WasRead(1, make_reading(Problem.LEAF_NOT_RRN)), *typed())
    assert supports(forged, Reason.NO_CHIP_OR_DEFECTIVE)


def test_a_failed_chip_is_evidence_even_after_the_card_is_gone() -> None:
    state = walk(READY, Inserted(1), WasUnreadable(1, CardFailure.BROKEN_CHIP), Removed(1), *typed())
    outcome = done(walk(state, Press(Action.NO_CHIP_OR_DEFECTIVE)))
    assert outcome.evidence.card_failure == "broken_chip"
    assert outcome.declined[0].why is Why.CHIP_FAILED


@pytest.mark.parametrize("digits", ["", "7171510"])
def test_a_good_reading_wins_over_a_niss_typed_for_the_same_person(
    digits: str, make_reading: MakeReading
) -> None:
    state = walk(READY, *typed(digits), Inserted(1), WasRead(1, make_reading()))
    assert (state.phase, state.digits) == (Phase.READ, "")


def test_the_card_of_another_person_leaves_the_niss_and_waits_behind_it(make_reading: MakeReading) -> None:
    state = walk(READY, *typed("8507300"), Inserted(1), WasRead(1, make_reading()))
    assert (state.phase, state.digits) == (Phase.TYPING, "8507300")
    outcome = done(walk(state, *(Digit(digit) for digit in "3328"), Press(Action.NO_CHIP_OR_DEFECTIVE)))
    assert (outcome.means, outcome.evidence.contradicted) == (Means.EID, ())
    behind = walk(state, Press(Action.BACK))
    assert behind.phase is Phase.READ
    assert walk(behind, Press(Action.ACCEPT)).outcome is not None


def test_a_refused_card_does_not_disturb_a_niss_being_typed(make_reading: MakeReading) -> None:
    state = walk(READY, *typed("8507300"), Inserted(1), WasRead(1, make_reading(Problem.IDENTITY_SIGNATURE)))
    assert (state.phase, state.digits) == (Phase.TYPING, "8507300")
    outcome = done(walk(state, *(Digit(digit) for digit in "3328"), Press(Action.NO_CHIP_OR_DEFECTIVE)))
    assert outcome.evidence.card_failure == "identity_signature"


def test_a_reading_at_hand_closes_the_lower_roads(make_reading: MakeReading) -> None:
    state = walk(READY, Inserted(1), WasRead(1, make_reading()))
    assert why_not(state, Action.NISS) is not None
    assert why_not(state, Action.NOTHING_SHOWN) is not None
    assert why_not(walk(state, Press(Action.BACK)), Action.NISS) is None


@pytest.mark.parametrize(
    "known", [KnownAs(niss=NISS), KnownAs(visit="V0093121"), KnownAs(alias="unknown, bed 4")]
)
def test_a_patient_who_cannot_be_verified_now_is_put_off(known: KnownAs) -> None:
    state = walk(READY, known)
    assert state.outcome is None
    assert state.deferred is not None
    shown = state.deferred
    assert (shown.niss, shown.visit, shown.alias) == (known.niss, known.visit, known.alias)
    assert (shown.declined, shown.evidence.reader) == ((), ReaderState.READY)
    assert walk(state, Recorded()).phase is Phase.RECORDED


def test_nothing_shown_is_said_of_a_patient_put_off() -> None:
    state = walk(READY, Press(Action.NOTHING_SHOWN), KnownAs(alias="unknown, bed 4"))
    assert state.deferred is not None
    assert [each.means for each in state.deferred.declined] == [
        Means.EID,
        Means.LOSS_THEFT,
        Means.ISI_PLUS,
        Means.INSURED_ATTESTATION,
    ]


def test_where_no_reason_is_true_a_typed_number_is_put_off() -> None:
    state = walk(READY, *typed(), Press(Action.CARE_OVER), Press(Action.LATER))
    assert state.outcome is None
    assert state.deferred is not None
    assert state.deferred.niss == NISS


def test_a_reading_at_hand_is_recorded_not_put_off(make_reading: MakeReading) -> None:
    state = walk(READY, Inserted(1), WasRead(1, make_reading()))
    assert walk(state, KnownAs(niss=NISS)) == state
    assert walk(READY, *typed("8507"), Press(Action.LATER)).deferred is None


def test_a_patient_put_off_earlier_starts_with_care_over_where_it_is() -> None:
    state = ladder.chosen(READY, care_over=True)
    assert state.care_over
    assert walk(state, Press(Action.NOTHING_SHOWN), Press(Action.NISS)).care_over


def test_back_goes_one_step_at_a_time() -> None:
    how = walk(READY, *typed(), Press(Action.NO_DOCUMENT_IDENTITY_VERIFIED))
    phases = []
    while how.phase is not Phase.WAITING:
        how = step(how, Press(Action.BACK))
        phases.append(how.phase)
    assert phases == [Phase.REASON, Phase.TYPING, Phase.WAITING]
    assert how == READY


def events(make: MakeReading) -> st.SearchStrategy[LadderEvent]:
    contact = st.integers(1, 2)
    readings = st.sampled_from([make(), make(Problem.UNKNOWN_ROOT), make(Remark.EXPIRED_CARD)])
    return st.one_of(
        st.builds(Press, st.sampled_from(Action)),
        st.builds(Digit, st.sampled_from("0123456789")),
        st.sampled_from([Digit(digit) for digit in NISS]),
        st.builds(ReaderIs, st.sampled_from(ReaderState)),
        st.builds(LinkIs, st.booleans()),
        st.builds(Inserted, contact),
        st.builds(WasRead, contact, readings),
        st.builds(WasUnreadable, contact, st.sampled_from(CardFailure)),
        st.builds(Removed, contact),
        st.sampled_from([KnownAs(niss=NISS), KnownAs(visit="V1"), KnownAs(alias="unknown, bed 4")]),
    )


@given(data=st.data())
@settings(max_examples=tries(300), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_path_ends_in_what_the_law_permits(data: st.DataObject, make_reading: MakeReading) -> None:
    state = READY
    script = [*data.draw(st.sampled_from([[], typed(), typed()[:9]]))]
    script += data.draw(st.lists(events(make_reading), max_size=14))
    for event in script:
        refused = isinstance(event, Press) and why_not(state, event.action) is not None
        after = step(state, event)
        if refused:
            assert after == state
        if after.deferred:
            known = (after.deferred.niss, after.deferred.visit, after.deferred.alias)
            assert sum(each is not None for each in known) == 1
            assert after.outcome is None
            after = step(after, Recorded())
        if isinstance(after.outcome, Exempted):
            after = step(after, Recorded())
        if after.outcome:
            outcome = done(after)
            assert rules.permitting(outcome.means, outcome.entry, outcome.reason, outcome.moment)
            assert (outcome.reason is None) is (outcome.entry is EntryType.CHIP)
            after = step(after, Recorded())
        applying = {hint.action for hint in ladder.hints(after) if hint.why_not is None}
        assert applying - {Action.BACK, Action.CARE_OVER, *SHOWN_OF} or after.phase is Phase.TYPING
        state = after
