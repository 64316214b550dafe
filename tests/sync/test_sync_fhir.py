import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from fhir_examples import MOMENT

from idtui.domain.entries import (
    Consultation,
    Correction,
    Declined,
    Draft,
    Evidence,
    Exemption,
    Pending,
    RecordedVerdict,
    Verification,
    Withdrawal,
)
from idtui.domain.episode import Coverage, Episode, EpisodeKind, Series
from idtui.domain.reading import PartialDate, Problem, ReaderState, Remark, Sex
from idtui.domain.rules import EntryType, HowVerified, Means, Reason, Why
from idtui.domain.symbology import Symbology
from idtui.sync import codes, fhir
from idtui.sync.errors import NotMapped

Make = Callable[..., Verification]
Head = Callable[[int], dict[str, Any]]

ALL_OURS = [
    codes.ENTRY_ID,
    codes.DESK,
    codes.OPERATOR,
    codes.VISIT,
    codes.ALIAS,
    codes.RULE,
    codes.CATEGORY,
    codes.OBSERVATION,
    codes.COMPONENT,
    *(value.system for value in vars(codes).values() if isinstance(value, codes.ValueSet)),
]


def components(resource: dict[str, Any]) -> list[tuple[str, Any]]:
    found = []
    for component in resource["component"]:
        ((field, value),) = ((key, value) for key, value in component.items() if key != "code")
        (code,) = component["code"]["coding"]
        assert code["system"] == codes.COMPONENT
        if field == "valueCodeableConcept":
            (coding,) = value["coding"]
            value = coding["code"]
        found.append((code["code"], value))
    return found


def test_our_systems_are_distinct_uuids_in_their_arc() -> None:
    ours = [system for system in ALL_OURS if system != codes.GENDER.system]
    assert len(ours) == len(set(ours)) == 21
    for system in ours:
        assert UUID(int=int(system.removeprefix("urn:oid:2.25."))).version == 4


def test_what_was_scanned_attested_and_confirmed_travels(verification: Make) -> None:
    evidence = Evidence(symbology=Symbology.QR, attested_on=date(2026, 11, 20), acr="basic")
    told = components(fhir.observation(verification(1, evidence=evidence)))
    assert {("symbology", "qr"), ("attested-on", "2026-11-20"), ("acr", "basic")} <= set(told)


def test_a_card_verification(verification: Make) -> None:
    entry = verification(
        1,
        name="SPECIMEN",
        given_names="Alice",
        birth_date=PartialDate(1985, 7, 30),
        sex=Sex.WOMAN,
        serial="000000122157",
        episode=Episode(kind=EpisodeKind.SERIES, visit="V0000001", series=Series.DIALYSIS),
        coverage=Coverage(insurer="300", ct1="110", ct2="110"),
        delegator="op-2",
        evidence=Evidence(
            reader=ReaderState.READY,
            hub_reachable=True,
            root="Belgium Root CA4",
            certificate_sha256="ab" * 32,
            key="p-384",
            digest="sha384",
            card_applet="1.8",
            reader_name="Reader 0",
        ),
        verdict=RecordedVerdict(verified=True, remarks=(Remark.OLD_SIGNATURE, Remark.EXPIRED_CARD)),
    )
    resource = fhir.observation(entry)
    assert "meta" not in resource
    assert resource["identifier"] == [{"system": codes.ENTRY_ID, "value": entry.id}]
    assert resource["status"] == "final"
    assert resource["code"]["coding"][0]["code"] == "identity-verification"
    assert resource["subject"] == {
        "type": "Patient",
        "identifier": {
            "system": "https://www.ehealth.fgov.be/standards/fhir/core/NamingSystem/ssin",
            "value": "85073003328",
        },
    }
    assert resource["encounter"]["identifier"] == {"system": codes.VISIT, "value": "V0000001"}
    assert resource["effectiveDateTime"] == resource["issued"] == "2026-11-22T02:00:00+01:00"
    assert [one["identifier"]["value"] for one in resource["performer"]] == ["op-1", "71000000"]
    assert resource["device"]["identifier"] == {"system": codes.DESK, "value": "desk-1"}
    assert resource["valueCodeableConcept"]["coding"] == [{"system": codes.MEANS.system, "code": "eid"}]
    assert components(resource) == [
        ("sequence", 1),
        ("recorded-at", "2026-11-22T02:00:05+01:00"),
        ("operator-proven", False),
        ("delegator", "op-2"),
        ("entry-type", "chip"),
        ("serial", "000000122157"),
        ("name", "SPECIMEN"),
        ("given-names", "Alice"),
        ("birth-date", "1985-07-30"),
        ("sex", "female"),
        ("episode", "series"),
        ("series", "dialysis"),
        ("insurer", "300"),
        ("ct1", "110"),
        ("ct2", "110"),
        ("reader", "ready"),
        ("reader-name", "Reader 0"),
        ("hub-reachable", True),
        ("root", "Belgium Root CA4"),
        ("certificate-sha256", "ab" * 32),
        ("key", "p-384"),
        ("digest", "sha384"),
        ("card-applet", "1.8"),
        ("verified", True),
        ("remark", "old_signature"),
        ("remark", "expired_card"),
        ("specimen", False),
    ]


