"""The feed sent to the hospital's engine as HL7 v2 over MLLP: in order, one message under way, at least once.

A message counts only when its own acknowledgement has come; how far that went is kept in the database. After
a broken line the next run sends from there: the receiver knows a repeated message by its MSH-10.
"""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime

import msgspec
import sqlalchemy as sql

from idtui.hub import adt, feed
from idtui.hub.mllp import END, START, BadFrame, read_frame
from idtui.sync.imports.fields import BadField
from idtui.sync.imports.segments import LARGEST_MESSAGE, Segments

SECONDS_FOR_AN_ANSWER = 10.0

ACCEPTED = frozenset({"AA", "CA"})
REJECTED = frozenset({"AR", "CR"})
"""The receiver will never take this message: it is named and the next one goes."""


class Sent(msgspec.Struct, frozen=True):
    """What became of a run. `rejected` are ids of messages the receiver will never take.

    `stopped` says why not everything went, in technical words without patient data, empty when it did; `at`
    is then the number of the feed at which it stopped.
    """

    accepted: int
    rejected: tuple[str, ...] = ()
    stopped: str = ""
    at: int = 0


def send(
    engine: sql.Engine,
    host: str,
    port: int,
    *,
    niss_type: str,
    now: Callable[[], datetime],
    since: int | None = None,
    seconds: float = SECONDS_FOR_AN_ANSWER,
) -> Sent:
    """Send what changed since the last acknowledgement of this destination, or since a number."""
    start = feed.position(engine, f"{host}:{port}") if since is None else since
    return asyncio.run(_Sending(engine, f"{host}:{port}", niss_type, now, seconds).run(host, port, start))


class _Sending:
    def __init__(
        self,
        engine: sql.Engine,
        destination: str,
        niss_type: str,
        now: Callable[[], datetime],
        seconds: float,
    ) -> None:
        self._engine = engine
        self._destination = destination
        self._niss_type = niss_type
        self._now = now
        self._seconds = seconds
        self._accepted = 0
        self._rejected: list[str] = []
        self._at = 0

    async def run(self, host: str, port: int, since: int) -> Sent:
        stopped = ""
        try:
            async with asyncio.timeout(self._seconds):
                reader, writer = await asyncio.open_connection(host, port, limit=LARGEST_MESSAGE)
        except (OSError, TimeoutError) as error:
            return Sent(0, stopped=type(error).__name__, at=since)
        try:
            await self._all(reader, writer, since)
        except _Stopped as error:
            stopped = str(error)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
        return Sent(self._accepted, tuple(self._rejected), stopped, self._at if stopped else 0)

    async def _all(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, since: int) -> None:
        for row in feed.rows(self._engine, since):
            self._at = int(row["sequence"] or 0)
            if adt.is_for_patient_file(row):
                code = await self._exchange(reader, writer, row)
                if code in ACCEPTED:
                    self._accepted += 1
                elif code in REJECTED:
                    self._rejected.append(str(row["message"]))
                else:
                    raise _Stopped(f"answered {code}")
            await asyncio.to_thread(feed.acknowledged, self._engine, self._destination, self._at)

    async def _exchange(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, row: feed.Row
    ) -> str:
        """Send one message and return MSA-1 of its acknowledgement; another one's counts for nothing."""
        try:
            async with asyncio.timeout(self._seconds):
                writer.write(START + adt.message(row, self._now(), self._niss_type) + END)
                await writer.drain()
                answer = await read_frame(reader, self._seconds)
            if answer is None:
                raise _Stopped("closed without an answer")
            said = Segments(answer)
        except (OSError, TimeoutError, BadFrame, BadField) as error:
            raise _Stopped(type(error).__name__) from None
        if said.field("MSA", 2) != row["message"]:
            raise _Stopped("acknowledged another message")
        code = said.field("MSA", 1)
        return code if code in {*ACCEPTED, *REJECTED, "AE", "CE"} else "something unknown"


class _Stopped(Exception):
    """The line cannot go on; the text says why."""
