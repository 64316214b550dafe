"""Entries as FHIR R4: one Observation each, in a Bundle of type batch. Pure: same entry, same bytes.

An Observation is created on condition that no other has its identifier (`ifNoneExist`), so that a batch
may be sent again (hl7.org/fhir/R4/http.html#ccreate). docs/fhir.md shows every form by example.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec

from idtui.domain.entries import (
    Consultation,
    Correction,
    Declined,
    Entry,
    Evidence,
    Exemption,
    Head,
    Pending,
    RecordedVerdict,
    Verification,
    Withdrawal,
)
from idtui.domain.episode import Coverage, Episode
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
        case Exemption():
            return _exemption(entry)
        case Consultation():
            return _consultation(entry)
        case Pending():
            return _pending(entry)
        case Correction():
            return _correction(entry)
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
    return {
        **_beginning(entry, codes.IDENTITY_VERIFICATION, test=entry.training or specimen),
        **_about(entry.niss, None, entry.episode),
        "effectiveDateTime": _moment(entry.care_at),
        "issued": _moment(entry.verified_at),
        **_who(entry),
        "valueCodeableConcept": _concept(codes.MEANS.system, entry.means),
        "component": _written(_verification_components(entry), codes.IDENTITY_VERIFICATION),
    }


def _exemption(entry: Exemption) -> Json:
    """Return that nothing is due; the value is the rule that says so."""
    return {
        **_beginning(entry, codes.EXEMPTION, test=entry.training),
        **_about(entry.niss, entry.alias, entry.episode),
        **_when(entry, entry.care_at),
        **_who(entry),
        "valueCodeableConcept": _concept(codes.RULE, entry.rule),
        "component": _written(_exemption_components(entry), codes.EXEMPTION),
    }


def _consultation(entry: Consultation) -> Json:
    """Return that an identity read earlier was consulted; the reading is what it derives from."""
    return {
        **_beginning(entry, codes.CONSULTATION, test=entry.training),
        **_about(entry.niss, None, entry.episode),
        **_when(entry, entry.care_at),
        **_who(entry),
        "derivedFrom": [_reference("Observation", codes.ENTRY_ID, entry.reading)],
        "component": _written(_consultation_components(entry), codes.CONSULTATION),
    }


def _pending(entry: Pending) -> Json:
    """Return that a verification is due; the patient may have no number yet."""
    return {
        **_beginning(entry, codes.PENDING, test=entry.training),
        **_about(entry.niss, entry.alias, entry.episode),
        **_when(entry, entry.care_at),
        **_who(entry),
        "component": _written(_pending_components(entry), codes.PENDING),
    }


def _correction(entry: Correction) -> Json:
    """Return the notice that an entry counts in place of another: `focus` the old, `derivedFrom` the new."""
    return {
        **_beginning(entry, codes.CORRECTION, test=entry.training),
        "focus": [_reference("Observation", codes.ENTRY_ID, entry.replaces)],
        **_when(entry, entry.recorded_at),
        **_who(entry),
        "valueString": entry.why,
        "derivedFrom": [_reference("Observation", codes.ENTRY_ID, entry.by)],
        "component": _written(_head_components(entry), codes.CORRECTION),
    }


def _withdrawal(entry: Withdrawal) -> Json:
    """Return the notice: final in itself, with what it withdraws in `focus`, since nothing is edited."""
    return {
        **_beginning(entry, codes.WITHDRAWAL, test=entry.training),
        "focus": [_reference("Observation", codes.ENTRY_ID, entry.withdraws)],
        **_when(entry, entry.recorded_at),
        **_who(entry),
        "valueString": entry.why,
        "component": _written(_head_components(entry), codes.WITHDRAWAL),
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


def _about(niss: str | None, alias: str | None, episode: Episode) -> Json:
    """Return who and which visit it is about, as far as known: NISS, else the name given for the moment."""
    system, number = (codes.SSIN, niss) if niss else (codes.ALIAS, alias)
    return {
        **({"subject": _reference("Patient", system, number)} if number else {}),
        **({"encounter": _reference("Encounter", codes.VISIT, episode.visit)} if episode.visit else {}),
    }


def _when(entry: Head, effective: datetime) -> Json:
    return {"effectiveDateTime": _moment(effective), "issued": _moment(entry.recorded_at)}


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
    yield from _declined_components(entry.declined)
    yield "name", entry.name
    yield "given-names", entry.given_names
    yield "birth-date", _known(entry.birth_date) if entry.birth_date else None
    yield "sex", None if entry.sex is None else codes.GENDERS[entry.sex]
    yield from _episode_components(entry.episode)
    yield from _coverage_components(entry.coverage)
    yield from _evidence_components(entry.evidence)
    if entry.verdict:
        yield from _verdict_components(entry.verdict)


def _exemption_components(entry: Exemption) -> Components:
    yield from _head_components(entry)
    yield "paper-shown", entry.document_shown
    yield from _episode_components(entry.episode)
    yield from _coverage_components(entry.coverage)


def _consultation_components(entry: Consultation) -> Components:
    yield from _head_components(entry)
    yield from _episode_components(entry.episode)


def _pending_components(entry: Pending) -> Components:
    yield from _head_components(entry)
    yield from _declined_components(entry.declined)
    yield from _episode_components(entry.episode)
    yield "how-verified", entry.evidence.how_verified
    yield from _evidence_components(entry.evidence)


def _declined_components(declined: Sequence[Declined]) -> Components:
    for one in declined:
        yield f"declined-{one.means}", one.why


def _episode_components(episode: Episode) -> Components:
    yield "episode", episode.kind
    yield "admitted-at", _moment(episode.admitted_at) if episode.admitted_at else None
    yield "series", episode.series
    yield "billing-period", episode.billing_period


def _coverage_components(coverage: Coverage | None) -> Components:
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
    yield "symbology", evidence.symbology
    yield "attested-on", evidence.attested_on.isoformat() if evidence.attested_on else None
    yield "acr", evidence.acr


def _verdict_components(verdict: RecordedVerdict) -> Components:
    yield "verified", verdict.verified
    for problem in verdict.problems:
        yield "problem", problem
    for remark in verdict.remarks:
        yield "remark", remark
    yield "specimen", verdict.specimen


def _written(components: Components, kind: str) -> list[Json]:
    """Return the components of a kind that have a value; FHIR knows no empty ones."""
    forms = codes.COMPONENTS[kind]
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
