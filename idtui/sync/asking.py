"""One question to the hub and its answer, within a deadline and a size, whatever the hub does."""

import asyncio
from collections.abc import Mapping
from urllib.parse import urlencode

from idtui.domain.text import clean
from idtui.sync.answer import outcome_words
from idtui.sync.errors import HubRefuses
from idtui.sync.exchange import OK, TooLong, exchange, open_client
from idtui.sync.proof import base_of
from idtui.sync.session import Road, checked_address, proof_of

ANSWER_SECONDS = 5.0
"""Seconds a desk waits: someone stands before it."""

LARGEST_ANSWER = 16 * 1024 * 1024
"""Bytes; the visits of a large hospital's day are about 2 MB."""


class NoAnswer(Exception):
    """The hub gave no answer that can be used; the text is cleaned and says why."""


def ask(
    road: Road,
    path: str,
    *,
    query: Mapping[str, str] | None = None,
    form: Mapping[str, str] | None = None,
    seconds: float = ANSWER_SECONDS,
) -> bytes:
    """Return the body of the answer; a `form` is posted and is where a patient's number may stand.

    Raises `NoAnswer`, and `HubAddressRefused` for an address nothing is sent to.
    """
    url = base_of(checked_address(road.url)) + path
    if query:
        url = f"{url}?{urlencode(query)}"
    return asyncio.run(_ask(road, url, None if form is None else urlencode(form).encode(), seconds))


async def _ask(road: Road, url: str, form: bytes | None, seconds: float) -> bytes:
    import httpx  # noqa: PLC0415  # late, see idtui.sync.exchange

    try:
        async with asyncio.timeout(seconds), open_client(road.authorities) as client:
            headers = {"Accept": "application/json, application/fhir+json"}
            headers |= await proof_of(road).header(client)
            if form is None:
                answer = await exchange(client, "GET", url, headers, largest=LARGEST_ANSWER)
            else:
                typed = {**headers, "Content-Type": "application/x-www-form-urlencoded"}
                answer = await exchange(client, "POST", url, typed, form, largest=LARGEST_ANSWER)
    except TimeoutError:
        raise NoAnswer(f"> {seconds:g} s") from None
    except HubRefuses as refusal:
        raise NoAnswer(str(refusal)) from None
    except TooLong as error:
        raise NoAnswer(str(error)) from None
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise NoAnswer(type(error).__name__) from None
    if answer.status != OK:
        raise NoAnswer(clean(f"HTTP {answer.status} {outcome_words(answer.body)}".rstrip()))
    return answer.body
