"""The care at hand: a visit picked or scanned, an episode told, exemptions, and whose card it is."""

from datetime import UTC, timedelta

import pytest
from desk_fakes import ALICE, GOOD, LATE_EVENING, HandVisits, Made
from msgspec.structs import replace

from idtui.desk.events import CardFailed
from idtui.desk.panels import Listing, Prompt, Sheet
from idtui.desk.state import Tone
from idtui.domain.care import Care
from idtui.domain.entries import Consultation, Correction, Entry, Exemption, Pending, Verification
from idtui.domain.episode import Coverage, Episode, EpisodeKind, Series
from idtui.domain.path import Phase
from idtui.domain.reading import CardFailure, PartialDate
from idtui.domain.rules import EntryType
from idtui.domain.visit import Visit, VisitKind, VisitSource, VisitState

NISS = "85073003328"
HOUR = timedelta(hours=1)


def visit(number: str, kind: VisitKind = VisitKind.AMBULATORY, **fields: object) -> Visit:
    said = {"state": VisitState.OPEN, "admitted_at": LATE_EVENING - HOUR} | fields
    return Visit(number=number, kind=kind, source=VisitSource.CSV, told_at=LATE_EVENING, **said)  # type: ignore[arg-type]  # fields by name


def at_desk(*visits: Visit, told_at: object = LATE_EVENING, usual: Care | None = None) -> Made:
    known = HandVisits(*visits, told_at=told_at)  # type: ignore[arg-type]  # a moment or None
    return Made(visits=known, usual=usual).started()


STAY = visit(
    "V0093121",
    VisitKind.HOSPITALISATION,
    niss=ALICE.niss,
    name="SPECIMEN",
    given_names="Alice",
    coverage=Coverage(insurer="109", ct1="110"),
)


def only(made: Made) -> Entry:
    (entry,) = made.recorded
    return entry


def told(made: Made) -> tuple[str, Tone]:
    notice = made.desk.state.notice
    assert notice is not None
    return notice.message.id, notice.tone


def test_a_picked_visit_is_what_the_card_is_read_for() -> None:
    made = at_desk(STAY, visit("V2", name="SPECIMEN", given_names="Zoé")).keys("d", *"alice", "enter")
    assert made.desk.state.care.visit == STAY
    made.cards.show(GOOD)
    made.keys("enter")
    entry = only(made)
    assert isinstance(entry, Verification)
    assert entry.episode == Episode(
        kind=EpisodeKind.HOSPITALISATION, admitted_at=STAY.admitted_at, visit="V0093121"
    )
    assert entry.coverage == STAY.coverage
    assert entry.care_at == LATE_EVENING, "care of a patient still admitted is now"
    assert made.desk.state.care == Care(), "the next patient has a care of his own"


@pytest.mark.parametrize("typed", ["V0093121", "71715100070", "alice specimen", "spec ali"])
def test_a_visit_is_found_by_number_niss_and_words_of_the_name(typed: str) -> None:
    made = at_desk(visit("V2", name="SPECIMEN", given_names="Zoé"), STAY).keys("d", *typed)
    listing = made.desk.state.panel
    assert isinstance(listing, Listing)
    assert [row.id for row in listing.shown] == ["V0093121"]


def test_a_scanned_wristband_opens_its_visit_also_from_the_unshifted_azerty_row() -> None:
    made = at_desk(visit("0093121"), visit("0093177")).keys("d", *'ààç"&é&', "enter")
    assert made.desk.state.care.episode.visit == "0093121"


def test_an_unknown_number_is_taken_as_it_is_and_words_are_not() -> None:
    made = at_desk(STAY).keys("d", *"nobody", "enter")
    assert told(made) == ("visit.not_a_number", Tone.REFUSED)
    made.keys("escape", *"V7", "enter")
    assert made.desk.state.care == Care(episode=Episode(visit="V7"))


def test_without_any_list_the_number_is_asked() -> None:
    made = Made().started().keys("d")
    assert isinstance(made.desk.state.panel, Prompt)
    made.keys(*"V0093121", "enter")
    made.cards.show(GOOD)
    made.keys("enter")
    entry = only(made)
    assert isinstance(entry, Verification)
    assert entry.episode == Episode(visit="V0093121")


@pytest.mark.parametrize(
    ("hours", "message"), [(1, "visits.age.hub"), (23, "visits.age.hub"), (24, "visits.old")]
)
def test_the_age_of_the_list_is_told_and_old_data_is_called_old(hours: int, message: str) -> None:
    made = at_desk(STAY, told_at=LATE_EVENING - hours * HOUR).keys("d")
    listing = made.desk.state.panel
    assert isinstance(listing, Listing)
    assert listing.note is not None
    assert listing.note.id == message


