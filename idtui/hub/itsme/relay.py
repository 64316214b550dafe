"""Between desk, phone and itsme: what is awaited, how far it is, and how it ended."""

import asyncio
import time
from collections.abc import Mapping

import msgspec
from starlette.concurrency import run_in_threadpool

from idtui.domain.path import Confirmed
from idtui.hub.itsme.ciba import CibaQr, Progress, Shown
from idtui.hub.itsme.openid import ERRORS
from idtui.hub.itsme.person import NotIdentified
from idtui.hub.itsme.redirect import Asked, Line
from idtui.hub.itsme.transactions import Transactions, Waiting
from idtui.sync.itsme import POLL_SECONDS, Answer, Begun, Status, Why

SECONDS = 300
"""For which a code on a desk's screen can be opened and confirmed."""

_BETWEEN_LOOKS = 0.5
"""Seconds between looks at the database while a desk waits: another worker may have the phone."""


class Relay:
    """What is the same on each road to a phone."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def begin(self, desk_id: str) -> Begun:
        """Await a phone for a desk; raises `NotIdentified` when itsme is not there."""
        raise NotImplementedError

    def public_keys(self) -> object:
        """Return the JWK set that itsme fetches."""
        raise NotImplementedError

    async def advance(self, waiting: Waiting) -> Waiting:
        """Do what is due while a desk waits."""
        return waiting

    async def answer(self, desk_id: str, transaction: str, seen: str) -> Answer | None:
        """Return how far it is, as soon as it is not what the desk has `seen` (a tag), or after a while.

        None when the hub awaits no such phone for this desk.
        """
        until = time.monotonic() + POLL_SECONDS
        while waiting := await run_in_threadpool(self._transactions.of_desk, desk_id, transaction):
            shown = (await self.advance(waiting)).shown
            if shown.tag != seen or time.monotonic() >= until:
                return shown
            await asyncio.sleep(_BETWEEN_LOOKS)
        return None

    async def forget(self, desk_id: str, transaction: str) -> None:
        """Forget it: the desk has the answer, or wants none any more."""
        await run_in_threadpool(self._transactions.forget, desk_id, transaction)

    async def fail(self, waiting: Waiting, failed: NotIdentified) -> Waiting:
        """Keep why nobody was identified."""
        status = _ENDS.get(failed.why, Status.FAILED)
        ended = await run_in_threadpool(self._transactions.end, waiting.id, status, why=failed.why)
        return ended or msgspec.structs.replace(waiting, status=Status.EXPIRED.value)


_ENDS = {Why.CANCELLED: Status.CANCELLED, Why.EXPIRED: Status.EXPIRED}


class RedirectRelay(Relay):
    """Authorization code: the phone opens a short link of this hub, once, and comes back to it, once."""

    def __init__(self, transactions: Transactions, line: Line, address: str) -> None:
        """`address` is the public address of this hub, without a path."""
        super().__init__(transactions)
        self._line = line
        self._base = f"{address.rstrip('/')}/i/".upper()

    async def begin(self, desk_id: str) -> Begun:
        """Make a short link; raises `NotIdentified` when itsme is not there."""
        await self._line.ready()
        waiting = await run_in_threadpool(self._transactions.begin, desk_id, SECONDS, base=self._base)
        return Begun(waiting.id, waiting.link, SECONDS)

    def public_keys(self) -> object:
        """Return the JWK set that itsme fetches."""
        return self._line.public_keys()

    async def follow(self, short: str) -> str | None:
        """Return where the phone that opened a short link has to go; None when the link is used up."""
        asked = Asked()
        document = msgspec.json.encode(asked).decode()
        waiting = await run_in_threadpool(self._transactions.open, short, asked.state, document)
        if waiting is None:
            return None
        try:
            return await self._line.address(asked)
        except NotIdentified as failed:
            await self.fail(waiting, failed)
            raise

    async def returned(self, given: Mapping[str, str]) -> bool:
        """Take what the phone comes back with; whether the hub awaited it. The desk hears how it ended."""
        waiting = await run_in_threadpool(self._transactions.come_back, given.get("state", ""))
        if waiting is None:
            return False
        try:
            asked = msgspec.json.decode(waiting.document, type=Asked)
            confirmed = await self._line.redeem(asked, await self._code(given))
        except NotIdentified as failed:
            await self.fail(waiting, failed)
            raise
        await run_in_threadpool(self._transactions.end, waiting.id, Status.CONFIRMED, person=confirmed)
        return True

    async def _code(self, given: Mapping[str, str]) -> str:
        if given.get("iss", issuer := await self._line.ready()) != issuer:
            raise NotIdentified(Why.UNPROVEN, "callback: another issuer")
        if error := given.get("error"):
            raise NotIdentified(ERRORS.get(error, Why.REFUSED), "callback")
        if not (code := given.get("code")):
            raise NotIdentified(Why.UNPROVEN, "callback: no code")
        return code


class QrRelay(Relay):
    """CIBA-QR: the desk shows itsme's own code; one worker asks itsme while a desk waits."""

    def __init__(self, transactions: Transactions, line: CibaQr) -> None:
        super().__init__(transactions)
        self._line = line

    async def begin(self, desk_id: str) -> Begun:
        """Get a code from itsme; raises `NotIdentified`."""
        shown = await self._line.begin()
        waiting = await run_in_threadpool(
            self._transactions.begin, desk_id, SECONDS, link=shown.text, document=_encoded(shown.progress)
        )
        return Begun(waiting.id, waiting.link, SECONDS)

    def public_keys(self) -> object:
        """Return the JWK set that itsme fetches."""
        return self._line.public_keys()

    async def advance(self, waiting: Waiting) -> Waiting:
        """Ask itsme how far it is, no more often than it allows."""
        now = int(time.time() * 1000)
        if waiting.shown.status.is_over or waiting.due > now:
            return waiting
        progress = msgspec.json.decode(waiting.document, type=Progress)
        due = now + int(progress.interval * 1000)
        if not await run_in_threadpool(self._transactions.turn, waiting, due):
            return waiting
        try:
            step = await self._line.advance(progress)
        except NotIdentified as failed:
            # What is not there now is asked again while there is time.
            return waiting if failed.why is Why.UNAVAILABLE else await self.fail(waiting, failed)
        return await run_in_threadpool(self._keep, waiting, step) or waiting

    def _keep(self, waiting: Waiting, step: Shown | Progress | Confirmed) -> Waiting | None:
        match step:
            case Confirmed():
                return self._transactions.end(waiting.id, Status.CONFIRMED, person=step)
            case Shown(text, progress):
                return self._transactions.go_on(waiting.id, Status.PENDING, text, _encoded(progress))
            case Progress():
                return self._transactions.go_on(waiting.id, Status.OPENED, waiting.link, _encoded(step))


def _encoded(progress: Progress) -> str:
    return msgspec.json.encode(progress).decode()
