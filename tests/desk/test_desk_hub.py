"""What the hub tells of other desks: read today, due anywhere, visits; late and wrong answers."""

from datetime import date, timedelta

import pytest
from desk_fakes import ALICE, GOOD, LATE_EVENING, HandHub, HandVisits, Made
from hospital_told import ABOUT_ALICE, DUE, READ
from msgspec.structs import replace

from idtui.desk.events import (
    CodeScanned,
    FirstReadingTold,
    FirstReadingUnknown,
    LookupFailed,
    ReadElsewhere,
    VisitsTold,
    WorklistTold,
)
from idtui.desk.hub_desk import REFRESH
from idtui.desk.panels import Listing
from idtui.desk.state import Tone
from idtui.desk.worklist import pending_of
from idtui.domain.consulting import FirstRead
from idtui.domain.elsewhere import Elsewhere, FirstReading
from idtui.domain.entries import Consultation, Correction, Verification
from idtui.domain.path import Settings
from idtui.domain.rules import Means
from idtui.domain.scan import Found
from idtui.domain.visit import Visit, VisitKind, VisitSource, VisitState


def at_desk() -> tuple[Made, HandHub]:
    hub = HandHub()
    return Made(hub=hub, visits=HandVisits()).started(), hub


def test_a_patient_on_the_screen_is_asked_about_once() -> None:
    made, hub = at_desk()
    assert hub.asked == []
    made.cards.show(GOOD)
    made.keys("g")
    assert hub.asked == [ABOUT_ALICE]
    made.keys("enter")
    made.cards.show(GOOD)
    assert hub.asked == [ABOUT_ALICE, ABOUT_ALICE]


def test_a_reading_of_another_desk_is_consulted_in_one_key() -> None:
    made, _ = at_desk()
    made.cards.show(GOOD)
    made.desk.handle(ReadElsewhere(ABOUT_ALICE, (READ,)))
    earlier = made.desk.state.earlier
    assert earlier is not None
    assert earlier.desk == "Onthaal 1"
    made.keys("c")
    (entry,) = made.recorded
    assert isinstance(entry, Consultation)
    assert (entry.reading, entry.niss) == (READ.id, ALICE.niss)


@pytest.mark.parametrize(
    "other",
    [
        replace(READ, entry_type="manual"),
        replace(READ, entry_type=None),
        replace(READ, kind="pending"),
        replace(READ, niss="85073003328"),
        replace(READ, verified_at="2026-11-21T22:30:00+00:00"),
        replace(READ, verified_at="yesterday"),
        replace(READ, verified_at="2026-11-22T14:02:00"),
        replace(READ, desk="Spoed, balie 3"),
    ],
)
def test_what_is_no_true_reading_of_today_cannot_be_consulted(other: Elsewhere) -> None:
    made, _ = at_desk()
    made.cards.show(GOOD)
    made.desk.handle(ReadElsewhere(ABOUT_ALICE, (other,)))
    assert made.desk.state.earlier is None
    made.keys("c")
    assert made.recorded == []


def test_just_before_midnight_in_another_offset_is_still_today() -> None:
    made, _ = at_desk()
    made.cards.show(GOOD)
    made.desk.handle(ReadElsewhere(ABOUT_ALICE, (replace(READ, verified_at="2026-11-21T23:30:00+00:00"),)))
    assert made.desk.state.earlier is not None


def test_a_late_answer_about_a_patient_who_left_is_dropped() -> None:
    made, _ = at_desk()
    made.cards.show(GOOD)
    made.keys("escape")
    made.desk.handle(ReadElsewhere(ABOUT_ALICE, (READ,)))
    made.desk.handle(LookupFailed(ABOUT_ALICE, "gone"))
    assert made.desk.state.elsewhere == ()


def test_the_hub_is_looked_at_by_the_clock_and_never_twice_at_once() -> None:
    made, hub = at_desk()
    made.desk.tick()
    made.desk.tick()
    assert hub.refreshed == [LATE_EVENING.date()]
    made.clock.moment += REFRESH
    hub.busy = True
    made.desk.tick()
    assert len(hub.refreshed) == 1
    hub.busy = False
    made.desk.tick()
    assert hub.refreshed[-1] == made.clock.moment.date()


def test_visits_of_the_hub_replace_what_it_told_before() -> None:
    made, _ = at_desk()
    told = Visit(
        number="V9",
        kind=VisitKind.EMERGENCY,
        state=VisitState.OPEN,
        source=VisitSource.HL7V2,
        told_at=LATE_EVENING,
        admitted_at=LATE_EVENING,
    )
    made.desk.handle(VisitsTold((told,)))
    made.keys("d", "enter")
    assert made.desk.state.care.visit == told


