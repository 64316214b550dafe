"""A hub in this process that fails where it is told to: nothing may leave a desk without its receipt."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from ssl import SSLContext

from desk_fakes import LATE_EVENING, STATION, HandClock, MemoryJournal
from scripted_hub import FIT

from idtui.desk.outbox import Outbox
from idtui.desk.stamp import Stamp
from idtui.domain.entries import Evidence, Pending
from idtui.domain.episode import Episode
from idtui.sync.session import Road, Session

ENTRIES = 3


@dataclass
class FailingHub:
    """Answers batches; `cut_request` and `cut_answer` are the bytes after which it hangs up.

    `requests` are the sizes of the batches it got, `answered` the size of its last answer, `kept` the ids it
    holds: an entry it has read whole is kept, whatever becomes of the answer.
    """

    cut_request: int | None = None
    cut_answer: int | None = None
    endless: bytes = b""
    port: int = 0
    request: int = 0
    answered: int = 0
    kept: dict[str, int] = field(default_factory=dict)

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                while await self._one(reader, writer):
                    pass
        finally:
            writer.transport.abort()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readexactly(1)
        if self.cut_request is not None:
            await reader.readexactly(self.cut_request - 1)
            return False
        head += await reader.readuntil(b"\r\n\r\n")
        if head.startswith(b"GET"):
            await self._write(writer, json.dumps(FIT).encode(), None)
            return True
        fields = dict(line.split(b": ", 1) for line in head.lower().split(b"\r\n")[1:-2])
        body = await reader.readexactly(int(fields[b"content-length"]))
        self.request = len(head) + len(body)
        while self.endless:
            writer.write(self.endless)
            await writer.drain()
        ids = [entry["fullUrl"].removeprefix("urn:uuid:") for entry in json.loads(body)["entry"]]
        for one in ids:
            self.kept[one] = self.kept.get(one, 0) + 1
        told = [{"fullUrl": f"urn:uuid:{one}", "response": {"status": "201 Created"}} for one in ids]
        bundle = {"resourceType": "Bundle", "type": "batch-response", "entry": told}
        await self._write(writer, json.dumps(bundle).encode(), self.cut_answer)
        return self.cut_answer is None

    async def _write(self, writer: asyncio.StreamWriter, body: bytes, cut: int | None) -> None:
        whole = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
        self.answered = len(whole)
        writer.write(whole[:cut])
        await writer.drain()


@asynccontextmanager
async def serving(hub: FailingHub, tls: SSLContext | None = None) -> AsyncIterator[FailingHub]:
    """Let a hub listen on a free port of the loopback interface."""
    server = await asyncio.start_server(hub, "127.0.0.1", 0, ssl=tls)
    hub.port = server.sockets[0].getsockname()[1]
    try:
        yield hub
    finally:
        server.close()


class Sender:
    """An outbox with three entries and a line of its own to a hub; a new one for each fault."""

    def __init__(self, road: Road) -> None:
        self.session = Session(road)
        self.journal = MemoryJournal()
        stamp = Stamp(STATION, HandClock(), self.journal)
        self.outbox = Outbox(self.journal, None, HandClock(), stamp, timedelta(0))
        for _ in range(ENTRIES):
            entry = Pending(**stamp.head(), care_at=LATE_EVENING, episode=Episode(), evidence=Evidence())
            self.journal.append(entry)
        self.ids = [entry.id for entry in self.journal.unsent()]

    async def send(self) -> list[str]:
        """Send what waits, keep the answer, and return the ids that still wait."""
        self.outbox.take(await self.session.send(self.outbox.next_batch()))
        return [entry.id for entry in self.journal.unsent()]


async def every_cut(
    requests: Iterable[int] | None = None, answers: Iterable[int] | None = None
) -> tuple[int, int]:
    """Cut the line after these bytes of request and answer, after every one unless told; return how many.

    Raises AssertionError when an entry left the outbox, or did not arrive once the line was whole again.
    """
    async with serving(FailingHub()) as hub:
        road = Road(f"http://127.0.0.1:{hub.port}/fhir", compress=False)
        whole = Sender(road)
        assert await whole.send() == []
        cuts = [("cut_request", at) for at in requests or range(1, hub.request)]
        cuts += [("cut_answer", at) for at in answers or range(hub.answered)]
        for side, at in cuts:
            await _one_cut(hub, whole.session, road, side, at)
        await whole.session.close()
        in_requests = sum(side == "cut_request" for side, _ in cuts)
        return in_requests, len(cuts) - in_requests


async def _one_cut(hub: FailingHub, session: Session, road: Road, side: str, at: int) -> None:
    sender = Sender(road)
    await sender.session.close()
    sender.session = session
    setattr(hub, side, at)
    assert await sender.send() == sender.ids, f"{side} {at}: something left without its receipt"
    setattr(hub, side, None)
    assert await sender.send() == [], f"{side} {at}: something did not arrive"
    assert all(one in hub.kept for one in sender.ids)