def test_a_typed_niss(verification: Make) -> None:
    entry = verification(
        2,
        means=Means.EID,
        entry=EntryType.MANUAL,
        reason=Reason.READER_UNAVAILABLE,
        document_shown=Means.EID,
        declined=(Declined(means=Means.EID, why=Why.CHIP_FAILED),),
        episode=Episode(
            kind=EpisodeKind.HOSPITALISATION,
            admitted_at=datetime(2026, 11, 21, 20, 15, tzinfo=UTC),
            billing_period="2026-11",
        ),
        evidence=Evidence(
            reader=ReaderState.NO_READER,
            hub_reachable=False,
            how_verified=HowVerified.COMPANION,
            card_failure="mute",
            contradicted=("reader.ready", "hub.reachable"),
        ),
        verdict=RecordedVerdict(verified=False, problems=(Problem.UNKNOWN_ROOT,)),
    )
    assert components(fhir.observation(entry))[3:] == [
        ("entry-type", "manual"),
        ("reason", "pre.reader_unavailable"),
        ("how-verified", "companion"),
        ("document-shown", "eid"),
        ("declined-eid", "chip_failed"),
        ("episode", "hospitalisation"),
        ("admitted-at", "2026-11-21T20:15:00+00:00"),
        ("billing-period", "2026-11"),
        ("reader", "no_reader"),
        ("hub-reachable", False),
        ("card-failure", "mute"),
        ("contradicted", "reader.ready"),
        ("contradicted", "hub.reachable"),
        ("verified", False),
        ("problem", "unknown_root"),
        ("specimen", False),
    ]


@pytest.mark.parametrize("means", Means)
def test_every_means_has_its_code(verification: Make, means: Means) -> None:
    resource = fhir.observation(verification(1, means=means))
    assert resource["valueCodeableConcept"]["coding"][0]["code"] == means.value


@pytest.mark.parametrize(
    ("date", "text"),
    [
        (PartialDate(1985, 7, 30), "1985-07-30"),
        (PartialDate(1960, 5), "1960-05"),
        (PartialDate(1955), "1955"),
        (PartialDate(1955, 0, 3), "1955"),
        (PartialDate(), None),
    ],
)
def test_a_birth_date_goes_as_far_as_it_is_known(
    verification: Make, date: PartialDate, text: str | None
) -> None:
    said = dict(components(fhir.observation(verification(1, birth_date=date))))
    assert said.get("birth-date") == text


def test_a_withdrawal_is_a_final_notice_about_an_entry(head: Head) -> None:
    entry = Withdrawal(**head(3), withdraws=head(1)["id"], why="undo")
    resource = fhir.observation(entry)
    assert resource["status"] == "final"
    assert resource["code"]["coding"][0]["code"] == "withdrawal"
    assert resource["focus"] == [
        {"type": "Observation", "identifier": {"system": codes.ENTRY_ID, "value": head(1)["id"]}}
    ]
    assert resource["valueString"] == "undo"
    assert resource["effectiveDateTime"] == "2026-11-22T02:00:05+01:00"
    assert "subject" not in resource
    assert [name for name, _ in components(resource)] == ["sequence", "recorded-at", "operator-proven"]


