"""Visits read from what a hospital's systems write: CSV, HL7 v2 ADT and FHIR, told apart by their beginning.

Hub and desk take the same files. A row that is not as documented in docs/visits.md is named by its place and
left out; the others count.
"""

import re
from datetime import datetime

from idtui.domain.errors import NotUnderstood
from idtui.domain.text import say
from idtui.sync.imports import adt, encounters, table
from idtui.sync.imports.fields import BadRow, Imported

__all__ = ["LARGEST_FILE", "BadRow", "Imported", "read"]

LARGEST_FILE = 64 * 1024 * 1024
"""Bytes; a day of a large hospital is about 2 MB."""

_HL7 = re.compile(rb"\s*\x0b?(MSH|FHS|BHS)[^A-Za-z0-9\s]")


def read(content: bytes, *, now: datetime, niss_types: tuple[str, ...]) -> Imported:
    """Return the visits of a file and the rows that could not be taken.

    `now` is the moment of the import, for rows that do not tell theirs; `niss_types` are the identifier types
    (PID-3.5) that mean a NISS. Raises `NotUnderstood` when the file as a whole is not readable.
    """
    if len(content) > LARGEST_FILE:
        raise NotUnderstood(say("visits.file_too_large", size=LARGEST_FILE // 1024 // 1024))
    start = content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if not start:
        raise NotUnderstood(say("visits.file_empty"))
    if _HL7.match(content):
        return adt.read(content, niss_types)
    if start in (b"{", b"["):
        return encounters.read(content, now)
    return table.read(content, now)
