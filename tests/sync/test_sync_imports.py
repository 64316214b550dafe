import itertools
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import hl7
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idtui.domain.episode import Coverage
from idtui.domain.errors import NotUnderstood
from idtui.domain.reading import PartialDate, Sex
from idtui.domain.visit import Visit, VisitKind, VisitState
from idtui.sync import codes
from idtui.sync.imports import Imported, adt, read
from idtui.sync.imports.fields import BadField
from idtui.sync.imports.segments import LARGEST_MESSAGE, Segments

NOW = datetime(2026, 11, 22, 6, tzinfo=UTC)
MORNING = datetime(2026, 11, 22, 8, 30, tzinfo=timezone(timedelta(hours=1)))
TYPES = ("NNBEL",)


def imported(content: str | bytes) -> Imported:
    return read(content.encode() if isinstance(content, str) else content, now=NOW, niss_types=TYPES)


def one(content: str | bytes) -> Visit:
    found = imported(content)
    assert not found.bad
    (visit,) = found.visits
    return visit


def told(content: str | bytes) -> list[tuple[int, str, dict[str, Any]]]:
    return [(row.place, row.problem.id, dict(row.problem.parameters)) for row in imported(content).bad]


TABLE = (
    "visit;kind;niss;name;given_names;birth_date;sex;admitted_at;appointment_at;service;insurer;ct1;ct2\n"
    "V1;ambulatory;85.07.30-033.28;Spécimen;Zoé;30/07/1985;F;;22/11/2026 08:30;Dialyse;300;110;110\n"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_a_table_is_read_in_every_usual_encoding(encoding: str, separator: str, ending: str) -> None:
    visit = one(TABLE.replace(";", separator).replace("\n", ending).encode(encoding))
    assert (visit.number, visit.kind, visit.state) == ("V1", VisitKind.AMBULATORY, VisitState.PLANNED)
    assert (visit.niss, visit.name, visit.given_names, visit.sex) == (
        "85073003328",
        "Spécimen",
        "Zoé",
        Sex.WOMAN,
    )
    assert (visit.birth_date, visit.appointment_at) == (PartialDate(1985, 7, 30), MORNING)
    assert (visit.coverage, visit.service) == (Coverage(insurer="300", ct1="110", ct2="110"), "Dialyse")
    assert (visit.told_at, visit.state_at) == (NOW, NOW)


def test_summer_time_is_told_from_winter_time_and_an_offset_is_kept() -> None:
    rows = "visit,kind,admitted_at\n1,emergency,2026-07-01T10:00\n2,emergency,2026-07-01T10:00Z\n"
    summer, given_offset = imported(rows).visits
    assert summer.admitted_at is not None
    assert given_offset.admitted_at is not None
    assert summer.admitted_at.utcoffset() == timedelta(hours=2)
    assert given_offset.admitted_at.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (";ambulatory;;", "visits.bad.number"),
        (f"{'9' * 65};ambulatory;;", "visits.bad.number"),
        ("V1;walk;;", "visits.bad.word"),
        ("V1;;;", "visits.bad.word"),
        ("V1;ambulatory;85073003329;", "visits.bad.niss"),
        ("V1;ambulatory;;31/02/1985", "visits.bad.date"),
        ("V1;ambulatory;;soon", "visits.bad.date"),
        ("V1;ambulatory;", "visits.bad.cells"),
    ],
)
def test_a_bad_row_is_named_and_left_out_and_the_others_count(row: str, problem: str) -> None:
    table = f'visit;kind;niss;birth_date\nV0;ambulatory;;\n\n"V2";ambulatory;;\n{row}\nV3;emergency;;\n'
    assert [visit.number for visit in imported(table).visits] == ["V0", "V2", "V3"]
    assert [(place, what) for place, what, _ in told(table)] == [(5, problem)]