@pytest.mark.parametrize(
    ("training", "specimen", "marked"),
    [(False, False, False), (True, False, True), (False, True, True), (True, True, True)],
)
def test_training_and_specimens_are_marked_as_test_data(
    verification: Make, *, training: bool, specimen: bool, marked: bool
) -> None:
    verdict = RecordedVerdict(verified=True, specimen=specimen)
    resource = fhir.observation(verification(1, training=training, verdict=verdict))
    mark = {"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}]}
    assert resource.get("meta") == (mark if marked else None)


def test_a_training_withdrawal_is_marked_too(head: Head) -> None:
    entry = Withdrawal(**{**head(3), "training": True}, withdraws=head(1)["id"], why="undo")
    assert fhir.observation(entry)["meta"]["security"][0]["code"] == "HTEST"


def test_what_stays_at_the_desk_has_no_form(head: Head) -> None:
    with pytest.raises(NotMapped) as refused:
        fhir.observation(Draft(**head(2), digits=""))
    assert refused.value.message.parameters["kind"] == "draft"


def test_a_correction_names_the_old_in_focus_and_the_new_it_derives_from(head: Head) -> None:
    entry = Correction(**head(3), replaces=head(1)["id"], by=head(2)["id"], why="mended")
    resource = fhir.observation(entry)
    for field, number in (("focus", 1), ("derivedFrom", 2)):
        (reference,) = resource[field]
        assert reference["identifier"] == {"system": codes.ENTRY_ID, "value": head(number)["id"]}
    assert (resource["valueString"], resource["code"]["coding"][0]["code"]) == ("mended", "correction")
    assert "subject" not in resource


def test_a_consultation_derives_from_the_reading(head: Head, verification: Make) -> None:
    reading = verification(1)
    episode = Episode(visit="V0000001")
    resource = fhir.observation(
        Consultation(
            **head(2), care_at=reading.care_at, reading=reading.id, episode=episode, niss=reading.niss
        )
    )
    assert resource["derivedFrom"][0]["identifier"]["value"] == reading.id
    assert resource["subject"]["identifier"]["value"] == reading.niss
    assert resource["encounter"]["identifier"]["value"] == "V0000001"
    assert resource["issued"] == "2026-11-22T02:00:05+01:00"


@pytest.mark.parametrize(
    ("known", "subject"),
    [
        ({"niss": "85073003328", "alias": "Unknown 3"}, (codes.SSIN, "85073003328")),
        ({"alias": "Unknown 3"}, (codes.ALIAS, "Unknown 3")),
        ({}, None),
    ],
)
def test_who_waits_may_have_a_number_a_name_for_the_moment_or_none(
    head: Head, known: dict[str, Any], subject: tuple[str, str] | None
) -> None:
    for entry in (
        Pending(**head(1), care_at=MOMENT, episode=Episode(), evidence=Evidence(), **known),
        Exemption(**head(2), care_at=MOMENT, episode=Episode(), rule="R-18", **known),
    ):
        told = fhir.observation(entry).get("subject")
        assert (told and tuple(told["identifier"].values())) == subject


def test_a_batch_creates_each_entry_on_condition(verification: Make) -> None:
    bundle = json.loads(fhir.batch([verification(1), verification(2)]))
    assert (bundle["resourceType"], bundle["type"]) == ("Bundle", "batch")
    first = bundle["entry"][0]
    assert first["fullUrl"] == "urn:uuid:00000000-0000-7000-8000-000000000001"
    assert first["request"] == {
        "method": "POST",
        "url": "Observation",
        "ifNoneExist": f"identifier={codes.ENTRY_ID}|00000000-0000-7000-8000-000000000001",
    }
    assert bundle["entry"][1]["resource"] == fhir.observation(verification(2))


def test_the_same_entries_are_the_same_bytes(verification: Make) -> None:
    assert fhir.batch([verification(1)]) == fhir.batch([verification(1)])


@pytest.mark.parametrize("count", [0, 501])
def test_a_batch_has_one_to_500_entries(verification: Make, count: int) -> None:
    with pytest.raises(ValueError, match="500"):
        fhir.batch([verification(1)] * count)
