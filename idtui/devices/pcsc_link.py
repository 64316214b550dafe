"""The way to a card through PC/SC: connect, keep others out, exchange APDUs, let go; codes classified."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import ModuleType

from idtui.devices.eid.channel import CardUnreadable
from idtui.devices.link import Pulse
from idtui.devices.pcsc_codes import Code, failure_of, offers_t0, unsigned
from idtui.domain.reading import CardFailure

_RESET_AFTER = frozenset({CardFailure.MUTE, CardFailure.UNEXPECTED_ANSWER})


class PcscLink:
    """The way to the card in a reader: each hold makes a context and a connection of its own, T=0, shared.

    `atr` is the card's answer to reset; `in_use` says whether another program is connected to the card.
    """

    def __init__(
        self, scard: ModuleType, reader: str, atr: bytes, in_use: Callable[[], bool], pulse: Pulse
    ) -> None:
        self._scard = scard
        self._reader = reader
        self._atr = atr
        self._in_use = in_use
        self._pulse = pulse
        self.card = 0
        """The handle of the connection inside a hold."""

    @contextmanager
    def hold(self) -> Generator[None, None, None]:
        """Connect and keep other programs out; raises `CardUnreadable`, as the block may."""
        self._pulse.beat()
        with self._context() as context, self._connection(context) as card, self._transaction(card):
            self.card = card
            yield

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        """Send one command APDU inside a hold; return data and status word."""
        self._pulse.beat()
        code, answer = self._scard.SCardTransmit(self.card, self._scard.SCARD_PCI_T0, list(command))
        self._check(code)
        if len(answer) < 2:  # what a reader answers whose card was just pulled out, with the code of success
            raise CardUnreadable(CardFailure.UNEXPECTED_ANSWER)
        return bytes(answer[:-2]), answer[-2] << 8 | answer[-1]

    @contextmanager
    def _context(self) -> Generator[int, None, None]:
        code, context = self._scard.SCardEstablishContext(self._scard.SCARD_SCOPE_USER)
        self._check(code)
        try:
            yield context
        finally:
            self._scard.SCardReleaseContext(context)

    @contextmanager
    def _connection(self, context: int) -> Generator[int, None, None]:
        scard = self._scard
        if self._in_use():
            self._pulse.beat(stuck_as=CardFailure.IN_USE)  # pcscd lets no one in during a transaction
        code, card, _protocol = scard.SCardConnect(
            context, self._reader, scard.SCARD_SHARE_SHARED, scard.SCARD_PROTOCOL_T0
        )
        self._check(code)
        leave_it = scard.SCARD_LEAVE_CARD
        try:
            yield card
        except CardUnreadable as error:
            if error.failure in _RESET_AFTER:
                leave_it = scard.SCARD_RESET_CARD
            raise
        finally:
            scard.SCardDisconnect(card, leave_it)

    @contextmanager
    def _transaction(self, card: int) -> Generator[None, None, None]:
        self._pulse.beat(stuck_as=CardFailure.IN_USE)  # waits as long as another program's transaction
        self._check(self._scard.SCardBeginTransaction(card))
        try:
            yield
        finally:
            self._scard.SCardEndTransaction(card, self._scard.SCARD_LEAVE_CARD)

    def _check(self, code: int) -> None:
        """Raise `CardUnreadable` with the code as its detail unless the call went well."""
        code = unsigned(code)
        if code == Code.SUCCESS:
            return
        failure = failure_of(code)
        if code == Code.PROTOCOL_MISMATCH and offers_t0(self._atr):
            # so says pcscd at any call while another program resets the card, or uses another protocol
            failure = CardFailure.IN_USE
        raise CardUnreadable(failure, f"{code:08X}")
