"""Series: one reading for an invoice, a dated line for a treatment day; contacts that became stays."""

from datetime import timedelta

from desk_fakes import ALICE, GOOD, LATE_EVENING, HandVisits, Made
from msgspec.structs import replace

from idtui.desk.state import Tone
from idtui.domain.care import Care
from idtui.domain.entries import Consultation, Correction, Verification
from idtui.domain.episode import Episode, EpisodeKind, Series
from idtui.domain.path import Settings
from idtui.domain.visit import Visit, VisitKind, VisitSource, VisitState

DIALYSIS = Care(episode=Episode(kind=EpisodeKind.SERIES, series=Series.DIALYSIS))
TREATMENT = Visit(
    number="V1",
    kind=VisitKind.AMBULATORY,
    state=VisitState.OPEN,
    source=VisitSource.CSV,
    told_at=LATE_EVENING,
    niss=ALICE.niss,
    admitted_at=LATE_EVENING - timedelta(hours=1),
)
STAY = replace(
    TREATMENT, number="V2", kind=VisitKind.HOSPITALISATION, admitted_at=LATE_EVENING - timedelta(hours=1)
)


def on_dialysis() -> tuple[Made, HandVisits]:
    visits = HandVisits(TREATMENT)
    made = Made(visits=visits, usual=DIALYSIS).started()
    made.keys("d", "enter")
    made.cards.show(GOOD)
    made.keys("enter")
    made.cards.remove()
    return made, visits


def test_a_treatment_day_of_the_same_invoice_is_one_key_after_its_visit() -> None:
    made, visits = on_dialysis()
    made.clock.moment += timedelta(days=2)
    visits.visits = (replace(TREATMENT, number="V3", admitted_at=made.clock.moment),)
    made.keys("d", "enter", "enter")
    reading, line = made.recorded
    assert isinstance(line, Consultation)
    assert (line.reading, line.care_at) == (reading.id, made.clock.moment)
    assert line.episode == Episode(
        kind=EpisodeKind.SERIES, series=Series.DIALYSIS, billing_period="2026-11", visit="V3"
    )


def test_another_invoice_or_treatment_needs_its_own_reading() -> None:
    made, visits = on_dialysis()
    made.keys("d", "enter", "e", "c", "enter")
    assert len(made.recorded) == 1, "another series"
    made.keys("escape")
    made.clock.moment += timedelta(days=9)
    visits.visits = (replace(TREATMENT, number="V3", admitted_at=made.clock.moment),)
    made.keys("d", "enter", "enter")
    assert len(made.recorded) == 1, "another month"


def test_a_withdrawn_reading_serves_no_treatment_day() -> None:
    made, _ = on_dialysis()
    made.keys("u", "d", "enter", "enter")
    assert [entry.kind for entry in made.recorded] == ["verification", "withdrawal"]


def test_with_the_card_a_treatment_day_is_one_key() -> None:
    made, _ = on_dialysis()
    made.clock.moment += timedelta(days=2)
    made.cards.show(GOOD)
    made.keys("c")
    assert isinstance(made.recorded[-1], Consultation)


def read_in_emergency(*visits: Visit, margin: timedelta = timedelta(hours=24)) -> Made:
    """Return a desk that read a contact; the patient was admitted four hours before or later, as told."""
    made = Made(visits=HandVisits(*visits), settings=Settings(margin_before_admission=margin)).started()
    made.clock.moment = LATE_EVENING - timedelta(hours=6)
    made.cards.show(GOOD)
    made.keys("enter")
    made.cards.remove()
    made.clock.moment = LATE_EVENING
    return made


def test_an_emergency_contact_becomes_the_stay_the_desk_knows_in_one_choice() -> None:
    made = read_in_emergency(STAY).keys("j", "enter", "h")
    contact, converted, correction = made.recorded
    assert isinstance(converted, Verification)
    assert isinstance(correction, Correction)
    assert (correction.replaces, correction.by, correction.why) == (contact.id, converted.id, "episode")
    assert converted.episode == Episode(
        kind=EpisodeKind.HOSPITALISATION, admitted_at=STAY.admitted_at, visit="V2"
    )


def test_a_stay_nobody_listed_is_told() -> None:
    made = read_in_emergency().keys("j", "enter", "h", *"22:30", "enter")
    converted = made.recorded[1]
    assert isinstance(converted, Verification)
    assert converted.episode.admitted_at == LATE_EVENING.replace(hour=22, minute=30)


def test_a_reading_earlier_than_the_margin_counts_for_no_stay() -> None:
    made = read_in_emergency(STAY, margin=timedelta(hours=3)).keys("j", "enter", "h")
    assert len(made.recorded) == 1
    notice = made.desk.state.notice
    assert notice is not None
    assert (notice.message.id, notice.tone) == ("change.read_too_early", Tone.REFUSED)


def test_a_stay_does_not_become_one_again() -> None:
    made = read_in_emergency(STAY).keys("j", "enter", "h", "enter", "h")
    assert len(made.recorded) == 3


def test_opening_the_stay_says_that_its_reading_is_on_record() -> None:
    made = read_in_emergency(STAY).keys("d", "enter")
    notice = made.desk.state.notice
    assert notice is not None
    assert notice.message.id == "visit.read_as_contact"
    made = read_in_emergency(STAY, margin=timedelta(hours=3)).keys("d", "enter")
    assert made.desk.state.notice is None
