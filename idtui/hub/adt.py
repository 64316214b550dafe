"""A verified identity as HL7 v2 ADT^A31, so that it lands in the patient file; docs/feed.md has segment ZIV.

HL7 2.7: MSH-10 may be as long as the id of an entry. No standard place for these data was found, hence a
segment of our own.
"""

import re
from datetime import datetime

from idtui.hub.feed import Change, Row

VERSION = "2.7"
_SEXES = {"male": "M", "female": "F", "unknown": "U"}
_ESCAPES = str.maketrans(
    {"\\": "\\E\\", "|": "\\F\\", "^": "\\S\\", "&": "\\T\\", "~": "\\R\\", "\r": " ", "\n": " "}
)
_MOMENT = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]+)?(Z|[+-][0-9:]+)"
)


def is_for_patient_file(row: Row) -> bool:
    """Say whether a row of the feed is a verification of a person, the only kind that ADT^A31 carries."""
    return row["kind"] == "verification" and row["niss"] is not None


def message(row: Row, now: datetime, niss_type: str) -> bytes:
    """Return the message of a row; the same row gives the same MSH-10 however often it is sent.

    `niss_type` is the identifier type (PID-3.5) under which the hospital's systems know the NISS.
    """
    site = _text(row, "site")
    at = f"{now:%Y%m%d%H%M%S%z}"
    control = _text(row, "message")
    header = ["MSH", "^~\\&", "IDTUI", site, "", "", at, "", "ADT^A31^ADT_A05", control]
    header += ["T" if row["test"] else "P", VERSION, "", "", "", "", "BEL", "UNICODE UTF-8"]
    name = f"{_text(row, 'name')}^{_text(row, 'given_names')}" if row["name"] else ""
    number = f"{_text(row, 'niss')}^^^^{_escaped(niss_type)}"
    born = _text(row, "birth_date").replace("-", "")
    patient = ["PID", "1", "", number, "", name, "", born, _SEXES.get(str(row["sex"]), "")]
    visit = ["PV1", "1", "N", *[""] * 16, _text(row, "visit")]
    return "".join(
        "|".join(segment).rstrip("|") + "\r"
        for segment in (header, ["EVN", "", at], patient, visit, _verification(row))
    ).encode()


def _verification(row: Row) -> list[str]:
    """Return segment ZIV: what was verified, how, when and by whom."""
    return [
        "ZIV",
        "1",
        "A" if row["change"] == Change.STANDS else "D",
        _text(row, "id"),
        _text(row, "means"),
        _text(row, "entry_type"),
        _text(row, "reason"),
        _moment(row, "verified_at"),
        _moment(row, "care_at"),
        _text(row, "desk"),
        _text(row, "operator"),
        _text(row, "serial"),
        _text(row, "sequence"),
        _text(row, "replaced_by"),
    ]


def _text(row: Row, column: str) -> str:
    value = row[column]
    return "" if value is None else _escaped(str(value))


def _escaped(text: str) -> str:
    return text.translate(_ESCAPES)


def _moment(row: Row, column: str) -> str:
    """Return an ISO 8601 moment as HL7 writes it, to the second."""
    found = _MOMENT.fullmatch(str(row[column]))
    if found is None:
        return ""
    offset = "+0000" if found[7] == "Z" else found[7].replace(":", "")
    return "".join(found.groups()[:6]) + offset
