"""What the hub answered, entry by entry; nothing is acknowledged without a receipt of its own."""

import re
from collections.abc import Sequence

import msgspec

from idtui.desk.events import BatchAnswered, Receipt, Refusal
from idtui.domain.text import clean
from idtui.sync.codes import ENTRY_ID

STORED = frozenset({200, 201})
"""Already there, or stored now: the same receipt."""

PASSING = frozenset({401, 408, 423, 425, 429})
"""Answers below 500 to one entry that may be others later; all others refuse it however often it is sent."""

_STATUS = re.compile(r"[0-9]{3}(?![0-9])", re.ASCII)
_URN = "urn:uuid:"


class _Text(msgspec.Struct):
    text: str = ""


class _Issue(msgspec.Struct):
    diagnostics: str = ""
    details: _Text | None = None


class _Outcome(msgspec.Struct):
    issue: list[_Issue] = []


class _Identifier(msgspec.Struct):
    system: str = ""
    value: str = ""


class _Resource(msgspec.Struct):
    identifier: list[_Identifier] = []


class _Response(msgspec.Struct):
    status: str
    outcome: _Outcome | None = None
    location: str = ""


class _Entry(msgspec.Struct):
    response: _Response
    fullUrl: str = ""  # noqa: N815  # FHIR's name
    resource: _Resource | None = None


class _Bundle(msgspec.Struct):
    resourceType: str  # noqa: N815  # FHIR's name
    type: str
    entry: list[msgspec.Raw] = []


_NOT_READABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def read_answer(body: bytes, sent: Sequence[str]) -> BatchAnswered | None:
    """Return what a batch-response says of the entries sent, by their ids; None when it is no such Bundle.

    Entry n answers entry n. An answer that names another entry than the one in its place counts for
    nothing, and so does one that names none when there are not as many answers as entries.
    """
    try:
        bundle = msgspec.json.decode(body, type=_Bundle)
    except _NOT_READABLE:
        return None
    if bundle.resourceType != "Bundle" or bundle.type != "batch-response":
        return None
    must_name = len(bundle.entry) != len(sent)
    known = frozenset(sent)
    judged = [
        _judged(raw, entry_id, known, must_name=must_name)
        for raw, entry_id in zip(bundle.entry, sent, strict=False)
    ]
    return BatchAnswered(
        receipts=tuple(one for one in judged if isinstance(one, Receipt)),
        refusals=tuple(one for one in judged if isinstance(one, Refusal)),
    )


def outcome_words(body: bytes) -> str:
    """Return the words of an OperationOutcome, cleaned; empty when it is none."""
    try:
        return _words(msgspec.json.decode(body, type=_Outcome))
    except _NOT_READABLE:
        return ""


def _judged(
    raw: msgspec.Raw, entry_id: str, known: frozenset[str], *, must_name: bool
) -> Receipt | Refusal | None:
    try:
        answer = msgspec.json.decode(raw, type=_Entry)
    except _NOT_READABLE:
        return None
    names = _names(answer, known)
    if names - {entry_id} or (must_name and not names):
        return None
    number = _STATUS.match(answer.response.status)
    status = int(number[0]) if number else 0
    if status in STORED:
        return Receipt(entry_id)
    if 400 <= status < 500 and status not in PASSING:
        return Refusal(entry_id, status, _words(answer.response.outcome))
    return None


def _names(answer: _Entry, known: frozenset[str]) -> set[str]:
    """Return the ids of ours that an answer says it is about, wherever a server may say it."""
    names = set(known.intersection(answer.response.location.split("/")))
    if answer.fullUrl.startswith(_URN):
        names.add(answer.fullUrl.removeprefix(_URN))
    if answer.resource:
        names.update(one.value for one in answer.resource.identifier if one.system == ENTRY_ID)
    return names


def _words(outcome: _Outcome | None) -> str:
    issues = outcome.issue if outcome else []
    said = (issue.diagnostics or (issue.details.text if issue.details else "") for issue in issues)
    return clean("; ".join(text for text in said if text))
