"""One HTTP request and its answer, whose size is bounded whatever the other side sends."""

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    import httpx

CONNECT_SECONDS = 2.0
TOTAL_SECONDS = 10.0
LARGEST_ANSWER = 4 * 1024 * 1024
"""Bytes; 500 answers with words are about 300 kB."""

OK, UNAUTHORISED, TOO_LARGE = 200, 401, 413
LASTING = frozenset({400, 401, 403, 404})
"""Answers that stay the same until somebody changes something at the desk or at the hub."""


class TooLong(Exception):
    """The answer is larger than any honest one."""


class Answer(msgspec.Struct, frozen=True):
    """What came back: the names of `headers` in lower case, the body as it was sent."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def open_client(authorities: Path | None = None) -> "httpx.AsyncClient":
    """Return a client that follows no redirect, uses no proxy and gives up on connecting after 2 s.

    Over TLS the other side must prove its name to the authorities of this machine, or to those of the file
    (PEM) where one is given. Raises OSError when that cannot be read (ssl.SSLError for other content).
    """
    import httpx  # noqa: PLC0415  # late: it costs more than the desk has at its start

    timeout = httpx.Timeout(TOTAL_SECONDS, connect=CONNECT_SECONDS)
    context = ssl.create_default_context(cafile=authorities)
    return httpx.AsyncClient(verify=context, timeout=timeout, trust_env=False, follow_redirects=False)


async def exchange(
    client: "httpx.AsyncClient",
    method: str,
    url: str,
    headers: Mapping[str, str],
    content: bytes = b"",
    *,
    largest: int | None = None,
) -> Answer:
    """Send a request and return the answer, which is never unpacked: what unpacks has no bound.

    Raises `TooLong`, httpx.HTTPError, httpx.InvalidURL.
    """
    body, limit = bytearray(), largest or LARGEST_ANSWER
    plain = {"Accept-Encoding": "identity", **headers}
    async with client.stream(method, url, content=content or None, headers=plain) as response:
        async for part in response.aiter_raw():
            body += part
            if len(body) > limit:
                raise TooLong(f"answer over {limit} bytes")
    return Answer(response.status_code, dict(response.headers), bytes(body))
