"""What `idtui doctor` says of the line to the hospital: configured, allowed, answering, made for entries."""

import asyncio
from collections.abc import Iterator

import msgspec

from idtui.desk.checks import Check, bad, ok, warning
from idtui.domain.text import clean, say
from idtui.sync.errors import HubAddressRefused
from idtui.sync.session import LARGEST_ANSWER, OK, checked_address, open_client

ANSWER_SECONDS = 2.0
"""Seconds the hub may take to say what it can do."""


class _Resource(msgspec.Struct, rename="camel"):
    type: str = ""
    conditional_create: bool = False


class _Rest(msgspec.Struct):
    resource: tuple[_Resource, ...] = ()


class Capabilities(msgspec.Struct):
    """What is read of a FHIR R4 CapabilityStatement: whether Observations are created conditionally."""

    rest: tuple[_Rest, ...] = ()

    @property
    def creates_once(self) -> bool:
        """Whether an Observation sent twice is stored once."""
        return any(
            resource.type == "Observation" and resource.conditional_create
            for rest in self.rest
            for resource in rest.resource
        )


class _NoAnswer(Exception):
    """The hub gave no capability statement; the text is cleaned and says why."""


def checks(hub: str, seconds: float = ANSWER_SECONDS) -> Iterator[Check]:
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
        found = asyncio.run(_capabilities(hub, seconds))
    except _NoAnswer as error:
        finding = say("doctor.hub.no_answer", address=address, why=str(error))
        yield bad("hub.answer", finding, say("doctor.hub.no_answer.fix"))
        return
    yield ok("hub.answer", say("doctor.hub.answer"))
    if found.creates_once:
        yield ok("hub.conditional_create", say("doctor.hub.creates_once"))
    else:
        finding = say("doctor.hub.creates_twice")
        yield bad("hub.conditional_create", finding, say("doctor.hub.creates_twice.fix"))


async def _capabilities(hub: str, seconds: float) -> Capabilities:
    """Return what `GET <base>/metadata` says; raises `_NoAnswer`."""
    import httpx  # noqa: PLC0415  # late, see idtui.sync.session

    answer = bytearray()
    headers = {"Accept": "application/fhir+json", "Accept-Encoding": "identity"}
    try:
        async with (
            asyncio.timeout(seconds),
            open_client() as client,
            client.stream("GET", f"{hub.rstrip('/')}/metadata", headers=headers) as response,
        ):
            async for part in response.aiter_raw():
                answer += part
                if len(answer) > LARGEST_ANSWER:
                    raise _NoAnswer(f"> {LARGEST_ANSWER} bytes")
    except TimeoutError:
        raise _NoAnswer(f"> {seconds:g} s") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise _NoAnswer(clean(str(error)) or type(error).__name__) from None
    if response.status_code != OK:
        raise _NoAnswer(f"HTTP {response.status_code}")
    try:
        return msgspec.json.decode(bytes(answer), type=Capabilities)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise _NoAnswer("CapabilityStatement?") from None
