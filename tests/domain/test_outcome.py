"""What each way to an identity records, field by field, and each refusal with everything it says."""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import pytest
from msgspec.structs import replace

from idtui.domain.consulting import FirstRead
from idtui.domain.entries import Declined, Evidence
from idtui.domain.ladder import step
from idtui.domain.observed import refusal_of
from idtui.domain.outcome import deferred, from_app, from_code, from_phone
from idtui.domain.path import (
    Action,
    Confirmed,
    Deferred,
    Digit,
    KnownAs,
    LadderEvent,
    Outcome,
    Phase,
    Press,
    Settings,
    State,
)
from idtui.domain.reading import CardFailure, PartialDate, Problem, ReaderState, Reading, Remark
from idtui.domain.refusals import why_not
from idtui.domain.roads import accept_card_code, accept_code, phone_gave_up
from idtui.domain.rules import EntryType, Means, Moment, Road, Why
from idtui.domain.scan import Found
from idtui.domain.symbology import Symbology
from idtui.domain.text import Message, say

NISS = "85073003328"
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=timezone(timedelta(hours=1)))
EVERYTHING = Settings(hospital_app=True, itsme=True, listed_services=True)
READY = State(reader=ReaderState.READY, reader_name="a reader", link=True, now=NOW, settings=EVERYTHING)
MUTE = replace(READY, phase=Phase.UNREADABLE, failure=CardFailure.MUTE)
CODE = Found(
    niss=NISS, count=1, symbology=Symbology.CODE_128, fields=(("card_number", "SPECIMEN1"),), alone=True
)
PERSON = Confirmed(
    niss=NISS, name="SPECIMEN", given_names="Gaston", birth_date=PartialDate(1985, 7, 30), acr="basic"
)
OBSERVED = Evidence(reader=ReaderState.READY, reader_name="a reader", hub_reachable=True)
RUNGS = (Means.EID, Means.LOSS_THEFT, Means.ISI_PLUS, Means.INSURED_ATTESTATION)


def not_shown(count: int) -> tuple[Declined, ...]:
    return tuple(Declined(means=means, why=Why.NOT_SHOWN) for means in RUNGS[:count])


def walk(state: State, *events: LadderEvent | Action | str) -> State:
    for event in events:
        if isinstance(event, str) and not isinstance(event, Action):
            for digit in event:
                state = step(state, Digit(digit))
        else:
            state = step(state, Press(event) if isinstance(event, Action) else event)
    return state


@pytest.mark.parametrize(
    ("means", "shown", "above", "serial"),
    [
        (Means.VIGNETTE, Means.NONE, 4, None),
        (Means.INSURED_ATTESTATION, Means.INSURED_ATTESTATION, 3, None),
        (Means.ISI_PLUS, Means.ISI_PLUS, 2, "SPECIMEN1"),
        (Means.EID, Means.EID, 0, "SPECIMEN1"),
    ],
)
def test_a_code_is_recorded_with_its_support(
    means: Means, shown: Means, above: int, serial: str | None
) -> None:
    assert from_code(READY, CODE, means) == Outcome(
        means=means,
        entry=EntryType.BARCODE,
        moment=Moment.BEFORE,
        niss=NISS,
        serial=serial,
        document_shown=shown,
        declined=not_shown(above),
        evidence=replace(OBSERVED, symbology=Symbology.CODE_128),
    )


def test_a_code_beside_a_chip_that_failed_says_so() -> None:
    evidence = from_code(MUTE, replace(CODE, symbology=Symbology.UNKNOWN), Means.EID).evidence
    assert evidence == replace(OBSERVED, card_failure="mute")


def test_the_application_is_recorded_as_nothing_shown() -> None:
    assert from_app(replace(READY, digits=NISS)) == Outcome(
        means=Means.HOSPITAL_APP,
        entry=EntryType.HOSPITAL_APP,
        moment=Moment.BEFORE,
        niss=NISS,
        document_shown=Means.NONE,
        declined=not_shown(4),
        evidence=OBSERVED,
    )


