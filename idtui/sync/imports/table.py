"""Visits from a table (CSV): one visit a line, under the column names of docs/visits.md."""

import csv
import io
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from idtui.domain.episode import Coverage
from idtui.domain.errors import NotUnderstood
from idtui.domain.text import clean, say
from idtui.domain.visit import Visit, VisitKind, VisitSource, VisitState, state_of
from idtui.sync.imports import fields
from idtui.sync.imports.fields import BadField, BadRow, Imported

COLUMNS = (
    "visit",
    "kind",
    "state",
    "niss",
    "name",
    "given_names",
    "birth_date",
    "sex",
    "admitted_at",
    "ended_at",
    "appointment_at",
    "service",
    "insurer",
    "ct1",
    "ct2",
    "told_at",
)
"""Names a column may have; `visit` and `kind` must be there."""

_NEEDED = frozenset({"visit", "kind"})
_SEPARATORS = ";,\t|"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_Word = TypeVar("_Word", bound=StrEnum)


def read(content: bytes, now: datetime) -> Imported:
    """Return the visits of a table; separator and encoding are found out.

    Raises `NotUnderstood` when its first line is not a line of known column names.
    """
    text = _decoded(content)
    header = text.lstrip("\ufeff").split("\n", 1)[0]
    separator = max(_SEPARATORS, key=header.count)
    lines = csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""), delimiter=separator, strict=True)
    visits: list[Visit] = []
    bad: list[BadRow] = []
    try:
        names = _checked_names(next(lines, []))
        before = lines.line_num
        for row in lines:
            place, before = before + 1, lines.line_num
            if not any(cell.strip() for cell in row):
                continue
            try:
                visits.append(_visit(names, row, now))
            except BadField as error:
                bad.append(BadRow(place, error.message))
    except csv.Error:
        raise NotUnderstood(say("visits.file_broken", line=lines.line_num)) from None
    return Imported(tuple(visits), tuple(bad))


def _decoded(content: bytes) -> str:
    """Return the text: UTF-16 by its mark, else UTF-8, else Windows-1252 of office programs."""
    try:
        return content.decode("utf-16" if content.startswith(_UTF16) else "utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _checked_names(row: list[str]) -> list[str]:
    names = [cell.strip().lower() for cell in row]
    for name in names:
        if name not in COLUMNS:
            raise NotUnderstood(say("visits.unknown_column", column=clean(name, 40)))
    if len(set(names)) < len(names) or not set(names) >= _NEEDED:
        raise NotUnderstood(say("visits.columns_needed", columns=", ".join(sorted(_NEEDED))))
    return names


def _visit(names: list[str], row: list[str], now: datetime) -> Visit:
    if len(row) != len(names):
        raise BadField(say("visits.bad.cells", expected=len(names), found=len(row)))
    cell = dict(zip(names, row, strict=True))
    admitted_at = fields.moment(cell.get("admitted_at"), "admitted_at")
    ended_at = fields.moment(cell.get("ended_at"), "ended_at")
    told_at = fields.moment(cell.get("told_at"), "told_at") or now
    state = _word(cell, "state", VisitState) or state_of(admitted_at=admitted_at, ended_at=ended_at)
    kind = _word(cell, "kind", VisitKind)
    if kind is None:
        raise BadField(say("visits.bad.word", field="kind", words=", ".join(VisitKind)))
    return Visit(
        number=fields.visit_number(cell["visit"]),
        kind=kind,
        state=state,
        source=VisitSource.CSV,
        told_at=told_at,
        state_at=told_at,
        niss=fields.national_number(cell.get("niss")),
        name=fields.text(cell.get("name")),
        given_names=fields.text(cell.get("given_names")),
        birth_date=fields.birth_date(cell.get("birth_date")),
        sex=fields.sex(cell.get("sex")),
        admitted_at=admitted_at,
        ended_at=ended_at,
        appointment_at=fields.moment(cell.get("appointment_at"), "appointment_at"),
        service=fields.text(cell.get("service")),
        coverage=_coverage(cell),
    )


def _word(cell: Mapping[str, str], field: str, words: type[_Word]) -> _Word | None:
    """Return the word of a closed list, None for an empty cell; raises `BadField`."""
    written = cell.get(field, "").strip().lower()
    if not written:
        return None
    try:
        return words(written)
    except ValueError:
        raise BadField(say("visits.bad.word", field=field, words=", ".join(words))) from None


def _coverage(cell: Mapping[str, str]) -> Coverage | None:
    values = {name: cell.get(name, "").strip() for name in ("insurer", "ct1", "ct2")}
    for name, value in values.items():
        if value and not (value.isascii() and value.isdigit() and len(value) == 3):
            raise BadField(say("visits.bad.digits", field=name, length=3))
    if not any(values.values()):
        return None
    return Coverage(**{name: value or None for name, value in values.items()})
