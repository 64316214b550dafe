"""Child of the card benchmark: reads the card in the reader many times and, in between, only exchanges.

Usage: card_loop.py ROUNDS ROOT. Prints one JSON object: the medians of a reading in full and of the bare
APDU loop (the same commands through SCardTransmit alone), in milliseconds, and the number of APDUs.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

from idtui.devices.eid import CardSession, Channel, Trust
from idtui.devices.link import Pulse
from idtui.devices.pcsc import load
from idtui.devices.pcsc_link import PcscLink

APPEARS = 10.0
"""Seconds allowed until the daemon has seen the card."""


class Recording:
    """A channel that remembers the commands it passed on."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self.commands: list[bytes] = []

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        """Pass a command on."""
        self.commands.append(command)
        return self._channel.transmit(command)


def main() -> None:
    """Measure and print."""
    rounds, root = int(sys.argv[1]), Path(sys.argv[2])
    scard = load()
    if scard is None:
        sys.exit("no PC/SC library")
    reader, atr = await_card(scard)
    trust = Trust.pinned().with_root(root.read_bytes())
    today = datetime.now(UTC).date()
    link = PcscLink(scard, reader, Pulse())
    recording = Recording(link)
    with link.hold():
        reading = CardSession(recording, atr, trust, today).read()
    if not reading.verdict.verified:
        sys.exit("the card did not verify")
    full, bare = measure(
        scard, link, recording.commands, rounds, lambda: CardSession(link, atr, trust, today).read()
    )
    sys.stdout.write(json.dumps({"full": full, "bare": bare, "apdus": reading.timing.apdus}))


def measure(
    scard: ModuleType, link: PcscLink, commands: list[bytes], rounds: int, read: Callable[[], object]
) -> tuple[float, float]:
    """Return the median milliseconds of a reading and of its commands alone, taken in turns."""
    lists = [list(command) for command in commands]
    full, bare = [], []
    with link.hold():
        for _ in range(rounds):
            begun = time.perf_counter()
            read()
            read_at = time.perf_counter()
            for command in lists:
                scard.SCardTransmit(link.card, scard.SCARD_PCI_T0, command)
            full.append(read_at - begun)
            bare.append(time.perf_counter() - read_at)
    return statistics.median(full) * 1000, statistics.median(bare) * 1000


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


if __name__ == "__main__":
    main()
