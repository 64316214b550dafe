"""Every card type through the real daemon, disturbed: pulled out after every command, held by others, mute.

All of it together takes about a hundred insertions.
"""

import subprocess
import sys
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from real_parts import PATIENCE, Watcher

from idtui.training.authority import TrainingAuthority
from idtui.training.cards import GOOD, PHOTO, CardKind, make_card
from idtui.training.chip import Chip
from idtui.training.pcscd import PrivatePcscd
from idtui.training.people import GEDEON
from idtui.training.vpcd import VirtualSlot

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("pcscd")]

HOLDER = """
import sys
from smartcard.scard import *
_, context = SCardEstablishContext(SCARD_SCOPE_USER)
_, readers = SCardListReaders(context, [])
for reader in readers:
    code, card, _ = SCardConnect(context, reader, SCARD_SHARE_EXCLUSIVE, SCARD_PROTOCOL_T0)
    if code == 0:
        print("held", flush=True)
        break
sys.stdin.read()
SCardDisconnect(card, SCARD_LEAVE_CARD)
SCardReleaseContext(context)
"""
"""Another program that wants the card for itself."""


class PulledOut:
    """A card that is pulled out of its slot after some answers."""

    def __init__(self, chip: Chip, slot: VirtualSlot, answers: int) -> None:
        self._chip, self._slot, self._answers = chip, slot, answers
        self.atr = chip.atr

    def power_on(self) -> None:
        self._chip.power_on()

    def exchange(self, command: bytes) -> bytes:
        if self._answers == 0:
            self._slot.remove()
            raise EOFError
        self._answers -= 1
        return self._chip.exchange(command)


class Mute:
    """A card with its chip on the other side: what the contacts give is no answer to reset."""

    atr = bytes(3)

    def power_on(self) -> None:
        pass

    def exchange(self, _command: bytes) -> bytes:
        return b""


def make(authority: TrainingAuthority, kind: CardKind) -> Chip:
    return make_card(authority, kind, GEDEON, datetime.now(UTC).date())


@contextmanager
def held_by_another(pcscd: PrivatePcscd) -> Iterator[None]:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER],
        env=pcscd.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        yield
    finally:
        holder.communicate(timeout=PATIENCE)


POLL = 0.45
"""Seconds in which the daemon looks at the slot once more (`PCSCLITE_STATUS_POLL_RATE` is 0.4).

A transmission that fails makes pcscd 1.9.9 call the slot empty before its own look; a card put in before that
look, quicker than any hand, is never seen.
"""


def await_removal(watcher: Watcher, contact: int) -> None:
    watcher.until("CardRemoved", contact=contact)
    threading.Event().wait(POLL)


@pytest.mark.parametrize("kind", GOOD.values())
def test_a_card_pulled_out_after_every_single_command(
    pcscd: PrivatePcscd, watcher: Watcher, authority: TrainingAuthority, kind: CardKind
) -> None:
    slot = pcscd.slots[0]
    slot.insert(make(authority, kind))
    commands = watcher.until("CardRead")["reading"]["timing"]["apdus"]
    slot.remove()
    watcher.until("CardRemoved", contact=1)
    for answers in range(commands):
        slot.insert(PulledOut(make(authority, kind), slot, answers))
        contact = watcher.until("CardInserted")["contact"]
        assert watcher.until("CardFailed", contact=contact)["failure"] in ("removed", "unexpected_answer")
        await_removal(watcher, contact)
    slot.insert(make(authority, kind))
    assert watcher.until("CardRead")["reading"]["verdict"]["problems"] == []


@pytest.mark.parametrize("kind", GOOD.values())
def test_the_photo_and_the_proof_of_a_card(
    pcscd: PrivatePcscd, roots: list[str], authority: TrainingAuthority, kind: CardKind
) -> None:
    watcher = Watcher(pcscd.environment, *roots, "--prove-chip")
    chip = make(authority, kind)
    pcscd.slots[0].insert(chip)
    verdict = watcher.until("CardRead")["reading"]["verdict"]
    assert verdict["problems"] == []
    assert ("chip_not_proven" in verdict["remarks"]) is (kind is not CardKind.GOOD_P384)
    watcher.ask("photo", 1)
    assert watcher.until("PhotoRead")["photo"]["jpeg"] == b64encode(chip.files[PHOTO]).decode()
    watcher.stop()


def test_a_copied_chip_is_named(pcscd: PrivatePcscd, roots: list[str], authority: TrainingAuthority) -> None:
    watcher = Watcher(pcscd.environment, *roots, "--prove-chip")
    pcscd.slots[0].insert(make(authority, CardKind.CLONED_CHIP))
    assert watcher.until("CardRead")["reading"]["verdict"]["problems"] == ["cloned_chip"]
    watcher.stop()


def test_a_card_that_another_program_held_is_read_when_it_lets_go(
    pcscd: PrivatePcscd, roots: list[str], authority: TrainingAuthority
) -> None:
    slot = pcscd.slots[0]
    slot.insert(make(authority, CardKind.GOOD_P384))
    waiting = Watcher(pcscd.environment, *roots)
    waiting.until("CardRead")
    with held_by_another(pcscd):
        watcher = Watcher(pcscd.environment, *roots)
        failed = watcher.until("CardFailed")
        assert (failed["failure"], failed["detail"]) == ("in_use", "8010000B")
    assert watcher.until("CardInserted")["contact"] == 2
    assert watcher.until("CardRead")["reading"]["verdict"]["problems"] == []
    watcher.stop()
    waiting.stop()


def test_a_card_put_in_the_wrong_way_is_mute_and_then_read(
    pcscd: PrivatePcscd, watcher: Watcher, authority: TrainingAuthority
) -> None:
    slot = pcscd.slots[0]
    slot.insert(Mute())
    assert watcher.until("CardFailed")["failure"] == "mute"
    slot.remove()
    watcher.until("CardRemoved")
    slot.insert(make(authority, CardKind.GOOD_P384))
    assert watcher.until("CardRead")["reading"]["verdict"]["problems"] == []
