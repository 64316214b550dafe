"""Records of every kind as intake stores them, in the forms of docs/fhir.md."""

import hashlib
import uuid
from typing import Any

import msgspec

from idtui.hub.database import Record
from idtui.sync import codes

NISS = "85073003328"
OTHER_NISS = "17073003384"
COMPONENTS = {
    "entry-type": "chip",
    "name": "SPECIMEN",
    "given-names": "Alice",
    "birth-date": "1985-07",
    "sex": "female",
    "episode": "ambulatory",
}


def entry_id(number: int) -> str:
    return str(uuid.UUID(int=number | 7 << 76 | 2 << 62))


def _concept(code: str) -> dict[str, Any]:
    return {"coding": [{"system": "urn:oid:2.25.1", "code": code}]}


def _reference(of: str, system: str, value: str) -> dict[str, Any]:
    return {"type": of, "identifier": {"system": system, "value": value}}


def _about(niss: str | None, alias: str | None, visit: str | None) -> dict[str, Any]:
    said: dict[str, Any] = {}
    if niss or alias:
        system, value = (codes.SSIN, niss) if niss else (codes.ALIAS, alias)
        said["subject"] = _reference("Patient", system, value or "")
    if visit:
        said["encounter"] = _reference("Encounter", codes.VISIT, visit)
    return said


def record(
    number: int,
    kind: str = "verification",
    *,
    niss: str | None = NISS,
    alias: str | None = None,
    visit: str | None = "V1",
    care: str = "2026-11-22T09:00:00+01:00",
    desk: str = "desk-1",
    means: str = "eid",
    focus: int | None = None,
    derived: int | None = None,
    **components: str,
) -> Record:
    """Make a record; `focus` and `derived` are the numbers of the entries it is about."""
    said = {**(COMPONENTS if kind == "verification" else {}), **components}
    resource: dict[str, Any] = {
        "resourceType": "Observation",
        "identifier": [{"system": codes.ENTRY_ID, "value": entry_id(number)}],
        "status": "final",
        "code": _concept("identity-verification" if kind == "verification" else kind),
        "effectiveDateTime": care,
        "issued": care,
        "performer": [_reference("Practitioner", codes.OPERATOR, "op-1")],
        "device": _reference("Device", codes.DESK, desk),
        "component": [
            {"code": _concept(name.replace("_", "-")), "valueString": value} for name, value in said.items()
        ],
        **(_about(niss, alias, visit) if kind not in ("withdrawal", "correction") else {}),
    }
    if kind == "verification":
        resource["valueCodeableConcept"] = _concept(means)
    for field, other in (("focus", focus), ("derivedFrom", derived)):
        if other is not None:
            resource[field] = [_reference("Observation", codes.ENTRY_ID, entry_id(other))]
    content = msgspec.json.encode(resource, order="sorted")
    return Record(
        id=entry_id(number),
        sha256=hashlib.sha256(content).hexdigest(),
        site="",
        desk=desk,
        kind=kind,
        resource=content.decode(),
    )


FIRST_READING = (
    record(1, means="none", entry_type="manual", care="2024-01-01T09:00:00+01:00"),
    record(2, means="vignette", entry_type="barcode", care="2024-01-02T09:00:00+01:00"),
    record(3, "pending", care="2024-01-03T09:00:00+01:00"),
    record(4, niss=OTHER_NISS, care="2024-01-04T09:00:00+01:00"),
    record(5, care="2024-01-05T09:00:00+01:00"),
    record(7, "withdrawal", focus=5),
    record(8, means="eid", entry_type="manual", care="2024-01-06T09:00:00+01:00"),
    record(9),
    record(6, means="foreigner", desk="desk-2", care="2025-03-04T00:10:00+01:00"),
)
"""A first reading (6) that came after a later one (9), and everything that is none: typed, no document's, put
off, of somebody else, withdrawn."""
