import gzip
import json
import threading
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hub_entries
import pytest
from effort import tries
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import SQLAlchemyError

from idtui.domain.entries import RecordedVerdict, Verification, Withdrawal
from idtui.domain.episode import Episode
from idtui.hub.database import Database, HubStatus, status
from idtui.hub.errors import HubUnavailable
from idtui.hub.intake import LARGEST_UNPACKED, Intake, WholeRefused, unpacked
from idtui.sync import codes, fhir

Make = Callable[..., Verification]
Withdraw = Callable[[int, str], Withdrawal]
Change = Callable[[dict[str, Any]], object]


@pytest.fixture
def intake(database: Database) -> Intake:
    return Intake(database, training=False)


def take(intake: Intake, *entries: Any) -> list[dict[str, Any]]:  # noqa: ANN401  # entries as JSON, also nonsense
    bundle = {"resourceType": "Bundle", "type": "batch", "entry": list(entries)}
    answered = json.loads(intake.take(json.dumps(bundle).encode()).answer)
    assert (answered["resourceType"], answered["type"]) == ("Bundle", "batch-response")
    answers: list[dict[str, Any]] = answered["entry"]
    return answers


def statuses(answers: list[dict[str, Any]]) -> list[int]:
    return [int(answer["response"]["status"][:3]) for answer in answers]


def sent(*entries: Verification | Withdrawal) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = json.loads(fhir.batch(entries))["entry"]
    return made


def test_new_then_known(intake: Intake, verification: Make, withdrawal: Withdraw) -> None:
    batch = sent(verification(1), withdrawal(2, verification(1).id))
    first = take(intake, *batch)
    assert [answer["response"]["status"] for answer in first] == ["201 Created", "201 Created"]
    assert [answer["fullUrl"] for answer in first] == [entry["fullUrl"] for entry in batch]
    assert statuses(take(intake, *batch)) == [200, 200]
    assert intake.database.status() == HubStatus(records=2, desks=1, waiting=0)


def test_the_same_content_in_another_order_of_fields_is_the_same(intake: Intake, verification: Make) -> None:
    (entry,) = sent(verification(1))
    entry["resource"] = dict(reversed(entry["resource"].items()))
    assert statuses(take(intake, *sent(verification(1)))) == [201]
    assert statuses(take(intake, entry)) == [200]


def test_other_content_under_a_known_id_is_a_conflict_and_changes_nothing(
    intake: Intake, verification: Make
) -> None:
    take(intake, *sent(verification(1)))
    answers = take(intake, *sent(verification(1, niss="17073003384"), verification(2)))
    assert statuses(answers) == [409, 201]
    assert answers[0]["response"]["outcome"]["issue"][0]["code"] == "conflict"
    assert statuses(take(intake, *sent(verification(1)))) == [200]


def test_an_id_twice_in_one_batch(intake: Intake, verification: Make) -> None:
    one, other = verification(1), verification(1, niss="17073003384")
    assert statuses(take(intake, *sent(one, one, other, verification(2)))) == [201, 200, 409, 201]
    assert statuses(take(intake, *sent(other, one))) == [409, 200]
    assert intake.database.status().records == 2


def test_a_poison_entry_costs_only_itself(intake: Intake, verification: Make) -> None:
    batch: list[Any] = sent(*(verification(number) for number in range(1, 6)))
    batch[2]["resource"]["status"] = "nonsense"
    batch[4] = 7
    answers = take(intake, *batch)
    assert statuses(answers) == [201, 201, 400, 201, 400]
    assert answers[2]["response"]["outcome"]["issue"][0]["diagnostics"] == (
        "not as documented at `$.resource.status`"
    )
    assert statuses(take(intake, *batch[:2])) == [200, 200]


def set_at(*path: str | int, to: Any) -> Change:  # noqa: ANN401  # any JSON
    def change(entry: dict[str, Any]) -> None:
        place: Any = entry
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = to

    return change


def component(name: str, **value: Any) -> dict[str, Any]:  # noqa: ANN401  # any JSON
    return {"code": {"coding": [{"system": codes.COMPONENT, "code": name}]}, **value}


def add(*components: dict[str, Any]) -> Change:
    return lambda entry: entry["resource"]["component"].extend(components)


def coded(system: str, code: str) -> dict[str, Any]:
    return {"valueCodeableConcept": {"coding": [{"system": system, "code": code}]}}


