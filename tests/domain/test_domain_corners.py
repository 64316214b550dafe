"""What the other tests of the law pass by: how records show themselves, and single answers."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from idtui.domain import ladder, niss
from idtui.domain.elsewhere import Question
from idtui.domain.entries import Draft, Evidence, RecordedVerdict
from idtui.domain.errors import RuleForbids
from idtui.domain.ladder import chosen, hints, step
from idtui.domain.observed import refusal_of
from idtui.domain.outcome import from_chip, typed
from idtui.domain.path import HOW_OF, Action, Phase, Press, Settings, State
from idtui.domain.reading import CardFailure, PartialDate, Problem, ReaderState, Reading, Remark, Signer
from idtui.domain.refusals import why_not
from idtui.domain.rules import EntryType, Means, Moment, Reason, Road
from idtui.domain.text import LONGEST, MARKS_PER_LETTER, clean, say, was_filtered

NISS = "85073003328"


def test_an_entry_and_a_message_show_no_content() -> None:
    draft = Draft(
        id="some-id",
        sequence=1,
        site="",
        desk="d",
        operator="o",
        recorded_at=datetime(2026, 11, 22, tzinfo=UTC),
        digits=NISS,
    )
    assert repr(draft) == "Draft(some-id)"
    assert repr(say("saved", who=NISS)) == "Message(saved)"


def test_a_rule_that_forbids_is_named() -> None:
    error = RuleForbids("R-20", say("claim.niss"))
    assert (error.rule, error.message.id, str(error)) == ("R-20", "claim.niss", "claim.niss")


@pytest.mark.parametrize(
    ("digits", "shown"), [(NISS, "85.07.30-033.28"), ("8507300332", "8507300332"), ("", "")]
)
def test_eleven_digits_are_shown_the_usual_way(digits: str, shown: str) -> None:
    assert niss.shown(digits) == shown


@pytest.mark.parametrize("space", ["\u00a0", "\u2003", "\u3000"])
def test_every_space_is_the_plain_one(space: str) -> None:
    assert clean(f"VAN{space}DAMME") == "VAN DAMME"


@pytest.mark.parametrize(
    ("date", "complete"),
    [
        (PartialDate(1971, 11, 1), True),
        (PartialDate(1971, 11, 0), False),
        (PartialDate(1971, 0, 1), False),
        (PartialDate(0, 11, 1), False),
    ],
)
def test_a_date_is_complete_when_all_of_it_is_known(date: PartialDate, *, complete: bool) -> None:
    assert date.is_complete is complete


def test_a_card_that_is_not_valid_yet_is_refused_with_its_date(make_reading: Callable[..., Reading]) -> None:
    refusal = refusal_of(make_reading(Remark.NOT_YET_VALID), Settings())
    assert refusal
    assert (refusal.id, refusal.parameters) == ("reading.not_yet_valid", {"date": "23.07.2021"})


def test_the_ways_to_identify_are_offered_with_the_way_back() -> None:
    actions = [hint.action for hint in hints(State(phase=Phase.HOW))]
    assert actions == [*HOW_OF, Action.BACK]


def test_a_chip_reading_is_recorded_with_everything_that_was_observed(
    make_reading: Callable[..., Reading],
) -> None:
    signer = Signer(root="Belgium Root CA4", certificate_sha256="ab" * 32, key="p-384", digest="sha384")
    read = make_reading(Problem.PHOTO_HASH, Remark.CHIP_NOT_PROVEN)
    reading = replace(read, signer=signer, verdict=replace(read.verdict, specimen=True))
    state = State(reader=ReaderState.READY, reader_name="Specimen Reader", link=True, care_over=True)
    outcome = from_chip(state, reading)
    assert (outcome.means, outcome.entry, outcome.document_shown) == (Means.EID, EntryType.CHIP, Means.EID)
    assert (outcome.niss, outcome.serial, outcome.moment) == ("71715100070", "000000122157", Moment.AFTER)
    assert outcome.identity == reading.identity
    assert outcome.evidence == Evidence(
        reader=ReaderState.READY,
        reader_name="Specimen Reader",
        hub_reachable=True,
        root="Belgium Root CA4",
        certificate_sha256="ab" * 32,
        key="p-384",
        digest="sha384",
        card_applet="1.8",
    )
    assert outcome.verdict == RecordedVerdict(
        verified=False,
        problems=(Problem.PHOTO_HASH,),
        remarks=(Remark.CHIP_NOT_PROVEN,),
        specimen=True,
    )


def test_what_was_not_observed_is_not_recorded_as_empty_text(make_reading: Callable[..., Reading]) -> None:
    outcome = from_chip(State(), replace(make_reading(), applet=""))
    assert outcome.evidence == Evidence()
    assert outcome.verdict
    assert outcome.verdict.verified


def test_a_number_and_an_identity_hide_themselves(make_reading: Callable[..., Reading]) -> None:
    assert repr(niss.parse(NISS)) == "Niss(masked)"
    assert repr(make_reading().identity) == "Identity(hidden)"


@pytest.mark.parametrize("mark", ["\u0334", "\u20dd"])
def test_as_many_marks_as_allowed_follow_a_letter_and_none_stands_alone(mark: str) -> None:
    most = mark * MARKS_PER_LETTER
    assert clean(f"A{most}") == f"A{most}"
    assert clean(f"A{most}{mark}B{most}{mark}") == f"A{most}B{most}"
    assert clean(f"{mark}A") == "A"


def test_text_is_cut_at_the_limit_and_the_cut_counts_as_filtered() -> None:
    assert clean("A" * (LONGEST + 1)) == "A" * LONGEST
    assert (was_filtered("ABC", 2), was_filtered("ABC", 3)) == (True, False)


def test_messages_with_other_parameters_are_other_messages() -> None:
    assert hash(say("saved", who="a", time="b")) == hash(say("saved", time="b", who="a"))
    assert len({say("saved", who="a"), say("saved", who="b"), say("undo.done")}) == 3
    assert hash(say("saved", who="a")) != hash(say("saved", who="b"))


@pytest.mark.parametrize("failure", CardFailure)
def test_a_card_that_cannot_be_read_says_why_enter_does_nothing(failure: CardFailure) -> None:
    state = State(phase=Phase.UNREADABLE, failure=failure, detail="6700")
    assert why_not(state, Action.ACCEPT) == say(f"failure.{failure}", detail="6700")


def test_a_typed_number_is_recorded_with_everything_that_was_observed() -> None:
    state = State(
        phase=Phase.REASON,
        digits=NISS,
        reader=ReaderState.NO_READER,
        reader_name="Specimen Reader",
        link=False,
        shown=Means.EID,
    )
    outcome = typed(state, Reason.READER_UNAVAILABLE, None)
    assert (outcome.niss, outcome.entry, outcome.moment) == (NISS, EntryType.MANUAL, Moment.BEFORE)
    assert outcome.evidence.reader is ReaderState.NO_READER
    assert outcome.evidence.reader_name == "Specimen Reader"
    assert outcome.evidence.hub_reachable is False
    unknown = typed(State(digits=NISS), Reason.READER_UNAVAILABLE, None)
    assert unknown.evidence.reader_name is None


def test_a_reading_on_the_screen_stays_when_a_patient_put_off_is_chosen() -> None:
    reading = State(phase=Phase.READ)
    assert chosen(reading, care_over=True) is reading


@pytest.mark.parametrize("phase", [Phase.SCANNED, Phase.CONFIRMED, Phase.READ])
def test_enter_takes_nothing_that_is_not_there(phase: Phase) -> None:
    nothing = State(phase=phase)
    assert step(nothing, Press(Action.ACCEPT)).outcome is None
    assert ladder._accept(replace(nothing, road=Road.VIGNETTE)).outcome is None


def test_a_support_without_a_code_is_told() -> None:
    refused = why_not(State(phase=Phase.SCANNED, road=Road.VIGNETTE), Action.ACCEPT)
    assert refused == say("why_not.nothing_scanned")


@pytest.mark.parametrize(
    ("text", "shaped"),
    [(NISS, True), ("85.07.30-033 28", True), ("85073003329", True), ("8507300332", False), ("", False)],
)
def test_a_number_is_shaped_by_its_digits_alone(text: str, shaped: bool) -> None:
    assert niss.is_shaped(text) is shaped


def test_what_is_asked_of_the_hub_does_not_show() -> None:
    assert repr(Question(niss=NISS, visit="V1")) == "Question(hidden)"
