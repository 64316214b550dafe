"""The unfinished patient over the end of a desk: his visit, his episode, what was typed and said."""

from datetime import timedelta

import pytest
import told_visits
from desk_fakes import ALICE, GOOD, LATE_EVENING, FailingLater, HandVisits, Made, MemoryJournal

from idtui.domain.care import Care
from idtui.domain.entries import Draft, Exemption, Verification
from idtui.domain.episode import Coverage, Episode, EpisodeKind, Series
from idtui.domain.path import Phase
from idtui.domain.visit import Visit, VisitKind, VisitState

NISS = "85073003328"
HOUR = timedelta(hours=1)


def visit(number: str, kind: VisitKind = VisitKind.EMERGENCY, **fields: object) -> Visit:
    return told_visits.visit(
        number, kind, told_at=LATE_EVENING, **{"admitted_at": LATE_EVENING - HOUR} | fields
    )


CONTACT = visit("V1", niss=ALICE.niss, name="SPECIMEN", given_names="Alice")
STAY = visit("V2", VisitKind.HOSPITALISATION, niss=ALICE.niss)
OVER = visit("V3", state=VisitState.ENDED, ended_at=LATE_EVENING)
FREE = visit("V4", coverage=Coverage(ct1="180"))
VISITS = HandVisits(CONTACT, STAY, OVER, FREE, told_at=LATE_EVENING)


def at_desk(journal: MemoryJournal | None = None, visits: HandVisits = VISITS) -> Made:
    return Made(journal=journal, visits=visits).started()


def killed(made: Made, later: timedelta = timedelta(0), visits: HandVisits = VISITS) -> Made:
    """Return the desk that is started after this one was killed: only its journal is left."""
    again = Made(journal=made.journal, visits=visits)
    again.clock.moment = made.clock.moment + later
    return again.started()


def drafts(made: Made) -> list[Draft]:
    return [entry for entry in made.journal.kept if isinstance(entry, Draft)]


def pick(number: str) -> list[str]:
    return ["d", *number, "enter"]


@pytest.mark.parametrize("known", [CONTACT, STAY, OVER, FREE], ids=lambda known: known.number)
def test_a_visit_that_was_picked_is_there_again_after_a_kill(known: Visit) -> None:
    made = at_desk().keys(*pick(known.number))
    again = killed(made)
    before, after = made.desk.state, again.desk.state
    assert after.care == before.care
    assert after.care.visit == known
    assert (after.ladder.care_at, after.ladder.care_over) == (before.ladder.care_at, before.ladder.care_over)
    assert after.exempt == before.exempt
    assert after.notice is not None
    assert after.notice.message.id == "draft.resumed_visit"
    assert len(drafts(again)) == 1, "nothing is kept twice"


def test_the_card_of_that_patient_is_recorded_for_his_visit_and_ends_the_draft() -> None:
    made = killed(at_desk().keys(*pick("V2")))
    made.cards.show(GOOD)
    made.keys("enter")
    (entry,) = made.recorded
    assert isinstance(entry, Verification)
    assert entry.episode.visit == "V2"
    assert [draft.is_closed for draft in drafts(made)] == [False, True]
    assert killed(made).desk.state.care == Care()


@pytest.mark.parametrize(
    ("keys", "episode"),
    [
        (["e", "d"], Episode(kind=EpisodeKind.SERIES, series=Series.DIALYSIS)),
        (["d", *"V7", "enter"], Episode(visit="V7")),
        (["e", "h", "enter"], None),
    ],
)
def test_a_care_that_was_told_is_there_again(keys: list[str], episode: Episode | None) -> None:
    made = at_desk(visits=HandVisits()).keys(*keys)
    again = killed(made, visits=HandVisits())
    assert again.desk.state.care == made.desk.state.care != Care()
    assert episode in (None, again.desk.state.care.episode)


def test_a_visit_the_desk_no_longer_knows_keeps_its_number_and_moment() -> None:
    made = at_desk().keys(*pick("V3"))
    again = killed(made, visits=HandVisits())
    assert again.desk.state.care == Care(episode=Episode(visit="V3"))
    assert again.desk.state.ladder.care_at == OVER.admitted_at
    assert again.desk.state.ladder.care_over


@pytest.mark.parametrize(("number", "at"), [("V1", LATE_EVENING), ("V2", None)])
def test_after_midnight_a_contact_is_of_the_day_before_and_a_stay_goes_on(number: str, at: object) -> None:
    again = killed(at_desk().keys(*pick(number)), HOUR)
    assert again.desk.state.care.episode.visit == number
    assert again.desk.state.ladder.care_at == at


@pytest.mark.parametrize(
    "keys",
    [
        [*pick("V1"), "n", *"8507"],
        [*pick("V1"), "n", *NISS, "k"],
        [*pick("V3"), "n", *NISS],
        [*pick("V3"), "n", *NISS, "k"],
        [*pick("V2"), "x", "n", *"850"],
        [*pick("V2"), "p", *NISS, "2"],
        [*pick("V1"), "g"],
        [*pick("V1"), "x"],
        [*pick("V1"), "n"],
        ["e", "d", "n", *"85"],
    ],
    ids="".join,
)
def test_what_was_typed_and_said_for_a_visit_is_there_again(keys: list[str]) -> None:
    made = at_desk().keys(*keys)
    left = made.desk.state
    made.desk.stop()
    again = killed(made).desk.state
    assert again.care == left.care
    names = ["digits", "day", "detainee", "nothing_shown", "care_over", "care_at"]
    for name in [*names, *(["phase", "road", "shown"] if left.ladder.digits else [])]:
        assert getattr(again.ladder, name) == getattr(left.ladder, name), name


