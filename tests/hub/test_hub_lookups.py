from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
import pytest
import sqlalchemy as sql
from hub_records import FIRST_READING, NISS, OTHER_NISS, entry_id, record
from told_visits import visit

from idtui.domain.quota import Share, Shift, Tally, share_of
from idtui.domain.visit import VisitState
from idtui.hub import visits
from idtui.hub.embedded import EmbeddedHub
from idtui.sync import codes

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def hub() -> Iterator[EmbeddedHub]:
    hub = EmbeddedHub()
    hub.start()
    yield hub
    hub.stop()


def get(hub: EmbeddedHub, path: str) -> httpx.Response:
    return httpx.get(hub.url.removesuffix("/fhir") + path, trust_env=False)


def test_a_desk_asks_for_the_visits_of_a_day(hub: EmbeddedHub) -> None:
    planned = visit("V1", told_at=NOON, state=VisitState.PLANNED, appointment_at=NOON)
    visits.store(hub._database.engine, [planned])
    found = get(hub, "/desk/visits?day=2026-11-22")
    assert (found.status_code, found.headers["content-type"]) == (200, "application/json")
    assert [one["number"] for one in found.json()["visits"]] == ["V1"]
    assert get(hub, "/desk/visits?day=2026-11-23").json() == {"visits": []}


@pytest.mark.parametrize("question", ["", "?day=", "?day=today", "?day=2026-13-01"])
def test_a_day_that_is_none_is_refused(hub: EmbeddedHub, question: str) -> None:
    refused = get(hub, f"/desk/visits{question}")
    assert (refused.status_code, refused.json()["resourceType"]) == (400, "OperationOutcome")


def search(hub: EmbeddedHub, **form: str) -> httpx.Response:
    url = hub.url + "/Observation/_search"
    return httpx.post(
        url, data={name.replace("_", ":"): value for name, value in form.items()}, trust_env=False
    )


def ids(answer: httpx.Response) -> list[str]:
    assert (answer.status_code, answer.json()["type"]) == (200, "searchset")
    return [entry["resource"]["identifier"][0]["value"] for entry in answer.json().get("entry", [])]


PERSON = f"{codes.SSIN}|{NISS}"


def test_a_search_finds_what_stands_of_a_person_and_of_a_stay(hub: EmbeddedHub) -> None:
    records = [
        record(1),
        record(2, care="2026-11-21T23:59:00+01:00", visit="V2"),
        record(3, niss=OTHER_NISS),
        record(4, "consultation", derived=1),
        record(5),
        record(6, "withdrawal", focus=5),
    ]
    hub._database.store(records)
    assert set(ids(search(hub, subject_identifier=PERSON))) == {entry_id(1), entry_id(2), entry_id(4)}
    assert set(ids(search(hub, subject_identifier=PERSON, date="2026-11-22"))) == {entry_id(1), entry_id(4)}
    assert ids(search(hub, subject_identifier=PERSON, date="lt2026-11-22")) == [entry_id(2)]
    visit = f"{codes.VISIT}|V1"
    assert set(ids(search(hub, encounter_identifier=visit))) == {entry_id(1), entry_id(3), entry_id(4)}
    assert ids(search(hub, encounter_identifier=visit, subject_identifier=f"{codes.SSIN}|{OTHER_NISS}")) == [
        entry_id(3)
    ]
    assert "entry" not in search(hub, subject_identifier=f"{codes.SSIN}|40123100289").json()


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"date": "2026-11-22"},
        {"subject_identifier": NISS},
        {"subject_identifier": f"urn:other|{NISS}"},
        {"subject_identifier": f"{codes.SSIN}|"},
        {"subject_identifier": PERSON, "name": "x"},
        {"subject_identifier": PERSON, "date": "today"},
        {"subject_identifier": PERSON, "date": "gt9999-12-31"},
        {"subject_identifier": PERSON + "9" * 5_000},
    ],
)
def test_a_search_that_is_none_is_refused_and_quotes_nothing(hub: EmbeddedHub, form: dict[str, str]) -> None:
    refused = search(hub, **form)
    assert refused.status_code == 400
    assert NISS not in refused.text


def test_a_number_in_a_url_is_refused(hub: EmbeddedHub) -> None:
    url = hub.url + "/Observation/_search"
    assert httpx.get(f"{url}?subject:identifier={PERSON}", trust_env=False).status_code == 405
    form = {"subject:identifier": PERSON}
    assert httpx.post(f"{url}?date=2026-11-22", data=form, trust_env=False).status_code == 400
    assert httpx.post(url, json=form, trust_env=False).status_code == 400


