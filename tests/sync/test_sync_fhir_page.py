import json
import re
from pathlib import Path
from typing import Any

import fhir_examples
import pytest

from idtui.domain.entries import TRAVELLING, Entry
from idtui.domain.rules import ALLOWED, Means
from idtui.hub.checks import Refused, checked
from idtui.sync import codes, fhir

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "fhir.md").read_text(encoding="utf-8")
ON_THE_PAGE: list[dict[str, Any]] = [
    resource
    for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    if (resource := json.loads(block))["resourceType"] == "Observation"
]
EXAMPLES = dict(fhir_examples.examples())


def taken(resource: dict[str, Any]) -> str:
    """Return the kind under which the hub takes a resource."""
    condition = f"identifier={codes.ENTRY_ID}|{resource['identifier'][0]['value']}"
    request = {"method": "POST", "url": "Observation", "ifNoneExist": condition}
    return checked(json.dumps({"request": request, "resource": resource}).encode(), training=False).kind


@pytest.mark.parametrize("resource", ON_THE_PAGE, ids=["card", "typed", "withdrawal"])
def test_the_examples_on_the_page_are_taken_by_the_hub(resource: dict[str, Any]) -> None:
    assert taken(resource) in TRAVELLING


@pytest.mark.parametrize("entry", EXAMPLES.values(), ids=EXAMPLES.keys())
def test_every_example_is_taken_by_the_hub_as_its_kind(entry: Entry) -> None:
    assert taken(fhir.observation(entry)) == entry.kind


@pytest.mark.parametrize("entry", EXAMPLES.values(), ids=EXAMPLES.keys())
def test_an_example_with_a_part_too_many_or_too_few_is_refused(entry: Entry) -> None:
    strange = {
        "subject": {"type": "Patient", "identifier": {"system": codes.SSIN, "value": "85073003329"}},
        "focus": [{"type": "Observation", "identifier": {"system": codes.VISIT, "value": entry.id}}],
        "derivedFrom": [{"type": "Patient", "identifier": {"system": codes.ENTRY_ID, "value": entry.id}}],
        "valueString": "\x1b",
    }
    for field, value in strange.items():
        with pytest.raises(Refused):
            taken({**fhir.observation(entry), field: value})
    needed = {"focus", "derivedFrom", "valueString", "valueCodeableConcept"}
    for field in needed.intersection(fhir.observation(entry)):
        with pytest.raises(Refused):
            taken({name: value for name, value in fhir.observation(entry).items() if name != field})


def test_there_is_an_example_of_every_kind_means_and_entry_type() -> None:
    assert {entry.kind for entry in EXAMPLES.values()} == TRAVELLING
    shown = {(entry.means, entry.entry) for _, entry in fhir_examples.verifications()}
    assert {means for means, _ in shown} == set(Means)
    assert {kind for _, kind in shown} == {kind for row in ALLOWED for kind in row.entries}


def test_the_page_of_examples_is_up_to_date() -> None:
    assert fhir_examples.PAGE.read_text(encoding="utf-8") == fhir_examples.page()


def test_the_page_names_every_system_code_and_component() -> None:
    systems = [value for name, value in vars(codes).items() if name.isupper() and isinstance(value, str)]
    sets = [value for value in vars(codes).values() if isinstance(value, codes.ValueSet)]
    words = {code for one in sets if one is not codes.GENDER for code in one.codes}
    names = {
        name for forms in codes.COMPONENTS.values() for name in forms if not name.startswith("declined-")
    }
    for expected in (*systems, *(one.system for one in sets), *words, *names):
        assert expected == "" or expected in PAGE, expected
