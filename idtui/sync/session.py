"""One batch to the hub and back, within a deadline, whatever the hub does."""

import asyncio
import gzip
import ipaddress
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from idtui.desk.events import BatchAnswered, BatchFailed
from idtui.domain.entries import Entry
from idtui.domain.text import clean, say
from idtui.sync import fhir
from idtui.sync.answer import outcome_words, read_answer
from idtui.sync.errors import HubAddressRefused

if TYPE_CHECKING:
    import httpx

CONNECT_SECONDS = 2.0
TOTAL_SECONDS = 10.0
LARGEST_ANSWER = 4 * 1024 * 1024
"""Bytes; 500 answers with words are about 300 kB."""

OK, TOO_LARGE = 200, 413
REFUSED = frozenset({400, 401, 403})
"""Answers to the whole batch that refuse this desk or this program; sending again does not help."""


def checked_address(url: str) -> str:
    """Return the hub's address when entries may be sent there.

    Raises `HubAddressRefused` unless it is plain http on the loopback interface: this version proves no
    desk to a hub and no hub to a desk, so nothing may leave the machine.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    if parts.scheme != "http" or not is_loopback(host) or port == 0 or parts.username is not None:
        raise HubAddressRefused(say("sync.hub_not_loopback", address=clean(url)))
    return url


def is_loopback(host: str) -> bool:
    """Say whether a host name or address is this machine's loopback interface."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def open_client() -> "httpx.AsyncClient":
    """Return a client that follows no redirect, uses no proxy and gives up on connecting after 2 s."""
    import httpx  # noqa: PLC0415  # late: it costs more than the desk has at its start

    timeout = httpx.Timeout(TOTAL_SECONDS, connect=CONNECT_SECONDS)
    return httpx.AsyncClient(timeout=timeout, trust_env=False, follow_redirects=False)


async def send(
    url: str,
    entries: Sequence[Entry],
    client: "httpx.AsyncClient",
    *,
    compress: bool = True,
    seconds: float = TOTAL_SECONDS,
) -> BatchAnswered | BatchFailed:
    """Send entries as one batch and return what became of it; a hub's failure is an answer, not an error.

    A batch the hub finds too large is halved: the answer is then about its first entries only. Raises
    `NotMapped` before anything is sent.
    """
    import httpx  # noqa: PLC0415  # late, see open_client

    body = fhir.batch(entries)
    try:
        async with asyncio.timeout(seconds):
            status, answer = await _exchange(url, body, client, compress=compress)
    except TimeoutError:
        return BatchFailed(f"no answer in {seconds:g} s")
    except (httpx.HTTPError, httpx.InvalidURL, _TooLong) as error:
        return BatchFailed(clean(str(error)) or type(error).__name__)
    if status == TOO_LARGE and len(entries) > 1:
        half = entries[: len(entries) // 2]
        return await send(url, half, client, compress=compress, seconds=seconds)
    if status != OK:
        words = clean(f"HTTP {status} {outcome_words(answer)}".rstrip())
        return BatchFailed(words, refused=status in REFUSED)
    return read_answer(answer, [entry.id for entry in entries]) or BatchFailed("no batch-response")


def deliver(url: str, entries: Sequence[Entry], *, compress: bool = True) -> BatchAnswered | BatchFailed:
    """Send entries as one batch and wait for the answer, for a command without a desk."""

    async def exchange() -> BatchAnswered | BatchFailed:
        async with open_client() as client:
            return await send(checked_address(url), entries, client, compress=compress)

    return asyncio.run(exchange())


class _TooLong(Exception):
    """The answer is larger than any honest one."""


async def _exchange(
    url: str, body: bytes, client: "httpx.AsyncClient", *, compress: bool
) -> tuple[int, bytes]:
    """Return status and body of the answer, which must come uncompressed: what unpacks has no bound."""
    headers = {"Content-Type": fhir.MEDIA_TYPE, "Accept": fhir.MEDIA_TYPE, "Accept-Encoding": "identity"}
    if compress:
        headers["Content-Encoding"] = "gzip"
        body = gzip.compress(body, compresslevel=1, mtime=0)
    answer = bytearray()
    async with client.stream("POST", url, content=body, headers=headers) as response:
        async for part in response.aiter_raw():
            answer += part
            if len(answer) > LARGEST_ANSWER:
                raise _TooLong(f"answer over {LARGEST_ANSWER} bytes")
    return response.status_code, bytes(answer)
