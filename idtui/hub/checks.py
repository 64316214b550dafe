"""Whether one entry of a batch may be stored: systems, codes, numbers and moments, beyond its shape.

The words of a refusal are technical text for the hospital's IT (FHIR `diagnostics`); they name the place
and never quote a value.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

import msgspec

from idtui.domain import niss
from idtui.hub.database import Record
from idtui.hub.resources import Component, Concept, Entry, Identifier, Observation, Reference
from idtui.sync import codes

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.ASCII)
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})", re.ASCII
)
_DATE = re.compile(r"[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?", re.ASCII)
_VALUES = ("valueCodeableConcept", "valueString", "valueBoolean", "valueInteger", "valueDateTime")
_CONTROLS = re.compile(rb"(?<!\\)(?:\\\\)*\\(?:[bfnrt]|u00[01])|\x7f|\xc2[\x80-\x9f]")
"""Control characters, U+0000 among them, in JSON as this program writes it; databases refuse some of them."""
_ELEVEN_DIGITS = re.compile(r"[0-9]{11}", re.ASCII)
_RULE = re.compile(r"[A-Z]{1,2}-[0-9]{1,3}[a-z]?", re.ASCII)
"""A rule of the law as the program numbers them: R-14, C-2."""


@dataclass(frozen=True, slots=True)
class _Form:
    """Which parts the Observation of a kind has, and which it may have."""

    kind: str
    needs: frozenset[str]
    allows: frozenset[str] = frozenset()


_OPTIONAL = ("subject", "encounter", "focus", "derived_from", "value_codeable_concept", "value_string")

_FORMS = {
    codes.IDENTITY_VERIFICATION: _Form(
        "verification", frozenset({"subject", "value_codeable_concept"}), frozenset({"encounter"})
    ),
    codes.EXEMPTION: _Form(
        "exemption", frozenset({"value_codeable_concept"}), frozenset({"subject", "encounter"})
    ),
    codes.CONSULTATION: _Form(
        "consultation", frozenset({"subject", "derived_from"}), frozenset({"encounter"})
    ),
    codes.PENDING: _Form("pending", frozenset(), frozenset({"subject", "encounter"})),
    codes.CORRECTION: _Form("correction", frozenset({"focus", "derived_from", "value_string"})),
    codes.WITHDRAWAL: _Form("withdrawal", frozenset({"focus", "value_string"})),
}
_NAMELESS = frozenset({codes.EXEMPTION, codes.PENDING})
"""Kinds whose patient may have no number yet, only the name given for the moment."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The form of a component, and the place among `_VALUES` of the one value it has."""

    form: codes.Form
    place: int


def _wanted(form: codes.Form) -> _Wanted:
    field = "valueCodeableConcept" if isinstance(form, codes.ValueSet) else codes.FIELDS[form]
    return _Wanted(form, _VALUES.index(field))


_COMPONENTS = {
    code: {name: _wanted(form) for name, form in forms.items()} for code, forms in codes.COMPONENTS.items()
}
"""The components of each kind of entry."""


