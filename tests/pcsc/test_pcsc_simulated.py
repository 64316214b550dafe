"""The simulated reader does what the real one does, and one card can be read and waited for."""

import threading
from collections.abc import Iterator
from datetime import date

import pytest
from pcsc_service import PATIENCE, Posted

from idtui.desk.events import (
    AddressFailed,
    AddressRead,
    CardFailed,
    CardInserted,
    CardRead,
    CardRemoved,
    Event,
    ReaderChanged,
)
from idtui.desk.ports import Post
from idtui.devices import once
from idtui.devices.eid import CardUnreadable, Trust
from idtui.devices.once import NoCard, ReaderUnusable, read_once
from idtui.domain.reading import CardFailure, Problem, ReaderState
from idtui.training.authority import Applet, TrainingAuthority
from idtui.training.cards import CardKind, make_card
from idtui.training.chip import Chip
from idtui.training.people import GODELIEVE
from idtui.training.reader import NAME, SimulatedCards

TODAY = date(2026, 11, 22)
APDUS = 10
"""What a P-384 reading takes at least; the number itself is measured elsewhere."""


@pytest.fixture(scope="module")
def authority() -> TrainingAuthority:
    return TrainingAuthority()


@pytest.fixture(scope="module")
def trust(authority: TrainingAuthority) -> Trust:
    root = authority.signers(Applet.V1_8).root
    return Trust.pinned().with_root(root.der)


@pytest.fixture(scope="module")
def chip(authority: TrainingAuthority) -> Chip:
    return make_card(authority, CardKind.GOOD_P384, GODELIEVE, TODAY)


@pytest.fixture
def posted() -> Posted:
    return Posted()


@pytest.fixture
def reader(trust: Trust, posted: Posted) -> Iterator[SimulatedCards]:
    reader = SimulatedCards(trust, lambda: TODAY)
    reader.start(posted)
    assert posted.next() == ReaderChanged(ReaderState.READY, NAME)
    yield reader
    reader.stop()


def test_a_card_is_read_verified_and_taken_out(reader: SimulatedCards, posted: Posted, chip: Chip) -> None:
    reader.insert(chip)
    assert posted.next() == CardInserted(1, NAME)
    read = posted.until(CardRead)
    assert read.reading.verdict.verified
    assert read.reading.verdict.specimen
    assert read.reading.identity.niss == GODELIEVE.niss
    reader.read_address(1)
    answer = posted.until(AddressRead)
    assert (answer.address.street, answer.problem) == (GODELIEVE.street, None)
    reader.remove()
    assert posted.next() == CardRemoved(1)


@pytest.mark.parametrize("answers", range(APDUS))
def test_a_card_pulled_out_at_any_moment_fails_and_is_removed(
    reader: SimulatedCards, posted: Posted, chip: Chip, answers: int
) -> None:
    reader.insert(chip, pulled_after=answers)
    assert posted.next() == CardInserted(1, NAME)
    assert posted.next() == CardFailed(1, CardFailure.REMOVED)
    assert posted.next() == CardRemoved(1)
    reader.insert(chip)
    assert posted.until(CardRead).contact == 2


def test_an_address_asked_for_is_answered_even_when_the_card_goes(
    reader: SimulatedCards, posted: Posted, chip: Chip
) -> None:
    reader.insert(chip)
    reading = posted.until(CardRead).reading
    reader.insert(chip, pulled_after=reading.timing.apdus + 1)
    posted.until(CardInserted)
    reader.read_address(2)
    assert posted.until(CardRead).contact == 2
    assert posted.next() == AddressFailed(2, CardFailure.REMOVED)
    assert posted.next() == CardRemoved(2)


def test_the_reader_is_unplugged_and_plugged_in_with_its_card(
    reader: SimulatedCards, posted: Posted, chip: Chip
) -> None:
    reader.insert(chip)
    posted.until(CardRead)
    reader.unplug(ReaderState.NO_SERVICE)
    assert posted.next() == CardRemoved(1)
    assert posted.next() == ReaderChanged(ReaderState.NO_SERVICE)
    reader.plug()
    assert posted.next() == ReaderChanged(ReaderState.READY, NAME)
    assert posted.next() == CardInserted(2, NAME)
    assert posted.until(CardRead).reading.verdict.verified


def test_a_card_put_into_an_unplugged_reader_is_seen_when_it_is_plugged_in(
    reader: SimulatedCards, posted: Posted, chip: Chip
) -> None:
    reader.unplug()
    reader.insert(chip)
    reader.plug()
    assert posted.next() == ReaderChanged(ReaderState.NO_READER)
    assert posted.next() == ReaderChanged(ReaderState.READY, NAME)
    assert posted.next() == CardInserted(1, NAME)


