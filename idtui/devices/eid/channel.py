"""The wire to a card as the reading needs it: one command APDU in, data and status word out."""

from typing import Protocol

from idtui.domain.reading import CardFailure


class CardUnreadable(Exception):
    """The card in the slot gives no reading: `failure` says why.

    `detail` is a status word in hexadecimal such as `6D00`, or empty; never data of the card.
    """

    def __init__(self, failure: CardFailure, detail: str = "") -> None:
        super().__init__(f"{failure.value} {detail}".rstrip())
        self.failure = failure
        self.detail = detail


class Channel(Protocol):
    """A card in a slot, powered, speaking T=0; nothing is interpreted or repeated here."""

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        """Send one command APDU; return the answer's data and its status word (0..0xFFFF).

        Raises `CardUnreadable` when the card or its reader gives no answer at all.
        """
        ...