def test_a_row_after_a_cell_of_two_lines_is_named_by_its_own_line() -> None:
    assert told('visit,kind,service\nV1,ambulatory,"a\nb"\nV2,walk,\n')[0][0] == 4


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "visits.file_empty"),
        (b"\xef\xbb\xbf \n", "visits.file_empty"),
        ("visit;kind;colour\n", "visits.unknown_column"),
        ("visit;name\n", "visits.columns_needed"),
        ("visit;kind;kind\n", "visits.columns_needed"),
        ('visit;kind\nV1;"ambulatory\n', "visits.file_broken"),
        ("{", "visits.not_fhir"),
        ("[" * 5000, "visits.not_fhir"),
        ('{"resourceType": "Bundle", "timestamp": "soon"}', "visits.not_fhir"),
    ],
)
def test_a_file_that_is_none_is_refused_as_a_whole(content: str | bytes, problem: str) -> None:
    with pytest.raises(NotUnderstood) as error:
        imported(content)
    assert error.value.message.id == problem


def test_text_of_a_file_is_made_harmless() -> None:
    visit = one("visit,kind,name\nV1,ambulatory,a\x1b[2J\n")
    assert visit.name == "a\N{REPLACEMENT CHARACTER}[2J"


ADMISSION = (
    "MSH|^~\\&|ADT|HOSP|IDTUI|HUB|20261122083000||ADT^A01^ADT_A01|M1|P|2.5\r"
    "EVN|A01|20261122083000\r"
    "PID|1||4711^^^HOSP^PI~85073003328^^^HOSP^NNBEL||Specimen&van^Zoé^Anne||19850730|F\r"
    "PV1|1|I|W1^12|||||||CAR|||||||||V1|||||||||||||||||||||||||202611220815+0100\r"
    "IN1|1||300\r"
)


def test_an_admission_is_read() -> None:
    visit = one(ADMISSION)
    assert (visit.number, visit.kind, visit.state) == ("V1", VisitKind.HOSPITALISATION, VisitState.OPEN)
    assert (visit.niss, visit.name, visit.given_names) == ("85073003328", "Specimen", "Zoé Anne")
    assert (visit.birth_date, visit.sex) == (PartialDate(1985, 7, 30), Sex.WOMAN)
    assert visit.admitted_at == datetime(2026, 11, 22, 7, 15, tzinfo=UTC)
    assert (visit.told_at, visit.state_at) == (MORNING, MORNING)
    assert (visit.service, visit.coverage) == ("CAR", Coverage(insurer="300"))


@pytest.mark.parametrize(
    ("event", "state", "decides"),
    [
        ("A01", VisitState.OPEN, True),
        ("A04", VisitState.OPEN, True),
        ("A08", VisitState.OPEN, False),
        ("A11", VisitState.CANCELLED, True),
    ],
)
def test_an_update_decides_nothing_about_the_state(event: str, state: VisitState, decides: bool) -> None:
    visit = one(ADMISSION.replace("^A01^", f"^{event}^"))
    assert (visit.state, visit.state_at is not None) == (state, decides)


def test_a_discharge_ends_the_visit_and_a_preadmission_plans_it() -> None:
    left = one(ADMISSION.replace("^A01^", "^A08^").replace("+0100\r", "+0100|20261123\r"))
    assert (left.state, left.state_at) == (VisitState.ENDED, MORNING)
    planned = one(ADMISSION.replace("PV1|1|I", "PV1|1|P"))
    assert (planned.kind, planned.state) == (VisitKind.HOSPITALISATION, VisitState.PLANNED)


