"""Verifications put off, listed, taken up, found again by their card; and readings consulted the same day."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from desk_fakes import FORGED, GOOD, LATE_EVENING, STATION, Made, MemoryJournal
from msgspec.structs import replace

from idtui.desk.handover import WIDTH, handover
from idtui.desk.panels import Listing, Prompt, Sheet
from idtui.desk.standing import Dues
from idtui.desk.state import Tone
from idtui.desk.worklist import known_as
from idtui.domain.entries import Consultation, Correction, Entry, Pending, Verification
from idtui.domain.errors import CannotSave
from idtui.domain.path import KnownAs, Phase
from idtui.domain.rules import EntryType, Reason
from idtui.domain.text import say
from idtui.words import words

NISS = "85073003328"


class Counting(MemoryJournal):
    """Notes which lists were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str | None] = []

    def entries(self, kind: str | None = None) -> Sequence[Entry]:
        self.asked.append(kind)
        return super().entries(kind)


def told(made: Made) -> tuple[str, Tone]:
    notice = made.desk.state.notice
    assert notice is not None
    return notice.message.id, notice.tone


def put_off(made: Made, who: str) -> Made:
    return made.keys("r", *who, "enter")


def completed(made: Made) -> tuple[Verification, Pending]:
    """Return the verification that completed something, and what."""
    *_, verification, correction = made.recorded
    assert isinstance(verification, Verification)
    assert isinstance(correction, Correction)
    assert (correction.by, correction.why) == (verification.id, "completed")
    pending = made.journal.entry(correction.replaces)
    assert isinstance(pending, Pending)
    assert (verification.care_at, verification.episode) == (pending.care_at, pending.episode)
    return verification, pending


@pytest.mark.parametrize(
    ("typed", "known"),
    [
        (NISS, KnownAs(niss=NISS)),
        ("85.07.30-033.28", KnownAs(niss=NISS)),
        ('!(àè"àà""é!', KnownAs(niss=NISS)),
        ("V0093121", KnownAs(visit="V0093121")),
        ("unknown, bed 4", KnownAs(alias="unknown, bed 4")),
        ("unknown", KnownAs(alias="unknown")),
        ("85073003329", None),
        ("", None),
    ],
)
def test_by_what_a_patient_is_known(typed: str, known: KnownAs | None) -> None:
    assert known_as(typed) == known


def test_an_unconscious_patient_is_put_off_and_listed() -> None:
    made = put_off(Made().started(), "unknown, bed 4")
    (pending,) = made.recorded
    assert isinstance(pending, Pending)
    assert (pending.alias, pending.niss, pending.care_at) == ("unknown, bed 4", None, LATE_EVENING)
    assert made.desk.state.due == (pending,)
    assert made.desk.state.ladder.phase is Phase.RECORDED
    assert told(made) == ("worklist.kept", Tone.DONE)
    made.keys("u")
    assert not made.desk.state.due


@pytest.mark.parametrize(
    ("typed", "said"), [("", "worklist.who.missing"), (NISS[:-1] + "9", "niss.check_wrong")]
)
def test_nobody_is_not_put_off(typed: str, said: str) -> None:
    made = put_off(Made().started(), typed)
    assert made.recorded == []
    assert told(made) == (said, Tone.REFUSED)
    assert isinstance(made.desk.state.panel, Prompt)


def test_a_refused_card_leaves_the_way_to_put_off() -> None:
    made = Made().started()
    made.cards.show(FORGED)
    put_off(made, "V0093121")
    (pending,) = made.recorded
    assert isinstance(pending, Pending)
    assert pending.episode.visit == "V0093121"
    assert pending.evidence.card_failure == "identity_signature"


def test_where_no_reason_is_true_a_typed_number_is_put_off_in_one_key() -> None:
    made = Made().started().keys("n", *NISS, "k", "r")
    (pending,) = made.recorded
    assert isinstance(pending, Pending)
    assert pending.niss == NISS


def test_a_pending_is_completed_in_two_keys_and_the_means() -> None:
    made = put_off(Made().started(), "unknown, bed 4")
    made.keys("l", "enter")
    assert made.desk.state.completing == made.desk.state.due[0]
    made.cards.show(GOOD)
    made.keys("enter")
    _, pending = completed(made)
    assert pending.alias == "unknown, bed 4"
    assert made.desk.state.due == ()
    assert made.desk.state.completing is None
    assert told(made) == ("worklist.completed", Tone.DONE)
    assert made.desk.state.ladder.phase is Phase.RECORDED


