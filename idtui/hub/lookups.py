"""What the hub tells desks: visits of a day, entries of a person or stay, a first reading, dues, the quota.

A patient's number comes in the body of a POST, never in a URL. `web` mounts `PAGES` behind the check of the
desk's token.
"""

import re
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import TypeVar
from urllib.parse import parse_qs

import msgspec
import sqlalchemy as sql
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request

from idtui.hub import numbering, questions, visits
from idtui.sync import codes
from idtui.sync.fhir import MEDIA_TYPE

LARGEST_FORM = 4096
"""Bytes; a question has about 200."""

_FORM = "application/x-www-form-urlencoded"
_PERSON = "subject:identifier"
_PARAMETERS = {_PERSON: codes.SSIN, "encounter:identifier": codes.VISIT}
_DATE = re.compile(r"(eq|ge|le|gt|lt)?([0-9]{4}-[0-9]{2}-[0-9]{2})", re.ASCII)
_Found = TypeVar("_Found")
_Days = tuple[date | None, date | None]


class QuestionRefused(Exception):
    """The question is not one of ours; the text says why and quotes nothing."""


Answer = Callable[[sql.Engine, Request], Awaitable[bytes]]


class Page(msgspec.Struct, frozen=True):
    """One page below the hub's base address."""

    path: str
    name: str
    answer: Answer
    media_type: str = "application/json"
    method: str = "GET"


async def _visits(engine: sql.Engine, request: Request) -> bytes:
    day = _day(request.query_params.get("day", ""), "day")
    return b'{"visits":%s}' % await run_in_threadpool(visits.of_day, engine, day)


async def _worklist(engine: sql.Engine, _: Request) -> bytes:
    return msgspec.json.encode({"pendings": await run_in_threadpool(_asked, engine, questions.still_due)})


async def _quota(engine: sql.Engine, request: Request) -> bytes:
    year = request.query_params.get("year", "")
    if not re.fullmatch(r"[0-9]{4}", year, re.ASCII):
        raise QuestionRefused("year is not four digits")
    tallies = await run_in_threadpool(_asked, engine, lambda line: questions.tallied(line, int(year)))
    return msgspec.json.encode({"year": int(year), "tallies": tallies})


async def _search(engine: sql.Engine, request: Request) -> bytes:
    form = await _form(request)
    unknown = set(form) - set(_PARAMETERS) - {"date"}
    if unknown or any(len(values) > 1 for name, values in form.items() if name != "date"):
        raise QuestionRefused("a parameter that is unknown or repeated")
    asked = {name: _token(form[name][0], system) for name, system in _PARAMETERS.items() if name in form}
    if not asked:
        raise QuestionRefused("neither subject:identifier nor encounter:identifier")
    first, last = _span(form.get("date", []))
    resources = await run_in_threadpool(
        _asked,
        engine,
        lambda line: questions.found(
            line,
            niss=asked.get(_PERSON),
            visit=asked.get("encounter:identifier"),
            first=first,
            last=last,
        ),
    )
    entries = b",".join(
        b'{"resource":%s,"search":{"mode":"match"}}' % resource.encode() for resource in resources
    )
    # FHIR knows no empty lists.
    listed = b',"entry":[%s]' % entries if entries else b""
    return b'{"resourceType":"Bundle","type":"searchset","total":%d%s}' % (len(resources), listed)


async def _first_reading(engine: sql.Engine, request: Request) -> bytes:
    form = await _form(request)
    if set(form) != {_PERSON} or len(form[_PERSON]) > 1:
        raise QuestionRefused(f"not {_PERSON} alone")
    number = _token(form[_PERSON][0], codes.SSIN)
    reading = await run_in_threadpool(_asked, engine, lambda line: questions.first_reading(line, number))
    return msgspec.json.encode({"reading": reading})


def _asked(engine: sql.Engine, question: Callable[[sql.Connection], _Found]) -> _Found:
    """Answer from everything that is committed: what is not numbered yet is numbered first."""
    numbering.catch_up(engine)
    with engine.connect() as connection:
        return question(connection)


async def _form(request: Request) -> dict[str, list[str]]:
    if request.headers.get("content-type", "").partition(";")[0].strip() != _FORM:
        raise QuestionRefused(f"content type is not {_FORM}")
    if request.url.query:
        raise QuestionRefused("parameters belong in the body")
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > LARGEST_FORM:
                raise QuestionRefused(f"over {LARGEST_FORM} bytes")
        return parse_qs(bytes(body).decode("ascii"), strict_parsing=True, max_num_fields=10, errors="strict")
    except (ValueError, ClientDisconnect):
        raise QuestionRefused("not a form") from None


def _token(text: str, system: str) -> str:
    """Return the value of a token `system|value` of the system that is expected."""
    named, bar, value = text.partition("|")
    if not bar or named != system or not value:
        raise QuestionRefused("an identifier of another system, or without one")
    return value


def _span(dates: list[str]) -> _Days:
    """Return the first and last day of care that the `date` parameters allow."""
    first: date | None = None
    last: date | None = None
    for text in dates:
        written = _DATE.fullmatch(text)
        if written is None:
            raise QuestionRefused("date is not a day with eq, ge, le, gt or lt before it")
        how, day = written[1] or "eq", _day(written[2], "date")
        if how in ("eq", "ge", "gt"):
            first = max(first or date.min, _beside(day, 1) if how == "gt" else day)
        if how in ("eq", "le", "lt"):
            last = min(last or date.max, _beside(day, -1) if how == "lt" else day)
    return first, last


def _beside(day: date, step: int) -> date:
    try:
        return day + timedelta(days=step)
    except OverflowError:
        raise QuestionRefused("date is the first or last of the calendar") from None


def _day(text: str, name: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise QuestionRefused(f"{name} is not a day such as 2026-11-22") from None


PAGES = (
    Page("/desk/visits", "visits", _visits),
    Page("/desk/worklist", "worklist", _worklist),
    Page("/desk/quota", "quota", _quota),
    Page("/desk/first-reading", "first-reading", _first_reading, method="POST"),
    Page("/fhir/Observation/_search", "search", _search, MEDIA_TYPE, "POST"),
)
"""What desks may ask."""