NISS = ("resource", "subject", "identifier", "value")

BAD: dict[str, Change] = {
    "unknown field": set_at("resource", "note", to=[]),
    "deep nonsense in an unknown field": set_at("resource", "x", to=json.loads("[" * 500 + "]" * 500)),
    "missing status": lambda entry: entry["resource"].pop("status"),
    "other resource": set_at("resource", "resourceType", to="Patient"),
    "other status": set_at("resource", "status", to="amended"),
    "no identifier": set_at("resource", "identifier", to=[]),
    "foreign identifier system": set_at("resource", "identifier", 0, "system", to="urn:oid:1.2"),
    "id in upper case": lambda entry: (
        set_at("resource", "identifier", 0, "value", to="0000000A-0000-7000-8000-000000000001")(entry),
        set_at(
            "request", "ifNoneExist", to=f"identifier={codes.ENTRY_ID}|0000000A-0000-7000-8000-000000000001"
        )(entry),
        entry.pop("fullUrl"),
    ),
    "condition on another id": set_at("request", "ifNoneExist", to="identifier=x|y"),
    "no condition": lambda entry: entry["request"].pop("ifNoneExist"),
    "other full URL": set_at("fullUrl", to="urn:uuid:00000000-0000-7000-8000-00000000000f"),
    "other method": set_at("request", "method", to="PUT"),
    "unknown category": set_at("resource", "category", 0, "coding", 0, "code", to="vital-signs"),
    "unknown code": set_at("resource", "code", "coding", 0, "code", to="blood-pressure"),
    "no subject": lambda entry: entry["resource"].pop("subject"),
    "subject with an address": set_at("resource", "subject", "reference", to="Patient/1"),
    "SSIN system without core": set_at(
        "resource",
        "subject",
        "identifier",
        "system",
        to="https://www.ehealth.fgov.be/standards/fhir/NamingSystem/ssin",
    ),
    "wrong check number": set_at(*NISS, to="85073003329"),
    "ten digits": set_at(*NISS, to="8507300332"),
    "written with dots": set_at(*NISS, to="85.07.30-033.28"),
    "digits of another script": set_at(*NISS, to="٨٥٠٧٣٠٠٣٣٢٨"),
    "a line feed after the digits": set_at(*NISS, to="85073003328\n"),
    "no means": lambda entry: entry["resource"].pop("valueCodeableConcept"),
    "unknown means": set_at("resource", "valueCodeableConcept", "coding", 0, "code", to="passport"),
    "two codings": lambda entry: entry["resource"]["valueCodeableConcept"]["coding"].append(
        {"system": codes.MEANS.system, "code": "itsme"}
    ),
    "moment without offset": set_at("resource", "issued", to="2026-11-22T02:00:00"),
    "moment without time": set_at("resource", "effectiveDateTime", to="2026-11-22"),
    "30 February": set_at("resource", "issued", to="2026-02-30T02:00:00+01:00"),
    "moment as a number": set_at("resource", "issued", to=1),
    "no performer": set_at("resource", "performer", to=[]),
    "hospital instead of the operator": lambda entry: entry["resource"]["performer"].pop(0),
    "performers swapped": lambda entry: entry["resource"]["performer"].reverse(),
    "no device": lambda entry: entry["resource"].pop("device"),
    "empty string": set_at("resource", "device", "identifier", "value", to=""),
    "U+0000": set_at("resource", "device", "identifier", "value", to="desk\x00"),
    "escape sequence": set_at("resource", "device", "identifier", "value", to="desk\x1b[2J"),
    "endless string": set_at("resource", "device", "identifier", "value", to="d" * 401),
    "focus on a verification": set_at("resource", "focus", to=[]),
    "component of unknown code": add(component("blood-group", valueString="A")),
    "component without value": add(component("serial")),
    "component with two values": add(component("serial", valueString="1", valueInteger=1)),
    "component of another type": add(component("serial", valueInteger=1)),
    "component value of another system": add(component("reason", **coded("urn:oid:1.2", "post.no_document"))),
    "component value of unknown code": add(component("reason", **coded(codes.REASON.system, "vignette"))),
    "component repeated": add(component("serial", valueString="1"), component("serial", valueString="2")),
    "component with an impossible moment": add(component("admitted-at", valueDateTime="2026-11-22")),
    "component with an impossible date": lambda entry: [
        one.update(valueDateTime="1985-13")
        for one in entry["resource"]["component"]
        if one["code"]["coding"][0]["code"] == "birth-date"
    ],
    "too many components": add(*[component("contradicted", valueString="x")] * 101),
    "no entry type": lambda entry: entry["resource"].update(
        component=[
            one for one in entry["resource"]["component"] if one["code"]["coding"][0]["code"] != "entry-type"
        ]
    ),
    "integer out of range": lambda entry: entry["resource"]["component"][0].update(valueInteger=2**31),
    "other mark": set_at("resource", "meta", to={"security": [{"system": codes.ACT_REASON, "code": "X"}]}),
}


