"""How long the bytes of a reading take on the contacts of a real card, calculated from its answer to reset.

ISO 7816-3, T=0: a byte takes 12 elementary time units, one of which is F / (D x f); TA1 gives F and D. The
clock f is 4 MHz, as in common readers. A reader that does not negotiate stays at the default speed.
"""

from collections.abc import Iterable

CLOCK = 4_000_000
"""Hertz."""

USB = 0.006
"""Seconds per command between the program and a USB reader."""

_F = {0x0: 372, 0x1: 372, 0x9: 512}
_D = {0x1: 1, 0x3: 4, 0x4: 8, 0x6: 32}
"""The values that Belgian cards have, of the tables in ISO 7816-3."""

Exchange = tuple[bytes, int]
"""A command and the number of data bytes in its answer."""


def seconds_per_byte(atr: bytes) -> float:
    """Return the time of one byte at the speed that TA1 of an answer to reset offers."""
    ta1 = atr[2] if atr[1] & 0x10 else 0x11
    return 12 * _F[ta1 >> 4] / _D[ta1 & 0xF] / CLOCK


def bytes_of(command: bytes, answered: int) -> int:
    """Return the bytes on the contacts: header, procedure byte, data one way, status word."""
    sent = len(command) - 5
    data = sent if sent > 0 else answered
    return 5 + 2 + (1 + data if data else 0)


def seconds_of(exchanges: Iterable[Exchange], atr: bytes) -> float:
    """Return the time that the bytes of these exchanges take, without the reader's own."""
    return seconds_per_byte(atr) * sum(bytes_of(*exchange) for exchange in exchanges)