def test_itsme_is_recorded_with_who_confirmed() -> None:
    assert from_phone(READY, PERSON) == Outcome(
        means=Means.ITSME,
        entry=EntryType.ITSME,
        moment=Moment.BEFORE,
        niss=NISS,
        confirmed=PERSON,
        document_shown=Means.NONE,
        declined=not_shown(4),
        evidence=replace(OBSERVED, acr="basic"),
    )
    assert from_phone(READY, replace(PERSON, acr="")).evidence.acr is None


def test_a_verification_put_off_keeps_what_was_seen_and_said() -> None:
    known = KnownAs(niss=NISS, visit="V1", alias="bed 4")
    assert deferred(MUTE, known) == Deferred(
        niss=NISS, visit="V1", alias="bed 4", evidence=replace(OBSERVED, card_failure="mute")
    )
    said = deferred(replace(READY, nothing_shown=True), known)
    assert (said.declined, said.evidence) == (not_shown(4), OBSERVED)


def test_what_is_not_there_is_not_taken() -> None:
    for state in (READY, replace(READY, code=CODE), replace(READY, road=Road.VIGNETTE)):
        assert accept_code(state) == state
    assert accept_card_code(READY) == READY
    assert step(replace(READY, phase=Phase.HOW), Press(Action.BY_OTHER)).outcome is None
    typing = walk(READY, Action.NISS, "8507")
    assert phone_gave_up(typing) == typing


@pytest.mark.parametrize(
    ("today", "day", "meant"),
    [
        ((2026, 11, 22), "22", (2026, 11, 22)),
        ((2026, 11, 22), "23", (2026, 10, 23)),
        ((2026, 3, 30), "31", None),
        ((2026, 3, 31), "28", (2026, 3, 28)),
        ((2026, 5, 1), "01", (2026, 5, 1)),
        ((2026, 7, 30), "31", None),
        ((2026, 3, 27), "30", None),
        ((2026, 3, 28), "28", (2026, 3, 28)),
    ],
)
def test_an_attestation_is_of_the_last_month(
    today: tuple[int, int, int], day: str, meant: tuple[int, int, int] | None
) -> None:
    state = replace(READY, now=datetime(*today, 10, 0, tzinfo=NOW.tzinfo))
    outcome = walk(state, Action.LOSS_THEFT, NISS, day).outcome
    attested = outcome.evidence.attested_on if isinstance(outcome, Outcome) else None
    assert (attested and (attested.year, attested.month, attested.day)) == meant


CHIP_FIRST = say("why_not.chip_first", rule="R-20")
OTHER = say("why_not.other_support", support=say("means.isi_plus"))
SCANNED = replace(READY, phase=Phase.SCANNED, code=CODE)
ISI_PLUS = replace(SCANNED, code=replace(CODE, support=Means.ISI_PLUS))
AFTER = replace(READY, care_over=True)


