"""A batch taken in: every entry judged by itself, the good ones stored at once, one answer each."""

import zlib
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import msgspec

from idtui.hub.checks import Refused, checked
from idtui.hub.database import Database, Held, Record
from idtui.hub.resources import Bundle
from idtui.sync.fhir import MOST

LARGEST_BODY = 5 * 1024 * 1024
LARGEST_UNPACKED = 20 * 1024 * 1024
"""Bytes; a full batch is about 1.5 MB."""

_GZIP = 16 + zlib.MAX_WBITS


class WholeRefused(Exception):
    """The whole request is answered with this status and these technical words."""

    def __init__(self, status: HTTPStatus, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.words = words


@dataclass(frozen=True, slots=True)
class Intake:
    """The intake of one hub; a training hub also takes training and specimen entries."""

    database: Database
    training: bool

    def take(self, body: bytes) -> bytes:
        """Store what is good in a batch and return the batch-response; raises `WholeRefused`.

        Entry n of the response answers entry n: 201 stored now, 200 held already with the same content,
        409 held with other content, 400 not valid. On return what is answered 201 is durable.
        """
        judged = [self._judged(raw) for raw in _entries(body)]
        first: dict[str, Record] = {}
        for one in judged:
            if isinstance(one, Record):
                first.setdefault(one.id, one)
        held = self.database.store(first.values())
        answers = [
            _answer(one, held[one.id], is_first=first[one.id] is one)
            if isinstance(one, Record)
            else _response(HTTPStatus.BAD_REQUEST, words=str(one))
            for one in judged
        ]
        return msgspec.json.encode({"resourceType": "Bundle", "type": "batch-response", "entry": answers})

    def _judged(self, raw: msgspec.Raw) -> Record | Refused:
        try:
            return checked(raw, training=self.training)
        except Refused as refused:
            return refused


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


def _answer(record: Record, held: Held, *, is_first: bool) -> dict[str, Any]:
    if held.sha256 != record.sha256:
        return _response(HTTPStatus.CONFLICT, record.id, "held under this id with other content")
    return _response(HTTPStatus.CREATED if held.new and is_first else HTTPStatus.OK, record.id)


def _response(status: HTTPStatus, entry_id: str = "", words: str = "") -> dict[str, Any]:
    code = "conflict" if status is HTTPStatus.CONFLICT else "invalid"
    return {
        **({"fullUrl": f"urn:uuid:{entry_id}"} if entry_id else {}),
        "response": {
            "status": f"{status.value} {status.phrase}",
            **({"outcome": outcome(words, code)} if words else {}),
        },
    }
