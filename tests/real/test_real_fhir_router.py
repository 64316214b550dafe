"""An independent FHIR router judges every Observation a desk can send, and what a second sending does."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fhir_examples
import pytest
from real_parts import Need, fhir_router

from idtui.sync import fhir
from idtui.sync.answer import read_answer

pytestmark = pytest.mark.real

SCRIPT = Path(__file__).parent / "fhir_router.mjs"
Bundle = dict[str, Any]
Ask = Callable[[Bundle], dict[str, Any]]


@pytest.fixture(scope="module")
def ask(need: Need) -> Iterator[Ask]:
    """Start the router and hand it Bundles one by one; it forgets everything at the end of the module."""
    node, packages = fhir_router(need)
    command = [node, str(SCRIPT), packages]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as router:
        to_it, from_it = router.stdin, router.stdout
        assert to_it is not None
        assert from_it is not None
        assert from_it.readline() == "ready\n"

        def call(bundle: Bundle) -> dict[str, Any]:
            to_it.write(json.dumps(bundle) + "\n")
            to_it.flush()
            answer: dict[str, Any] = json.loads(from_it.readline())
            return answer

        yield call
        to_it.close()
        assert router.wait(60) == 0


@pytest.fixture
def everything() -> Bundle:
    bundle: Bundle = json.loads(fhir.batch([entry for _, entry in fhir_examples.examples()]))
    return bundle


def statuses(answer: dict[str, Any]) -> list[str]:
    return [entry["response"]["status"] for entry in answer["bundle"]["entry"]]


def test_every_observation_is_taken_once_however_often_it_is_sent(ask: Ask, everything: Bundle) -> None:
    ids = [entry.id for _, entry in fhir_examples.examples()]
    for status in ("201", "200", "200"):
        answer = ask(everything)
        assert statuses(answer) == [status] * len(ids)
        assert answer["stored"] == len(ids)
        read = read_answer(json.dumps(answer["bundle"]).encode(), ids)
        assert read is not None
        assert [receipt.entry_id for receipt in read.receipts] == ids


def test_without_the_condition_it_is_stored_twice(ask: Ask, everything: Bundle) -> None:
    before = ask(everything)["stored"]
    for entry in everything["entry"]:
        del entry["request"]["ifNoneExist"]
    answer = ask(everything)
    assert statuses(answer) == ["201"] * len(everything["entry"])
    assert answer["stored"] == before + len(everything["entry"])


@pytest.mark.parametrize(
    "broken",
    [
        {"status": None},
        {"code": None},
        {"status": ["final"]},
        {"subject": "85073003328"},
        {"effectiveDateTime": "22/11/2026"},
        {"component": [{"valueString": "no code"}]},
        {"colour": "blue"},
    ],
    ids=lambda broken: next(iter(broken)),
)
def test_a_broken_observation_is_refused_and_the_next_one_taken(
    ask: Ask, everything: Bundle, broken: dict[str, object]
) -> None:
    first, second = everything["entry"][:2]
    for place, entry in enumerate((first, second)):
        entry["request"]["ifNoneExist"] += f"-{place}-{broken}"  # held by nobody yet
    resource = {**first["resource"], **broken}
    first["resource"] = {name: value for name, value in resource.items() if value is not None}
    answer = ask({**everything, "entry": [first, second]})
    assert statuses(answer) == ["400", "201"]
