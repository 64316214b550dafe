"""Visits from FHIR R4: Encounter and Appointment, alone, in a list or in a Bundle with their Patients.

Status and class codes: hl7.org/fhir/R4 valueset-encounter-status, v3-ActEncounterCode, appointmentstatus.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from idtui.domain.errors import NotUnderstood
from idtui.domain.text import say
from idtui.domain.visit import Visit, VisitKind, VisitSource, VisitState
from idtui.sync import codes
from idtui.sync.imports import fields
from idtui.sync.imports.fields import BadField, BadRow, Imported

_PLANNED, _OPEN, _ENDED, _CANCELLED = VisitState
STATES: Mapping[str, Mapping[str, VisitState]] = {
    "Encounter": {
        "planned": _PLANNED,
        **dict.fromkeys(("arrived", "triaged", "in-progress", "onleave"), _OPEN),
        "finished": _ENDED,
        **dict.fromkeys(("cancelled", "entered-in-error"), _CANCELLED),
    },
    "Appointment": {
        **dict.fromkeys(("proposed", "pending", "booked", "waitlist"), _PLANNED),
        **dict.fromkeys(("arrived", "checked-in"), _OPEN),
        "fulfilled": _ENDED,
        **dict.fromkeys(("cancelled", "noshow", "entered-in-error"), _CANCELLED),
    },
}
"""What a status says; an unknown one is refused."""

KINDS = {
    **dict.fromkeys(("IMP", "ACUTE", "NONAC", "PRENC"), VisitKind.HOSPITALISATION),
    "EMER": VisitKind.EMERGENCY,
    **dict.fromkeys(("AMB", "SS", "OBSENC", "VR", "HH", "FLD"), VisitKind.AMBULATORY),
}
"""What an Encounter's class says. SS, a stay of less than a day, is a day hospitalisation: ambulatory."""


class _Identifier(msgspec.Struct):
    value: str = ""
    system: str = ""
    use: str = ""


class _Name(msgspec.Struct):
    family: str = ""
    given: list[str] = []
    use: str = ""


class _Reference(msgspec.Struct):
    reference: str = ""
    identifier: _Identifier | None = None


class _Concept(msgspec.Struct):
    text: str = ""


class _Code(msgspec.Struct):
    code: str = ""


class _Period(msgspec.Struct):
    start: str = ""
    end: str = ""


class _Participant(msgspec.Struct):
    actor: _Reference | None = None


class _Meta(msgspec.Struct, rename="camel"):
    last_updated: str = ""


class _Resource(msgspec.Struct, rename="camel"):
    """The fields of Encounter, Appointment and Patient that are read, each empty where it is not there."""

    resource_type: str
    id: str = ""
    meta: _Meta = msgspec.field(default_factory=_Meta)
    identifier: list[_Identifier] = []
    contained: list[msgspec.Raw] = []
    status: str = ""
    class_: _Code = msgspec.field(name="class", default_factory=_Code)
    subject: _Reference | None = None
    participant: list[_Participant] = []
    period: _Period = msgspec.field(default_factory=_Period)
    start: str = ""
    service_type: _Concept | list[_Concept] = msgspec.field(default_factory=_Concept)
    name: list[_Name] = []
    birth_date: str = ""
    gender: str = ""


class _Entry(msgspec.Struct, rename="camel"):
    full_url: str = ""
    resource: msgspec.Raw = msgspec.Raw(b"{}")


class _Bundle(msgspec.Struct, rename="camel"):
    resource_type: str = ""
    timestamp: str = ""
    entry: list[_Entry] = []


_NOT_READABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def read(content: bytes, now: datetime) -> Imported:
    """Return the visits of a resource, a list of them or a Bundle; raises `NotUnderstood`."""
    try:
        entries, told_at = _entries(content.removeprefix(b"\xef\xbb\xbf"), now)
    except (*_NOT_READABLE, BadField):
        raise NotUnderstood(say("visits.not_fhir")) from None
    patients = dict(_patients(entries))
    visits: list[Visit] = []
    bad: list[BadRow] = []
    for place, entry in enumerate(entries, 1):
        try:
            kind = msgspec.json.decode(entry.resource, type=dict[str, Any]).get("resourceType")
            if kind in STATES:
                visits.append(_visit(msgspec.json.decode(entry.resource, type=_Resource), patients, told_at))
        except BadField as error:
            bad.append(BadRow(place, error.message))
        except _NOT_READABLE:
            bad.append(BadRow(place, say("visits.bad.resource")))
    return Imported(tuple(visits), tuple(bad))


