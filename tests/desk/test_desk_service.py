"""The desk as an operator meets it: cards, typed numbers, undo, drafts, keys."""

from datetime import timedelta
from uuid import UUID

import pytest
from desk_fakes import (
    EXPIRED,
    FORGED,
    GOOD,
    LATE_EVENING,
    FailingLater,
    HandCourier,
    Made,
    MemoryJournal,
    read,
)

from idtui.desk import commands
from idtui.desk.commands import COMMANDS, DIGITS, Own
from idtui.desk.events import (
    CardFailed,
    CardRead,
)
from idtui.desk.stamp import uuid7
from idtui.desk.state import Tone
from idtui.domain.entries import Draft, Entry, Verification, Withdrawal
from idtui.domain.errors import CannotSave
from idtui.domain.path import Phase
from idtui.domain.reading import CardFailure
from idtui.domain.rules import EntryType, Means, Reason
from idtui.domain.text import say

NISS = "85073003328"


def only_verification(made: Made) -> Verification:
    (entry,) = made.journal.kept
    assert isinstance(entry, Verification)
    return entry


def test_a_patient_with_an_eid_costs_one_key() -> None:
    made = read(Made().started()).keys("enter")
    entry = only_verification(made)
    assert (entry.means, entry.entry, entry.niss, entry.name) == (
        Means.EID,
        EntryType.CHIP,
        GOOD.identity.niss,
        "SPECIMEN",
    )
    assert (entry.desk, entry.operator, entry.operator_proven) == ("Spoed, balie 3", "Peeters M.", False)
    assert entry.care_at == entry.verified_at == LATE_EVENING
    assert entry.verdict is not None
    assert entry.verdict.verified
    assert made.desk.state.ladder.phase is Phase.RECORDED
    assert made.desk.state.notice is not None
    assert made.desk.state.notice.tone is Tone.DONE


def test_an_entry_is_durable_before_the_screen_says_saved() -> None:
    class Watched(MemoryJournal):
        def append(self, entry: Entry) -> None:
            assert made.desk.state.ladder.phase is not Phase.RECORDED
            assert made.desk.state.notice is None
            super().append(entry)

    made = Made(journal=Watched()).started()
    read(made).keys("enter")
    assert len(made.journal.kept) == 1


def test_enter_twice_records_once() -> None:
    made = read(Made().started()).keys("enter", "enter", "enter")
    assert len(made.journal.kept) == 1


@pytest.mark.parametrize("reading", [FORGED, EXPIRED])
def test_enter_takes_no_card_that_is_not_verified_and_valid(reading: object) -> None:
    made = Made().started()
    made.cards.show(reading)  # type: ignore[arg-type]  # a Reading
    made.keys("enter")
    assert made.journal.kept == []
    assert made.desk.state.notice is not None
    assert made.desk.state.notice.tone is Tone.REFUSED


def test_a_typed_niss_costs_thirteen_keys() -> None:
    keys = ["n", *NISS, "l"]
    assert len(keys) == 13
    entry = only_verification(Made().started().keys(*keys))
    assert (entry.niss, entry.entry, entry.reason) == (NISS, EntryType.MANUAL, Reason.READER_UNAVAILABLE)
    assert entry.evidence.contradicted == ("observed.reader_ready",)


def test_the_unshifted_azerty_row_types_digits() -> None:
    azerty = {digit: character for character, digit in DIGITS.items() if character != digit}
    made = Made().started().keys("n", *(azerty[digit] for digit in NISS), "l")
    assert only_verification(made).niss == NISS


def test_a_wrong_check_number_is_said_and_can_be_mended() -> None:
    made = Made().started().keys("n", *"85073003329")
    assert made.desk.state.notice is not None
    assert made.desk.state.notice.message == say("niss.check_wrong")
    made.keys("backspace", "8", "l")
    assert only_verification(made).niss == NISS


def test_when_the_store_fails_the_patient_stays_and_nothing_claims_to_be_saved() -> None:
    journal = FailingLater()
    journal.full = True
    made = read(Made(journal=journal).started()).keys("enter")
    assert made.desk.state.ladder.phase == "read"
    assert made.desk.state.notice is not None
    assert made.desk.state.notice.message == say("store.full")
    journal.full = False
    made.keys("enter")
    assert len(journal.kept) == 1


