import json
import re
from pathlib import Path
from typing import Any

import pytest

from idtui.hub.checks import checked
from idtui.sync import codes

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "fhir.md").read_text(encoding="utf-8")
EXAMPLES: list[dict[str, Any]] = [
    resource
    for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    if (resource := json.loads(block))["resourceType"] == "Observation"
]


@pytest.mark.parametrize("resource", EXAMPLES, ids=["card", "typed", "withdrawal"])
def test_the_examples_on_the_page_are_taken_by_the_hub(resource: dict[str, Any]) -> None:
    condition = f"identifier={codes.ENTRY_ID}|{resource['identifier'][0]['value']}"
    request = {"method": "POST", "url": "Observation", "ifNoneExist": condition}
    record = checked(json.dumps({"request": request, "resource": resource}).encode(), training=False)
    assert record.desk == "desk-1"


def test_the_page_names_every_system_code_and_component() -> None:
    systems = [value for name, value in vars(codes).items() if name.isupper() and isinstance(value, str)]
    sets = [value for value in vars(codes).values() if isinstance(value, codes.ValueSet)]
    words = {code for one in sets if one is not codes.GENDER for code in one.codes}
    names = {name for name in codes.VERIFICATION_COMPONENTS if not name.startswith("declined-")}
    for expected in (*systems, *(one.system for one in sets), *words, *names):
        assert expected == "" or expected in PAGE, expected
