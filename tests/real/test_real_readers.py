"""The reader port on real parts: pyscard, pcscd and a reader driver, with cards of our own behind them."""

import os
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from real_parts import PATIENCE, Need, Watcher

from idtui.training import pcscd as private
from idtui.training.authority import TrainingAuthority
from idtui.training.cards import CardKind, make_card
from idtui.training.chip import Chip
from idtui.training.pcscd import PrivatePcscd
from idtui.training.people import GEDEON, GODELIEVE, Person

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("pcscd")]


@pytest.fixture
def make(authority: TrainingAuthority) -> "Make":
    return Make(authority)


class Make:
    """Makes the cards of today."""

    def __init__(self, authority: TrainingAuthority) -> None:
        self._authority = authority

    def __call__(self, kind: CardKind, person: Person = GEDEON) -> Chip:
        return make_card(self._authority, kind, person, datetime.now(UTC).date())


class Disturbed:
    """A card that answers well for a while and then as `disturb` does."""

    def __init__(self, chip: Chip, answers: int) -> None:
        self._chip = chip
        self._answers = answers
        self.atr = chip.atr
        self.disturbed = threading.Event()

    def power_on(self) -> None:
        self._chip.power_on()

    def exchange(self, command: bytes) -> bytes:
        if self._answers == 0:
            self.disturbed.set()
            return self.disturb()
        self._answers -= 1
        return self._chip.exchange(command)

    def disturb(self) -> bytes:
        raise NotImplementedError


class Freezing(Disturbed):
    """Then it answers no more until let go."""

    def __init__(self, chip: Chip, answers: int) -> None:
        super().__init__(chip, answers)
        self.let_go = threading.Event()

    def disturb(self) -> bytes:
        self.let_go.wait(PATIENCE)
        return b"\x90\x00"


class Rubbish(Disturbed):
    """Then it answers always the same."""

    def __init__(self, chip: Chip, answer: bytes) -> None:
        super().__init__(chip, 3)
        self._answer = answer

    def disturb(self) -> bytes:
        return self._answer


def identity(event: dict[str, Any]) -> tuple[str, str]:
    fields = event["reading"]["identity"]
    return fields["niss"], fields["given_names"]


def test_insert_verdict_address_remove_another_card(
    pcscd: PrivatePcscd, watcher: Watcher, make: Make
) -> None:
    ready = watcher.next()
    assert (ready["event"], ready["state"]) == ("ReaderChanged", "ready")
    slot = pcscd.slots[0]
    slot.insert(make(CardKind.GOOD_RSA))
    assert watcher.next() == {"event": "CardInserted", "contact": 1, "reader": ready["name"]}
    read = watcher.next()
    assert (read["event"], read["contact"], read["reading"]["applet"]) == ("CardRead", 1, "1.7")
    assert read["reading"]["verdict"]["problems"] == []
    assert identity(read) == (GEDEON.niss, GEDEON.given_names)
    watcher.ask("address", 1)
    address = watcher.next()
    assert (address["event"], address["problem"]) == ("AddressRead", None)
    assert address["address"]["street"] == GEDEON.street
    slot.remove()
    assert watcher.next() == {"event": "CardRemoved", "contact": 1}
    slot.insert(make(CardKind.GOOD_P384, GODELIEVE))
    assert watcher.next()["event"] == "CardInserted"
    read = watcher.next()
    assert (read["contact"], read["reading"]["applet"]) == (2, "1.8")
    assert read["reading"]["verdict"]["problems"] == []
    assert identity(read) == (GODELIEVE.niss, GODELIEVE.given_names)
    slot.remove()
    slot.insert(make(CardKind.FORGED_IDENTITY))
    assert watcher.until("CardRead")["reading"]["verdict"]["problems"] == ["identity_signature"]


def test_both_slots_hold_a_card_of_their_own(pcscd: PrivatePcscd, watcher: Watcher, make: Make) -> None:
    watcher.until("ReaderChanged", state="ready")
    pcscd.slots[0].insert(make(CardKind.GOOD_P384, GEDEON))
    pcscd.slots[1].insert(make(CardKind.GOOD_P384, GODELIEVE))
    assert {identity(watcher.until("CardRead")) for _ in range(2)} == {
        (GEDEON.niss, GEDEON.given_names),
        (GODELIEVE.niss, GODELIEVE.given_names),
    }


