"""Single steps of the ladder: what the key bar offers in each phase, and the way back from each."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from idtui.domain import ladder
from idtui.domain.ladder import hints, step
from idtui.domain.observed import reasons
from idtui.domain.path import (
    HOW_OF,
    PAPER_OF,
    ROAD_OF,
    SHOWN_OF,
    Action,
    CareIs,
    Inserted,
    KnownAs,
    Phase,
    Press,
    Recorded,
    Removed,
    State,
    WasRead,
    WasUnreadable,
)
from idtui.domain.reading import CardFailure, Problem, ReaderState, Reading
from idtui.domain.refusals import why_not
from idtui.domain.rules import HowVerified, Means, Reason
from idtui.domain.scan import Found
from idtui.domain.symbology import Symbology

MakeReading = Callable[..., Reading]
NISS = "85073003328"
READY = State(reader=ReaderState.READY)
TYPED = replace(READY, phase=Phase.REASON, digits=NISS)
AROUND = (Action.NOTHING_SHOWN, Action.DETAINEE, Action.FREED, Action.BACK)


@pytest.mark.parametrize(
    ("phase", "offered"),
    [
        (Phase.TYPING, (Action.RUBOUT, Action.CARE_OVER, *SHOWN_OF, Action.BACK)),
        (Phase.HOW, (*HOW_OF, Action.BACK)),
        (Phase.ATTESTED, (Action.ACCEPT, Action.RUBOUT, Action.BACK)),
        (Phase.FREED, (*PAPER_OF, Action.BACK)),
        (Phase.BORN, (Action.RUBOUT, Action.BACK)),
        (Phase.SCANNED, (Action.ACCEPT, Action.CARD_CODE, *ROAD_OF, *AROUND)),
        (Phase.WAITING, (Action.ACCEPT, *ROAD_OF, *AROUND)),
        (
            Phase.REASON,
            (
                *(Action(reason.value) for reason in reasons(TYPED)),
                *(Action.LATER, Action.CARE_OVER, *SHOWN_OF, Action.RUBOUT, Action.BACK),
            ),
        ),
    ],
)
def test_each_phase_offers_its_own_keys_and_why_not(phase: Phase, offered: tuple[Action, ...]) -> None:
    state = replace(TYPED, phase=phase)
    assert tuple(hint.action for hint in hints(state)) == offered
    assert all(hint.why_not == why_not(state, hint.action) for hint in hints(state))


def test_a_card_taken_out_ends_a_reading_under_way_and_no_other() -> None:
    reading = replace(READY, phase=Phase.READING, contact=1)
    assert step(reading, Removed(1)) == READY
    assert step(reading, Removed(2)) == reading
    typing = replace(TYPED, contact=1)
    assert step(typing, Removed(1)) == TYPED


@pytest.mark.parametrize(
    ("state", "after"),
    [
        (replace(TYPED, phase=Phase.HOW, reason=Reason.NO_DOCUMENT_IDENTITY_VERIFIED), TYPED),
        (replace(READY, phase=Phase.BORN, day="01"), replace(READY, phase=Phase.FREED)),
        (TYPED, replace(TYPED, phase=Phase.TYPING, digits=NISS[:-1])),
        (
            replace(TYPED, phase=Phase.ATTESTED, day="1"),
            replace(TYPED, phase=Phase.TYPING, digits=NISS[:-1]),
        ),
        (replace(TYPED, phase=Phase.TYPING), READY),
        (replace(READY, phase=Phase.FREED), READY),
        (replace(READY, nothing_shown=True), READY),
    ],
)
def test_back_leaves_no_trace_of_the_step(state: State, after: State) -> None:
    assert step(state, Press(Action.BACK)) == after


@pytest.mark.parametrize("phase", [Phase.TYPING, Phase.FREED])
def test_back_from_typing_returns_to_a_good_reading_only(phase: Phase, make_reading: MakeReading) -> None:
    good = replace(READY, phase=phase, reading=make_reading(), digits="1")
    shown = step(good, Press(Action.BACK))
    assert (shown.phase, shown.reading, shown.digits) == (Phase.READ, good.reading, "")
    refused = replace(good, reading=make_reading(Problem.UNKNOWN_ROOT))
    assert step(refused, Press(Action.BACK)).phase is Phase.WAITING
    reason = replace(good, phase=Phase.REASON)
    assert step(reason, Press(Action.BACK)).phase is Phase.TYPING


@pytest.mark.parametrize(
    ("state", "after"),
    [
        (TYPED, replace(TYPED, phase=Phase.TYPING, digits=NISS[:-1])),
        (replace(TYPED, phase=Phase.TYPING, digits=""), replace(TYPED, phase=Phase.TYPING, digits="")),
        (replace(TYPED, phase=Phase.ATTESTED, day="12"), replace(TYPED, phase=Phase.ATTESTED, day="1")),
        (
            replace(TYPED, phase=Phase.ATTESTED),
            replace(TYPED, phase=Phase.TYPING, digits=NISS[:-1]),
        ),
        (replace(READY, phase=Phase.BORN, day="12"), replace(READY, phase=Phase.BORN, day="1")),
        (replace(READY, phase=Phase.BORN), replace(READY, phase=Phase.BORN)),
    ],
)
def test_rubout_takes_one_digit(state: State, after: State) -> None:
    assert step(state, Press(Action.RUBOUT)) == after


def test_nothing_shown_keeps_the_failure_and_the_moment_of_care_only() -> None:
    state = replace(READY, phase=Phase.UNREADABLE, failure=CardFailure.MUTE, detail="0x6F00", care_over=True)
    cleared = replace(READY, failure=CardFailure.MUTE, detail="0x6F00", care_over=True, nothing_shown=True)
    assert step(replace(state, digits="1"), Press(Action.NOTHING_SHOWN)) == cleared
    assert step(state, Press(Action.DETAINEE)) == replace(cleared, detainee=True)
    assert step(replace(READY, day="1"), Press(Action.FREED)) == replace(READY, phase=Phase.FREED)


def test_a_card_put_in_keeps_the_moment_of_care_and_a_number_being_typed() -> None:
    moved = step(replace(READY, nothing_shown=True), CareIs(None, over=True))
    assert step(moved, Inserted(2)) == replace(READY, care_over=True, contact=2, phase=Phase.READING)
    assert step(TYPED, Inserted(2)) == replace(TYPED, contact=2)


def test_what_is_told_of_another_contact_changes_nothing(make_reading: MakeReading) -> None:
    state = replace(READY, phase=Phase.READING, contact=2)
    assert step(state, WasRead(1, make_reading())) == state
    assert step(state, WasUnreadable(1, CardFailure.MUTE)) == state


def test_a_reading_and_a_failure_replace_each_other(make_reading: MakeReading) -> None:
    state = replace(
        READY, phase=Phase.READING, contact=1, care_over=True, failure=CardFailure.MUTE, detail="x"
    )
    read = step(state, WasRead(1, make_reading()))
    assert (read.phase, read.failure, read.detail, read.care_over) == (Phase.READ, None, "", True)
    failed = step(replace(state, reading=make_reading()), WasUnreadable(1, CardFailure.MUTE, "0x6F00"))
    assert (failed.phase, failed.reading, failed.failure, failed.detail) == (
        Phase.UNREADABLE,
        None,
        CardFailure.MUTE,
        "0x6F00",
    )


def test_the_way_of_identifying_ends_the_path_with_it() -> None:
    asked = step(TYPED, Press(Action.NO_DOCUMENT_IDENTITY_VERIFIED))
    assert (asked.phase, asked.reason) == (Phase.HOW, Reason.NO_DOCUMENT_IDENTITY_VERIFIED)
    done = step(asked, Press(Action.BY_KNOWN_TO_STAFF))
    assert done.outcome is not None
    assert done.outcome.evidence.how_verified is HowVerified.KNOWN_TO_STAFF  # type: ignore[union-attr]  # a verification, as the means shows
    assert (
        step(replace(TYPED, detainee=True), Press(Action.NO_DOCUMENT_IDENTITY_VERIFIED)).outcome is not None
    )


def test_later_is_asked_by_what_he_is_known_unless_the_number_is_typed() -> None:
    assert step(READY, Press(Action.LATER)) == READY
    assert step(TYPED, Press(Action.LATER)).deferred == step(TYPED, KnownAs(niss=NISS)).deferred
    assert step(replace(READY, phase=Phase.TYPING), KnownAs(niss=NISS)).deferred is None


def test_what_was_recorded_is_forgotten() -> None:
    assert step(replace(TYPED, nothing_shown=True), Recorded()) == replace(READY, phase=Phase.RECORDED)


def test_a_document_said_and_unsaid() -> None:
    typing = replace(TYPED, phase=Phase.TYPING)
    said = step(typing, Press(Action.SHOWN_ISI_PLUS))
    assert said == replace(typing, shown=Means.ISI_PLUS)
    assert step(said, Press(Action.SHOWN_ISI_PLUS)) == typing
    other = step(said, Press(Action.SHOWN_INSURED_ATTESTATION))
    assert other.shown is Means.INSURED_ATTESTATION


def test_a_patient_put_off_starts_afresh() -> None:
    code = Found(niss=NISS, count=1, symbology=Symbology.CODE_128, alone=True)
    state = replace(READY, phase=Phase.SCANNED, code=code, nothing_shown=True)
    assert ladder.chosen(state, care_over=True) == replace(READY, care_over=True)