@pytest.mark.parametrize(
    ("named", "codec"),
    [
        ("", "utf-8"),
        ("", "latin-1"),
        ("UNICODE UTF-8", "utf-8"),
        ("8859/15", "iso8859-15"),
        ("ASCII", "utf-8"),
    ],
)
def test_the_character_set_of_a_message_is_obeyed(named: str, codec: str) -> None:
    message = ADMISSION.replace("|P|2.5\r", f"|P|2.5||||||{named}\r")
    assert one(message.encode(codec)).given_names == "Zoé Anne"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("^A01^", "^A03^"), "visits.bad.event"),
        (("ADT^", "ORU^"), "visits.bad.event"),
        (("|20261122083000||ADT", "|||ADT"), "visits.bad.moment"),
        (("|20261122083000||ADT", "|20261322083000||ADT"), "visits.bad.moment"),
        (("PV1|1|I", "PV1|1|X"), "visits.bad.word"),
        (("|V1|", "||"), "visits.bad.number"),
        (("85073003328", "85073003329"), "visits.bad.niss"),
        (("|19850730|", "|1985073x|"), "visits.bad.date"),
        (("|19850730|", "|19850231|"), "visits.bad.date"),
        (("|P|2.5\r", "|P|2.5||||||KLINGON\r"), "visits.bad.charset"),
        (("|P|2.5\r", "|P|2.5||||||UNICODE UTF-8\r\xff"), "visits.bad.message"),
        (("PID|1|", "PIX|1|"), "visits.bad.message"),
    ],
)
def test_a_bad_message_is_named_by_its_line_and_the_next_one_counts(
    change: tuple[str, str], problem: str
) -> None:
    bad = ADMISSION.replace(*change).replace("\r", "\n").encode("latin-1")
    good = ADMISSION.replace("|V1|", "|V2|").replace("\r", "\r\n").encode()
    found = imported(b"FHS|^~\\&|\n" + bad + good + b"FTS|1\n")
    assert [(row.place, row.problem.id) for row in found.bad] == [(2, problem)]
    assert [visit.number for visit in found.visits] == ["V2"]


def test_a_number_of_another_type_is_no_niss_and_the_type_is_a_setting() -> None:
    assert one(ADMISSION.replace("NNBEL", "SS")).niss is None
    other = ADMISSION.replace("NNBEL", "RR").encode()
    assert read(other, now=NOW, niss_types=("NISS", "RR")).visits[0].niss == "85073003328"


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_rubbish_in_a_message_is_refused_and_never_breaks(rubbish: bytes) -> None:
    for raw in (
        b"MSH|" + rubbish,
        ADMISSION.encode()[:60] + rubbish,
        ADMISSION.encode().replace(b"Zo", rubbish),
    ):
        try:
            adt.visit_of(Segments(raw), TYPES)
        except (BadField, adt.NotForUs):
            continue


def test_the_library_and_we_agree_on_what_a_message_is() -> None:
    escaped = ADMISSION.replace("Specimen&van", "Spe\\S\\ci\\T\\m\\R\\e\\F\\n\\E\\&van")
    ours, theirs = Segments(escaped.encode()), hl7.parse(escaped)
    assert ours.field("PID", 5) == "Spe^ci&m~e|n\\"
    assert adt.control_id(ours) == "M1"
    for segment, number, component in itertools.product(
        ("MSH", "PID", "PV1", "IN1"), range(1, 10), range(1, 4)
    ):
        try:
            expected = theirs.extract_field(segment, 1, number, 1, component, 1)
        except LookupError:
            expected = ""
        assert (segment, number) == ("MSH", 2) or ours.field(segment, number, component) == expected


def test_what_is_no_message_is_refused() -> None:
    endless = ADMISSION.encode() + b"a" * LARGEST_MESSAGE
    for raw in (b"", b"MSH", b"MSH|^~\\", b"MSH|^^\\&|", b"MSHabcde", endless):
        with pytest.raises(BadField):
            Segments(raw)


PATIENT = {
    "resourceType": "Patient",
    "id": "p1",
    "identifier": [{"system": codes.SSIN, "value": "85073003328"}],
    "name": [
        {"use": "nickname", "family": "X"},
        {"use": "official", "family": "Specimen", "given": ["Zoé", "A"]},
    ],
    "birthDate": "1985-07",
    "gender": "female",
}
ENCOUNTER = {
    "resourceType": "Encounter",
    "meta": {"lastUpdated": "2026-11-22T08:30:00+01:00"},
    "identifier": [{"value": "other"}, {"use": "official", "value": "V1"}],
    "status": "in-progress",
    "class": {"code": "IMP"},
    "subject": {"reference": "Patient/p1"},
    "period": {"start": "2026-11-22T08:30:00+01:00"},
    "serviceType": {"text": "Cardio"},
}
APPOINTMENT = {
    "resourceType": "Appointment",
    "identifier": [{"value": "A1"}],
    "status": "booked",
    "start": "2026-11-22T08:30:00+01:00",
    "serviceType": [{"text": "Dialyse"}],
    "participant": [{"actor": {"reference": "Practitioner/1"}}, {"actor": {"reference": "urn:uuid:1"}}],
}


