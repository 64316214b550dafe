"""Entries as FHIR R4: one Observation each, in a Bundle of type batch. Pure: same entry, same bytes.

An Observation is created on condition that no other has its identifier (`ifNoneExist`), so that a batch
may be sent again (hl7.org/fhir/R4/http.html#ccreate). docs/fhir.md shows every form by example.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from idtui.domain.entries import Entry, Evidence, Head, RecordedVerdict, Verification, Withdrawal
from idtui.domain.reading import PartialDate
from idtui.domain.text import say
from idtui.sync import codes
from idtui.sync.errors import NotMapped

MOST = 500
"""Entries in one batch."""

MEDIA_TYPE = "application/fhir+json"

Json = dict[str, Any]
Value = str | bool | int | None
Components = Iterator[tuple[str, Value]]


def batch(entries: Sequence[Entry]) -> bytes:
    """Return the Bundle that carries these entries, in order.

    Raises `NotMapped` for a kind without FHIR form, ValueError for none or more than `MOST` entries.
    """
    if not 0 < len(entries) <= MOST:
        raise ValueError(f"a batch has 1 to {MOST} entries, not {len(entries)}")
    return _bundle([msgspec.json.encode(_bundled(entry)) for entry in entries])


def batch_within(entries: Sequence[Entry], most: int) -> tuple[bytes, int]:
    """Return the Bundle of as many of the first entries as make `MOST` and `most` bytes, and their number.

    One entry always goes, however long it is. Raises `NotMapped` for a kind without FHIR form, ValueError
    for no entries.
    """
    parts: list[bytes] = []
    size = len(_bundle([]))
    for entry in entries[:MOST]:
        parts.append(msgspec.json.encode(_bundled(entry)))
        size += len(parts[-1]) + 1
        if size > most and len(parts) > 1:
            parts.pop()
            break
    if not parts:
        raise ValueError("a batch has at least one entry")
    return _bundle(parts), len(parts)


def _bundle(parts: Sequence[bytes]) -> bytes:
    return b'{"resourceType":"Bundle","type":"batch","entry":[%s]}' % b",".join(parts)


def observation(entry: Entry) -> Json:
    """Return the Observation of one entry; raises `NotMapped` for a kind without FHIR form."""
    match entry:
        case Verification():
            return _verification(entry)
        case Withdrawal():
            return _withdrawal(entry)
        case _:
            raise NotMapped(say("sync.not_mapped", kind=entry.kind))


def _bundled(entry: Entry) -> Json:
    return {
        "fullUrl": f"urn:uuid:{entry.id}",
        "request": {
            "method": "POST",
            "url": "Observation",
            "ifNoneExist": f"identifier={codes.ENTRY_ID}|{entry.id}",
        },
        "resource": observation(entry),
    }


def _verification(entry: Verification) -> Json:
    specimen = entry.verdict is not None and entry.verdict.specimen
    visit = entry.episode.visit
    encounter = {"encounter": _reference("Encounter", codes.VISIT, visit)} if visit else {}
    return {
        **_beginning(entry, codes.IDENTITY_VERIFICATION, test=entry.training or specimen),
        "subject": _reference("Patient", codes.SSIN, entry.niss),
        **encounter,
        "effectiveDateTime": _moment(entry.care_at),
        "issued": _moment(entry.verified_at),
        **_who(entry),
        "valueCodeableConcept": _concept(codes.MEANS.system, entry.means),
        "component": _written(_verification_components(entry), codes.VERIFICATION_COMPONENTS),
    }


def _withdrawal(entry: Withdrawal) -> Json:
    """Return the notice: final in itself, with what it withdraws in `focus`, since nothing is edited."""
    return {
        **_beginning(entry, codes.WITHDRAWAL, test=entry.training),
        "focus": [_reference("Observation", codes.ENTRY_ID, entry.withdraws)],
        "effectiveDateTime": _moment(entry.recorded_at),
        "issued": _moment(entry.recorded_at),
        **_who(entry),
        "valueString": entry.why,
        "component": _written(_head_components(entry), codes.WITHDRAWAL_COMPONENTS),
    }


def _beginning(entry: Head, code: str, *, test: bool) -> Json:
    meta = {"meta": {"security": [{"system": codes.ACT_REASON, "code": codes.TEST_DATA}]}} if test else {}
    return {
        "resourceType": "Observation",
        **meta,
        "identifier": [{"system": codes.ENTRY_ID, "value": entry.id}],
        "status": "final",
        "category": [_concept(codes.CATEGORY, codes.ADMINISTRATIVE_IDENTITY)],
        "code": _concept(codes.OBSERVATION, code),
    }


def _who(entry: Head) -> Json:
    hospital = [_reference("Organization", codes.ORGANISATION, entry.site)] if entry.site else []
    return {
        "performer": [_reference("Practitioner", codes.OPERATOR, entry.operator), *hospital],
        "device": _reference("Device", codes.DESK, entry.desk),
    }


def _head_components(entry: Head) -> Components:
    yield "sequence", entry.sequence
    yield "recorded-at", _moment(entry.recorded_at)
    yield "operator-proven", entry.operator_proven
    yield "delegator", entry.delegator


def _verification_components(entry: Verification) -> Components:
    yield from _head_components(entry)
    yield "entry-type", entry.entry
    yield "reason", entry.reason
    yield "how-verified", entry.evidence.how_verified
    yield "document-shown", entry.document_shown
    yield "serial", entry.serial
    for declined in entry.declined:
        yield f"declined-{declined.means}", declined.why
    yield "name", entry.name
    yield "given-names", entry.given_names
    yield "birth-date", _known(entry.birth_date) if entry.birth_date else None
    yield "sex", None if entry.sex is None else codes.GENDERS[entry.sex]
    yield from _episode_components(entry)
    yield from _evidence_components(entry.evidence)
    if entry.verdict:
        yield from _verdict_components(entry.verdict)


def _episode_components(entry: Verification) -> Components:
    episode, coverage = entry.episode, entry.coverage
    yield "episode", episode.kind
    yield "admitted-at", _moment(episode.admitted_at) if episode.admitted_at else None
    yield "series", episode.series
    yield "billing-period", episode.billing_period
    if coverage:
        yield "insurer", coverage.insurer
        yield "ct1", coverage.ct1
        yield "ct2", coverage.ct2


def _evidence_components(evidence: Evidence) -> Components:
    yield "reader", evidence.reader
    yield "reader-name", evidence.reader_name
    yield "hub-reachable", evidence.hub_reachable
    yield "card-failure", evidence.card_failure
    for observed in evidence.contradicted:
        yield "contradicted", observed
    yield "root", evidence.root
    yield "certificate-sha256", evidence.certificate_sha256
    yield "key", evidence.key
    yield "digest", evidence.digest
    yield "card-applet", evidence.card_applet


def _verdict_components(verdict: RecordedVerdict) -> Components:
    yield "verified", verdict.verified
    for problem in verdict.problems:
        yield "problem", problem
    for remark in verdict.remarks:
        yield "remark", remark
    yield "specimen", verdict.specimen


def _written(components: Components, forms: Mapping[str, codes.Form]) -> list[Json]:
    """Return the components that have a value; FHIR knows no empty ones."""
    return [_component(name, value, forms[name]) for name, value in components if value not in (None, "")]


def _component(name: str, value: Value, form: codes.Form) -> Json:
    code = {"code": _concept(codes.COMPONENT, name)}
    if isinstance(form, codes.ValueSet):
        return {**code, "valueCodeableConcept": _concept(form.system, str(value))}
    return {**code, codes.FIELDS[form]: value}


def _concept(system: str, code: str) -> Json:
    return {"coding": [{"system": system, "code": code}]}


def _reference(of: str, system: str, value: str) -> Json:
    return {"type": of, "identifier": {"system": system, "value": value}}


def _moment(moment: datetime) -> str:
    return moment.isoformat()


def _known(date: PartialDate) -> str:
    """Return the leading part that is known: `1985-07-30`, `1985-07`, `1985`, or nothing."""
    if not date.year or not date.month:
        return f"{date.year:04}" if date.year else ""
    return f"{date.year:04}-{date.month:02}" + (f"-{date.day:02}" if date.day else "")