def test_a_card_finds_its_own_pending() -> None:
    made = Made().started().keys("n", *GOOD.identity.niss, "r")
    made.cards.show(GOOD)
    assert made.desk.state.completing == made.recorded[0]
    made.keys("enter")
    verification, _ = completed(made)
    assert verification.entry is EntryType.CHIP


def test_a_refused_card_completes_nothing() -> None:
    made = Made().started().keys("n", *GOOD.identity.niss, "r")
    made.cards.show(FORGED)
    assert made.desk.state.completing is None


def test_what_a_card_found_is_forgotten_with_the_next_card() -> None:
    made = Made().started().keys("n", *GOOD.identity.niss, "r")
    made.cards.show(GOOD)
    made.cards.show(replace(GOOD, identity=replace(GOOD.identity, niss=NISS)))
    assert made.desk.state.completing is None


def test_a_card_of_another_person_puts_the_chosen_one_back() -> None:
    made = Made().started().keys("n", *NISS, "r", "l", "enter")
    made.cards.show(GOOD)
    assert told(made) == ("worklist.other_person", Tone.REFUSED)
    made.keys("enter")
    assert isinstance(made.recorded[-1], Verification)
    assert len(made.desk.state.due) == 1


def test_a_number_typed_for_a_care_of_yesterday_is_typed_afterwards() -> None:
    made = put_off(Made().started(), "unknown, bed 4")
    made.clock.moment += timedelta(hours=9)
    made.keys("l", "enter", "n", *NISS, "f")
    verification, _ = completed(made)
    assert (verification.entry, verification.reason) == (EntryType.MANUAL_AFTERWARDS, Reason.OUTSIDE_HOURS)


def test_a_number_typed_for_another_patient_completes_nothing() -> None:
    made = Made().started().keys("n", *NISS, "r", "l", "enter", "n", *GOOD.identity.niss, "l")
    assert isinstance(made.recorded[-1], Verification)
    assert len(made.desk.state.due) == 1


def test_the_care_of_today_beside_a_completed_one_is_one_more_key() -> None:
    made = Made().started().keys("n", *GOOD.identity.niss, "r")
    made.clock.moment += timedelta(days=2)
    made.cards.show(GOOD)
    made.keys("enter")
    completed(made)
    assert told(made) == ("worklist.completed_and_more", Tone.DONE)
    made.keys("enter")
    today = made.recorded[-1]
    assert isinstance(today, Verification)
    assert today.care_at == made.clock.moment
    assert made.desk.state.ladder.phase is Phase.RECORDED


def test_escape_puts_the_chosen_one_back() -> None:
    made = put_off(Made().started(), "V1").keys("l", "enter", "escape")
    assert made.desk.state.completing is None
    made.cards.show(GOOD)
    made.keys("enter")
    assert len(made.desk.state.due) == 1


def test_undoing_the_completion_makes_it_due_again() -> None:
    made = put_off(Made().started(), "V1").keys("l", "enter")
    made.cards.show(GOOD)
    made.keys("enter", "u")
    assert len(made.desk.state.due) == 1


def test_withdrawing_what_completed_it_makes_it_due_again_and_says_so_to_the_hub() -> None:
    made = put_off(Made().started(), "V1").keys("l", "enter")
    made.cards.show(GOOD)
    made.keys("enter", "j", "down", "enter", "t", "p")
    correction, verification = made.recorded[-1], made.recorded[-2]
    assert [entry.kind for entry in (correction, verification)] == ["withdrawal", "withdrawal"]
    assert len(made.desk.state.due) == 1
    made.keys("escape", "l", "enter")
    made.cards.show(GOOD)
    made.keys("enter")
    completed(made)
    assert not made.desk.state.due


def test_only_new_entries_are_looked_at() -> None:
    journal = Counting()
    dues = Dues(journal)
    journal.asked.clear()
    put_off(Made(journal=journal).started(), "V1")
    journal.asked.clear()
    assert len(dues.now()) == 1
    assert journal.asked == [None], "the lists of a kind are not read again"


def test_chosen_with_the_card_already_read() -> None:
    made = put_off(Made().started(), "V1")
    made.cards.show(GOOD)
    made.keys("l", "enter", "enter")
    assert completed(made)[1].episode.visit == "V1"


def test_the_list_is_searched_and_tab_shows_the_whole() -> None:
    made = put_off(put_off(Made().started(), "V0093121"), "unknown, bed 4").keys("l", *"bed")
    listing = made.desk.state.panel
    assert isinstance(listing, Listing)
    assert len(listing.shown) == 1
    made.keys("tab")
    assert isinstance(made.desk.state.panel, Sheet)
    made.keys("t", "d")
    assert len(made.desk.state.due) == 1


