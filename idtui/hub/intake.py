"""A batch taken in: every entry judged by itself, the good ones stored at once, one answer each."""

import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import msgspec

from idtui.hub.checks import Refused, checked
from idtui.hub.database import Database, Held, Record
from idtui.hub.heads import Chain
from idtui.hub.resources import Bundle
from idtui.hub.tokens import Caller
from idtui.sync.fhir import MOST

LARGEST_BODY = 5 * 1024 * 1024
LARGEST_UNPACKED = 20 * 1024 * 1024
"""Bytes; a full batch is about 1.5 MB."""

_GZIP = 16 + zlib.MAX_WBITS
_ISSUES = {
    HTTPStatus.BAD_REQUEST: "invalid",
    HTTPStatus.FORBIDDEN: "forbidden",
    HTTPStatus.CONFLICT: "conflict",
}
"""Codes of FHIR's issue-type."""


class WholeRefused(Exception):
    """The whole request is answered with this status and these technical words."""

    def __init__(self, status: HTTPStatus, words: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(words)
        self.status = status
        self.words = words
        self.headers = dict(headers or {})


@dataclass(frozen=True, slots=True)
class Taken:
    """The batch-response, how many entries got which status, and the records under the caller's heads."""

    answer: bytes
    statuses: Counter[HTTPStatus]
    records: int


@dataclass(frozen=True, slots=True)
class Intake:
    """The intake of one hub; a training hub also takes training and specimen entries."""

    database: Database
    training: bool

    def take(self, body: bytes, caller: Caller | None = None, chain: Chain | None = None) -> Taken:
        """Store what is good in a batch and return the batch-response; raises `WholeRefused`.

        Entry n of the response answers entry n: 201 stored now, 200 held already with the same content,
        409 held with other content, 400 not valid, 403 not of the desk that sends it. On return what is
        answered 201 is durable, and so is the head of the caller's journal, where it sent one.
        """
        judged = [self._judged(raw, caller) for raw in _entries(body)]
        first: dict[str, Record] = {}
        for one in judged:
            if isinstance(one, Record):
                first.setdefault(one.id, one)
        stored = self.database.store(first.values(), chain)
        answers = [
            _answer(one, stored.held[one.id], is_first=first[one.id] is one)
            if isinstance(one, Record)
            else _Answer(one.status, words=str(one))
            for one in judged
        ]
        entries = [answer.as_json() for answer in answers]
        return Taken(
            msgspec.json.encode({"resourceType": "Bundle", "type": "batch-response", "entry": entries}),
            Counter(answer.status for answer in answers),
            stored.records,
        )

    def _judged(self, raw: msgspec.Raw, caller: Caller | None) -> Record | Refused:
        try:
            record = checked(raw, training=self.training)
        except Refused as refused:
            return refused
        if caller and (record.site, record.desk) != (caller.site, caller.desk):
            return Refused("the entry is of another site or desk", HTTPStatus.FORBIDDEN)
        return record


def unpacked(body: bytes, encoding: str) -> bytes:
    """Return the body of a request without its Content-Encoding; raises `WholeRefused`."""
    if encoding in ("", "identity"):
        return body
    if encoding != "gzip":
        raise WholeRefused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "content encoding is not gzip")
    unpacker = zlib.decompressobj(_GZIP)
    try:
        plain = unpacker.decompress(body, LARGEST_UNPACKED)
    except zlib.error:
        raise WholeRefused(HTTPStatus.BAD_REQUEST, "not gzip") from None
    if unpacker.unconsumed_tail:
        raise WholeRefused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "unpacks to too much")
    if not unpacker.eof or unpacker.unused_data:
        raise WholeRefused(HTTPStatus.BAD_REQUEST, "not one whole gzip member")
    return plain


def outcome(words: str, code: str) -> dict[str, Any]:
    """Return an OperationOutcome with technical words; `code` is of FHIR's issue-type."""
    return {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "error", "code": code, "diagnostics": words}],
    }


def _entries(body: bytes) -> list[msgspec.Raw]:
    try:
        entries = msgspec.json.decode(body, type=Bundle).entry
    except msgspec.MsgspecError:
        raise WholeRefused(HTTPStatus.BAD_REQUEST, "not a Bundle of type batch with entries") from None
    except (UnicodeDecodeError, RecursionError):
        raise WholeRefused(HTTPStatus.BAD_REQUEST, "not readable, or nested too deeply") from None
    if len(entries) > MOST:
        raise WholeRefused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"more than {MOST} entries")
    return entries


@dataclass(frozen=True, slots=True)
class _Answer:
    """What becomes of one entry."""

    status: HTTPStatus
    entry_id: str = ""
    words: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return it as an entry of the batch-response."""
        response: dict[str, Any] = {"status": f"{self.status.value} {self.status.phrase}"}
        if self.words:
            response["outcome"] = outcome(self.words, _ISSUES[self.status])
        return {**({"fullUrl": f"urn:uuid:{self.entry_id}"} if self.entry_id else {}), "response": response}


def _answer(record: Record, held: Held, *, is_first: bool) -> _Answer:
    if held.sha256 != record.sha256:
        return _Answer(HTTPStatus.CONFLICT, record.id, "held under this id with other content")
    return _Answer(HTTPStatus.CREATED if held.new and is_first else HTTPStatus.OK, record.id)
