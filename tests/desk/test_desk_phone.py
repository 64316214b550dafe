"""The patient's phone at the desk: asked by one key, shown, compared, taken; or left, failed, too late."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from desk_fakes import GOOD, HandPhones, Made

from idtui.desk.events import PhoneAwaited, PhoneConfirmed, PhoneFailed, PhoneOpened
from idtui.domain.entries import Verification
from idtui.domain.path import Confirmed, Phase, Settings
from idtui.domain.reading import PartialDate
from idtui.domain.rules import EntryType, Means
from idtui.domain.text import say

ZOE = Confirmed("85073003328", "SPECIMEN", "Zoé Modèle", PartialDate(1985, 7, 30), "acr_basic")
LINK = "HTTPS://ITSME.HOSPITAL.EXAMPLE/I/ABCDEFGHJK"


@pytest.fixture
def phones() -> HandPhones:
    return HandPhones()


@pytest.fixture
def made(phones: HandPhones) -> Iterator[Made]:
    made = Made(phones=phones, settings=Settings(itsme=True)).started()
    yield made
    made.desk.stop()
    assert phones.stopped


def test_two_keys_and_the_patient_make_one_entry(made: Made, phones: HandPhones) -> None:
    made.keys("t")
    assert phones.asked == [1]
    phones.post(PhoneAwaited(1, LINK, 300))
    shown = made.desk.state.phone
    assert shown is not None
    assert (shown.link, shown.until, shown.opened) == (LINK, made.clock.now() + timedelta(minutes=5), False)
    phones.post(PhoneOpened(1))
    assert made.desk.state.phone is not None
    assert made.desk.state.phone.opened
    phones.post(PhoneConfirmed(1, ZOE))
    assert made.desk.state.ladder.phase is Phase.CONFIRMED
    assert made.desk.state.phone is None
    assert made.journal.kept == []
    made.keys("enter")
    (entry,) = made.journal.kept
    assert isinstance(entry, Verification)
    assert (entry.niss, entry.name, entry.birth_date) == (ZOE.niss, ZOE.name, ZOE.birth_date)
    assert (entry.means, entry.entry) == (Means.ITSME, EntryType.ITSME)


def test_enter_does_nothing_before_the_phone_answered(made: Made, phones: HandPhones) -> None:
    made.keys("t", "enter")
    phones.post(PhoneAwaited(1, LINK, 300))
    made.keys("enter")
    assert made.journal.kept == []
    assert made.desk.state.notice is not None
    assert made.desk.state.notice.message == say("why_not.phone_awaited")


def test_escape_leaves_the_phone_and_a_late_answer_counts_nothing(made: Made, phones: HandPhones) -> None:
    made.keys("t")
    phones.post(PhoneAwaited(1, LINK, 300))
    made.keys("escape")
    assert phones.left == 1
    assert made.desk.state.phone is None
    phones.post(PhoneConfirmed(1, ZOE))
    assert made.desk.state.ladder.phase is Phase.WAITING
    made.keys("t")
    for late in (
        PhoneAwaited(1, LINK, 300),
        PhoneOpened(1),
        PhoneConfirmed(1, ZOE),
        PhoneFailed(1, say("x")),
    ):
        phones.post(late)
    assert made.desk.state.phone is not None
    assert made.desk.state.phone.link == ""
    assert phones.asked == [1, 2]


def test_another_person_than_the_one_present_is_left_without_an_entry(made: Made, phones: HandPhones) -> None:
    made.keys("t")
    phones.post(PhoneConfirmed(1, ZOE))
    made.keys("escape", "enter")
    assert made.journal.kept == []
    assert made.desk.state.ladder.confirmed is None


def test_a_failure_is_said_and_the_ladder_stays(made: Made, phones: HandPhones) -> None:
    made.keys("x", "t")
    phones.post(PhoneFailed(1, say("itsme.failed.cancelled")))
    assert made.desk.state.ladder.phase is Phase.WAITING
    assert made.desk.state.ladder.nothing_shown
    assert made.desk.state.notice is not None
    assert made.desk.state.notice.message == say("itsme.failed.cancelled")


def test_a_card_takes_the_place_of_the_phone(made: Made, phones: HandPhones) -> None:
    made.keys("t")
    made.cards.show(GOOD)
    assert phones.left == 1
    phones.post(PhoneConfirmed(1, ZOE))
    made.keys("enter")
    (entry,) = made.journal.kept
    assert isinstance(entry, Verification)
    assert entry.niss == GOOD.identity.niss


def test_a_desk_without_a_way_to_phones_says_so() -> None:
    made = Made(settings=Settings(itsme=True)).started().keys("t")
    assert made.desk.state.ladder.phase is Phase.WAITING
    assert made.desk.state.notice is not None
    assert made.desk.state.notice.message == say("why_not.itsme_not_configured")


def test_a_hostile_link_is_cleaned(made: Made, phones: HandPhones) -> None:
    made.keys("t")
    phones.post(PhoneAwaited(1, "\x1b]52;c;eA==\x07", 300))
    assert made.desk.state.phone is not None
    assert "\x1b" not in made.desk.state.phone.link