def test_a_stay_says_what_is_left_of_72_hours() -> None:
    made = put_off(Made().started(), "V0093121").keys("l", "tab", "c", "e", "h", *"04:10", "enter")
    for hours, expected in ((0, "worklist.left"), (10, "worklist.reminded"), (80, "worklist.expired")):
        made.clock.moment = LATE_EVENING + timedelta(hours=hours)
        made.keys("escape", "l")
        listing = made.desk.state.panel
        assert isinstance(listing, Listing)
        (row,) = listing.rows
        assert row.right[0].id == expected  # type: ignore[union-attr]  # a message


def test_what_cannot_be_kept_stays_on_the_screen() -> None:
    class Full(MemoryJournal):
        def append(self, entry: Entry) -> None:
            if self.full:
                raise CannotSave(say("store.full"))
            super().append(entry)

    made = Made(journal=Full()).started().keys("n", *NISS)
    made.journal.full = True
    made.keys("r")
    assert made.desk.state.ladder.phase is Phase.REASON
    assert told(made) == ("store.full", Tone.REFUSED)


def test_a_reading_of_today_is_consulted_in_one_key() -> None:
    made = Made().started()
    made.cards.show(GOOD)
    made.keys("c")
    assert told(made) == ("why_not.not_read_today", Tone.REFUSED)
    made.keys("enter")
    made.cards.remove()
    made.clock.moment += timedelta(minutes=10)
    made.cards.show(GOOD)
    made.keys("c")
    consultation = made.recorded[-1]
    assert isinstance(consultation, Consultation)
    assert (consultation.reading, consultation.niss) == (made.recorded[0].id, GOOD.identity.niss)
    assert made.desk.state.ladder.phase is Phase.RECORDED
    assert told(made) == ("consultation.saved", Tone.DONE)


def test_a_reading_of_today_is_looked_up_by_patient_not_searched_for() -> None:
    journal = Counting()
    made = Made(journal=journal).started()
    made.cards.show(GOOD)
    made.keys("enter")
    made.cards.remove()
    made.clock.moment += timedelta(minutes=1)
    journal.asked.clear()
    made.cards.show(GOOD)
    assert made.desk.state.earlier is not None
    assert "verification" not in journal.asked


@pytest.mark.parametrize("spoiled_by", ["day", "undo", "typed"])
def test_only_a_true_reading_of_the_same_day_is_consulted(spoiled_by: str) -> None:
    made = Made().started()
    if spoiled_by == "typed":
        made.keys("n", *GOOD.identity.niss, "l")
    else:
        made.cards.show(GOOD)
        made.keys("enter", *(["u"] if spoiled_by == "undo" else []))
    made.cards.remove()
    made.clock.moment += timedelta(minutes=30 if spoiled_by == "day" else 1)  # past midnight
    made.cards.show(GOOD)
    assert made.desk.state.earlier is None


def test_what_is_open_follows_corrections_and_withdrawals() -> None:
    made = put_off(Made().started(), "V1").keys("j", "enter", "c", "v", *"V2", "enter")
    assert [due.episode.visit for due in Dues(made.journal).now()] == ["V2"]


@pytest.mark.parametrize("hours", [24, 48, 66])
def test_a_stay_is_reminded_of_once_and_between_patients(hours: int) -> None:
    made = Made().started().keys("e", "h", "enter", "r", *"unknown, bed 4", "enter", "escape")
    made.clock.moment += timedelta(hours=hours) - timedelta(minutes=2)
    made.desk.tick()
    made.keys("n")
    made.clock.moment += timedelta(minutes=3)
    made.desk.tick()
    assert made.desk.state.notice is None, "somebody is at the desk"
    made.keys("escape")
    made.desk.tick()
    assert told(made) == ("worklist.reminder", Tone.PLAIN)
    assert made.desk.state.notice is not None
    assert made.desk.state.notice.message.parameters["after"] == hours
    made.keys("x", "escape")
    made.desk.tick()
    assert made.desk.state.notice is None, "told once"


def test_the_hand_over_list_says_what_must_be_done_and_nothing_else() -> None:
    made = put_off(Made().started(), "unknown, bed 4").keys("e", "h", "enter", "d", *"V0093121", "enter", "r")
    lines = list(handover(made.desk.state.due, STATION, LATE_EVENING, words("en")))
    assert STATION.desk in lines[0]
    assert "2" in lines[1]
    listed = "\n".join(lines[2:])
    assert listed.index("V0093121") < listed.index("unknown, bed 4"), "what expires first is on top"
    assert "until 25.11.2026 23:41" in listed
    assert all(len(line) <= WIDTH for line in lines)