class Refused(Exception):
    """This entry is never stored as it is; the text says where it is wrong."""

    def __init__(self, words: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__(words)
        self.status = status


def checked(raw: bytes, *, training: bool) -> Record:
    """Return the record of one entry as sent; raises `Refused`.

    Two entries of the same content give the same SHA-256 whatever the order of their fields.
    """
    try:
        entry = msgspec.json.decode(raw, type=Entry)
    except msgspec.MsgspecError as error:
        raise Refused(f"not as documented at {str(error).rpartition(' - at ')[2]}") from None
    except (UnicodeDecodeError, RecursionError):
        raise Refused("not readable") from None
    observation = entry.resource
    entry_id = _checked_id(entry)
    kind = _checked_kind(observation)
    _check_who(observation)
    _check_moment(observation.effective_date_time, "effectiveDateTime")
    _check_moment(observation.issued, "issued")
    _check_test_data(observation, training=training)
    canonical = msgspec.json.encode(observation, order="sorted")
    # Nearly all entries hold no byte that can begin one, which is seen much faster than by the pattern.
    may = b"\\" in canonical or b"\x7f" in canonical or b"\xc2" in canonical
    _need(not (may and _CONTROLS.search(canonical)), "a control character")
    return Record(
        id=entry_id,
        sha256=hashlib.sha256(canonical).hexdigest(),
        site=observation.performer[1].identifier.value if len(observation.performer) > 1 else "",
        desk=observation.device.identifier.value,
        kind=kind,
        resource=canonical.decode(),
    )


def _need(holds: bool, words: str) -> None:
    if not holds:
        raise Refused(words)


def _checked_id(entry: Entry) -> str:
    identifier = entry.resource.identifier[0]
    entry_id = identifier.value
    _check_entry_id(identifier, "identifier")
    _need(
        entry.request.if_none_exist == f"identifier={codes.ENTRY_ID}|{entry_id}",
        "ifNoneExist is not the identifier",
    )
    _need(entry.full_url in ("", f"urn:uuid:{entry_id}"), "fullUrl is not the identifier")
    return entry_id


def _check_entry_id(identifier: Identifier, place: str) -> None:
    _need(identifier.system == codes.ENTRY_ID, f"system of {place}")
    _need(_UUID.fullmatch(identifier.value) is not None, f"{place} is not a UUID in lower case")


def _checked_kind(observation: Observation) -> str:
    category = _code(observation.category[0], codes.CATEGORY, "category")
    _need(category == codes.ADMINISTRATIVE_IDENTITY, "code of category")
    code = _code(observation.code, codes.OBSERVATION, "code")
    form = _FORMS.get(code)
    if form is None:
        raise Refused("code of code")
    present = {name for name in _OPTIONAL if getattr(observation, name) is not None}
    if not form.needs <= present:
        raise Refused(f"{form.kind} without {', '.join(sorted(form.needs - present))}")
    if not present <= form.needs | form.allows:
        raise Refused(f"{form.kind} with {', '.join(sorted(present - form.needs))}")
    _check_parts(observation)
    value = observation.value_codeable_concept
    if value and form.kind == "exemption":
        _need(
            _RULE.fullmatch(_code(value, codes.RULE, "valueCodeableConcept")) is not None,
            "unknown code of valueCodeableConcept",
        )
    elif value:
        _check_value(value, codes.MEANS, "valueCodeableConcept")
    names = _check_components(observation, _COMPONENTS[code])
    _need(form.kind != "verification" or "entry-type" in names, "no entry-type")
    return form.kind


def _check_parts(observation: Observation) -> None:
    """Check what an entry is about, wherever it says so."""
    if observation.subject:
        _check_subject(observation.subject, may_be_alias=observation.code.coding[0].code in _NAMELESS)
    if observation.encounter:
        _check_reference(observation.encounter, "Encounter", codes.VISIT, "encounter")
    for place, references in (("focus", observation.focus), ("derivedFrom", observation.derived_from)):
        for reference in references or ():
            _need(reference.type == "Observation", f"type of {place}")
            _check_entry_id(reference.identifier, place)


def _check_subject(subject: Reference, *, may_be_alias: bool) -> None:
    if may_be_alias and subject.identifier.system == codes.ALIAS:
        _check_reference(subject, "Patient", codes.ALIAS, "subject")
        return
    _check_reference(subject, "Patient", codes.SSIN, "subject")
    number = subject.identifier.value
    _need(
        _ELEVEN_DIGITS.fullmatch(number) is not None and niss.parse(number) is not None,
        "subject is not eleven digits with their check number",
    )


def _check_who(observation: Observation) -> None:
    operator, *hospital = observation.performer
    _check_reference(operator, "Practitioner", codes.OPERATOR, "performer[0]")
    for organisation in hospital:
        _check_reference(organisation, "Organization", codes.ORGANISATION, "performer[1]")
    _check_reference(observation.device, "Device", codes.DESK, "device")


def _check_test_data(observation: Observation, *, training: bool) -> None:
    """Keep training and specimen cards out of the records of a real hub."""
    mark = observation.meta.security[0] if observation.meta else None
    if mark:
        _need((mark.system, mark.code) == (codes.ACT_REASON, codes.TEST_DATA), "code of meta.security")
    specimen = any(
        component.value_boolean and _code(component.code, codes.COMPONENT, "component") == "specimen"
        for component in observation.component
    )
    _need(training or not (mark or specimen), "training and specimen entries are not taken by this hub")


def _check_components(observation: Observation, forms: Mapping[str, _Wanted]) -> set[str]:
    """Check every component against its form and return their names."""
    names: set[str] = set()
    repeated: set[str] = set()
    for component in observation.component:
        name = _code(component.code, codes.COMPONENT, "component")
        wanted = forms.get(name)
        if wanted is None:
            raise Refused("component of unknown code")
        _check_component(component, name, wanted)
        (repeated if name in names else names).add(name)
    _need(repeated <= codes.REPEATING, "component that may not repeat")
    return names


def _check_component(component: Component, name: str, wanted: _Wanted) -> None:
    values = (
        component.value_codeable_concept,
        component.value_string,
        component.value_boolean,
        component.value_integer,
        component.value_date_time,
    )
    if values[wanted.place] is None or values.count(None) != len(values) - 1:
        raise Refused(f"component {name} has no {_VALUES[wanted.place]} alone")
    if component.value_codeable_concept and isinstance(wanted.form, codes.ValueSet):
        _check_value(component.value_codeable_concept, wanted.form, "component ", name)
    elif wanted.form is codes.Plain.MOMENT:
        _check_moment(component.value_date_time or "", f"component {name}")
    elif wanted.form is codes.Plain.DATE:
        _need(_DATE.fullmatch(component.value_date_time or "") is not None, f"component {name} is no date")


def _check_reference(reference: Reference, of: str, system: str, place: str) -> None:
    if reference.type != of:
        raise Refused(f"type of {place}")
    if reference.identifier.system != system:
        raise Refused(f"system of {place}")


def _check_value(concept: Concept, values: codes.ValueSet, *place: str) -> None:
    coding = concept.coding[0]
    if coding.system != values.system:
        raise Refused(f"system of {''.join(place)}")
    if coding.code not in values.codes:
        raise Refused(f"unknown code of {''.join(place)}")


def _code(concept: Concept, system: str, place: str) -> str:
    coding = concept.coding[0]
    if coding.system != system:
        raise Refused(f"system of {place}")
    return coding.code


def _check_moment(text: str, place: str) -> None:
    if _MOMENT.fullmatch(text) is None:
        raise Refused(f"{place} is no moment with its offset")
    try:
        datetime.fromisoformat(text)
    except ValueError:
        raise Refused(f"{place} does not exist in the calendar") from None
