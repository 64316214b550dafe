"""What `idtui doctor` says of the terminal: letters, kind, size, colours, language; without entering `ui`."""

import os
from collections.abc import Iterator, Mapping
from typing import TextIO

from idtui.desk.checks import Check, bad, ok, warning
from idtui.domain.text import clean, say

LEAST = (60, 20)
"""Columns and rows under which the desk is not drawn."""

MEANT = (80, 24)
"""Columns and rows the desk is drawn for."""


def checks(out: TextIO, err: TextIO, environment: Mapping[str, str], spoken: str) -> Iterator[Check]:
    """Check the terminal of this command, which speaks the language `spoken`; piped output has no screen."""
    yield _letters(out, err)
    yield from _screen(out, environment)
    if environment.get("NO_COLOR"):
        yield ok("terminal.colours", say("doctor.terminal.no_color"))
    locale = next(
        (environment[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if environment.get(name)), "-"
    )
    yield ok("terminal.locale", say("doctor.terminal.locale", locale=clean(locale, 40), lang=spoken))


def _letters(out: TextIO, err: TextIO) -> Check:
    other = next((stream.encoding for stream in (out, err) if _plain(stream.encoding) != "utf8"), None)
    if other is None:
        return ok("terminal.encoding", say("doctor.terminal.encoding", encoding="UTF-8"))
    finding = say("doctor.terminal.encoding", encoding=clean(other))
    return warning("terminal.encoding", finding, say("doctor.terminal.encoding.fix"))


def _plain(encoding: str) -> str:
    return encoding.casefold().replace("-", "").replace("_", "")


def _screen(out: TextIO, environment: Mapping[str, str]) -> Iterator[Check]:
    if not out.isatty():
        yield ok("terminal.kind", say("doctor.terminal.none"))
        return
    kind = environment.get("TERM", "")
    finding = say("doctor.terminal.kind", kind=clean(kind, 40) or "-")
    if kind in ("", "dumb", "unknown"):
        yield warning("terminal.kind", finding, say("doctor.terminal.kind.fix"))
    else:
        yield ok("terminal.kind", finding)
    yield _size(*os.get_terminal_size(out.fileno()))


def _size(columns: int, rows: int) -> Check:
    finding = say("doctor.terminal.size", columns=columns, rows=rows)
    fix = say("doctor.terminal.size.fix", columns=MEANT[0], rows=MEANT[1])
    if columns < LEAST[0] or rows < LEAST[1]:
        return bad("terminal.size", finding, fix)
    if columns < MEANT[0] or rows < MEANT[1]:
        return warning("terminal.size", finding, fix)
    return ok("terminal.size", finding)