@pytest.mark.parametrize("change", BAD.values(), ids=BAD)
def test_what_is_not_as_documented_is_refused(database: Database, verification: Make, change: Change) -> None:
    intake = Intake(database, training=True)
    (entry,) = sent(verification(1))
    change(entry)
    answers = take(intake, entry)
    assert statuses(answers) == [400]
    words = answers[0]["response"]["outcome"]["issue"][0]["diagnostics"]
    assert words
    assert "8507300332" not in words
    assert statuses(take(intake, *sent(verification(1)))) == [201], "the unchanged twin is taken"


@pytest.mark.parametrize(
    "change",
    [
        lambda entry: entry["resource"].pop("focus"),
        lambda entry: entry["resource"].pop("valueString"),
        set_at("resource", "focus", 0, "type", to="Patient"),
        set_at("resource", "focus", 0, "identifier", "value", to="1"),
        set_at(
            "resource", "encounter", to={"type": "Encounter", "identifier": {"system": "s", "value": "v"}}
        ),
        add(component("entry-type", **coded(codes.ENTRY_TYPE.system, "chip"))),
    ],
)
def test_a_withdrawal_has_its_own_form(
    intake: Intake, verification: Make, withdrawal: Withdraw, change: Change
) -> None:
    (entry,) = sent(withdrawal(2, verification(1).id))
    change(entry)
    assert statuses(take(intake, entry)) == [400]
    assert statuses(take(intake, *sent(withdrawal(2, verification(1).id)))) == [201]


