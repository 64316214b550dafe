"""What `idtui doctor` says of the line to the hospital: configured, allowed, answering, made for entries."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

from idtui.desk.checks import Check, bad, ok, warning
from idtui.domain.text import Message, clean, say
from idtui.sync.capability import ONCE, Capabilities, capabilities
from idtui.sync.errors import HubAddressRefused, HubRefuses
from idtui.sync.exchange import TooLong, open_client
from idtui.sync.session import checked_address

ANSWER_SECONDS = 2.0
"""Seconds the hub may take to say what it can do."""


class _NoAnswer(Exception):
    """The hub gave no capability statement."""

    def __init__(self, why: str | Message) -> None:
        super().__init__()
        self.why = why


def checks(hub: str, seconds: float = ANSWER_SECONDS, authorities: Path | None = None) -> Iterator[Check]:
    """Check the hub at this FHIR base address; an empty address is none."""
    if not hub:
        yield warning("hub.address", say("doctor.hub.none"), say("doctor.hub.none.fix"))
        return
    try:
        checked_address(hub)
    except HubAddressRefused as error:
        yield bad("hub.address", error.message, say("doctor.hub.address.fix"))
        return
    address = clean(hub)
    yield ok("hub.address", say("doctor.hub.address", address=address))
    try:
        found = asyncio.run(_capabilities(hub, seconds, authorities))
    except _NoAnswer as error:
        finding = say("doctor.hub.no_answer", address=address, why=error.why)
        yield bad("hub.answer", finding, say("doctor.hub.no_answer.fix"))
        return
    yield ok("hub.answer", say("doctor.hub.answer"))
    if found.creates_once:
        yield ok("hub.conditional_create", say("doctor.hub.creates_once"))
    else:
        finding = say("doctor.hub.creates_twice")
        yield bad("hub.conditional_create", finding, say("doctor.hub.creates_twice.fix"))
    if lacking := [one for one in found.lacks() if one != ONCE]:
        finding = say("sync.hub_lacks", what=clean(", ".join(lacking)))
        yield bad("hub.capabilities", finding, say("doctor.hub.creates_twice.fix"))
    else:
        yield ok("hub.capabilities", say("doctor.hub.takes_entries"))


async def _capabilities(hub: str, seconds: float, authorities: Path | None) -> Capabilities:
    """Return what `GET <base>/metadata` says; raises `_NoAnswer`."""
    import httpx  # noqa: PLC0415  # late, see idtui.sync.exchange

    try:
        async with asyncio.timeout(seconds), open_client(authorities) as client:
            return await capabilities(client, hub)
    except TimeoutError:
        raise _NoAnswer(f"> {seconds:g} s") from None
    except HubRefuses as refusal:
        raise _NoAnswer(refusal.words) from None
    except (httpx.HTTPError, httpx.InvalidURL, TooLong, OSError) as error:
        raise _NoAnswer(clean(str(error)) or type(error).__name__) from None
