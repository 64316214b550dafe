"""What a clerk in training can make happen with cards: every letter, and what the desk hears of it."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from desk_fakes import HandClock
from pcsc_service import Posted

from idtui.desk.events import CardFailed, CardRead, CardRemoved, CodeScanned
from idtui.domain.reading import CardFailure, Problem, Remark
from idtui.domain.scan import Miss
from idtui.training.cards import CardKind
from idtui.training.clock import TrainingClock
from idtui.training.network import CuttableCourier
from idtui.training.phone import TrainingPhones
from idtui.training.simulator import LETTERS, TrainingSimulator
from idtui.training.stage import HOLDERS, TrainingCards

FAILURES = {
    CardKind.NOT_AN_EID: CardFailure.NOT_AN_EID,
    CardKind.DAMAGED_CHIP: CardFailure.BROKEN_CHIP,
    CardKind.NOT_ACTIVATED: CardFailure.NOT_ACTIVATED,
}
PROBLEMS = {
    CardKind.FORGED_IDENTITY: Problem.IDENTITY_SIGNATURE,
    CardKind.FORGED_SIGNER: Problem.LEAF_NOT_RRN,
    CardKind.SELF_MADE_ROOT: Problem.UNKNOWN_ROOT,
    CardKind.CLONED_CHIP: Problem.CLONED_CHIP,
}


@pytest.fixture(scope="module")
def cards() -> TrainingCards:
    return TrainingCards(lambda: date(2026, 11, 22))


@pytest.fixture(scope="module")
def posted(cards: TrainingCards) -> Iterator[Posted]:
    posted = Posted()
    cards.reader.start(posted)
    yield posted
    cards.reader.stop()


@pytest.fixture
def clock() -> TrainingClock:
    return TrainingClock(HandClock())


@pytest.fixture
def simulator(cards: TrainingCards, clock: TrainingClock) -> TrainingSimulator:
    def nobody(*_: object) -> None:
        raise AssertionError("no network in this test")

    network = CuttableCourier(nobody, nobody)  # type: ignore[arg-type]  # never called
    return TrainingSimulator(cards.insert, cards.reader, network, TrainingPhones(network), clock)


@pytest.mark.parametrize(("letter", "kind"), zip(LETTERS, CardKind, strict=True))
def test_every_letter_puts_its_card_in(
    simulator: TrainingSimulator, posted: Posted, letter: str, kind: CardKind
) -> None:
    simulator.do(letter)
    if kind in FAILURES:
        assert posted.until(CardFailed).failure is FAILURES[kind]
    else:
        reading = posted.until(CardRead).reading
        assert reading.verdict.problems == ((PROBLEMS[kind],) if kind in PROBLEMS else ())
        assert reading.identity.niss == HOLDERS[kind].niss
        proven = reading.applet == "1.8" and not reading.verdict.problems
        assert (Remark.CHIP_NOT_PROVEN in reading.verdict.remarks) is not (
            proven or kind is CardKind.CLONED_CHIP
        )
    simulator.do("r")
    posted.until(CardRemoved)


def test_a_card_is_pulled_out_in_mid_read(simulator: TrainingSimulator, posted: Posted) -> None:
    assert "p" in dict(simulator.actions())
    simulator.do("p")
    assert posted.until(CardFailed).failure is CardFailure.REMOVED
    posted.until(CardRemoved)


def test_an_hour_passes_at_a_key(simulator: TrainingSimulator, clock: TrainingClock) -> None:
    before = clock.now()
    simulator.do("space")
    simulator.do("space")
    assert clock.now() - before == timedelta(hours=2)


def scanned_by(simulator: TrainingSimulator, letter: str) -> CodeScanned:
    """Return what the desk hears of a letter; a code comes at once."""
    posted = Posted()
    simulator.start(posted)
    simulator.do(letter)
    event = posted.next()
    assert isinstance(event, CodeScanned)
    return event


@pytest.mark.parametrize(("letter", "may_be_vignette"), [("v", True), ("t", False)])
def test_a_code_is_scanned(simulator: TrainingSimulator, letter: str, *, may_be_vignette: bool) -> None:
    scanned = scanned_by(simulator, letter)
    assert scanned.found.niss
    assert scanned.found.may_be_vignette is may_be_vignette


def test_a_wrong_code_is_scanned(simulator: TrainingSimulator) -> None:
    assert scanned_by(simulator, "x").found.miss is Miss.CHECK


def test_no_letter_means_two_things(simulator: TrainingSimulator) -> None:
    letters = [letter for letter, _ in simulator.actions()]
    assert len(set(letters)) == len(letters)
    assert not set(letters) & set("aqwzmy"), "these letters wander between keyboards"
