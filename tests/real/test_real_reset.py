"""Another program resets the card or keeps it to itself for a while, through the real daemon."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from real_parts import PATIENCE, Heard, Watcher

from idtui.training.authority import TrainingAuthority
from idtui.training.cards import GOOD, CardKind, make_card
from idtui.training.chip import Chip
from idtui.training.pcscd import PrivatePcscd
from idtui.training.people import GEDEON

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("pcscd")]

OTHER_PROGRAM = """
import sys
from smartcard.scard import *
_, context = SCardEstablishContext(SCARD_SCOPE_USER)
_, readers = SCardListReaders(context, [])
def connect():
    global card
    for reader in readers:
        code, card, _ = SCardConnect(context, reader, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0)
        if code == 0:
            break
    return code
orders = {
    "connect": connect,
    "begin": lambda: SCardBeginTransaction(card),
    "reset": lambda: SCardDisconnect(card, SCARD_RESET_CARD),
    "connect-and-reset": lambda: connect() or SCardDisconnect(card, SCARD_RESET_CARD),
}
for line in sys.stdin:
    print(orders[line.strip()](), flush=True)
SCardReleaseContext(context)
"""
"""It does as told, one order a line, and prints the code of each."""


class Other:
    """Another program that shares the card."""

    def __init__(self, pcscd: PrivatePcscd) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", OTHER_PROGRAM],
            env=pcscd.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def told(self, order: str) -> None:
        """Give an order; it may take until a transaction of ours is over."""
        assert self._process.stdin is not None
        self._process.stdin.write(order + "\n")
        self._process.stdin.flush()

    def done(self) -> None:
        """Require that the order last given went well."""
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "0\n"

    def does(self, order: str) -> None:
        self.told(order)
        self.done()

    def stop(self) -> None:
        self._process.communicate(timeout=PATIENCE)
        assert self._process.returncode == 0


@contextmanager
def other_program(pcscd: PrivatePcscd) -> Iterator[Other]:
    other = Other(pcscd)
    try:
        yield other
    finally:
        other.stop()


class Pausing:
    """A card that counts its resets and waits to be let go on before it answers the command `pause_at`."""

    def __init__(self, chip: Chip) -> None:
        self._chip = chip
        self.atr = chip.atr
        self.resets = 0
        self.pause_at = -1
        self.reached = threading.Event()
        self.go_on = threading.Event()

    def power_on(self) -> None:
        self.resets += 1
        self._chip.power_on()

    def exchange(self, command: bytes) -> bytes:
        if self.pause_at == 0:
            self.reached.set()
            assert self.go_on.wait(PATIENCE)
        self.pause_at -= 1
        return self._chip.exchange(command)


@pytest.fixture
def card(pcscd: PrivatePcscd, watcher: Watcher, authority: TrainingAuthority) -> Pausing:
    """A card in the slot, read once, so that other programs can find it there."""
    card = Pausing(make_card(authority, CardKind.GOOD_P384, GEDEON, datetime.now(UTC).date()))
    pcscd.slots[0].insert(card)
    is_right(watcher.until("CardRead"))
    return card


def is_right(read: Heard) -> None:
    assert read["reading"]["verdict"]["problems"] == []
    assert read["reading"]["identity"]["niss"] == GEDEON.niss


def test_a_reset_in_mid_read_waits_for_our_transaction(
    pcscd: PrivatePcscd, roots: list[str], card: Pausing
) -> None:
    with other_program(pcscd) as other:
        other.does("connect")
        card.pause_at = 3
        watcher = Watcher(pcscd.environment, *roots)
        assert card.reached.wait(PATIENCE)
        resets = card.resets
        other.told("reset")
        card.go_on.set()
        is_right(watcher.until("CardRead"))
        other.done()
        assert card.resets == resets + 1
        watcher.ask("address", 1)
        assert watcher.until("AddressRead")["problem"] is None
        watcher.stop()


def test_a_reset_while_we_wait_for_the_card_is_read_over(
    pcscd: PrivatePcscd, roots: list[str], card: Pausing
) -> None:
    with other_program(pcscd) as other:
        other.does("connect")
        other.does("begin")
        resets = card.resets
        watcher = Watcher(pcscd.environment, *roots, "--silence", str(PATIENCE))
        watcher.until("CardInserted")
        other.does("reset")
        is_right(watcher.until("CardRead"))
        assert card.resets == resets + 1
        watcher.stop()


def test_a_program_that_resets_without_end_keeps_no_card_from_being_read(
    pcscd: PrivatePcscd, roots: list[str], card: Pausing
) -> None:
    """Each errand ends in the right reading or says that another program reset the card."""
    watcher = Watcher(pcscd.environment, *roots)
    is_right(watcher.until("CardRead"))
    resets = card.resets
    with other_program(pcscd) as other:
        for _ in range(20):
            other.told("connect-and-reset")
            watcher.ask("address", 1)
            while (outcome := watcher.next())["event"] not in ("AddressRead", "AddressFailed"):
                pass
            assert outcome.get("failure") in (None, "reset")
            assert outcome.get("problem") is None
            other.done()
    assert card.resets >= resets + 20
    watcher.stop()


def test_a_transaction_of_another_program_is_in_use_and_not_silence(
    pcscd: PrivatePcscd, roots: list[str], card: Pausing
) -> None:
    """A PIN dialogue of other software holds the card as long as the holder thinks."""
    with other_program(pcscd) as other:
        other.does("connect")
        other.does("begin")
        watcher = Watcher(pcscd.environment, *roots, "--silence", "0.3")
        assert watcher.until("CardFailed")["failure"] == "in_use"
        other.does("reset")
        assert watcher.until("CardInserted")["contact"] == 2
        is_right(watcher.until("CardRead"))
        watcher.stop()


def test_every_card_is_read_though_another_program_reset_it_first(
    pcscd: PrivatePcscd, watcher: Watcher, authority: TrainingAuthority
) -> None:
    slot, today = pcscd.slots[0], datetime.now(UTC).date()
    with other_program(pcscd) as other:
        for kind in GOOD.values():
            slot.insert(make_card(authority, kind, GEDEON, today))
            watcher.until("CardInserted")
            other.does("connect-and-reset")
            is_right(watcher.until("CardRead"))
            slot.remove()
            watcher.until("CardRemoved")