@settings(max_examples=tries(200), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_piece_replaced_by_nonsense_is_answered(
    intake: Intake, verification: Make, data: st.DataObject
) -> None:
    (entry,) = sent(verification(1))
    places: list[tuple[Any, Any]] = []
    inside: list[Any] = [entry]
    while inside:
        one = inside.pop()
        pairs = list(one.items() if isinstance(one, dict) else enumerate(one))
        places.extend((one, key) for key, _ in pairs)
        inside.extend(value for _, value in pairs if isinstance(value, dict | list))
    holder, key = data.draw(st.sampled_from(places))
    holder[key] = data.draw(st.none() | st.booleans() | st.integers() | st.text() | st.just([]) | st.just({}))
    assert statuses(take(intake, entry))[0] in {200, 201, 400, 409}


@pytest.mark.parametrize(("training", "specimen"), [(True, False), (False, True)])
def test_a_real_hub_takes_no_test_data(
    database: Database, verification: Make, *, training: bool, specimen: bool
) -> None:
    entry = verification(1, training=training, verdict=RecordedVerdict(verified=True, specimen=specimen))
    refused = take(Intake(database, training=False), *sent(entry))
    assert statuses(refused) == [400]
    assert "training" in refused[0]["response"]["outcome"]["issue"][0]["diagnostics"]
    assert statuses(take(Intake(database, training=True), *sent(entry))) == [201]


def test_a_specimen_that_hides_its_mark_is_still_refused(intake: Intake, verification: Make) -> None:
    (entry,) = sent(verification(1, verdict=RecordedVerdict(verified=True, specimen=True)))
    del entry["resource"]["meta"]
    assert statuses(take(intake, entry)) == [400]


@pytest.mark.parametrize(
    ("body", "status_code"),
    [
        (b"", 400),
        (b"{}", 400),
        (b'{"resourceType":"Bundle","type":"transaction","entry":[{}]}', 400),
        (b'{"resourceType":"Bundle","type":"batch","entry":[]}', 400),
        (b'{"resourceType":"Bundle","type":"batch","entry":' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400),
        (b'{"resourceType":"Bundle","type":"batch","entry":[' + b"1," * 500 + b"1]}", 413),
        (b'{"resourceType":"\xff"}', 400),
    ],
)
def test_a_body_that_is_no_batch_is_refused_as_a_whole(intake: Intake, body: bytes, status_code: int) -> None:
    with pytest.raises(WholeRefused) as refused:
        intake.take(body)
    assert refused.value.status == status_code


def test_gzip_is_unpacked_within_bounds() -> None:
    assert unpacked(gzip.compress(b"body"), "gzip") == b"body"
    assert unpacked(b"body", "") == b"body"


@pytest.mark.parametrize(
    ("body", "encoding", "status_code"),
    [
        (gzip.compress(bytes(LARGEST_UNPACKED + 1)), "gzip", 413),
        (gzip.compress(b"body")[:-1], "gzip", 400),
        (gzip.compress(b"body") + b"more", "gzip", 400),
        (zlib.compress(b"body"), "gzip", 400),
        (b"body", "br", 415),
        (b"body", "gzip, gzip", 415),
    ],
    ids=["bomb", "cut", "trailing", "zlib", "unknown", "twice"],
)
def test_what_does_not_unpack_is_refused(body: bytes, encoding: str, status_code: int) -> None:
    with pytest.raises(WholeRefused) as refused:
        unpacked(body, encoding)
    assert refused.value.status == status_code


def test_concurrent_senders_of_the_same_entries_leave_one_record_each(
    database_url: str, verification: Make
) -> None:
    batch = sent(*(verification(number) for number in range(1, 101)))
    counts: list[int] = []
    senders = 4
    together = threading.Barrier(senders)

    def send(turned: int) -> None:
        database = Database(database_url)
        together.wait(10)
        for start in range(0, 100, 20):
            turn = [batch[(start + turned * 25 + offset) % 100] for offset in range(20)]
            counts.append(statuses(take(Intake(database, training=False), *turn)).count(201))
        database.close()

    threads = [threading.Thread(target=send, args=(number,)) for number in range(senders)]
    Database(database_url).close()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(counts) == senders * 5
    assert sum(counts) == status(database_url).records == 100


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://hub:secret@host/db", "nonsense"])
def test_only_a_file_of_sqlite_and_postgresql_are_databases(url: str) -> None:
    with pytest.raises(HubUnavailable) as refused:
        Database(url)
    assert refused.value.message.id == "hub.database_unknown"
    assert "secret" not in str(refused.value.message)


def test_looking_at_a_missing_hub_makes_none(tmp_path: Path, database_url: str) -> None:
    with pytest.raises(HubUnavailable) as refused:
        status(database_url)
    assert refused.value.message.id == "hub.no_database"
    assert not (tmp_path / "hub.db").exists()
    (tmp_path / "hub.db").write_text("not a database, only some text" * 100)
    with pytest.raises(HubUnavailable) as unreadable:
        status(database_url)
    assert unreadable.value.message.id == "hub.database_unreadable"


def test_the_database_is_for_its_owner_and_survives_a_power_cut_as_asked(
    database: Database, tmp_path: Path
) -> None:
    assert (tmp_path / "hub.db").stat().st_mode & 0o777 == 0o600
    with database.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2


def test_an_error_of_the_database_names_no_patient(database: Database, verification: Make) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE observation")
    with pytest.raises(SQLAlchemyError) as failed:
        take(Intake(database, training=False), *sent(verification(1)))
    assert "85073003328" not in str(failed.value)
    assert "SPECIMEN" not in str(failed.value)


@pytest.mark.parametrize("character", ["\x00", "\x07", "\n", "\r", "\x1b", "\x1f", "\x7f", "\x80", "\x9f"])
@pytest.mark.parametrize("before", ["", "\\", "\\\\", "é°"])
def test_no_control_character_is_kept_anywhere(intake: Intake, before: str, character: str) -> None:
    for place in (0, 1):
        (entry,) = sent(verification_with("op", place, before + character))
        assert statuses(take(intake, entry)) == [400]
    (twin,) = sent(verification_with("op", 0, before + "\\n\\u0000 \xa0°"))
    assert statuses(take(intake, twin)) == [201]


def verification_with(operator: str, place: int, text: str) -> Verification:
    fields = ({"operator": operator + text}, {"episode": Episode(visit=text + "x")})
    return hub_entries.verification(1 + place, **fields[place])