def test_cancelled_visits_and_those_of_other_days_are_not_offered() -> None:
    across = visit("V1", VisitKind.EMERGENCY, admitted_at=LATE_EVENING - 24 * HOUR)
    made = at_desk(
        across,
        replace(across, number="V2", state=VisitState.ENDED, ended_at=LATE_EVENING - 24 * HOUR),
        visit("V3", state=VisitState.CANCELLED),
        visit("V4", admitted_at=LATE_EVENING - 72 * HOUR),
    ).keys("d")
    listing = made.desk.state.panel
    assert isinstance(listing, Listing)
    assert [row.id for row in listing.rows] == ["V1"]


def test_a_contact_across_midnight_is_of_the_day_it_began() -> None:
    emergency = visit("V1", VisitKind.EMERGENCY)
    made = at_desk(emergency)
    made.clock.moment += HOUR
    made.keys("d", "enter", "n", *NISS, "l")
    entry = only(made)
    assert isinstance(entry, Verification)
    assert entry.care_at == emergency.admitted_at
    assert entry.verified_at == made.clock.moment
    assert entry.entry is EntryType.MANUAL, "the patient is still there"


def test_care_that_is_over_is_typed_afterwards_with_its_own_moment() -> None:
    ended = visit("V1", state=VisitState.ENDED, ended_at=LATE_EVENING)
    made = at_desk(ended).keys("d", "enter", "n", *NISS, "f")
    entry = only(made)
    assert isinstance(entry, Verification)
    assert (entry.entry, entry.care_at) == (EntryType.MANUAL_AFTERWARDS, ended.admitted_at)


@pytest.mark.parametrize(("hours", "over"), [(4, False), (5, True)])
def test_a_round_typed_in_the_evening_is_afterwards_but_a_late_patient_is_not(hours: int, over: bool) -> None:
    planned = visit(
        "V1", state=VisitState.PLANNED, admitted_at=None, appointment_at=LATE_EVENING - hours * HOUR
    )
    made = at_desk(planned).keys("d", "enter")
    assert made.desk.state.ladder.care_over is over
    assert made.desk.state.ladder.care_at == (planned.appointment_at if over else None)


def test_the_usual_care_of_a_desk_and_another_told_in_two_keys() -> None:
    usual = Care(episode=Episode(kind=EpisodeKind.SERIES, series=Series.DIALYSIS))
    made = at_desk(usual=usual)
    made.cards.show(GOOD)
    made.keys("enter")
    made.keys("e", "b")
    made.cards.show(replace(GOOD, identity=replace(ALICE, niss=NISS)))
    made.keys("enter")
    series, told_otherwise = made.recorded
    assert isinstance(series, Verification)
    assert isinstance(told_otherwise, Verification)
    assert (series.episode.series, series.episode.billing_period) == (Series.DIALYSIS, "2026-11")
    assert told_otherwise.episode == Episode()
    assert made.desk.state.care == usual


def test_a_stay_asks_for_its_admission_and_none_lies_ahead() -> None:
    made = at_desk().keys("e", "h")
    assert isinstance(made.desk.state.panel, Prompt)
    made.keys(*["backspace"] * 16, *"23:59", "enter")
    assert told(made) == ("claim.future", Tone.REFUSED)
    made.keys(*["backspace"] * 5, *"04:10", "enter")
    made.cards.show(GOOD)
    made.keys("enter")
    entry = only(made)
    assert isinstance(entry, Verification)
    assert entry.episode.admitted_at == LATE_EVENING.replace(hour=4, minute=10)


def test_a_stay_that_begins_now_is_offered_in_belgian_time_whatever_the_machines() -> None:
    made = at_desk()
    made.clock.moment = LATE_EVENING.astimezone(UTC)
    made.keys("e", "h", "enter")
    assert made.desk.state.care.episode.admitted_at == LATE_EVENING


def test_a_number_typed_after_the_episode_keeps_it() -> None:
    made = at_desk().keys("e", "h", "enter", "d", *"V7", "enter")
    assert made.desk.state.care.episode.kind is EpisodeKind.HOSPITALISATION
    assert made.desk.state.care.episode.visit == "V7"


FREED = [
    ({"coverage": Coverage(ct1="180")}, "R-19"),
    ({"coverage": Coverage(insurer="690")}, "R-12"),
    ({"coverage": Coverage(insurer="691")}, "R-14"),
    ({"birth_date": PartialDate(2026, 11, 22)}, "R-18"),
    ({"coverage": Coverage(ct1="480")}, None),
    ({"birth_date": PartialDate(2026, 8, 22)}, None),
]


@pytest.mark.parametrize(("fields", "rule"), FREED)
def test_the_visit_frees_and_one_key_records_it(fields: dict[str, object], rule: str | None) -> None:
    made = at_desk(visit("V1", VisitKind.HOSPITALISATION, **fields)).keys("d", "enter")
    assert made.desk.state.exempt == rule
    made.keys("enter")
    if rule is None:
        assert made.recorded == []
        return
    entry = only(made)
    assert isinstance(entry, Exemption)
    assert (entry.rule, entry.niss, entry.episode.visit) == (rule, None, "V1")
    assert entry.coverage == fields.get("coverage")
    assert made.desk.state.ladder.phase is Phase.RECORDED
    assert made.desk.state.exempt is None


