"""Visits from HL7 v2 ADT messages A01, A04, A08 and A11, one by one or in a file.

Fields by HL7 2.5 chapter 3: MSH-7, MSH-9, MSH-18, PID-3, PID-5, PID-7, PID-8, PV1-2, PV1-3, PV1-10, PV1-19,
PV1-44, PV1-45, PV2-8, IN1-3. No standard place for CT1 and CT2 was found: these messages bring none.
"""

import re
from collections.abc import Iterator
from datetime import datetime

from idtui.domain.episode import Coverage
from idtui.domain.reading import PartialDate
from idtui.domain.text import clean, say
from idtui.domain.visit import Visit, VisitKind, VisitSource, VisitState
from idtui.sync.imports import fields
from idtui.sync.imports.fields import BadField, BadRow, Imported
from idtui.sync.imports.segments import Segments

EVENTS = frozenset({"A01", "A04", "A08", "A11"})
"""Admission, registration, update, cancelled admission."""

KINDS = {
    "I": VisitKind.HOSPITALISATION,
    "P": VisitKind.HOSPITALISATION,
    "B": VisitKind.HOSPITALISATION,
    "E": VisitKind.EMERGENCY,
    "O": VisitKind.AMBULATORY,
    "R": VisitKind.AMBULATORY,
}
"""Patient classes of HL7 table 0004; a preadmission (P) is planned."""

_MOMENT = re.compile(
    r"(?P<day>[0-9]{8})(?:(?P<hour>[0-9]{2})(?P<minute>[0-9]{2})?(?P<second>[0-9]{2})?(?P<part>\.[0-9]{1,4})?)?"
    r"(?P<offset>[+-][0-9]{4})?",
    re.ASCII,
)
_BIRTH = re.compile(r"([0-9]{4})([0-9]{2})?([0-9]{2})?[0-9.+-]*", re.ASCII)
_START = re.compile(rb"^(?=MSH[^A-Za-z0-9\s])", re.MULTILINE)
_AROUND = re.compile(rb"^(FHS|BHS|BTS|FTS)[^\n]*\n?", re.MULTILINE)


class NotForUs(Exception):
    """A well-formed message of another type or event: `code` is that of HL7 table 0357."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code = code
        self.words = words


def read(content: bytes, niss_types: tuple[str, ...]) -> Imported:
    """Return the visits of a file of messages, and those messages that could not be taken."""
    visits: list[Visit] = []
    bad: list[BadRow] = []
    for line, raw in _messages(content):
        try:
            visits.append(visit_of(Segments(raw), niss_types))
        except BadField as error:
            bad.append(BadRow(line, error.message))
        except NotForUs:
            bad.append(BadRow(line, say("visits.bad.event", events=", ".join(sorted(EVENTS)))))
    return Imported(tuple(visits), tuple(bad))


def _messages(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the messages of a file, each with the line it begins on."""
    lines = (
        content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\x0b", b"").replace(b"\x1c\n", b"")
    )
    lines = _AROUND.sub(b"\n", lines)
    line = 1
    for part in _START.split(lines):
        if part.startswith(b"MSH"):
            yield line, part.strip(b"\n\x1c").replace(b"\n", b"\r")
        line += part.count(b"\n")


def visit_of(message: Segments, niss_types: tuple[str, ...]) -> Visit:
    """Return what a message says of a visit; raises `BadField` and `NotForUs`."""
    if message.field("MSH", 9) != "ADT":
        raise NotForUs(200, "unsupported message type")
    if "PID" not in message:
        raise BadField(say("visits.bad.message"))
    event = message.field("MSH", 9, 2)
    if event not in EVENTS:
        raise NotForUs(201, "unsupported event code")
    told_at = _moment(message.field("MSH", 7), "MSH-7")
    if told_at is None:
        raise BadField(say("visits.bad.moment", field="MSH-7"))
    patient_class = message.field("PV1", 2)
    if patient_class not in KINDS:
        raise BadField(say("visits.bad.word", field="PV1-2", words=", ".join(KINDS)))
    admitted_at = _moment(message.field("PV1", 44), "PV1-44")
    ended_at = _moment(message.field("PV1", 45), "PV1-45")
    state = _state(event, planned=patient_class == "P", ended=ended_at is not None)
    decides = event != "A08" or ended_at is not None
    insurer = fields.insurer(message.field("IN1", 3))
    return Visit(
        number=fields.visit_number(message.field("PV1", 19)),
        kind=KINDS[patient_class],
        state=state,
        source=VisitSource.HL7V2,
        told_at=told_at,
        state_at=told_at if decides else None,
        niss=_national_number(message, niss_types),
        name=fields.text(message.field("PID", 5)),
        given_names=_given_names(message),
        birth_date=_birth_date(message.field("PID", 7)),
        sex=fields.sex(message.field("PID", 8)),
        admitted_at=admitted_at,
        ended_at=ended_at,
        appointment_at=_moment(message.field("PV2", 8), "PV2-8"),
        service=fields.text(message.field("PV1", 10) or message.field("PV1", 3)),
        coverage=Coverage(insurer=insurer) if insurer else None,
    )


def _state(event: str, *, planned: bool, ended: bool) -> VisitState:
    if event == "A11":
        return VisitState.CANCELLED
    if ended:
        return VisitState.ENDED
    return VisitState.PLANNED if planned else VisitState.OPEN


def control_id(message: Segments) -> str:
    """Return MSH-10, by which a message is acknowledged, cleaned."""
    return clean(message.field("MSH", 10), 199)


def _national_number(message: Segments, niss_types: tuple[str, ...]) -> str | None:
    """Return the identifier of PID-3 whose type (PID-3.5) the hospital uses for the NISS."""
    for number, kind in message.repetitions("PID", 3, 1, 5):
        if kind in niss_types:
            return fields.national_number(number)
    return None


def _given_names(message: Segments) -> str | None:
    names = (message.field("PID", 5, component) for component in (2, 3))
    return fields.text(" ".join(name for name in names if name))


def _moment(raw: str, field: str) -> datetime | None:
    if not raw:
        return None
    found = _MOMENT.fullmatch(raw)
    if found is None:
        raise BadField(say("visits.bad.moment", field=field))
    day, part, offset = found["day"], found["part"] or "", found["offset"] or ""
    time = ":".join(found[unit] or "00" for unit in ("hour", "minute", "second"))
    return fields.in_belgium(f"{day[:4]}-{day[4:6]}-{day[6:]}T{time}{part}{offset}", field)


def _birth_date(raw: str) -> PartialDate | None:
    found = _BIRTH.fullmatch(raw)
    if raw and not found:
        raise BadField(say("visits.bad.date", field="PID-7"))
    return fields.birth_date("-".join(part for part in found.groups() if part)) if found else None
