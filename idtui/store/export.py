"""Entries for other programs: JSON lines, CSV, and a plain file that stock TinyDB opens."""

import csv
import os
from collections.abc import Iterable, Iterator, Mapping
from io import StringIO
from pathlib import Path
from typing import Any

from idtui.domain.entries import Entry
from idtui.domain.errors import NotUnderstood
from idtui.domain.text import clean, say
from idtui.store.codec import document_of, encode
from idtui.store.index import StoredEntries

COLUMNS = (
    *("sequence", "id", "kind", "recorded_at", "care_at", "verified_at", "site", "desk", "operator"),
    *("niss", "name", "given_names", "means", "entry", "reason", "serial", "visit", "training"),
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def json_lines(entries: Iterable[Entry]) -> Iterator[str]:
    """Yield each entry as it is stored."""
    return (encode(entry).decode() for entry in entries)


def csv_lines(entries: Iterable[Entry]) -> Iterator[str]:
    """Yield a line of column names and one line for each entry (RFC 4180, UTF-8), without line ends."""
    yield _row(dict(zip(COLUMNS, COLUMNS, strict=True)))
    for entry in entries:
        document = document_of(encode(entry))
        yield _row(document | {"visit": (document.get("episode") or {}).get("visit")})


def _row(document: Mapping[str, Any]) -> str:
    line = StringIO()
    csv.writer(line, lineterminator="").writerow([_cell(document.get(column)) for column in COLUMNS])
    return line.getvalue()


def _cell(value: object) -> str:
    """Return text that no spreadsheet takes for a formula."""
    text = "" if value is None else clean(str(value))
    return f"'{text}" if text.startswith(_FORMULA) else text


def write_tinydb(store: StoredEntries, file: Path) -> None:
    """Write the entries into a new file of stock TinyDB, readable by its owner only, NOT encrypted.

    Raises `NotUnderstood` when the file is there already or cannot be made.
    """
    from tinydb import TinyDB  # noqa: PLC0415  # late: only this export needs it
    from tinydb.table import Document  # noqa: PLC0415  # see above

    from idtui.store.tables import NAME  # noqa: PLC0415  # see above

    try:
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except OSError as error:
        why = clean(error.strerror or "")
        raise NotUnderstood(say("export.not_written", file=clean(str(file)), why=why)) from None
    with TinyDB(file) as database:
        database.table(NAME).insert_multiple(
            Document(document_of(encode(entry)), entry.sequence) for entry in store.entries()
        )
