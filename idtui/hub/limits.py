"""How much of the hub one sender may take: requests a second, bytes of a body, and time to send it."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from starlette.requests import ClientDisconnect, Request

from idtui.hub.intake import WholeRefused

SECONDS_FOR_BODY = 20.0
_MOST_SENDERS = 10_000


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests a second on average, and so many at once after a pause."""

    per_second: float
    burst: int


PER_DESK = Rate(20, 100)
"""Batches of one desk: ten thousand waiting entries are twenty."""

PER_ADDRESS = Rate(200, 1_000)
"""Requests of one address, behind which a host with a hundred desks may stand."""

ENROLMENT = Rate(1, 100)
"""Requests to be known, of one address: nobody has proven anything yet."""


class Limiter:
    """A bucket of requests for each sender, in the memory of one worker."""

    def __init__(self, rate: Rate, now: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._now = now
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, sender: str) -> None:
        """Count one request; raises `WholeRefused` with the seconds to wait when there were too many."""
        now = self._now()
        left, at = self._buckets.pop(sender, (float(self._rate.burst), now))
        left = min(self._rate.burst, left + (now - at) * self._rate.per_second)
        # Put back as the youngest, so that the oldest of too many senders is the first to be forgotten.
        self._buckets[sender] = (left - 1 if left >= 1 else left, now)
        if len(self._buckets) > _MOST_SENDERS:
            del self._buckets[next(iter(self._buckets))]
        if left < 1:
            wait = max(1, round((1 - left) / self._rate.per_second))
            raise WholeRefused(HTTPStatus.TOO_MANY_REQUESTS, "too many requests", {"Retry-After": str(wait)})


async def body_of(request: Request, media_type: str, largest: int) -> bytes:
    """Return the body of a request of a media type; raises `WholeRefused` when it is too long or too slow."""
    # A web page cannot send our types to another site without asking first, so no browser is misused.
    if request.headers.get("content-type", "").partition(";")[0].strip() != media_type:
        raise WholeRefused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"content type is not {media_type}")
    body = bytearray()
    try:
        async with asyncio.timeout(SECONDS_FOR_BODY):
            async for part in request.stream():
                body += part
                if len(body) > largest:
                    raise WholeRefused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"over {largest} bytes")
    except ClientDisconnect:
        raise WholeRefused(HTTPStatus.BAD_REQUEST, "cut off") from None
    except TimeoutError:
        raise WholeRefused(HTTPStatus.REQUEST_TIMEOUT, f"not sent in {SECONDS_FOR_BODY:g} s") from None
    return bytes(body)
