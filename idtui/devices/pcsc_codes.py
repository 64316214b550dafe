"""What the return codes of PC/SC mean to the desk (pcsclite.h; the codes are those of winscard)."""

from enum import IntEnum

from idtui.domain.reading import CardFailure, ReaderState


class Code(IntEnum):
    """Return codes idtui tells apart."""

    SUCCESS = 0x00000000
    TIMEOUT = 0x8010000A
    SHARING_VIOLATION = 0x8010000B
    NO_SMARTCARD = 0x8010000C
    PROTOCOL_MISMATCH = 0x8010000F
    UNKNOWN_READER = 0x80100009
    READER_UNAVAILABLE = 0x80100017
    NO_SERVICE = 0x8010001D
    SERVICE_STOPPED = 0x8010001E
    NO_ACCESS = 0x80100027
    NO_READERS_AVAILABLE = 0x8010002E
    UNRESPONSIVE_CARD = 0x80100066
    UNPOWERED_CARD = 0x80100067
    RESET_CARD = 0x80100068
    REMOVED_CARD = 0x80100069
    SECURITY_VIOLATION = 0x8010006A


_FAILURES: dict[int, CardFailure] = {
    Code.SHARING_VIOLATION: CardFailure.IN_USE,
    Code.NO_SMARTCARD: CardFailure.REMOVED,
    Code.REMOVED_CARD: CardFailure.REMOVED,
    Code.PROTOCOL_MISMATCH: CardFailure.NOT_AN_EID,  # an eID speaks T=0, this card does not offer it
    Code.UNKNOWN_READER: CardFailure.SILENT,
    Code.READER_UNAVAILABLE: CardFailure.SILENT,
    Code.NO_SERVICE: CardFailure.SILENT,
    Code.SERVICE_STOPPED: CardFailure.SILENT,
    Code.UNRESPONSIVE_CARD: CardFailure.MUTE,
    Code.UNPOWERED_CARD: CardFailure.MUTE,
    Code.RESET_CARD: CardFailure.RESET,
}

_NEXT_FOLLOWS = 0x80
"""The bit of T0 and of each TD that says that another TD follows (ISO 7816-3, 8.2)."""

_REFUSALS = frozenset({Code.NO_ACCESS, Code.SECURITY_VIOLATION})


def unsigned(code: int) -> int:
    """Return a code as the 32 bits it is: some builds hand it over as a negative number."""
    return code & 0xFFFFFFFF


def offers_t0(atr: bytes) -> bool:
    """Say whether an answer to reset offers the protocol T=0, which every eID speaks (ISO 7816-3, 8.2.3).

    One that names no protocol means T=0; what is no answer to reset, or ends early, offers nothing.
    """
    if len(atr) < 2 or atr[0] not in (0x3B, 0x3F):
        return False
    if not atr[1] & _NEXT_FOLLOWS:
        return True
    at = 1
    while at < len(atr) and atr[at] & _NEXT_FOLLOWS:
        at += (atr[at] >> 4).bit_count()
        if at < len(atr) and not atr[at] & 0x0F:
            return True
    return False


def failure_of(code: int) -> CardFailure:
    """Say what this code means for the card in the slot; unknown ones are unexpected answers."""
    return _FAILURES.get(unsigned(code), CardFailure.UNEXPECTED_ANSWER)


def service_state(code: int) -> ReaderState:
    """Say what a failing service call means for the reader."""
    return ReaderState.REFUSED if unsigned(code) in _REFUSALS else ReaderState.NO_SERVICE