@pytest.mark.parametrize(
    ("state", "action", "refusal"),
    [
        (READY, Action.ACCEPT, say("why_not.nothing_read")),
        (READY, Action.CARD_CODE, say("why_not.nothing_scanned")),
        (SCANNED, Action.CARD_CODE, CHIP_FIRST),
        (ISI_PLUS, Action.CARD_CODE, OTHER),
        (replace(SCANNED, failure=CardFailure.MUTE), Action.CARD_CODE, None),
        (replace(SCANNED, reader=ReaderState.NO_READER), Action.CARD_CODE, None),
        (
            replace(SCANNED, code=replace(CODE, support=Means.EID), reader=ReaderState.NO_READER),
            Action.CARD_CODE,
            None,
        ),
        (SCANNED, Action.ACCEPT, say("why_not.which_support")),
        (
            replace(ISI_PLUS, road=Road.INSURED_ATTESTATION),
            Action.ACCEPT,
            say("why_not.other_support", support=say("means.isi_plus")),
        ),
        (
            replace(SCANNED, code=replace(CODE, alone=False)),
            Action.VIGNETTE,
            say("why_not.not_a_vignette", rule="X-4"),
        ),
        (
            replace(READY, settings=Settings()),
            Action.HOSPITAL_APP,
            say("why_not.app_not_declared", rule="R-48"),
        ),
        (AFTER, Action.HOSPITAL_APP, say("why_not.only_at_care", road=say("road.hospital_app"))),
        (AFTER, Action.ITSME, say("why_not.only_at_care", road=say("road.itsme"))),
        (replace(READY, settings=Settings()), Action.ITSME, say("why_not.itsme_not_configured")),
        (replace(READY, link=False), Action.ITSME, say("why_not.itsme_needs_the_hub")),
        (replace(READY, link=None), Action.ITSME, None),
        (
            replace(SCANNED, road=Road.HOSPITAL_APP),
            Action.ACCEPT,
            say("why_not.never_read", rule="R-49"),
        ),
        (
            replace(SCANNED, road=Road.HOSPITAL_APP, first_read=FirstRead.ASKED),
            Action.ACCEPT,
            say("why_not.first_reading_asked", rule="R-49"),
        ),
        (
            replace(SCANNED, road=Road.HOSPITAL_APP, first_read=FirstRead.SILENT),
            Action.ACCEPT,
            say("why_not.first_reading_unasked", rule="R-49"),
        ),
        (replace(SCANNED, road=Road.HOSPITAL_APP, first_read=FirstRead.READ), Action.ACCEPT, None),
        (
            replace(SCANNED, road=Road.HOSPITAL_APP, first_read=FirstRead.READ, care_over=True),
            Action.ACCEPT,
            say("why_not.only_at_care", road=say("road.hospital_app")),
        ),
        (
            replace(READY, phase=Phase.CONFIRMED, confirmed=PERSON, care_over=True),
            Action.ACCEPT,
            say("why_not.only_at_care", road=say("road.itsme")),
        ),
        (replace(READY, phase=Phase.REASON), Action.LATER, None),
        (replace(READY, phase=Phase.TYPING), Action.LATER, say("why_not.finish_niss_first")),
        (READY, Action.BY_COMPANION, say("why_not.how_is_not_asked")),
        (READY, Action.CARE_OVER, say("why_not.only_with_typed_niss")),
        (READY, Action.RUBOUT, say("why_not.only_with_typed_niss")),
        (READY, Action.OUTSIDE_HOURS, say("why_not.niss_first")),
        (
            replace(READY, phase=Phase.REASON),
            Action.OUTSIDE_HOURS,
            say("why_not.reason_only_after", reason=say("reason.post.outside_hours"), rule="R-47"),
        ),
        (READY, Action.EHIC, say("why_not.paper_is_not_asked")),
        (
            replace(READY, phase=Phase.FREED, settings=Settings()),
            Action.LISTED_SERVICE,
            say("why_not.no_list", rule="R-16"),
        ),
        (
            replace(MUTE, detail="0x6F00"),
            Action.ACCEPT,
            say("failure.mute", detail="0x6F00"),
        ),
    ],
)
def test_a_refusal_says_what_and_by_which_rule(state: State, action: Action, refusal: Message | None) -> None:
    assert why_not(state, action) == refusal


@pytest.mark.parametrize(
    ("found", "refusal"),
    [
        ((), None),
        ((Remark.EXPIRED_CARD,), say("reading.expired", date=str(PartialDate(2031, 7, 23)))),
        (
            (Remark.NOT_YET_VALID, Remark.EXPIRED_CARD),
            say("reading.not_yet_valid", date=str(PartialDate(2021, 7, 23))),
        ),
        (
            (Problem.CLONED_CHIP, Problem.UNKNOWN_ROOT, Remark.EXPIRED_CARD),
            say("reading.refused", problem=say("problem.cloned_chip")),
        ),
    ],
)
def test_a_reading_that_cannot_be_taken_says_why(
    found: tuple[Problem | Remark, ...], refusal: Message | None, make_reading: Callable[..., Reading]
) -> None:
    assert refusal_of(make_reading(*found), Settings()) == refusal


def test_an_expired_card_is_taken_where_the_hospital_says_so(make_reading: Callable[..., Reading]) -> None:
    assert refusal_of(make_reading(Remark.EXPIRED_CARD), Settings(accept_expired=True)) is None