def bundle(*resources: dict[str, Any]) -> str:
    entries = [{"resource": resource} for resource in resources]
    return json.dumps({"resourceType": "Bundle", "type": "searchset", "entry": entries})


def test_an_encounter_is_read_with_its_patient() -> None:
    visit = one(bundle(PATIENT, ENCOUNTER))
    assert (visit.number, visit.kind, visit.state) == ("V1", VisitKind.HOSPITALISATION, VisitState.OPEN)
    assert (visit.niss, visit.name, visit.given_names) == ("85073003328", "Specimen", "Zoé A")
    assert (visit.birth_date, visit.sex, visit.service) == (PartialDate(1985, 7), Sex.WOMAN, "Cardio")
    assert (visit.admitted_at, visit.told_at, visit.state_at) == (MORNING, MORNING, MORNING)


def test_an_encounter_alone_in_a_list_and_with_a_contained_patient() -> None:
    logical = {**ENCOUNTER, "subject": {"identifier": {"system": codes.SSIN, "value": "85073003328"}}}
    contained = {**ENCOUNTER, "subject": {"reference": "#p1"}, "contained": [PATIENT]}
    for content in (json.dumps(logical), json.dumps([logical]), json.dumps(contained)):
        assert one(content).niss == "85073003328"
    assert one(json.dumps(contained)).name == "Specimen"
    assert one(json.dumps({**ENCOUNTER, "subject": None})).name is None


def test_an_appointment_is_a_planned_ambulatory_visit() -> None:
    entries = [{"fullUrl": "urn:uuid:1", "resource": PATIENT}, {"resource": APPOINTMENT}]
    visit = one(
        json.dumps({"resourceType": "Bundle", "timestamp": "2026-11-22T08:30:00+01:00", "entry": entries})
    )
    assert (visit.number, visit.kind, visit.state) == ("A1", VisitKind.AMBULATORY, VisitState.PLANNED)
    assert (visit.appointment_at, visit.admitted_at, visit.told_at) == (MORNING, None, MORNING)
    assert (visit.name, visit.service) == ("Specimen", "Dialyse")


def test_states_of_fhir() -> None:
    ended = {**ENCOUNTER, "status": "finished", "period": {"start": "2026-11-22", "end": "2026-11-23"}}
    found = one(json.dumps(ended))
    assert (found.state, found.ended_at) == (VisitState.ENDED, datetime(2026, 11, 22, 23, tzinfo=UTC))
    assert one(json.dumps({**APPOINTMENT, "status": "noshow"})).state is VisitState.CANCELLED
    planned = one(json.dumps({**ENCOUNTER, "status": "planned"}))
    assert (planned.admitted_at, planned.appointment_at) == (None, MORNING)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"status": "unknown"}, "visits.bad.word"),
        ({"class": {"code": "HIM"}}, "visits.bad.word"),
        ({"identifier": []}, "visits.bad.number"),
        ({"period": {"start": "soon"}}, "visits.bad.moment"),
        ({"status": 7}, "visits.bad.resource"),
        ({"subject": {"identifier": {"system": codes.SSIN, "value": "1"}}}, "visits.bad.niss"),
    ],
)
def test_a_bad_resource_is_named_by_its_entry(change: dict[str, Any], problem: str) -> None:
    found = imported(bundle(PATIENT, {**ENCOUNTER, **change}, ENCOUNTER))
    assert [(row.place, row.problem.id) for row in found.bad] == [(2, problem)]
    assert len(found.visits) == 1
