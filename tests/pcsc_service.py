"""A scripted PC/SC service, a card without signatures, and the events posted, waited for."""

import queue
import threading
from collections import defaultdict, deque
from types import ModuleType
from typing import ClassVar, TypeVar

import smartcard.scard

from idtui.desk.events import Event
from idtui.devices.pcsc_codes import Code

READER = "SPECIMEN READER 00 00"
ATR = bytes.fromhex("3B9813400AA503010101AD1311")
PATIENCE = 5.0
EMPTY, PRESENT = smartcard.scard.SCARD_STATE_EMPTY, smartcard.scard.SCARD_STATE_PRESENT
IN_USE = smartcard.scard.SCARD_STATE_INUSE

_Wanted = TypeVar("_Wanted", bound=Event)


class Posted:
    """What was posted, waited for."""

    def __init__(self) -> None:
        self.queue: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.seen: list[Event] = []

    def __call__(self, event: Event) -> None:
        self.queue.put(event)

    def next(self) -> Event:
        event = self.queue.get(timeout=PATIENCE)
        self.seen.append(event)
        return event

    def until(self, wanted: type[_Wanted]) -> _Wanted:
        while True:
            event = self.next()
            if isinstance(event, wanted):
                return event


class Plastic:
    """A card with an unsigned identity and an address: enough for a reading, whatever its verdict."""

    FILES: ClassVar = {
        "DF014031": b"\x01\x0c590000000001\x07\x08SPECIMEN",
        "DF014033": b"\x01\x0cVOIDSTREET 1\x02\x041000\x03\x08SPECIMEN",
    }

    def __init__(self) -> None:
        self.current = b""

    def exchange(self, command: bytes) -> bytes:
        if command[:4] == b"\x00\xa4\x04\x0c":
            return b"\x90\x00"
        if command[1] == 0xA4:
            content = self.FILES.get(command[-4:].hex().upper())
            self.current = content or b""
            return b"\x6a\x82" if content is None else b"\x90\x00"
        if command[1] == 0xB0:
            rest = self.current[command[2] << 8 | command[3] :]
            wanted = command[4] or 256
            return rest[:wanted] + b"\x90\x00" if len(rest) >= wanted else bytes([0x6C, len(rest)])
        return b"\x6d\x00"


class FakeService:
    """pcscd as far as idtui calls it; `codes` scripts the next return codes of a call, by its name."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.readers: list[str] = [READER]
        self.count: dict[str, int] = defaultdict(int)
        self.card: Plastic | None = None
        self.down = 0
        self.cancelled = False
        self.codes: dict[str, deque[int]] = defaultdict(deque)
        self.dispositions: list[int] = []
        self.hanging = ""
        self.stuck = threading.Event()
        self.waiting = threading.Event()
        self.moving = threading.Event()
        self.rubbish: bytes | None = None
        self.shared = False

    def module(self) -> ModuleType:
        module = ModuleType("scard")
        module.__dict__.update(
            vars(smartcard.scard),
            SCardEstablishContext=lambda _scope: [self._code("SCardEstablishContext"), 1],
            SCardReleaseContext=lambda _context: 0,
            SCardCancel=lambda _context: self.cancel(),
            SCardListReaders=lambda _context, _groups: self._list(),
            SCardGetStatusChange=lambda _context, milliseconds, query: self._wait(milliseconds, query),
            SCardConnect=lambda _context, reader, share, protocol: self._connect(reader, share, protocol),
            SCardBeginTransaction=lambda _card: self._code("SCardBeginTransaction"),
            SCardTransmit=lambda _card, _protocol, command: self._transmit(command),
            SCardEndTransaction=lambda _card, _disposition: 0,
            SCardDisconnect=lambda _card, disposition: self.dispositions.append(disposition),
        )
        return module

    def hang_at(self, call: str) -> None:
        """Let this call not return until `move`."""
        self.moving.clear()
        self.stuck.clear()
        self.hanging = call

    def await_hanging(self) -> None:
        assert self.stuck.wait(PATIENCE), f"{self.hanging} was not called"

    def await_waiting(self) -> None:
        """Wait until the watch waits for a change that is not there yet."""
        assert self.waiting.wait(PATIENCE)

    def move(self) -> None:
        self.hanging = ""
        self.moving.set()

    def insert(self) -> None:
        with self.changed:
            self.card = Plastic()
            self.count[READER] += 1
            self.changed.notify_all()

    def remove(self, *, counted: bool = True) -> None:
        """Take the card out; pcscd 1.9.9 does not count a removal it learns of by a failed transmission."""
        with self.changed:
            self.card = None
            self.count[READER] += counted
            self.changed.notify_all()

    def swap(self) -> None:
        with self.changed:
            self.remove()
            self.insert()

    def share(self, *, on: bool) -> None:
        """Let another program connect to the card or let it go; returns when the watch has seen it."""
        with self.changed:
            self.shared = on
            self.waiting.clear()
            self.changed.notify_all()
        self.await_waiting()

    def set_readers(self, *readers: str) -> None:
        with self.changed:
            self.readers = list(readers)
            self.changed.notify_all()

    def set_down(self, code: int) -> None:
        with self.changed:
            self.down = code
            self.changed.notify_all()

    def _code(self, name: str) -> int:
        if self.hanging == name:
            self.stuck.set()
            self.moving.wait(PATIENCE)
        script = self.codes[name]
        return script.popleft() if script else self.down

    def cancel(self) -> None:
        with self.changed:
            self.cancelled = True
            self.changed.notify_all()

    def _list(self) -> list[object]:
        code = 0 if self.readers else Code.NO_READERS_AVAILABLE.value
        return [self._code("SCardListReaders") or code, list(self.readers)]

    def _wait(self, milliseconds: int, query: list[tuple[str, int]]) -> list[object]:
        known = {name: state for name, state in query if name in self.readers}

        def different() -> bool:
            return (
                self.cancelled
                or bool(self.down)
                or any(self._state(name) != known.get(name) for name in self.readers)
            )

        with self.changed:
            if not different():
                self.waiting.set()
            if not self.changed.wait_for(different, milliseconds / 1000):
                return [Code.TIMEOUT.value, []]
            return [self.down, [(name, self._state(name) | 2, list(ATR)) for name in known]]

    def _state(self, name: str) -> int:
        present: int = PRESENT if self.card is not None and name == READER else EMPTY
        return self.count[name] << 16 | present | (IN_USE if self.shared else 0)

    def _connect(self, reader: str, share: int, protocol: int) -> list[int]:
        assert (reader, share, protocol) == (READER, 2, 1), "shared, T=0"
        code = self._code("SCardConnect")
        return [code if code or self.card else Code.NO_SMARTCARD.value, 7, 1]

    def _transmit(self, command: list[int]) -> list[object]:
        code = self._code("SCardTransmit")
        if code or self.card is None:
            return [code or Code.REMOVED_CARD.value, []]
        return [0, list(self.card.exchange(bytes(command)) if self.rubbish is None else self.rubbish)]