def test_stopping_and_starting_again_keeps_one_draft() -> None:
    made = at_desk().keys(*pick("V1"), "n", *"8507")
    for _ in range(3):
        made.desk.stop()
        made = killed(made)
    assert (made.desk.state.care.visit, made.desk.state.ladder.digits) == (CONTACT, "8507")
    assert len(drafts(made)) == 2, "the visit, then the digits"


def test_a_number_that_was_dropped_does_not_come_back_with_its_visit() -> None:
    made = at_desk().keys(*pick("V1"), "n", *"8507")
    made.desk.stop()
    made = killed(made).keys(*["backspace"] * 4)
    assert made.desk.state.ladder.phase is Phase.TYPING
    again = killed(made).desk.state
    assert (again.care.visit, again.ladder.digits) == (CONTACT, "")


@pytest.mark.parametrize(
    ("keys", "kinds"),
    [
        ([*pick("V1"), "n", *NISS, "g", "d"], None),
        ([*pick("V1"), "escape"], []),
        ([*pick("V1"), "r"], ["pending"]),
        ([*pick("V4"), "enter"], ["exemption"]),
        ([*pick("V4"), "f", "e"], ["exemption"]),
    ],
    ids=lambda value: "".join(value) if value else "",
)
def test_a_patient_who_is_done_with_or_left_does_not_come_back(
    keys: list[str], kinds: list[str] | None
) -> None:
    made = at_desk().keys(*keys)
    if kinds is None:
        made.keys("c")  # the number typed is somebody else's: this person, without the visit
        made.keys("escape", "escape", "escape")
    else:
        assert [entry.kind for entry in made.recorded] == kinds
    again = killed(made)
    assert (again.desk.state.care, again.desk.state.notice) == (Care(), None)
    assert drafts(made)[-1].is_closed


def test_a_consultation_ends_the_draft_as_well() -> None:
    made = at_desk()
    made.cards.show(GOOD)
    made.keys("enter")
    made.cards.remove()
    made.keys(*pick("V1"))
    made.cards.show(GOOD)
    made.keys("c")
    assert [entry.kind for entry in made.recorded] == ["verification", "consultation"]
    assert killed(made).desk.state.care == Care()


@pytest.mark.parametrize("keys", [["enter"], ["f", "e"]])
def test_a_kill_between_the_entry_and_the_end_of_the_draft_brings_nobody_back(keys: list[str]) -> None:
    made = at_desk().keys(*pick("V4"), *keys)
    assert isinstance(made.journal.kept[-2], Exemption)
    made.journal.kept.pop()
    again = killed(made)
    assert (again.desk.state.care, again.desk.state.notice) == (Care(), None)


def test_a_number_whose_entry_is_there_is_not_typed_again() -> None:
    made = Made().started().keys("n", *NISS)
    made.desk.stop()
    made = Made(journal=made.journal).started().keys("g", "d")
    assert [entry.kind for entry in made.journal.kept] == ["draft", "verification", "draft"]
    made.journal.kept.pop()
    assert Made(journal=made.journal).started().desk.state.ladder.digits == ""


def test_an_entry_of_somebody_else_leaves_the_draft_open() -> None:
    made = at_desk().keys("n", *NISS, "r", *pick("V1"))
    made.desk.stop()
    assert killed(made).desk.state.care.visit == CONTACT


def test_a_verification_that_was_taken_up_is_there_again_to_be_completed() -> None:
    made = at_desk().keys(*pick("V1"), "r", *pick("V1"))
    assert made.desk.state.completing is not None
    again = killed(made)
    assert again.desk.state.completing == made.desk.state.completing
    again.cards.show(GOOD)
    again.keys("enter")
    assert [entry.kind for entry in again.recorded] == ["pending", "verification", "correction"]
    assert killed(again).desk.state.completing is None


def test_one_taken_up_that_is_no_longer_known_leaves_its_visit() -> None:
    made = at_desk().keys(*pick("V1"), "r", *pick("V1"))
    made.journal.kept = [entry for entry in made.journal.kept if entry.kind == "draft"]
    assert killed(made).desk.state.care.episode.visit == "V1"


def test_a_card_that_finds_its_pending_is_no_draft() -> None:
    made = at_desk().keys("r", *ALICE.niss, "enter")
    made.cards.show(GOOD)
    assert made.desk.state.completing is not None
    assert drafts(made) == []


def test_a_full_disk_is_told_once_and_the_visit_is_open() -> None:
    journal = FailingLater()
    made = at_desk(journal)
    journal.full = True
    made.keys(*pick("V1"))
    assert made.desk.state.notice is not None
    assert made.desk.state.notice.message.id == "store.full"
    assert made.desk.state.care.visit == CONTACT
    made.keys("h", "h")
    made.keys("z")
    assert made.desk.state.notice.message.id == "why_not.no_such_key"


def test_the_usual_care_of_a_desk_is_no_draft() -> None:
    assert drafts(at_desk().keys("e", "b")) == []
