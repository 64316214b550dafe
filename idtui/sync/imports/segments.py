"""An HL7 v2 message taken apart: segments, fields, repetitions, components (HL7 2.5 chapter 2).

Ours and not the library `hl7`: that one logs values it cannot unescape, so patients. It is the independent
peer of the tests.
"""

import re

from idtui.domain.text import say
from idtui.sync.imports.fields import BadField

LARGEST_MESSAGE = 128 * 1024
"""Bytes; an admission has about 2,000."""

CHARSETS = {
    "8859/1": "latin-1",
    "8859/2": "iso8859-2",
    "8859/9": "iso8859-9",
    "8859/15": "iso8859-15",
    "UNICODE UTF-8": "utf-8",
}
"""Names of HL7 table 0211 and their codecs. None, or ASCII: UTF-8, else ISO 8859-1."""

_HEADER = re.compile(rb"MSH[!-/:-@\[-`{-~]{5}")
_DELETE = '""'


class Segments:
    """A message; only the first segment of each name is kept, which is all that visits need."""

    def __init__(self, raw: bytes) -> None:
        """Take a message apart, lines ended by CR; raises `BadField` when it is none."""
        if len(raw) > LARGEST_MESSAGE or not _HEADER.match(raw) or len(set(raw[3:8])) < 5:
            raise BadField(say("visits.bad.message"))
        separators = raw[3:8].decode("ascii")
        self._separator, self._component, self._repeat, escape, self._sub = tuple(separators)
        self._escapes = {
            f"{escape}{letter}{escape}": character
            for letter, character in zip("FSRET", separators, strict=True)
        }
        self._escaped = re.compile(f"{re.escape(escape)}[FSRET]{re.escape(escape)}")
        self._segments: dict[str, list[str]] = {}
        for line in _decoded(raw).split("\r"):
            cells = line.strip("\n").split(self._separator)
            self._segments.setdefault(cells[0], cells)
        # MSH-1 is the separator itself.
        self._segments["MSH"].insert(1, self._separator)

    def __contains__(self, segment: str) -> bool:
        return segment in self._segments

    def field(self, segment: str, number: int, component: int = 1) -> str:
        """Return a component of a field's first repetition, without escapes; empty where it is not there.

        Of a component with subcomponents the first is returned; `""`, which deletes, counts as empty.
        """
        return self._text(next(iter(self._repetitions(segment, number))), component)

    def repetitions(self, segment: str, number: int, *components: int) -> list[tuple[str, ...]]:
        """Return these components of every repetition of a field."""
        return [
            tuple(self._text(repetition, component) for component in components)
            for repetition in self._repetitions(segment, number)
        ]

    def _repetitions(self, segment: str, number: int) -> list[str]:
        cells = self._segments.get(segment, [])
        return cells[number].split(self._repeat) if number < len(cells) else [""]

    def _text(self, repetition: str, component: int) -> str:
        parts = repetition.split(self._component)
        raw = parts[component - 1].split(self._sub)[0] if component <= len(parts) else ""
        return "" if raw == _DELETE else self._escaped.sub(lambda found: self._escapes[found[0]], raw)


def _decoded(raw: bytes) -> str:
    header = raw.split(b"\r", 1)[0].split(raw[3:4])
    named = header[17].split(raw[5:6])[0].decode("latin-1").strip() if len(header) > 17 else ""
    if named not in ("", "ASCII", *CHARSETS):
        raise BadField(say("visits.bad.charset"))
    try:
        return raw.decode(CHARSETS.get(named, "utf-8"))
    except UnicodeDecodeError:
        if named in CHARSETS:
            raise BadField(say("visits.bad.message")) from None
        return raw.decode("latin-1")
