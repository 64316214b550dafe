"""The hub's pages for itsme: three for desks, behind their token, and three for phones and itsme itself."""

import html
from collections.abc import Awaitable, Callable
from http import HTTPStatus

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idtui.domain.text import Message, say
from idtui.hub.intake import WholeRefused
from idtui.hub.itsme.person import NotIdentified
from idtui.hub.itsme.relay import RedirectRelay, Relay
from idtui.sync.itsme import PATH, Why
from idtui.words import LANGUAGES, words

_JSON = "application/json"
_MOST_PARAMETERS = 20
_GUARD = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
}
_STYLE = "body{font:1.3em sans-serif;margin:2em auto;max-width:30em;padding:0 1em}"

Facts = dict[str, object]
Answer = Callable[[Request, str, Facts], Awaitable[Response]]
"""Answers a request; the text is the id of the desk that asks, empty on a page for everybody."""


class Page(msgspec.Struct, frozen=True):
    """One page below the hub's address; `for_desks` needs a desk's token."""

    path: str
    name: str
    answer: Answer
    method: str = "GET"
    for_desks: bool = False


def pages(relay: Relay) -> list[Page]:
    """Return the pages of a relay."""
    found = _Pages(relay)
    one = f"{PATH}/{{transaction}}"
    listed = [
        Page(PATH, "itsme", found.begin, "POST", for_desks=True),
        Page(one, "itsme-answer", found.answer, for_desks=True),
        Page(one, "itsme-forget", found.forget, "DELETE", for_desks=True),
        Page("/itsme/jwks.json", "itsme-keys", found.keys),
    ]
    if isinstance(relay, RedirectRelay):
        phones = _Phones(relay)
        # The link is written in capitals, which make the smaller code.
        listed += [Page(path, "itsme-link", phones.follow) for path in ("/i/{short}", "/I/{short}")]
        listed.append(Page("/itsme/callback", "itsme-callback", phones.returned))
    return listed


class _Pages:
    def __init__(self, relay: Relay) -> None:
        self._relay = relay

    async def begin(self, _: Request, desk: str, facts: Facts) -> Response:
        try:
            begun = await self._relay.begin(desk)
        except NotIdentified as failed:
            facts["words"] = str(failed)
            return _json({"why": failed.why}, HTTPStatus.BAD_GATEWAY)
        return _json(begun, HTTPStatus.CREATED)

    async def answer(self, request: Request, desk: str, _: Facts) -> Response:
        seen = request.query_params.get("seen", "")
        answer = await self._relay.answer(desk, request.path_params["transaction"], seen)
        if answer is None:
            raise WholeRefused(HTTPStatus.NOT_FOUND, "no such phone is awaited")
        return _json(answer)

    async def forget(self, request: Request, desk: str, _: Facts) -> Response:
        await self._relay.forget(desk, request.path_params["transaction"])
        return Response(status_code=HTTPStatus.NO_CONTENT)

    async def keys(self, _: Request, __: str, ___: Facts) -> Response:
        return _json(self._relay.public_keys(), headers={"Cache-Control": "max-age=1800"})


class _Phones:
    def __init__(self, relay: RedirectRelay) -> None:
        self._relay = relay

    async def follow(self, request: Request, _: str, facts: Facts) -> Response:
        if request.method == "HEAD":  # a preview must not use up the link
            return Response(headers=_GUARD)
        try:
            address = await self._relay.follow(request.path_params["short"])
        except NotIdentified as failed:
            return _told(facts, failed)
        if address is None:
            return _page(say("itsme.page.used"), HTTPStatus.GONE)
        return RedirectResponse(address, HTTPStatus.SEE_OTHER, _GUARD)

    async def returned(self, request: Request, _: str, facts: Facts) -> Response:
        if request.method == "HEAD":
            return Response(headers=_GUARD)
        given = request.query_params.multi_items()
        once = dict(given)
        if len(once) != len(given) or len(given) > _MOST_PARAMETERS:
            return _page(say("itsme.page.used"), HTTPStatus.BAD_REQUEST)
        try:
            awaited = await self._relay.returned(once)
        except NotIdentified as failed:
            return _told(facts, failed)
        return _page(say("itsme.page.done")) if awaited else _page(say("itsme.page.used"), HTTPStatus.GONE)


def _told(facts: Facts, failed: NotIdentified) -> Response:
    facts["words"] = str(failed)
    cancelled = failed.why is Why.CANCELLED
    return _page(say("itsme.page.cancelled") if cancelled else say("itsme.page.failed"))


def _page(told: Message, status: HTTPStatus = HTTPStatus.OK) -> Response:
    """Return one sentence in every language: a phone's own language is not always its owner's."""
    body = "".join(f'<p lang="{language}">{html.escape(words(language)(told))}</p>' for language in LANGUAGES)
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><style>{_STYLE}</style>'
    page = f"<!doctype html><html><head>{head}<title>itsme</title></head><body>{body}</body></html>"
    return Response(page, status, _GUARD, media_type="text/html")


def _json(
    content: object, status: HTTPStatus = HTTPStatus.OK, headers: dict[str, str] | None = None
) -> Response:
    return Response(
        msgspec.json.encode(content), status, headers or {"Cache-Control": "no-store"}, media_type=_JSON
    )
