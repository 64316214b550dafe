"""The desk's way to a patient's phone: a thread that asks the hub to await it and posts what comes of it."""

import asyncio
import contextlib
import threading
import time
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlencode

import msgspec

from idtui.desk.events import PhoneAwaited, PhoneConfirmed, PhoneFailed, PhoneOpened
from idtui.desk.ports import Post
from idtui.domain.text import Message, clean, say
from idtui.sync.errors import HubRefuses
from idtui.sync.exchange import OK, TOTAL_SECONDS, UNAUTHORISED, Answer, TooLong, exchange, open_client
from idtui.sync.itsme import PATH, POLL_SECONDS, Begun, Status, Why
from idtui.sync.itsme import Answer as PhoneAnswer
from idtui.sync.proof import base_of
from idtui.sync.session import Road, checked_address, proof_of

if TYPE_CHECKING:
    import httpx

_CREATED, _NOT_FOUND, _BAD_GATEWAY = 201, 404, 502
_LARGEST = 16 * 1024
_SECONDS_TO_FORGET = 2.0
_BETWEEN_TRIES = 1.0
_Read = TypeVar("_Read")


class HubPhones:
    """The port `Phones` over HTTP: `start`, `ask`, `leave` and `stop` are called from one thread."""

    def __init__(self, road: Road) -> None:
        """Check the address; raises `HubAddressRefused`."""
        checked_address(road.url)
        self._road = road
        self._call: _Call | None = None

    def start(self, post: Post) -> None:
        """Remember where answers go."""
        self._post = post

    def ask(self, attempt: int) -> None:
        """Begin to await a phone, in place of another one."""
        self.leave()
        self._call = _Call(self._road, attempt, self._post)

    def leave(self) -> None:
        """Await it no longer; the hub is told in the background."""
        if self._call:
            self._call.cancel()

    def stop(self) -> None:
        """Leave, and give the hub a moment to hear of it."""
        self.leave()
        if self._call:
            self._call.join()


class _Call:
    """One phone that is awaited, in a thread of its own."""

    def __init__(self, road: Road, attempt: int, post: Post) -> None:
        self._road = road
        self._attempt = attempt
        self._post = post
        self._forgetting = False
        self._running = threading.Event()
        self._thread = threading.Thread(target=self._run, name="phone", daemon=True)
        self._thread.start()

    def cancel(self) -> None:
        self._running.wait()
        with contextlib.suppress(RuntimeError):  # it ended by itself just now
            self._loop.call_soon_threadsafe(self._leave)

    def _leave(self) -> None:
        if not self._forgetting:  # else the hub would keep who confirmed
            self._work.cancel()

    def join(self) -> None:
        self._thread.join(2 * _SECONDS_TO_FORGET)

    def _run(self) -> None:
        with asyncio.Runner() as runner:
            self._loop = runner.get_loop()
            self._work = self._loop.create_task(self._told())
            self._running.set()
            runner.run(_until_over(self._work))

    async def _told(self) -> None:
        try:
            await self._follow()
        except _NoPhone as failed:
            self._post(PhoneFailed(self._attempt, failed.why))
        except Exception as error:  # noqa: BLE001  # the desk must hear of it, else it waits for nothing
            self._post(PhoneFailed(self._attempt, say("itsme.hub_refuses", words=type(error).__name__)))

    async def _follow(self) -> None:
        async with open_client(self._road.authorities) as client:
            line = _Line(self._road, client)
            begun = await line.begin()
            try:
                self._post(PhoneAwaited(self._attempt, begun.link, begun.expires_in))
                await self._wait(line, begun)
            finally:
                self._forgetting = True
                await line.forget(begun.id)

    async def _wait(self, line: "_Line", begun: Begun) -> None:
        """Post each answer that is new, until one is the last."""
        until = time.monotonic() + begun.expires_in
        link, tag = begun.link, ""
        while True:
            answer = await line.answer(begun.id, tag, until)
            tag = answer.tag
            if answer.link not in ("", link):
                link = answer.link
                self._post(PhoneAwaited(self._attempt, link, max(until - time.monotonic(), 0)))
            if answer.status is Status.OPENED:
                self._post(PhoneOpened(self._attempt))
            elif answer.status is Status.CONFIRMED and answer.person:
                self._post(PhoneConfirmed(self._attempt, answer.person))
                return
            elif answer.status.is_over:
                raise _NoPhone(_why(answer))


