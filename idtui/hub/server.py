"""The hub as a web server: `POST /fhir`, `GET /fhir/metadata`, `GET /health`, on loopback only.

No request is logged: bodies hold patients. Desks are not authenticated yet, hence loopback.
"""

import logging
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

import msgspec
import uvicorn
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from idtui import __version__
from idtui.domain.text import clean, say
from idtui.hub import lookups, numbering
from idtui.hub.database import Database
from idtui.hub.errors import HubUnavailable
from idtui.hub.intake import LARGEST_BODY, Intake, WholeRefused, outcome, unpacked
from idtui.sync.fhir import MEDIA_TYPE
from idtui.sync.session import is_loopback

_SECONDS_TO_FINISH = 2
_QUEUE = 128
_LAST_PORT = 65_535

CAPABILITIES = {
    "resourceType": "CapabilityStatement",
    "status": "active",
    "date": "2026-11-22",
    "kind": "instance",
    "software": {"name": "idtui", "version": __version__},
    "implementation": {"description": "Takes identity verifications from registration desks"},
    "fhirVersion": "4.0.1",
    "format": ["json"],
    "rest": [
        {
            "mode": "server",
            "resource": [
                {"type": "Observation", "interaction": [{"code": "create"}], "conditionalCreate": True}
            ],
            "interaction": [{"code": "batch"}],
        }
    ],
}


def serve(
    database_url: str, host: str, port: int, *, training: bool, ready: Callable[[int], None] | None = None
) -> None:
    """Run the hub until SIGINT or SIGTERM. `ready` is told the port once connections are taken; 0 picks one.

    Raises `HubUnavailable` for a host that is not loopback, a taken port and an unusable database.
    """
    listening = listen(host, port)
    try:
        database = Database(database_url)
        try:
            server(Intake(database, training), lambda: ready and ready(port_of(listening))).run([listening])
        finally:
            database.close()
    finally:
        listening.close()


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that takes connections on this machine's loopback interface."""
    if not is_loopback(host):
        raise HubUnavailable(say("hub.loopback_only", host=clean(host)))
    if not 0 <= port <= _LAST_PORT:
        raise HubUnavailable(say("hub.no_such_port", port=port))
    try:
        return socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=_QUEUE
        )
    except OSError as error:
        reason = clean(error.strerror or "")
        raise HubUnavailable(say("hub.port_unavailable", port=port, reason=reason)) from error


def port_of(listening: socket.socket) -> int:
    """Return the port a socket listens on."""
    port: int = listening.getsockname()[1]
    return port


def server(intake: Intake, started: Callable[[], object]) -> uvicorn.Server:
    """Return the server, to be run on a socket of `listen`; `started` is called when it is up."""
    # Without a handler of its own uvicorn's errors would reach the terminal.
    logging.getLogger("uvicorn").addHandler(logging.NullHandler())
    return uvicorn.Server(
        uvicorn.Config(
            application(intake, started),
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_SECONDS_TO_FINISH,
        )
    )


def application(intake: Intake, started: Callable[[], object]) -> Starlette:
    """Return the ASGI application."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        started()
        yield

    async def fhir(request: Request) -> Response:
        try:
            body = unpacked(await _body(request), request.headers.get("content-encoding", ""))
            answer = await run_in_threadpool(intake.take, body)
            numbered = BackgroundTask(numbering.catch_up_soon, intake.database.engine)
            return Response(answer, media_type=MEDIA_TYPE, background=numbered)
        except WholeRefused as refused:
            return _json(outcome(refused.words, "invalid"), refused.status)
        except SQLAlchemyError:
            return _json(outcome("database not available", "transient"), HTTPStatus.SERVICE_UNAVAILABLE)

    async def metadata(_: Request) -> Response:
        return _json(CAPABILITIES)

    async def health(_: Request) -> Response:
        return _json({"status": "ok"})

    return Starlette(
        routes=[
            Route("/fhir", fhir, methods=["POST"]),
            Route("/fhir/metadata", metadata),
            Route("/health", health),
            *lookups.routes(intake.database.engine),
        ],
        lifespan=lifespan,
    )


async def _body(request: Request) -> bytes:
    # A web page cannot send this type to another site without asking first, so no browser is misused.
    if request.headers.get("content-type", "").partition(";")[0].strip() != MEDIA_TYPE:
        raise WholeRefused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"content type is not {MEDIA_TYPE}")
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > LARGEST_BODY:
                raise WholeRefused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"over {LARGEST_BODY} bytes")
    except ClientDisconnect:
        raise WholeRefused(HTTPStatus.BAD_REQUEST, "cut off") from None
    return bytes(body)


def _json(content: dict[str, Any], status: HTTPStatus = HTTPStatus.OK) -> Response:
    return Response(msgspec.json.encode(content), status, media_type=MEDIA_TYPE)
