import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idtui.desk.events import BatchAnswered, Receipt, Refusal
from idtui.sync.answer import outcome_words, read_answer
from idtui.sync.codes import ENTRY_ID

SENT = ["a", "b", "c"]


def said(entry_id: str | None, status: str = "201 Created", **more: Any) -> dict[str, Any]:  # noqa: ANN401  # any JSON
    named = {"fullUrl": f"urn:uuid:{entry_id}"} if entry_id else {}
    return {**named, "response": {"status": status, **more}}


def read(*entries: object) -> BatchAnswered:
    bundle = {"resourceType": "Bundle", "type": "batch-response", "entry": entries}
    answered = read_answer(json.dumps(bundle).encode(), SENT)
    assert answered
    return answered


def received(*entries: object) -> list[str]:
    return [receipt.entry_id for receipt in read(*entries).receipts]


def test_200_and_201_are_the_same_receipt() -> None:
    answered = read(said("a"), said("b", "200 OK"), said("c", "200"))
    assert answered == BatchAnswered((Receipt("a"), Receipt("b"), Receipt("c")))


@pytest.mark.parametrize("status", [400, 409, 412, 422])
def test_a_refusal_brings_its_words_cleaned(status: int) -> None:
    outcome = {"issue": [{"diagnostics": "no\x1b[2J"}, {"details": {"text": "subject"}}, {}]}
    answered = read(said("a"), said("b", f"{status} No", outcome=outcome), said("c"))
    assert answered.refusals == (Refusal("b", status, "no\ufffd[2J; subject"),)
    assert [receipt.entry_id for receipt in answered.receipts] == ["a", "c"]


@pytest.mark.parametrize("status", ["500", "503 x", "401", "429", "204", "2010", "", "ok 200", "٢٠١"])
def test_any_other_status_leaves_the_entry_waiting(status: str) -> None:
    answered = read(said("a"), said("b", status), said("c"))
    assert [receipt.entry_id for receipt in answered.receipts] == ["a", "c"]
    assert answered.refusals == ()


def test_a_server_that_names_nothing_answers_in_order() -> None:
    assert received(said(None), said(None), said(None)) == SENT


def test_a_server_may_use_locations_of_its_own() -> None:
    location = "http://hospital/fhir/Observation/77/_history/1"
    assert received(said(None, location=location), said("b"), said("c")) == SENT


def test_permuted_receipts_count_for_nothing() -> None:
    assert received(said("b"), said("a"), said("c")) == ["c"]


@pytest.mark.parametrize("foreign", ["b", "stranger", ""])
def test_a_receipt_for_another_entry_counts_for_nothing(foreign: str) -> None:
    forged = {"fullUrl": f"urn:uuid:{foreign}", "response": {"status": "201"}}
    assert received(forged, said("b"), said("c")) == ["b", "c"]


def test_the_other_entry_may_be_named_by_location_or_identifier() -> None:
    by_location = said(None, location="Observation/b/_history/1")
    resource = {"identifier": [{"system": ENTRY_ID, "value": "a"}]}
    by_identifier = {**said(None), "resource": resource}
    assert received(by_location, by_identifier, said("c")) == ["c"]


def test_missing_and_surplus_answers_leave_the_nameless_waiting() -> None:
    assert received(said(None), said(None)) == []
    assert received(said("a"), said(None)) == ["a"]
    assert received(said("a"), said("c")) == ["a"]
    assert received(said(None), said(None), said(None), said(None)) == []
    assert received() == []


@pytest.mark.parametrize("odd", [None, 7, [], {}, {"response": None}, {"response": {"status": 201}}])
def test_an_odd_answer_costs_only_itself(odd: object) -> None:
    assert received(said("a"), odd, said("c")) == ["a", "c"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"null",
        b'{"resourceType":"Bundle","type":"searchset"}',
        b'{"resourceType":"OperationOutcome","type":"batch-response"}',
        b'{"resourceType":"Bundle","type":"batch-response","entry":7}',
        b"[" * 100_000,
        b'{"resourceType":"Bundle","type":"batch-response","entry":[' + b"[" * 100_000,
        b'{"resourceType":"\xff"}',
    ],
)
def test_what_is_no_batch_response_is_none(body: bytes) -> None:
    assert read_answer(body, SENT) is None


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(SENT),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["fullUrl", "response", "status"]), inner)
    ),
)


@given(st.lists(json_values, max_size=5))
def test_whatever_comes_no_entry_gets_a_receipt_that_does_not_say_so(entries: list[Any]) -> None:
    answered = read(*entries)
    for receipt in answered.receipts:
        status = entries[SENT.index(receipt.entry_id)]["response"]["status"]
        assert status.startswith(("200", "201"))


def test_words_of_a_whole_refusal() -> None:
    assert outcome_words(b'{"issue":[{"diagnostics":"no\\u0007"}]}') == "no\ufffd"
    assert outcome_words(b"<html>") == ""
