"""Child of the card benchmark: reads the card in the reader many times and, in between, only exchanges.

Usage: card_loop.py ROUNDS ROOT. Prints one JSON object with a part for each set: `identity` (verified, root
known), `address` and `photo` (what each adds), `proof` (the identity with the challenge, where the chip has
it). Each part has the medians of the reading and of the bare APDU loop (the same commands through
SCardTransmit alone) in milliseconds, the number of APDUs, and the calculated seconds of its bytes on the
contacts of a real card.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

from benchmarks.byte_times import USB, Exchange, seconds_of
from idtui.devices.eid import CardSession, Channel, Manner, Trust
from idtui.devices.link import Pulse
from idtui.devices.pcsc import load
from idtui.devices.pcsc_link import PcscLink

APPEARS = 10.0
"""Seconds allowed until the daemon has seen the card."""

Part = Callable[[], object]


class Recording:
    """A channel that remembers what it passed on."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self.exchanges: list[Exchange] = []

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        """Pass a command on."""
        data, status = self._channel.transmit(command)
        self.exchanges.append((command, len(data)))
        return data, status


class Bench:
    """One card in the reader, read over and over."""

    def __init__(self, scard: ModuleType, trust: Trust) -> None:
        self._scard = scard
        self._trust = trust
        reader, self._atr = await_card(scard)
        self._link = PcscLink(scard, reader, self._atr, in_use=lambda: False, pulse=Pulse())

    def measure(self, rounds: int) -> dict[str, dict[str, float]]:
        """Return all parts."""
        with self._link.hold():
            session = self._session(self._link)
            if not session.read().verdict.verified:
                sys.exit("the card did not verify")
            return {
                "identity": self._part(rounds, lambda channel: self._session(channel).read),
                "address": self._part(rounds, lambda channel: self._after(channel, "read_address")),
                "photo": self._part(rounds, lambda channel: self._after(channel, "read_photo")),
                "proof": self._part(rounds, lambda channel: self._session(channel, prove=True).read),
            }

    def _session(self, channel: Channel, *, prove: bool = False) -> CardSession:
        today = datetime.now(UTC).date()
        return CardSession(channel, self._atr, self._trust, today, Manner(may_prove=prove))

    def _after(self, channel: Channel, what: str) -> Part:
        """Return what reads one more thing of a card whose identity has been read, unmeasured."""
        session: Any = self._session(channel)
        session.read()
        if isinstance(channel, Recording):
            channel.exchanges.clear()
        part: Part = getattr(session, what)
        return part

    def _part(self, rounds: int, prepare: Callable[[Channel], Part]) -> dict[str, float]:
        """Measure a part and its commands alone, taken in turns."""
        recording = Recording(self._link)
        prepare(recording)()
        exchanges = list(recording.exchanges)
        commands = [list(command) for command, _ in exchanges]
        full, bare = [], []
        for _ in range(rounds):
            part = prepare(self._link)
            begun = time.perf_counter()
            part()
            read_at = time.perf_counter()
            for command in commands:
                self._scard.SCardTransmit(self._link.card, self._scard.SCARD_PCI_T0, command)
            full.append(read_at - begun)
            bare.append(time.perf_counter() - read_at)
        return {
            "full": statistics.median(full) * 1000,
            "bare": statistics.median(bare) * 1000,
            "apdus": len(exchanges),
            "wire": seconds_of(exchanges, self._atr),
            "usb": USB * len(exchanges),
        }


def await_card(scard: ModuleType) -> tuple[str, bytes]:
    """Return the reader with a card in it and the card's answer to reset."""
    deadline = time.monotonic() + APPEARS
    _, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    states: dict[str, int] = {}
    while time.monotonic() < deadline:
        _, readers = scard.SCardListReaders(context, [])
        states = {reader: states.get(reader, 0) for reader in readers or []}
        _, slots = scard.SCardGetStatusChange(context, 500, list(states.items()))
        for reader, state, atr in slots:
            states[reader] = state & ~scard.SCARD_STATE_CHANGED
            if state & scard.SCARD_STATE_PRESENT:
                scard.SCardReleaseContext(context)
                return reader, bytes(atr)
    sys.exit("no card appeared")


def main() -> None:
    """Measure and print."""
    scard = load()
    if scard is None:
        sys.exit("no PC/SC library")
    trust = Trust.pinned().with_root(Path(sys.argv[2]).read_bytes())
    sys.stdout.write(json.dumps(Bench(scard, trust).measure(int(sys.argv[1]))))


if __name__ == "__main__":
    main()
