"""The hub's pages: batches, tokens and enrolment of desks, what it can do, how it fares."""

import ipaddress
import re
import time
import traceback
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

import msgspec
from anyio.to_thread import current_default_thread_limiter
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from idtui import __version__
from idtui.hub.desks import Desks, Enrolment, EnrolmentRefused, KeyRefused
from idtui.hub.engine import CONNECTIONS
from idtui.hub.following import Following
from idtui.hub.heads import Chain
from idtui.hub.intake import LARGEST_BODY, Intake, Taken, WholeRefused, outcome, unpacked
from idtui.hub.itsme import pages as itsme
from idtui.hub.itsme.relay import Relay
from idtui.hub.limits import ENROLMENT, PER_ADDRESS, PER_DESK, Limiter, body_of
from idtui.hub.lookups import PAGES, Page, QuestionRefused
from idtui.hub.tokens import ASSERTION_TYPE, TOKEN_SECONDS, Caller, InvalidClient, InvalidToken, Tokens
from idtui.hub.watch import Watch
from idtui.sync.fhir import MEDIA_TYPE

_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"
_LARGEST_FORM = 16 * 1024
_CHAIN = re.compile(r"([0-9a-f]{64})(?: ([0-9]{1,15}))?", re.ASCII)

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

Facts = dict[str, object]
Handler = Callable[[Request, Facts], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Hub:
    """What the pages stand on. Without `tokens` every desk is believed: training, on loopback.

    `proxy` is the address of a reverse proxy: then requests of nobody else are taken. `itsme` is there where
    the hospital has a contract.
    """

    intake: Intake
    watch: Watch
    desks: Desks
    tokens: Tokens | None = None
    proxy: str = ""
    itsme: Relay | None = None


def application(hub: Hub, started: Callable[[], object]) -> Starlette:
    """Return the ASGI application; `started` is called when it is up."""
    pages = _Pages(hub)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        # More threads than connections would only wait for one, and give up.
        current_default_thread_limiter().total_tokens = CONNECTIONS
        started()
        yield
        await pages.end()

    return Starlette(routes=pages.routes(), lifespan=lifespan)


class _Pages:
    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._per_address = Limiter(PER_ADDRESS)
        self._per_desk = Limiter(PER_DESK)
        self._enrolments = Limiter(ENROLMENT)
        self._following = Following(hub.intake.database.engine)

    async def end(self) -> None:
        """End what goes on behind the requests."""
        await self._following.end()

    def routes(self) -> list[Route]:
        routes = [
            self._route("/fhir", "fhir", self._fhir, "POST"),
            self._route("/fhir/metadata", "metadata", self._metadata),
            self._route("/health", "health", self._health),
            self._route("/metrics", "metrics", self._metrics),
            *(self._route(page.path, page.name, partial(self._asked, page), page.method) for page in PAGES),
        ]
        if relay := self._hub.itsme:
            routes += [
                self._route(page.path, page.name, partial(self._phone, page), page.method)
                for page in itsme.pages(relay)
            ]
        if tokens := self._hub.tokens:
            routes += [
                self._route("/desks", "desks", self._enrol, "POST"),
                self._route("/token", "token", partial(self._token, tokens), "POST"),
                self._route("/keys", "keys", partial(self._keys, tokens)),
            ]
        return routes

    def _route(self, path: str, name: str, handler: Handler, method: str = "GET") -> Route:
        async def watched(request: Request) -> Response:
            began = time.perf_counter()
            facts: Facts = {"request": uuid.uuid4().hex}
            response = await self._answered(request, handler, facts)
            response.headers["X-Request-Id"] = str(facts["request"])
            self._hub.watch.request(name, response.status_code, time.perf_counter() - began, facts)
            return response

        return Route(path, watched, methods=[method])

    async def _answered(self, request: Request, handler: Handler, facts: Facts) -> Response:
        try:
            self._per_address.take(self._address(request))
            return await handler(request, facts)
        except WholeRefused as refused:
            facts["words"] = refused.words
            code = "login" if refused.status is HTTPStatus.UNAUTHORIZED else "invalid"
            return _fhir_json(outcome(refused.words, code), refused.status, refused.headers)
        except SQLAlchemyError as error:
            facts["words"] = type(error).__name__
            words = outcome("database not available", "transient")
            return _fhir_json(words, HTTPStatus.SERVICE_UNAVAILABLE)
        except Exception as error:  # noqa: BLE001  # the last door: no value of an error may reach a log
            frames = traceback.extract_tb(error.__traceback__)
            facts["words"] = f"{type(error).__name__} {[f'{frame.name}:{frame.lineno}' for frame in frames]}"
            return _fhir_json(outcome("internal error", "exception"), HTTPStatus.INTERNAL_SERVER_ERROR)

    def _address(self, request: Request) -> str:
        """Return the address a request comes from; only a configured proxy may say it for another."""
        peer = request.client.host if request.client else ""
        if not self._hub.proxy:
            return peer
        if peer != self._hub.proxy:
            raise WholeRefused(HTTPStatus.FORBIDDEN, "not through the proxy")
        return request.headers.get("x-forwarded-for", peer).rpartition(",")[2].strip()

    async def _caller(self, request: Request, facts: Facts) -> Caller | None:
        tokens = self._hub.tokens
        if tokens is None:
            return None
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise WholeRefused(HTTPStatus.UNAUTHORIZED, "no token", {"WWW-Authenticate": "Bearer"})
        try:
            caller = await run_in_threadpool(tokens.caller, token.strip())
        except InvalidToken as error:
            challenge = f'Bearer error="invalid_token", error_description="{error}"'
            raise WholeRefused(
                HTTPStatus.UNAUTHORIZED, f"token: {error}", {"WWW-Authenticate": challenge}
            ) from None
        facts["desk"] = caller.desk_id
        self._per_desk.take(caller.desk_id)
        return caller

    async def _fhir(self, request: Request, facts: Facts) -> Response:
        caller = await self._caller(request, facts)
        chain = _chain_of(request, caller)
        body = await body_of(request, MEDIA_TYPE, LARGEST_BODY)
        encoding = request.headers.get("content-encoding", "")
        taken, signed = await run_in_threadpool(self._take, body, encoding, caller, chain)
        facts.update(self._hub.watch.entries(taken.statuses))
        self._following.wake()
        return Response(taken.answer, headers=signed, media_type=MEDIA_TYPE)

    def _take(
        self, body: bytes, encoding: str, caller: Caller | None, chain: Chain | None
    ) -> tuple[Taken, dict[str, str]]:
        taken = self._hub.intake.take(unpacked(body, encoding), caller, chain)
        if not (self._hub.tokens and chain):
            return taken, {}
        return taken, {"Idtui-Head": self._hub.tokens.countersign(chain, taken.records)}

    async def _asked(self, page: Page, request: Request, facts: Facts) -> Response:
        await self._caller(request, facts)
        try:
            answer = await page.answer(self._hub.intake.database.engine, request)
        except QuestionRefused as refused:
            raise WholeRefused(HTTPStatus.BAD_REQUEST, str(refused)) from None
        return Response(answer, media_type=page.media_type)

    async def _phone(self, page: itsme.Page, request: Request, facts: Facts) -> Response:
        caller = await self._caller(request, facts) if page.for_desks else None
        return await page.answer(request, caller.desk_id if caller else "", facts)

    async def _enrol(self, request: Request, facts: Facts) -> Response:
        self._enrolments.take(self._address(request))
        body = await body_of(request, _JSON, _LARGEST_FORM)
        try:
            asked = msgspec.json.decode(body, type=Enrolment)
            desk = await run_in_threadpool(self._hub.desks.enrol, asked)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, KeyRefused):
            words = "site, desk name or public key not as documented"
            return _refusal(facts, HTTPStatus.BAD_REQUEST, "invalid_request", words)
        except EnrolmentRefused as refused:
            return _refusal(facts, HTTPStatus.CONFLICT, "conflict", str(refused))
        facts.update(desk=desk.id, state=desk.state)
        answer = {"id": desk.id, "state": desk.state, "code": desk.code}
        return Response(msgspec.json.encode(answer), HTTPStatus.ACCEPTED, media_type=_JSON)

    async def _token(self, tokens: Tokens, request: Request, facts: Facts) -> Response:
        body = await body_of(request, _FORM, _LARGEST_FORM)
        form = parse_qs(body.decode("ascii", "replace"), max_num_fields=10)
        given = {name: values[0] for name, values in form.items() if len(values) == 1}
        if given.get("grant_type") != "client_credentials":
            return _refusal(facts, HTTPStatus.BAD_REQUEST, "unsupported_grant_type", "")
        if given.get("client_assertion_type") != ASSERTION_TYPE:
            return _refusal(facts, HTTPStatus.BAD_REQUEST, "invalid_request", "client_assertion_type")
        try:
            token = await run_in_threadpool(tokens.grant, given.get("client_assertion", ""))
        except InvalidClient as error:
            return _refusal(facts, HTTPStatus.UNAUTHORIZED, "invalid_client", str(error))
        answer = {"access_token": token, "token_type": "Bearer", "expires_in": TOKEN_SECONDS}
        return Response(msgspec.json.encode(answer), headers={"Cache-Control": "no-store"}, media_type=_JSON)

    async def _keys(self, tokens: Tokens, _: Request, __: Facts) -> Response:
        keys = await run_in_threadpool(tokens.public_keys)
        return Response(msgspec.json.encode(keys), media_type=_JSON)

    async def _metadata(self, _: Request, __: Facts) -> Response:
        return _fhir_json(CAPABILITIES)

    async def _health(self, _: Request, __: Facts) -> Response:
        healthy = await run_in_threadpool(self._hub.intake.database.healthy)
        status = HTTPStatus.OK if healthy else HTTPStatus.SERVICE_UNAVAILABLE
        return _fhir_json({"status": "ok" if healthy else "database not available"}, status)

    async def _metrics(self, request: Request, __: Facts) -> Response:
        peer = request.client.host if request.client else ""
        if not _is_this_machine(peer) or "x-forwarded-for" in request.headers:
            raise WholeRefused(HTTPStatus.FORBIDDEN, "only from this machine itself")
        return PlainTextResponse(self._hub.watch.board.text(), media_type="text/plain; version=0.0.4")


def _chain_of(request: Request, caller: Caller | None) -> Chain | None:
    """Return the head of its journal that a known desk sent, and how many frames that has."""
    text = request.headers.get("idtui-chain", "")
    if not text:
        return None
    said = _CHAIN.fullmatch(text)
    if said is None:
        raise WholeRefused(HTTPStatus.BAD_REQUEST, "Idtui-Chain is not a SHA-256 in hexadecimal")
    return Chain(caller.desk_id, said[1], int(said[2] or 0)) if caller else None


def _is_this_machine(peer: str) -> bool:
    try:
        return ipaddress.ip_address(peer).is_loopback
    except ValueError:
        return False


def _refusal(facts: Facts, status: HTTPStatus, error: str, words: str) -> Response:
    facts["words"] = words or error
    answer = {"error": error, **({"error_description": words} if words else {})}
    return Response(msgspec.json.encode(answer), status, media_type=_JSON)


def _fhir_json(
    content: dict[str, Any], status: HTTPStatus = HTTPStatus.OK, headers: dict[str, str] | None = None
) -> Response:
    return Response(msgspec.json.encode(content), status, headers, media_type=MEDIA_TYPE)