def test_a_card_of_another_kind_is_named(pcscd: PrivatePcscd, watcher: Watcher, make: Make) -> None:
    pcscd.slots[0].insert(make(CardKind.NOT_AN_EID))
    assert watcher.until("CardFailed")["failure"] == "not_an_eid"


def test_the_service_is_killed_and_restarted(pcscd: PrivatePcscd, watcher: Watcher, make: Make) -> None:
    pcscd.slots[0].insert(make(CardKind.GOOD_P384))
    watcher.until("CardRead", contact=1)
    pcscd.kill()
    assert watcher.next() == {"event": "CardRemoved", "contact": 1}
    assert watcher.next() == {"event": "ReaderChanged", "state": "no_service", "name": ""}
    pcscd.slots[0].remove()
    pcscd.start()
    assert watcher.next()["state"] == "ready"
    pcscd.slots[0].insert(make(CardKind.GOOD_P384, GODELIEVE))
    assert identity(watcher.until("CardRead", contact=2))[0] == GODELIEVE.niss


@pytest.mark.parametrize("answers", [0, 5])
def test_a_reader_frozen_in_mid_read_is_given_up_and_the_next_card_works(
    pcscd: PrivatePcscd, roots: list[str], make: Make, answers: int
) -> None:
    watcher = Watcher(pcscd.environment, *roots, "--silence", "0.3")
    frozen = Freezing(make(CardKind.GOOD_P384), answers)
    pcscd.slots[0].insert(frozen)
    assert watcher.until("CardFailed") == {
        "event": "CardFailed",
        "contact": 1,
        "failure": "silent",
        "detail": "",
    }
    assert frozen.disturbed.is_set()
    pcscd.slots[0].remove()
    frozen.let_go.set()
    assert watcher.until("CardRemoved")["contact"] == 1
    pcscd.slots[0].insert(make(CardKind.GOOD_P384, GODELIEVE))
    assert identity(watcher.until("CardRead"))[0] == GODELIEVE.niss
    watcher.stop()


def test_a_card_pulled_out_in_mid_read_fails_as_removed(
    pcscd: PrivatePcscd, watcher: Watcher, make: Make
) -> None:
    frozen = Freezing(make(CardKind.GOOD_P384), 4)
    pcscd.slots[0].insert(frozen)
    assert frozen.disturbed.wait(PATIENCE)
    pcscd.slots[0].remove()
    frozen.let_go.set()
    assert watcher.until("CardFailed")["failure"] == "removed"
    assert watcher.next() == {"event": "CardRemoved", "contact": 1}
    pcscd.slots[0].insert(make(CardKind.GOOD_P384))
    assert watcher.until("CardRead")["contact"] == 2


@pytest.mark.parametrize(
    "answer",
    [b"", b"\x90\x00", b"\xff" * 258, bytes(60_000)],
    ids=["nothing", "always done", "noise", "too much"],
)
def test_rubbish_ends_in_a_failure_and_the_next_card_works(
    pcscd: PrivatePcscd, watcher: Watcher, make: Make, answer: bytes
) -> None:
    pcscd.slots[0].insert(Rubbish(make(CardKind.GOOD_P384), answer))
    while (outcome := watcher.next())["event"] not in ("CardFailed", "CardRead"):
        pass
    if outcome["event"] == "CardRead":
        assert outcome["reading"]["verdict"]["problems"]
    pcscd.slots[0].remove()
    watcher.until("CardRemoved")
    pcscd.slots[0].insert(make(CardKind.GOOD_P384, GODELIEVE))
    assert identity(watcher.until("CardRead"))[0] == GODELIEVE.niss


def test_no_service_is_told(need: Need, folder: Path) -> None:
    if reason := private.missing():
        need(reason)
    watcher = Watcher({**os.environ, "PCSCLITE_CSOCK_NAME": str(folder / "nobody")})
    assert watcher.next() == {"event": "ReaderChanged", "state": "no_service", "name": ""}
    watcher.stop()


def test_no_reader_is_told(need: Need, folder: Path) -> None:
    if reason := private.missing():
        need(reason)
    daemon = PrivatePcscd(folder, readers=False)
    daemon.start()
    watcher = Watcher(daemon.environment)
    assert watcher.next() == {"event": "ReaderChanged", "state": "no_reader", "name": ""}
    watcher.stop()
    daemon.stop()


def test_no_library_is_told_and_nothing_else_printed() -> None:
    watcher = Watcher(dict(os.environ), "--without-library")
    assert watcher.next() == {"event": "ReaderChanged", "state": "no_library", "name": ""}
    watcher.stop()
