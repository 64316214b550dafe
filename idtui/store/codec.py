"""Entries to JSON and back: the form in which an entry is frozen."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from idtui.domain.entries import KINDS, Entry
from idtui.domain.errors import NotUnderstood
from idtui.domain.text import clean, say

_KIND = "kind"
_NOT_READABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class _Kinded(msgspec.Struct):
    kind: str


_kinded = msgspec.json.Decoder(_Kinded).decode
_decoders: dict[str, Callable[[bytes], Entry]] = {
    kind: msgspec.json.Decoder(of_kind).decode for kind, of_kind in KINDS.items()
}


def encode(entry: Entry) -> bytes:
    """Return the entry as one line of JSON: `kind` first, then every field in the order of its class.

    Moments are RFC 3339 with their offset. The same entry always gives the same bytes.
    """
    return b'{"kind":"%s",%s' % (entry.kind.encode(), msgspec.json.encode(entry)[1:])


def decode(data: bytes) -> Entry:
    """Return the entry that `encode` wrote.

    Raises `NotUnderstood` for anything else: no JSON object, an unknown kind or field, a wrong value.
    """
    try:
        entry = _decoders[_kinded(data).kind](data)
    except (KeyError, *_NOT_READABLE):
        return _decode_slowly(data)
    return entry if encode(entry) == data else _decode_slowly(data)


def document_of(data: bytes) -> dict[str, Any]:
    """Return a fresh dictionary of what `encode` wrote, moments as text: the form TinyDB queries."""
    return msgspec.json.decode(data, type=dict[str, Any])


def _decode_slowly(data: bytes) -> Entry:
    """Decode what is not exactly our own writing, or say what is wrong with it."""
    try:
        document = document_of(data)
    except _NOT_READABLE:
        raise NotUnderstood(say("store.entry_not_json")) from None
    return from_document(document)


def from_document(document: Mapping[str, Any]) -> Entry:
    """Return the entry a dictionary of JSON values describes; raises `NotUnderstood` as `decode` does."""
    fields = dict(document)
    kind = str(fields.pop(_KIND, ""))
    if kind not in KINDS:
        raise NotUnderstood(say("store.unknown_kind", kind=clean(kind, 40)))
    try:
        entry: Entry = msgspec.convert(fields, KINDS[kind])
    except msgspec.ValidationError as error:
        # The text of the error may quote the value; only the place may leave this room.
        place = str(error).rpartition(" - at ")[2]
        raise NotUnderstood(say("store.bad_field", field=clean(place, 80))) from None
    if unknown := unknown_place(fields, msgspec.to_builtins(entry), "$"):
        raise NotUnderstood(say("store.unknown_field", field=clean(unknown, 80)))
    return entry


def unknown_place(given: object, known: object, place: str) -> str:
    """Return where `given` has a key that `known` does not, or an empty string."""
    if isinstance(given, dict) and isinstance(known, dict):
        for key, value in given.items():
            if key not in known:
                return f"{place}.{key}"
            if found := unknown_place(value, known[key], f"{place}.{key}"):
                return found
    if isinstance(given, list) and isinstance(known, list | tuple):
        for index, (value, other) in enumerate(zip(given, known, strict=True)):
            if found := unknown_place(value, other, f"{place}[{index}]"):
                return found
    return ""