def test_a_frozen_reader_is_given_up_and_the_next_card_is_read(
    trust: Trust, posted: Posted, chip: Chip
) -> None:
    reader = SimulatedCards(trust, lambda: TODAY, silence=0.1)
    reader.start(posted)
    reader.freeze()
    reader.insert(chip)
    assert posted.until(CardFailed) == CardFailed(1, CardFailure.SILENT)
    reader.thaw()
    reader.remove()
    assert posted.next() == CardRemoved(1)
    reader.insert(chip)
    assert posted.until(CardRead).reading.verdict.verified
    reader.stop()


def test_what_was_put_in_before_the_start_is_told_in_order(trust: Trust, posted: Posted, chip: Chip) -> None:
    reader = make_reader(trust)
    reader.insert(chip)
    reader.start(posted)
    assert posted.next() == ReaderChanged(ReaderState.READY, NAME)
    assert posted.next() == CardInserted(1, NAME)
    assert posted.until(CardRead).contact == 1
    reader.stop()


def make_reader(trust: Trust) -> SimulatedCards:
    return SimulatedCards(trust, lambda: TODAY)


def test_one_card_is_read_with_its_address(trust: Trust, chip: Chip) -> None:
    reader = make_reader(trust)
    reader.insert(chip)
    card = read_once(reader, address=True)
    assert card.reading.verdict.verified
    assert card.reader == NAME
    assert card.address is not None
    assert card.address.postal_code == GODELIEVE.postal_code
    assert (card.address_problem, card.address_failure) == (None, None)
    assert not [thread for thread in threading.enumerate() if thread.name == "contacts"]


def test_one_card_is_waited_for(trust: Trust, chip: Chip) -> None:
    class Slow(SimulatedCards):
        """Its card is put in when the reader has been told of."""

        def start(self, post: Post) -> None:
            def relay(event: Event) -> None:
                post(event)
                if isinstance(event, ReaderChanged):
                    self.insert(chip)

            super().start(relay)

    assert read_once(Slow(trust, lambda: TODAY), PATIENCE).reading.verdict.verified


def test_a_missing_address_does_not_lose_the_reading(trust: Trust, chip: Chip) -> None:
    reader = make_reader(trust)
    reader.insert(chip)
    apdus = read_once(reader).reading.timing.apdus
    reader = make_reader(trust)
    reader.insert(chip, pulled_after=apdus)
    card = read_once(reader, address=True)
    assert card.reading.verdict.verified
    assert (card.address, card.address_failure) == (None, CardFailure.REMOVED)


def test_no_card_is_said_when_a_reader_is_there(trust: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(once, "SETTLING", 0.05)
    with pytest.raises(NoCard) as caught:
        read_once(make_reader(trust))
    assert caught.value.message.id == "card.none"


@pytest.mark.parametrize(
    "state",
    [ReaderState.NO_LIBRARY, ReaderState.NO_SERVICE, ReaderState.NO_READER, ReaderState.REFUSED],
)
def test_an_unusable_reader_is_said_by_its_state(
    trust: Trust, monkeypatch: pytest.MonkeyPatch, state: ReaderState
) -> None:
    monkeypatch.setattr(once, "SETTLING", 0.05)
    reader = make_reader(trust)
    reader.unplug(state)
    wait = PATIENCE * 100 if state in once.HOPELESS else 0.0
    with pytest.raises(ReaderUnusable) as caught:
        read_once(reader, wait)
    assert (caught.value.state, caught.value.message.id) == (state, f"reader.{state}.help")


def test_a_card_of_another_kind_is_unreadable(authority: TrainingAuthority, trust: Trust) -> None:
    reader = make_reader(trust)
    reader.insert(make_card(authority, CardKind.NOT_AN_EID, GODELIEVE, TODAY))
    with pytest.raises(CardUnreadable) as caught:
        read_once(reader)
    assert caught.value.failure is CardFailure.NOT_AN_EID


def test_a_forged_card_is_read_and_its_problem_named(authority: TrainingAuthority, trust: Trust) -> None:
    reader = make_reader(trust)
    reader.insert(make_card(authority, CardKind.FORGED_IDENTITY, GODELIEVE, TODAY))
    assert read_once(reader).reading.verdict.problems == (Problem.IDENTITY_SIGNATURE,)