def first(hub: EmbeddedHub, **form: str) -> httpx.Response:
    url = hub.url.removesuffix("/fhir") + "/desk/first-reading"
    data = {name.replace("_", ":"): value for name, value in form.items()}
    return httpx.post(url, data=data, trust_env=False)


def test_a_first_reading_is_told_with_day_desk_and_means_alone(hub: EmbeddedHub) -> None:
    assert first(hub, subject_identifier=PERSON).json() == {"reading": None}
    hub._database.store(FIRST_READING)
    answer = first(hub, subject_identifier=PERSON)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json() == {"reading": {"day": "2025-03-04", "desk": "desk-2", "means": "foreigner"}}
    hub._database.store([record(20, "withdrawal", focus=6)])
    assert first(hub, subject_identifier=PERSON).json()["reading"]["day"] == "2026-11-22"


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"subject_identifier": NISS},
        {"subject_identifier": f"urn:other|{NISS}"},
        {"subject_identifier": PERSON, "date": "2026-11-22"},
        {"encounter_identifier": f"{codes.VISIT}|V1"},
    ],
)
def test_a_question_for_a_first_reading_that_is_none_is_refused(
    hub: EmbeddedHub, form: dict[str, str]
) -> None:
    refused = first(hub, **form)
    assert refused.status_code == 400
    assert NISS not in refused.text
    url = hub.url.removesuffix("/fhir") + f"/desk/first-reading?subject:identifier={PERSON}"
    assert httpx.get(url, trust_env=False).status_code == 405
    assert httpx.post(url, data={"subject:identifier": PERSON}, trust_env=False).status_code == 400


def due(hub: EmbeddedHub) -> list[str]:
    return [pending["id"] for pending in get(hub, "/desk/worklist").json()["pendings"]]


@pytest.mark.parametrize(
    ("pending", "done", "completed"),
    [
        ({"visit": "V1"}, {"visit": "V1", "niss": OTHER_NISS}, True),
        ({"visit": "V1", "niss": None, "alias": "Unknown 1"}, {"visit": "V1"}, True),
        ({"visit": None}, {"visit": "V9"}, True),
        ({"visit": "V1"}, {"visit": None}, True),
        ({"visit": "V1"}, {"visit": "V9"}, False),
        ({"visit": None}, {"visit": None, "care": "2026-11-23T09:00:00+01:00"}, False),
        ({"visit": None, "niss": None, "alias": "Unknown 1"}, {"visit": None}, False),
    ],
)
def test_a_verification_of_the_same_care_completes_a_pending(
    hub: EmbeddedHub, pending: dict[str, Any], done: dict[str, Any], completed: bool
) -> None:
    hub._database.store([record(1, "pending", **pending)])
    assert due(hub) == [entry_id(1)]
    hub._database.store([record(2, **done)])
    assert due(hub) == ([] if completed else [entry_id(1)])
    hub._database.store([record(3, "withdrawal", focus=2)])
    assert due(hub) == [entry_id(1)]


def test_a_withdrawn_or_replaced_pending_is_no_longer_due(hub: EmbeddedHub) -> None:
    hub._database.store([record(1, "pending"), record(2, "pending"), record(3, "withdrawal", focus=1)])
    assert due(hub) == [entry_id(2)]
    hub._database.store([record(4, niss=OTHER_NISS, visit="V7"), record(5, "correction", focus=2, derived=4)])
    assert due(hub) == []


def test_the_quota_counts_what_stands_in_a_year(hub: EmbeddedHub) -> None:
    typed: dict[str, Any] = {
        "means": "none",
        "entry_type": "manual",
        "reason": "pre.no_document_identity_verified",
    }
    hub._database.store(
        [
            record(1),
            record(2),
            record(3, **typed, care="2026-01-02T23:00:00+01:00", desk="desk-2"),
            record(4, care="2025-12-31T23:00:00+01:00"),
            record(5),
            record(6, "withdrawal", focus=5),
            record(7, "pending"),
        ]
    )
    answer = get(hub, "/desk/quota?year=2026").json()
    assert answer["year"] == 2026
    tallies = msgspec.convert(answer["tallies"], tuple[Tally, ...])
    assert share_of(tallies, loss_theft_typed=True) == Share(2, 1)
    assert {(one.desk, one.month, one.shift, one.count) for one in tallies} == {
        ("desk-1", 11, Shift.EARLY, 2),
        ("desk-2", 1, Shift.NIGHT, 1),
    }
    assert get(hub, "/desk/quota").status_code == get(hub, "/desk/quota?year=26").status_code == 400


def test_a_database_that_is_away_is_answered_so(hub: EmbeddedHub) -> None:
    with hub._database.engine.begin() as connection:
        connection.execute(sql.text("DROP VIEW feed"))
    assert get(hub, "/desk/worklist").status_code == 503
