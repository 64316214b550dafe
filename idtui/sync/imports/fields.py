"""Single fields of a visit, checked: what is not as expected is named without quoting it."""

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

import msgspec

from idtui.domain import niss
from idtui.domain.reading import PartialDate, Sex
from idtui.domain.text import Message, clean, say
from idtui.domain.visit import Visit

BELGIUM = ZoneInfo("Europe/Brussels")
"""The zone of a moment that is written without its offset."""

LONGEST_NUMBER = 64
"""Characters of a visit number."""

_ISO_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", re.ASCII)
_BELGIAN_DAY = re.compile(r"([0-9]{1,2})[/.]([0-9]{1,2})[/.]([0-9]{4})", re.ASCII)
_PARTIAL = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?", re.ASCII)
_INSURER = re.compile(r"[1-9][0-9]{2}", re.ASCII)


class BadField(Exception):
    """A row that cannot be taken; `message` says which field is not as expected."""

    def __init__(self, message: Message) -> None:
        super().__init__(message.id)
        self.message = message


class BadRow(msgspec.Struct, frozen=True):
    """A row that was left out. `place` counts lines of a file, or entries of a Bundle, from 1."""

    place: int
    problem: Message


class Imported(msgspec.Struct, frozen=True):
    """What a file held."""

    visits: tuple[Visit, ...]
    bad: tuple[BadRow, ...]


def text(raw: str | None) -> str | None:
    """Return the text cleaned, None when there is none."""
    return clean(raw or "").strip() or None


def visit_number(raw: str | None) -> str:
    """Return the hospital's number of the visit; raises `BadField` when it is missing or too long."""
    number = text(raw)
    if number is None or len((raw or "").strip()) > LONGEST_NUMBER:
        raise BadField(say("visits.bad.number"))
    return number


def national_number(raw: str | None) -> str | None:
    """Return eleven digits; raises `BadField` when there are others, or the check number is wrong."""
    if not (raw or "").strip():
        return None
    found = niss.parse((raw or "").strip())
    if found is None:
        raise BadField(say("visits.bad.niss"))
    return found.digits


def moment(raw: str | None, field: str) -> datetime | None:
    """Return an ISO 8601 moment, or one such as `22/11/2026 08:30`; without offset it is Belgian time."""
    written = (raw or "").strip()
    if not written:
        return None
    if belgian := _BELGIAN_DAY.match(written):
        day, month, year = belgian.groups()
        written = f"{year}-{month:0>2}-{day:0>2}{written[belgian.end() :]}"
    if not _ISO_DAY.match(written):
        raise BadField(say("visits.bad.moment", field=field))
    return in_belgium(written, field)


def in_belgium(iso: str, field: str) -> datetime:
    """Return the moment of an ISO 8601 text, Belgian time where it has no offset; raises `BadField`."""
    try:
        found = datetime.fromisoformat(iso)
        found = found.replace(tzinfo=BELGIUM) if found.tzinfo is None else found
        # The offset itself is kept, not the rule of the zone: a moment is read back the same everywhere.
        return datetime.fromisoformat(found.isoformat())
    except (ValueError, OverflowError):
        raise BadField(say("visits.bad.moment", field=field)) from None


def birth_date(raw: str | None) -> PartialDate | None:
    """Return a date of which month and day may be missing: `1985-07-30`, `1985-07`, `30/07/1985`."""
    written = (raw or "").strip()
    if not written:
        return None
    if belgian := _BELGIAN_DAY.fullmatch(written):
        day, month, year = (int(part) for part in belgian.groups())
    elif partial := _PARTIAL.fullmatch(written):
        year, month, day = (int(part or 0) for part in partial.groups())
    else:
        raise BadField(say("visits.bad.date", field="birth_date"))
    try:
        date(year, month or 1, day or 1)
    except ValueError:
        raise BadField(say("visits.bad.date", field="birth_date")) from None
    return PartialDate(year, month, day)


def sex(raw: str | None) -> Sex | None:
    """Return the sex: M or F as letters, `male` and `female` in words; None for anything else."""
    return {"m": Sex.MAN, "male": Sex.MAN, "f": Sex.WOMAN, "female": Sex.WOMAN}.get(
        (raw or "").strip().lower()
    )


def insurer(raw: str | None) -> str | None:
    """Return the number of an insurer (OA) when it is one: 100 to 999."""
    written = (raw or "").strip()
    return written if _INSURER.fullmatch(written) else None