def test_the_hospitals_worklist_stands_among_our_own_and_is_completed_here() -> None:
    made, _ = at_desk()
    made.keys("r", *"unknown, bed 4", "enter")
    made.desk.handle(WorklistTold((DUE,)))
    made.keys("l")
    listing = made.desk.state.panel
    assert isinstance(listing, Listing)
    assert listing.rows[0].id == DUE.id, "what expires first is on top, whoever put it off"
    assert "Onthaal 1" in listing.rows[0].left
    assert listing.note is not None
    assert len(made.desk.state.due) == 1, "the count in the status line is this desk's"
    made.keys("tab")
    assert isinstance(made.desk.state.panel, Listing), "its whole lies on the hub"
    made.keys("enter")
    made.cards.show(GOOD)
    made.keys("enter")
    verification, correction = made.recorded[-2:]
    assert isinstance(verification, Verification)
    assert isinstance(correction, Correction)
    assert (correction.replaces, correction.by) == (DUE.id, verification.id)
    assert verification.episode.visit == "V0093121"
    assert made.desk.state.shared == ()
    made.desk.handle(WorklistTold((DUE,)))
    assert made.desk.state.shared == (), "an answer that is older than our completion brings nothing back"


def test_a_card_finds_what_another_desk_put_off() -> None:
    made, _ = at_desk()
    made.desk.handle(WorklistTold((DUE,)))
    made.cards.show(GOOD)
    assert made.desk.state.completing == pending_of(DUE)


def test_our_own_pendings_are_not_listed_twice() -> None:
    made, _ = at_desk()
    made.keys("r", *"V1", "enter")
    mine = made.recorded[0]
    made.desk.handle(WorklistTold((replace(DUE, id=mine.id),)))
    assert made.desk.state.shared == ()


def test_an_old_worklist_is_called_old() -> None:
    made, _ = at_desk()
    made.desk.handle(WorklistTold((DUE,)))
    made.clock.moment += timedelta(hours=1)
    made.keys("l")
    listing = made.desk.state.panel
    assert isinstance(listing, Listing)
    assert listing.note is not None
    assert listing.note.id == "visits.old"


@pytest.mark.parametrize(
    "broken", [{"care_at": "soon"}, {"care_at": "2026-11-20T04:10:00"}, {"episode": "spa"}]
)
def test_a_pending_that_makes_no_sense_is_left_out(broken: dict[str, str]) -> None:
    assert pending_of(replace(DUE, **broken)) is None


# A first reading

NISS = "85073003328"
FIRST = FirstReading(day=date(2025, 3, 4), desk="Onthaal 1", means=Means.EID)


def with_app() -> tuple[Made, HandHub]:
    hub = HandHub()
    made = Made(hub=hub, settings=Settings(hospital_app=True)).started().keys("k")
    made.desk.handle(CodeScanned(Found(niss=NISS, count=1)))
    return made, hub


def told(made: Made) -> tuple[str, Tone]:
    notice = made.desk.state.notice
    assert notice is not None
    return notice.message.id, notice.tone


def test_a_first_reading_this_desk_does_not_know_is_asked_of_the_hub_once() -> None:
    made, hub = with_app()
    made.keys("h", "h")
    assert hub.asked_first == [NISS]
    made.keys("enter")
    assert told(made) == ("why_not.first_reading_asked", Tone.REFUSED)
    assert made.recorded == []


def test_the_answer_is_shown_when_it_comes_and_the_application_counts() -> None:
    made, _ = with_app()
    made.desk.handle(FirstReadingTold(NISS, FIRST))
    assert told(made) == ("app.first_read", Tone.DONE)
    made.keys("enter")
    (entry,) = made.recorded
    assert isinstance(entry, Verification)
    assert (entry.means, entry.niss) == (Means.HOSPITAL_APP, NISS)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (FirstReadingTold(NISS, None), "why_not.never_read"),
        (FirstReadingUnknown(NISS), "why_not.first_reading_unasked"),
    ],
)
def test_without_one_the_application_stays_refused_and_says_why(answer: object, why: str) -> None:
    made, hub = with_app()
    made.desk.handle(answer)  # type: ignore[arg-type]  # either event
    assert told(made) == (why, Tone.REFUSED)
    made.keys("enter")
    assert told(made) == (why, Tone.REFUSED)
    assert made.recorded == []
    made.keys("escape", "k")
    made.desk.handle(CodeScanned(Found(niss=NISS, count=1)))
    assert hub.asked_first == [NISS, NISS], "asked anew for the next try"


@pytest.mark.parametrize("answer", [FirstReadingTold(NISS, FIRST), FirstReadingUnknown(NISS)])
def test_an_answer_about_somebody_who_left_is_dropped(answer: object) -> None:
    made, _ = with_app()
    made.keys("escape", "k")
    made.desk.handle(CodeScanned(Found(niss=ALICE.niss, count=1)))
    made.desk.handle(answer)  # type: ignore[arg-type]  # either event
    assert made.desk.state.ladder.first_read is FirstRead.ASKED
    made.keys("enter")
    assert made.recorded == []


def test_a_reading_of_this_desk_asks_nobody() -> None:
    made, hub = at_desk()
    made.cards.show(GOOD)
    made.keys("enter")
    made.cards.remove()
    made = Made(journal=made.journal, hub=hub, settings=Settings(hospital_app=True)).started()
    made.keys("k", "n", *ALICE.niss, "enter")
    assert [entry.kind for entry in made.recorded] == ["verification", "verification"]
    assert hub.asked_first == []


def test_no_number_shows_in_what_is_told_of_a_first_reading() -> None:
    assert NISS not in repr(FirstReadingTold(NISS, FIRST)) + repr(FirstReadingUnknown(NISS))
