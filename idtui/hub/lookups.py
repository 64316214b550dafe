"""What the hub tells desks: the visits of a day.

Whoever mounts these routes puts the check of the desk's token around them.
"""

from collections.abc import Awaitable, Callable
from datetime import date
from http import HTTPStatus

import msgspec
import sqlalchemy as sql
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idtui.hub import visits
from idtui.hub.intake import outcome
from idtui.sync.fhir import MEDIA_TYPE


class Refused(Exception):
    """The question is not one of ours; the text says why and quotes nothing."""


Answer = Callable[[sql.Engine, Request], Awaitable[bytes]]


def routes(engine: sql.Engine) -> list[Route]:
    """Return the routes below the hub's base address."""
    return [Route("/desk/visits", _route(engine, _visits, "application/json"))]


def _route(engine: sql.Engine, answer: Answer, media_type: str) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            return Response(await answer(engine, request), media_type=media_type)
        except Refused as refused:
            return _outcome(str(refused), "invalid", HTTPStatus.BAD_REQUEST)
        except sql.exc.SQLAlchemyError:
            return _outcome("database not available", "transient", HTTPStatus.SERVICE_UNAVAILABLE)

    return endpoint


def _outcome(words: str, code: str, status: HTTPStatus) -> Response:
    return Response(msgspec.json.encode(outcome(words, code)), status, media_type=MEDIA_TYPE)


async def _visits(engine: sql.Engine, request: Request) -> bytes:
    day = _day(request.query_params.get("day", ""))
    return b'{"visits":%s}' % await run_in_threadpool(visits.of_day, engine, day)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refused("day is not a date such as 2026-11-22") from None