def test_a_paper_of_a_patient_with_a_visit_asks_no_further_question() -> None:
    made = at_desk(visit("V1")).keys("d", "enter", "f", "e")
    entry = only(made)
    assert isinstance(entry, Exemption)
    assert (entry.document_shown, entry.episode.visit) == ("ehic", "V1")


def test_a_card_of_somebody_else_asks_who_is_meant_and_records_nothing() -> None:
    made = at_desk(replace(STAY, niss=NISS)).keys("d", "enter")
    made.cards.show(GOOD)
    assert told(made) == ("visit.other_person", Tone.REFUSED)
    made.keys("enter")
    sheet = made.desk.state.panel
    assert isinstance(sheet, Sheet)
    shown = [text for field in sheet.fields for text in field.value]
    assert {"SPECIMEN Alice Geldige", "71.71.51-000.70", "V0093121", "85.07.30-033.28"} <= set(shown)
    assert made.recorded == []
    made.keys("c", "enter")
    entry = only(made)
    assert isinstance(entry, Verification)
    assert (entry.niss, entry.episode, entry.coverage) == (ALICE.niss, Episode(), None)


def test_or_the_visit_stays_and_the_reading_is_put_away() -> None:
    expected = replace(STAY, niss=NISS)
    made = at_desk(expected).keys("d", "enter")
    made.cards.show(GOOD)
    made.keys("enter", "d")
    assert made.desk.state.ladder.phase is Phase.WAITING
    assert made.desk.state.care.visit == expected
    made.cards.show(replace(GOOD, identity=replace(ALICE, niss=NISS)))
    made.keys("enter")
    entry = only(made)
    assert isinstance(entry, Verification)
    assert (entry.niss, entry.episode.visit) == (NISS, "V0093121")


def test_a_number_typed_for_somebody_elses_visit_asks_as_well() -> None:
    made = at_desk(STAY).keys("d", "enter", "n", *NISS, "l")
    assert isinstance(made.desk.state.panel, Sheet)
    made.keys("c")
    assert made.desk.state.ladder.phase is Phase.REASON
    made.keys("l")
    entry = only(made)
    assert isinstance(entry, Verification)
    assert entry.episode == Episode()


def test_a_consultation_for_somebody_elses_visit_asks_as_well() -> None:
    made = at_desk(replace(STAY, niss=NISS))
    made.cards.show(GOOD)
    made.keys("enter", "d", "enter")
    made.cards.show(GOOD)
    made.keys("c")
    assert isinstance(made.desk.state.panel, Sheet)
    assert len(made.recorded) == 1


def test_a_consultation_is_of_the_visit() -> None:
    made = at_desk(visit("V1"))
    made.cards.show(GOOD)
    made.keys("enter", "d", "enter")
    made.cards.show(GOOD)
    made.keys("c")
    entry = made.recorded[-1]
    assert isinstance(entry, Consultation)
    assert entry.episode.visit == "V1"


def test_an_unconscious_patient_is_put_off_by_the_visit_in_one_key_and_found_by_it() -> None:
    made = at_desk(visit("V1", VisitKind.EMERGENCY)).keys("d", "enter", "r")
    pending = only(made)
    assert isinstance(pending, Pending)
    assert (pending.niss, pending.episode.visit) == (None, "V1")
    made.keys("d", "enter")
    assert made.desk.state.completing == pending
    made.cards.show(GOOD)
    made.keys("enter")
    assert isinstance(made.recorded[-1], Correction)


def test_a_patient_the_hospital_knows_is_put_off_under_his_number() -> None:
    made = at_desk(STAY).keys("d", "enter", "r")
    pending = only(made)
    assert isinstance(pending, Pending)
    assert (pending.niss, pending.episode.visit) == (ALICE.niss, "V0093121")
    assert pending.episode.admitted_at == STAY.admitted_at


def test_escape_puts_the_visit_away() -> None:
    made = at_desk(STAY).keys("d", "enter", "escape")
    assert made.desk.state.care == Care()
    assert made.desk.state.ladder.care_at is None


def test_a_visit_of_nobody_goes_with_the_card_that_was_read_for_it() -> None:
    made = at_desk(visit("V1")).keys("d", "enter")
    made.cards.show(GOOD)
    assert made.desk.state.care.episode.visit == "V1"
    made.cards.show(replace(GOOD, identity=replace(ALICE, niss=NISS)))
    assert made.desk.state.care == Care()


def test_enter_records_nothing_unseen_when_the_card_could_not_be_read() -> None:
    made = at_desk(visit("V1", coverage=Coverage(ct1="180"))).keys("d", "enter")
    made.cards.insert(CardFailed(1, CardFailure.MUTE))
    made.keys("enter")
    assert made.recorded == []