class _NoPhone(Exception):
    """Nobody was identified by phone; `why` is for people."""

    def __init__(self, why: Message) -> None:
        super().__init__(why.id)
        self.why = why


class _Line:
    """The pages of the hub for one phone."""

    def __init__(self, road: Road, client: "httpx.AsyncClient") -> None:
        self._client = client
        self._proof = proof_of(road)
        self._address = base_of(road.url) + PATH
        client.timeout = POLL_SECONDS + TOTAL_SECONDS

    async def begin(self) -> Begun:
        answer = await self._asked("POST", "")
        if answer.status == _NOT_FOUND:
            raise _NoPhone(say("itsme.hub_without"))
        if answer.status == _BAD_GATEWAY:
            raise _NoPhone(_why(_read(answer, _Refused)))
        if answer.status != _CREATED:
            raise _NoPhone(say("itsme.hub_refuses", words=f"HTTP {answer.status}"))
        return _read(answer, Begun)

    async def answer(self, phone: str, tag: str, until: float) -> PhoneAnswer:
        """Return how far it is, when that is new; a line that drops is tried again while the code is good."""
        while True:
            try:
                answer = await self._asked("GET", f"/{phone}?{urlencode({'seen': tag})}")
            except _NoPhone:
                if time.monotonic() >= until:
                    raise
            else:
                if answer.status == OK:
                    return _read(answer, PhoneAnswer)
                if answer.status == _NOT_FOUND or time.monotonic() >= until:
                    raise _NoPhone(say(f"itsme.failed.{Why.EXPIRED}"))
            await asyncio.sleep(_BETWEEN_TRIES)

    async def forget(self, phone: str) -> None:
        with contextlib.suppress(_NoPhone, TimeoutError):  # the hub forgets by itself after a while
            async with asyncio.timeout(_SECONDS_TO_FORGET):
                await self._asked("DELETE", f"/{phone}")

    async def _asked(self, method: str, path: str) -> Answer:
        answer = await self._once(method, path)
        return (
            await self._once(method, path)
            if answer.status == UNAUTHORISED and self._proof.renew()
            else answer
        )

    async def _once(self, method: str, path: str) -> Answer:
        import httpx  # noqa: PLC0415  # late, see idtui.sync.exchange

        try:
            async with asyncio.timeout(POLL_SECONDS + TOTAL_SECONDS):
                headers = {"Accept": "application/json", **await self._proof.header(self._client)}
                return await exchange(self._client, method, self._address + path, headers, largest=_LARGEST)
        except HubRefuses as refusal:
            raise _NoPhone(refusal.message) from None
        except (TimeoutError, TooLong, httpx.HTTPError, httpx.InvalidURL, OSError):
            raise _NoPhone(say("itsme.hub_unreachable")) from None


class _Refused(msgspec.Struct):
    why: str = ""
    status: Status = Status.FAILED


def _why(answer: PhoneAnswer | _Refused) -> Message:
    try:
        why = Why(answer.why or answer.status)
    except ValueError:
        return say("itsme.hub_refuses", words=clean(answer.why, 40))
    return say(f"itsme.failed.{why}")


def _read(answer: Answer, kind: type[_Read]) -> _Read:
    try:
        return msgspec.json.decode(answer.body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise _NoPhone(say("itsme.hub_refuses", words=kind.__name__.strip("_"))) from None


async def _until_over(work: "asyncio.Task[None]") -> None:
    await asyncio.wait([work])