def _entries(content: bytes, now: datetime) -> tuple[list[_Entry], datetime]:
    if content.lstrip().startswith(b"["):
        return [_Entry(resource=raw) for raw in msgspec.json.decode(content, type=list[msgspec.Raw])], now
    bundle = msgspec.json.decode(content, type=_Bundle)
    if bundle.resource_type != "Bundle":
        return [_Entry(resource=msgspec.Raw(content))], now
    return bundle.entry, fields.moment(bundle.timestamp, "timestamp") or now


def _patients(entries: Iterable[_Entry]) -> Iterable[tuple[str, _Resource]]:
    """Yield the Patients under every name by which an Encounter may point at them."""
    for entry in entries:
        patient = _patient(entry.resource)
        if patient:
            names = (entry.full_url, f"Patient/{patient.id}" if patient.id else "")
            yield from ((name, patient) for name in names if name)


def _patient(raw: msgspec.Raw) -> _Resource | None:
    try:
        found = msgspec.json.decode(raw, type=_Resource)
    except _NOT_READABLE:
        return None
    return found if found.resource_type == "Patient" else None


def _visit(found: _Resource, patients: Mapping[str, _Resource], told_at: datetime) -> Visit:
    states = STATES[found.resource_type]
    if found.status not in states:
        raise BadField(say("visits.bad.word", field="status", words=", ".join(states)))
    is_encounter = found.resource_type == "Encounter"
    kind = KINDS.get(found.class_.code) if is_encounter else VisitKind.AMBULATORY
    if kind is None:
        raise BadField(say("visits.bad.word", field="class", words=", ".join(KINDS)))
    state = states[found.status]
    begun = fields.moment(found.period.start, "period.start")
    told_at = fields.moment(found.meta.last_updated, "meta.lastUpdated") or told_at
    reference, patient = _subject(found, patients)
    identifiers = [
        *(patient.identifier if patient else ()),
        *([reference.identifier] if reference.identifier else []),
    ]
    name = _best(patient.name) if patient else None
    return Visit(
        number=fields.visit_number(_number(found.identifier)),
        kind=kind,
        state=state,
        source=VisitSource.FHIR,
        told_at=told_at,
        state_at=told_at,
        niss=_national_number(identifiers),
        name=fields.text(name.family) if name else None,
        given_names=fields.text(" ".join(name.given)) if name else None,
        birth_date=fields.birth_date(patient.birth_date) if patient else None,
        sex=fields.sex(patient.gender) if patient else None,
        admitted_at=begun if state is not _PLANNED else None,
        ended_at=fields.moment(found.period.end, "period.end") if state is _ENDED else None,
        appointment_at=fields.moment(found.start, "start") or (begun if state is _PLANNED else None),
        service=fields.text(_service(found)),
    )


def _number(identifiers: Sequence[_Identifier]) -> str:
    """Return the visit number: of our own system for it, else the official one, else the first."""
    ours = [one for one in identifiers if one.system == codes.VISIT]
    official = [one for one in identifiers if one.use == "official"]
    return next((one.value for one in (*ours, *official, *identifiers)), "")


def _national_number(identifiers: Iterable[_Identifier]) -> str | None:
    return next((fields.national_number(one.value) for one in identifiers if one.system == codes.SSIN), None)


def _subject(found: _Resource, patients: Mapping[str, _Resource]) -> tuple[_Reference, _Resource | None]:
    """Return whom the visit is about: the reference, and the Patient it points at where that is here too."""
    actors = [one.actor for one in found.participant if one.actor]
    contained = [patient for raw in found.contained if (patient := _patient(raw))]
    known = {**patients, **{f"#{patient.id}": patient for patient in contained}}
    subject = found.subject or next(
        (one for one in actors if one.reference in known or _is_person(one)), None
    )
    if subject is None:
        return _Reference(), None
    return subject, known.get(subject.reference)


def _is_person(actor: _Reference) -> bool:
    return actor.identifier is not None and actor.identifier.system == codes.SSIN


def _best(names: Sequence[_Name]) -> _Name | None:
    return next((one for one in (*(one for one in names if one.use == "official"), *names)), None)


def _service(found: _Resource) -> str:
    kinds = found.service_type
    return next((one.text for one in (kinds if isinstance(kinds, list) else [kinds]) if one.text), "")