def test_what_was_saved_stays_said_when_the_card_goes_back() -> None:
    made = read(Made().started()).keys("enter")
    made.cards.remove()
    assert made.desk.state.notice is not None
    made.cards.show(GOOD)
    assert made.desk.state.notice is None


def test_everything_ends_even_when_the_draft_cannot_be_kept() -> None:
    journal = FailingLater()
    made = Made(journal=journal).started().keys("n", *"850")
    journal.full = True
    with pytest.raises(CannotSave):
        made.desk.stop()
    assert (made.cards.stopped, journal.closed) == (True, True)


def test_a_draft_is_shown_even_when_nothing_can_be_written() -> None:
    journal = FailingLater()
    Made(journal=journal).started().keys("n", *"850").desk.stop()
    journal.full = True
    made = Made(journal=journal).started()
    assert made.desk.state.ladder.digits == "850"
    made.keys("escape")
    assert made.desk.state.notice is not None
    assert made.desk.state.notice.message == say("store.full")


def test_undo_journals_a_withdrawal_and_both_travel_in_order() -> None:
    made = read(Made(courier=HandCourier()).started()).keys("enter", "u", "o")
    verification, withdrawal = made.journal.kept
    assert isinstance(withdrawal, Withdrawal)
    assert withdrawal.withdraws == verification.id
    assert made.courier is not None
    assert made.courier.given == [verification, withdrawal]
    made.keys("u")
    assert len(made.journal.kept) == 2


def test_undo_leaves_the_next_patient_on_the_screen() -> None:
    made = read(Made().started()).keys("enter")
    made.cards.show(GOOD)
    made.keys("u")
    assert made.desk.state.ladder.phase is Phase.READ
    made.keys("enter")
    assert [entry.kind for entry in made.journal.kept] == ["verification", "withdrawal", "verification"]


def test_the_moment_of_verification_is_that_of_the_reading() -> None:
    made = read(Made().started())
    made.clock.moment += timedelta(minutes=5)
    entry = only_verification(made.keys("enter"))
    assert (entry.verified_at, entry.care_at) == (LATE_EVENING, LATE_EVENING + timedelta(minutes=5))


def test_a_forgotten_reading_cannot_be_taken_once_its_card_is_gone() -> None:
    made = read(Made().started())
    made.clock.moment += timedelta(minutes=11)
    made.cards.remove()
    made.keys("enter")
    assert made.journal.kept == []
    assert made.desk.state.notice is not None
    assert made.desk.state.notice.message == say("why_not.reading_too_old")


def test_a_card_of_another_person_is_announced_and_the_number_stays() -> None:
    made = Made().started().keys("n", *"8507300")
    made.cards.show(GOOD)
    assert made.desk.state.ladder.digits == "8507300"
    assert made.desk.state.notice is not None
    assert made.desk.state.notice.message == say("niss.other_card")


def test_a_number_replaced_by_its_card_is_announced() -> None:
    made = Made().started().keys("n", *GOOD.identity.niss[:7])
    made.cards.show(GOOD)
    assert made.desk.state.ladder.phase is Phase.READ
    assert made.desk.state.notice is not None
    assert made.desk.state.notice.message == say("niss.replaced_by_card")


def test_escape_from_the_reasons_leaves_a_number_that_can_be_mended() -> None:
    made = Made().started().keys("n", *NISS, "escape", NISS[-1], "l")
    assert only_verification(made).niss == NISS


def test_letters_count_in_either_case() -> None:
    entry = only_verification(Made().started().keys("N", *NISS, "L"))
    assert entry.reason is Reason.READER_UNAVAILABLE


@pytest.mark.parametrize("key", ["z", "tab", "up", "5"])
def test_a_key_that_means_nothing_here_says_so(key: str) -> None:
    made = Made().started().keys(key)
    assert made.desk.state.notice is not None
    assert made.desk.state.notice.message == say("why_not.no_such_key")


def test_enter_twice_is_no_scan() -> None:
    made = Made().started().keys("f")
    for _ in range(2):
        made.desk.key("enter", "\r")
        assert made.desk.state.notice is not None
        assert made.desk.state.notice.message == say("why_not.by_letter")


@pytest.mark.parametrize("asked", [("f",), ("x", "n", *NISS), ("x", "n", *NISS, "g")])
@pytest.mark.parametrize("key", ["enter", "down", "z"])
def test_a_question_is_answered_by_its_letters(asked: tuple[str, ...], key: str) -> None:
    made = Made().started().keys(*asked, key)
    assert made.journal.kept == []
    assert made.desk.state.notice is not None
    assert made.desk.state.notice.message == say("why_not.by_letter")


