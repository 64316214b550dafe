"""Dates as Belgian cards print them, in three languages and with parts missing.

Sources: IDADR5 and CARDDATA for the forms and the month names; the other shapes have been met in the field
by the official middleware. Unknown parts are 0; nothing is ever made up.
"""

import calendar
import re
import unicodedata

from idtui.domain.reading import PartialDate

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("JAN",),
            ("FEV", "FEB"),
            ("MARS", "MAAR", "MAR"),
            ("AVR", "APR"),
            ("MAI", "MEI", "MAY"),
            ("JUIN", "JUN"),
            ("JUIL", "JUL"),
            ("AOUT", "AUG"),
            ("SEPT", "SEP"),
            ("OCT", "OKT"),
            ("NOV",),
            ("DEC", "DEZ"),
        ),
        start=1,
    )
    for name in names
}
"""French, Dutch, German and English months, without accents; the lists never contradict each other."""

_NUMERIC = re.compile(r"([0-9]{2})\.([0-9]{2})\.([0-9]{4})", re.ASCII)
_BIRTH = re.compile(r"(?P<day>[0-9]{1,2})?[ .]*(?P<month>[A-Z]+)?[ .]*(?P<year>[0-9]{4})", re.ASCII)


def parse_date(text: str) -> PartialDate:
    """Return a date written `DD.MM.YYYY` (tags 03 and 04); wholly unknown when it is not one."""
    found = _NUMERIC.fullmatch(text.strip())
    if not found:
        return PartialDate()
    day, month, year = (int(part) for part in found.groups())
    return _possible(year, month, day)


def parse_birth_date(text: str) -> PartialDate:
    """Return a birth date (tag 0C): `DD mmmm YYYY` in French and Dutch, `DD.mmm.YYYY` in German.

    One-digit days, doubled blanks, dot and blank together, accents, lower case, a missing day or month, or
    the year alone are understood.
    """
    found = _BIRTH.fullmatch(_without_accents(text).upper().strip(" ."))
    if not found:
        return PartialDate()
    return _possible(int(found["year"]), _MONTHS.get(found["month"] or "", 0), int(found["day"] or 0))


def _possible(year: int, month: int, day: int) -> PartialDate:
    """Turn impossible parts into unknown ones."""
    if not 1 <= month <= 12:
        month = 0
    longest = calendar.monthrange(year or 2000, month)[1] if month else 31
    return PartialDate(year, month, day if day <= longest else 0)


def _without_accents(text: str) -> str:
    return "".join(
        character
        for character in unicodedata.normalize("NFD", text)
        if unicodedata.category(character) != "Mn"
    )
