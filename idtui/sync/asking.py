"""One question to the hub and its answer, within a deadline and a size, whatever the hub does."""

import asyncio
from collections.abc import Mapping
from http import HTTPStatus

from idtui.domain.text import clean
from idtui.sync.answer import outcome_words
from idtui.sync.session import checked_address, open_client

ANSWER_SECONDS = 5.0
"""Seconds a desk waits: someone stands before it."""

LARGEST_ANSWER = 16 * 1024 * 1024
"""Bytes; the visits of a large hospital's day are about 2 MB."""


class NoAnswer(Exception):
    """The hub gave no answer that can be used; the text is cleaned and says why."""


def base_of(hub: str) -> str:
    """Return the address below which a hub tells desks things: its FHIR address without `/fhir`."""
    return hub.rstrip("/").removesuffix("/fhir")


def ask(
    hub: str,
    path: str,
    *,
    query: Mapping[str, str] | None = None,
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    seconds: float = ANSWER_SECONDS,
) -> bytes:
    """Return the body of the answer; a `form` is posted and is where a patient's number may stand.

    `headers` prove the desk. Raises `NoAnswer`, and `HubAddressRefused` for an address nothing is sent to.
    """
    url = base_of(checked_address(hub)) + path
    return asyncio.run(_ask(url, query, form, headers or {}, seconds))


async def _ask(
    url: str,
    query: Mapping[str, str] | None,
    form: Mapping[str, str] | None,
    headers: Mapping[str, str],
    seconds: float,
) -> bytes:
    import httpx  # noqa: PLC0415  # late, see idtui.sync.session

    sent = {"Accept": "application/json, application/fhir+json", "Accept-Encoding": "identity", **headers}
    answer = bytearray()
    method = "GET" if form is None else "POST"
    try:
        async with (
            asyncio.timeout(seconds),
            open_client() as client,
            client.stream(method, url, params=query, data=form, headers=sent) as response,
        ):
            async for part in response.aiter_raw():
                answer += part
                if len(answer) > LARGEST_ANSWER:
                    raise NoAnswer(f"> {LARGEST_ANSWER} bytes")
    except TimeoutError:
        raise NoAnswer(f"> {seconds:g} s") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise NoAnswer(type(error).__name__) from None
    if response.status_code != HTTPStatus.OK:
        raise NoAnswer(clean(f"HTTP {response.status_code} {outcome_words(bytes(answer))}".rstrip()))
    return bytes(answer)