def test_undo_ends_with_its_window() -> None:
    made = read(Made().started()).keys("enter")
    made.clock.moment += timedelta(minutes=2, seconds=1)
    made.keys("u")
    assert len(made.journal.kept) == 1
    assert made.desk.state.notice is not None
    assert made.desk.state.notice.message == say("why_not.nothing_to_undo")


def test_an_unfinished_niss_survives_the_end_of_the_desk() -> None:
    made = Made().started().keys("x", "n", *"8507300", "k", "i")
    made.desk.stop()
    draft = made.journal.kept[-1]
    assert isinstance(draft, Draft)
    assert draft.digits == "8507300"
    Made(journal=made.journal).started()  # killed: the draft still counts
    assert (made.journal.closed, made.cards.stopped) == (True, True)
    later = Made(journal=made.journal).started()
    resumed = later.desk.state.ladder
    assert (resumed.digits, resumed.care_over, resumed.nothing_shown) == ("8507300", True, True)
    assert resumed.shown is Means.ISI_PLUS
    later.keys("escape")
    later.desk.stop()
    assert Made(journal=made.journal).started().desk.state.ladder.phase is Phase.WAITING


def test_an_unreadable_card_says_why_and_the_desk_goes_on() -> None:
    made = Made().started()
    made.cards.insert(CardFailed(1, CardFailure.UNEXPECTED_ANSWER, "6F00"))
    assert made.desk.state.ladder.phase == "unreadable"
    made.cards.insert(CardRead(2, GOOD))
    assert made.desk.state.ladder.phase == "read"


@pytest.mark.parametrize("overlay_key", ["h", "f1"])
def test_help_lies_over_the_desk_and_any_key_leaves_it(overlay_key: str) -> None:
    made = read(Made().started()).keys(overlay_key)
    assert made.desk.state.overlay == "help"
    made.keys("enter")
    assert made.desk.state.overlay == "none"
    assert made.journal.kept == []


@pytest.mark.parametrize("key", ["ctrl+q", "f10"])
def test_the_desk_ends_on_request(key: str) -> None:
    assert Made().started().keys(key).desk.state.ended
    assert Made().started().keys("h", key).desk.state.ended


def test_outside_training_there_is_nothing_to_simulate() -> None:
    made = Made().started().keys("ctrl+t")
    assert made.desk.state.overlay == "none"
    assert all(command.of is not Own.TRAINING for command, _ in made.desk.commands())


@pytest.mark.parametrize("phase", Phase)
def test_one_key_means_one_thing_in_a_phase(phase: Phase) -> None:
    keys = [key for command in COMMANDS if phase in command.phases for key in (command.key, *command.aliases)]
    assert len(keys) == len(set(keys))


def test_letters_stay_put_on_every_keyboard_and_digits_are_no_shortcuts() -> None:
    letters = {command.key for command in COMMANDS if len(command.key) == 1}
    assert letters <= set("bcdefghijklnoprstuvx")
    for command in COMMANDS:
        assert not set(command.aliases) & set(DIGITS)


def test_every_command_can_be_found_by_its_key() -> None:
    for command in COMMANDS:
        for phase in command.phases:
            assert commands.resolve(command.key, phase) is command


def test_uuid7_is_of_version_7_and_in_order_of_time() -> None:
    early = uuid7(LATE_EVENING, 2**74 - 1)
    late = uuid7(LATE_EVENING + timedelta(milliseconds=1), 0)
    assert early < late
    for made in (early, late):
        assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert UUID(str(early)).int >> 80 == int(LATE_EVENING.timestamp() * 1000)


def test_a_full_disk_is_shown_and_reading_goes_on() -> None:
    journal = FailingLater()
    made = read(Made(journal=journal).started())
    assert not made.desk.state.full
    journal.full = True
    made.keys("enter")
    assert made.desk.state.full
    made.cards.remove()
    read(made)
    assert made.desk.state.ladder.phase is Phase.READ
    assert made.desk.state.full
    journal.full = False
    made.keys("enter")
    assert not made.desk.state.full
    assert len(journal.kept) == 1


def test_a_disk_full_from_the_start_is_shown_at_once() -> None:
    journal = MemoryJournal()
    journal.full = True
    assert Made(journal=journal).desk.state.full
