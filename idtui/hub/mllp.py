"""The hub's ear for HL7 v2: ADT messages over MLLP, each kept before it is acknowledged.

Frames by HL7 "Minimal Lower Layer Protocol", release 1: VT, message, FS, CR. Acknowledgements in original
mode (HL7 2.5 chapter 2.9.2): AA kept, AE this message cannot be kept, AR not for us. Nothing of a message is
logged.
"""

import asyncio
import contextlib
import logging
import signal
from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sql

from idtui.domain.text import say
from idtui.domain.visit import Visit
from idtui.hub import visits
from idtui.hub.errors import HubUnavailable
from idtui.sync.imports import adt
from idtui.sync.imports.fields import BadField
from idtui.sync.imports.segments import LARGEST_MESSAGE, Segments

START, END = b"\x0b", b"\x1c\r"
MOST_PEERS = 20
SECONDS_FOR_A_MESSAGE = 30.0
"""From the first byte of a message to its last; between messages a peer may be silent as long as it likes."""

Now = Callable[[], datetime]
_log = logging.getLogger(__name__)


class BadFrame(Exception):
    """What came is no frame, too long, or stopped in the middle: the line is closed."""


class Listener:
    """Takes ADT messages into the database from any number of engines, one message at a time from each."""

    def __init__(self, engine: sql.Engine, niss_types: tuple[str, ...], now: Now) -> None:
        self._engine = engine
        self._niss_types = niss_types
        self._now = now
        self._seconds = SECONDS_FOR_A_MESSAGE
        self._peers = 0

    async def serve(self, host: str, port: int, ready: Callable[[int], None], stop: asyncio.Event) -> None:
        """Listen until `stop` is set; `ready` is told the port. Raises OSError for a port that is taken."""
        lines: set[asyncio.Task[None]] = set()

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            if task:
                lines.add(task)
                task.add_done_callback(lines.discard)
            with contextlib.suppress(asyncio.CancelledError):
                await self._talk(reader, writer)

        server = await asyncio.start_server(connected, host, port, limit=LARGEST_MESSAGE + 2)
        ready(server.sockets[0].getsockname()[1])
        await stop.wait()
        server.close()
        for line in list(lines):
            line.cancel()
        await asyncio.gather(*lines, return_exceptions=True)
        await server.wait_closed()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._peers += 1
        try:
            if self._peers <= MOST_PEERS:
                await self._converse(reader, writer)
            else:
                _log.warning("line closed: %d others", MOST_PEERS)
        except (BadFrame, TimeoutError, ConnectionError) as error:
            _log.warning("line closed: %s", type(error).__name__)
        finally:
            self._peers -= 1
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (message := await read_frame(reader, self._seconds)) is not None:
            answer = await asyncio.to_thread(self.answer, message)
            writer.write(START + answer + END)
            async with asyncio.timeout(self._seconds):
                await writer.drain()

    def answer(self, raw: bytes) -> bytes:
        """Keep what a message says, durably, and return its acknowledgement; never raises."""
        try:
            message = Segments(raw)
        except BadField as error:
            return _acknowledgement(None, self._now(), "AR", 100, error.message.id)
        try:
            self._keep(adt.visit_of(message, self._niss_types))
        except adt.NotForUs as refused:
            return _acknowledgement(message, self._now(), "AR", refused.code, refused.words)
        except BadField as error:
            return _acknowledgement(message, self._now(), "AE", 102, error.message.id)
        except sql.exc.SQLAlchemyError:
            return _acknowledgement(message, self._now(), "AE", 207, "database not available")
        return _acknowledgement(message, self._now(), "AA")

    def _keep(self, visit: Visit) -> None:
        visits.store(self._engine, [visit])


async def read_frame(reader: asyncio.StreamReader, seconds: float) -> bytes | None:
    """Return the next message, None when the peer has closed between two.

    Raises `BadFrame`, and TimeoutError for a peer that takes longer than `seconds` for one message.
    """
    first = await reader.read(1)
    while first in (b"\r", b"\n"):
        first = await reader.read(1)
    if not first:
        return None
    if first != START:
        raise BadFrame
    try:
        async with asyncio.timeout(seconds):
            return (await reader.readuntil(END))[: -len(END)]
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        raise BadFrame from None


def _acknowledgement(
    message: Segments | None, now: datetime, code: str, error: int = 0, words: str = ""
) -> bytes:
    """Return an ACK in the usual separators; `error` is of HL7 table 0357, `words` name no value."""

    def told(number: int, component: int = 1) -> str:
        return _escaped(message.field("MSH", number, component)) if message else ""

    control = _escaped(adt.control_id(message)) if message else ""
    at = f"{now:%Y%m%d%H%M%S%z}"
    kind = f"ACK^{told(9, 2)}^ACK" if told(9, 2) else "ACK"
    header = ["MSH", "^~\\&", told(5), told(6), told(3), told(4), at, "", kind, f"A{control}"[:199]]
    header += [told(11) or "P", told(12) or "2.5"]
    lines = ["|".join(header), f"MSA|{code}|{control}"]
    if error:
        lines.append(f"ERR|||{error}|E||||{_escaped(words)}")
    return ("\r".join(lines) + "\r").encode()


_ESCAPES = str.maketrans({"\\": "\\E\\", "|": "\\F\\", "^": "\\S\\", "&": "\\T\\", "~": "\\R\\", "\r": " "})


def _escaped(text: str) -> str:
    return text.translate(_ESCAPES)


def run(
    engine: sql.Engine,
    host: str,
    port: int,
    *,
    niss_types: tuple[str, ...],
    now: Now,
    ready: Callable[[int], None],
) -> None:
    """Listen until SIGINT or SIGTERM; raises `HubUnavailable` for a port that cannot be had."""

    async def serve() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await Listener(engine, niss_types, now).serve(host, port, ready, stop)

    try:
        asyncio.run(serve())
    except OSError as error:
        raise HubUnavailable(say("hub.port_unavailable", port=port, reason=error.strerror or "")) from error
