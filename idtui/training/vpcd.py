"""Simulated cards behind a real reader driver: each is a TCP client of vsmartcard's vpcd.

Wire format: vsmartcard `virtualsmartcard/doc/api.txt`. Each message is a big-endian 16-bit length and a
body; bodies of one byte are orders (0 off, 1 on, 2 reset, 4 tell the ATR), longer ones command APDUs.
"""

import contextlib
import socket
import struct
import threading
import time
from typing import Protocol

OFF, ON, RESET, TELL_ATR = 0, 1, 2, 4

DRIVER_START = 5.0
"""Seconds allowed to the driver to listen: a card may be put in before its daemon is up."""


class Card(Protocol):
    """The chip of a card, as its contacts see it."""

    @property
    def atr(self) -> bytes:
        """The answer to reset."""
        ...

    def power_on(self) -> None:
        """Start anew, as after power or reset."""
        ...

    def exchange(self, command: bytes) -> bytes:
        """Answer one command APDU with data and status word."""
        ...


class VirtualSlot:
    """A slot of the virtual reader on `port` of this machine: cards are put in and taken out."""

    def __init__(self, port: int) -> None:
        self._address = ("127.0.0.1", port)
        self._line: socket.socket | None = None
        self._thread: threading.Thread | None = None

    def insert(self, card: Card) -> None:
        """Put a card in. Raises `OSError` when no driver listens in time."""
        self._line = _dial(self._address)
        self._thread = threading.Thread(target=_serve, args=(self._line, card), name="vpcd-card", daemon=True)
        self._thread.start()

    def remove(self) -> None:
        """Take the card out, even in the middle of a command; an empty slot stays empty."""
        line, self._line = self._line, None
        if line is None:
            return
        with contextlib.suppress(OSError):  # the daemon may be gone first
            line.shutdown(socket.SHUT_RDWR)
        line.close()


def _dial(address: tuple[str, int]) -> socket.socket:
    deadline = time.monotonic() + DRIVER_START
    while True:
        try:
            line = socket.create_connection(address)
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return line


def _serve(line: socket.socket, card: Card) -> None:
    with contextlib.suppress(OSError, EOFError):  # card taken out, or daemon gone
        while True:
            (length,) = struct.unpack(">H", _receive(line, 2))
            answer = _answer(card, _receive(line, length))
            if answer is not None:
                line.sendall(struct.pack(">H", len(answer)) + answer)


def _answer(card: Card, message: bytes) -> bytes | None:
    if len(message) > 1:
        return card.exchange(message)
    order = message[0]
    if order == TELL_ATR:
        return card.atr
    if order in (ON, RESET):
        card.power_on()
    return None


def _receive(line: socket.socket, count: int) -> bytes:
    received = b""
    while len(received) < count:
        # vpcd sends length and body apart; a delayed acknowledgement of the first would cost 44 ms an APDU.
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        part = line.recv(count - len(received))
        if not part:
            raise EOFError
        received += part
    return received
