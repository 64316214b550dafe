"""The fields of identity and address files: meaning, problems, remarks, harmless text."""

from datetime import date
from typing import Any

import msgspec
import pytest
from effort import tries
from hypothesis import given, settings
from hypothesis import strategies as st

from idtui.devices.eid import tlv
from idtui.devices.eid.identity import parse_address, parse_identity
from idtui.domain.reading import PartialDate, Problem, Remark, Sex
from idtui.domain.text import clean
from idtui.training.authority import TrainingAuthority
from idtui.training.cards import IDENTITY, CardKind, Changes, make_card
from idtui.training.people import PEOPLE, Person, hostile

TODAY = date(2026, 3, 2)
AUTHORITY = TrainingAuthority()
WIDE = "85073003328".translate({ord("0") + digit: 0xFF10 + digit for digit in range(10)})


def identity_of(person: Person, changes: dict[int, bytes | None] | None = None) -> bytes:
    card = make_card(AUTHORITY, CardKind.GOOD_P384, person, TODAY, changes=Changes(identity=changes or {}))
    return card.files[IDENTITY]


def texts_of(record: Any) -> list[str]:  # noqa: ANN401 - both dataclasses of cleaned texts
    return [value for value in msgspec.structs.asdict(record).values() if type(value) is str]


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.key)
def test_every_specimen_person_is_read(person: Person) -> None:
    file = parse_identity(identity_of(person))
    identity = file.identity
    assert not file.problems
    assert not file.remarks
    assert not file.filtered
    assert identity.niss == person.niss
    assert identity.name == "SPECIMEN"
    assert identity.given_names == person.given_names
    assert identity.nationality == person.nationality
    assert identity.birth_place == person.birth_place
    assert identity.birth_text == person.birth_date
    assert identity.birth_date.is_complete
    assert f"{identity.birth_date.year % 100:02}" == person.niss[:2]
    assert identity.sex == (Sex.MAN if person.sex == "M" else Sex.WOMAN)
    assert identity.card_number == person.card_number
    assert identity.document_type == int(person.document_type)
    assert identity.special_status == int(person.special_status)
    assert identity.noble_condition == person.noble_condition
    assert identity.municipality == person.municipality
    assert identity.valid_to == PartialDate(2031, 2, 1)


@pytest.mark.parametrize(
    ("letter", "sex"),
    [("M", Sex.MAN), ("F", Sex.WOMAN), ("V", Sex.WOMAN), ("W", Sex.WOMAN), ("X", Sex.UNKNOWN)],
)
def test_sex_in_three_languages(letter: str, sex: Sex) -> None:
    assert parse_identity(identity_of(PEOPLE[0], {0x0D: letter.encode()})).identity.sex is sex


@pytest.mark.parametrize(
    ("number", "problem"),
    [
        ("85073003328", False),
        ("71715100070", False),
        ("98472899765", False),
        ("00000100166", False),
        ("85073003329", True),
        ("8507300332", True),
        ("8507300332801", True),
        ("85.07.30-033.28", True),
        ("", True),
        (WIDE, True),
    ],
    ids=["good", "month 71", "BIS", "unknown birth", "check", "ten", "thirteen", "dots", "empty", "wide"],
)
def test_national_numbers(number: str, problem: bool) -> None:
    file = parse_identity(identity_of(PEOPLE[0], {0x06: number.encode()}))
    assert file.problems == ({Problem.NATIONAL_NUMBER} if problem else set())
    assert file.identity.niss == number


@pytest.mark.parametrize(
    ("text", "value", "problem", "remark"),
    [
        ("1", 1, False, False),
        ("01", 1, False, False),
        ("06", 6, False, False),
        ("69", 69, False, False),
        ("7", 7, True, False),
        ("08", 8, True, False),
        ("29", 29, False, True),
        ("99", 99, False, True),
        ("?", 0, False, True),
        ("", 0, False, True),
    ],
)
def test_document_types(text: str, value: int, problem: bool, remark: bool) -> None:
    file = parse_identity(identity_of(PEOPLE[0], {0x0F: text.encode()}))
    assert file.identity.document_type == value
    assert (Problem.DOCUMENT_TYPE in file.problems) is problem
    assert (Remark.UNKNOWN_DOCUMENT_TYPE in file.remarks) is remark


@pytest.mark.parametrize(
    "tag", [0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x0A, 0x0B, 0x0C, 0x0D, 0x0F, 0x11]
)
def test_a_mandatory_field_that_is_missing(tag: int) -> None:
    assert Problem.DAMAGED_IDENTITY in parse_identity(identity_of(PEOPLE[0], {tag: None})).problems


def test_nothing_is_shown_of_a_file_whose_lengths_lie() -> None:
    content = identity_of(PEOPLE[0])
    file = parse_identity(content[:-3])
    assert file.problems == {Problem.DAMAGED_IDENTITY}
    assert set(texts_of(file.identity)) <= {""}
    assert file.identity.valid_to == PartialDate()


def test_optional_and_unknown_fields() -> None:
    extras: dict[int, bytes | None] = {0x00: b"\0\2", 0x13: b"", 0x1F: b"01.01.2020", 0x08: None, 0x0E: None}
    assert not parse_identity(identity_of(PEOPLE[0], extras)).remarks
    assert parse_identity(identity_of(PEOPLE[0], {0x42: b"new"})).remarks == {Remark.UNKNOWN_TAG}


def test_a_repeated_field_is_remarked_and_its_first_value_shown() -> None:
    content = identity_of(PEOPLE[0]) + tlv.encode({0x07: b"OTHER"})
    file = parse_identity(content)
    assert file.identity.name == "SPECIMEN"
    assert file.remarks == {Remark.REPEATED_TAG}


def test_trailing_blanks_go() -> None:
    assert parse_identity(identity_of(PEOPLE[0], {0x08: b"Alix Echantillon "})).identity.given_names == (
        "Alix Echantillon"
    )


def test_hostile_texts_come_out_harmless_and_named() -> None:
    file = parse_identity(identity_of(hostile(PEOPLE[0])))
    assert file.identity.name == "[/foo] DUPONT ["
    assert file.remarks == {Remark.TEXT_FILTERED}
    assert set(file.filtered) == {
        "given_names",
        "nationality",
        "birth_place",
        "noble_condition",
        "municipality",
    }
    assert all(text == clean(text) for text in texts_of(file.identity))


TEXT_TAGS = {
    0x01: "card_number",
    0x05: "municipality",
    0x06: "niss",
    0x07: "name",
    0x08: "given_names",
    0x0A: "nationality",
    0x0B: "birth_place",
    0x0C: "birth_text",
    0x0E: "noble_condition",
}


@pytest.mark.parametrize("tag", TEXT_TAGS)
@pytest.mark.parametrize(
    "raw",
    [b"A\x1b[2J", b"A\x9b", "A\N{RIGHT-TO-LEFT OVERRIDE}B".encode(), b"A\xff", b"A\0B", b"A" * 300],
    ids=["escape", "not utf-8", "bidi", "broken", "nul", "long"],
)
def test_each_field_is_cleaned_and_named_alone(tag: int, raw: bytes) -> None:
    file = parse_identity(tlv.encode({**tlv.parse(identity_of(PEOPLE[0])).values, tag: raw}))
    shown = getattr(file.identity, TEXT_TAGS[tag])
    assert shown == clean(shown)
    assert file.filtered == (TEXT_TAGS[tag],)
    assert Remark.TEXT_FILTERED in file.remarks


@settings(max_examples=tries(300))
@given(st.dictionaries(st.sampled_from([*TEXT_TAGS, 3, 4, 0x0D, 0x0F, 0x10]), st.text().map(str.encode)))
def test_no_text_in_any_field_comes_out_raw(values: dict[int, bytes]) -> None:
    for text in texts_of(parse_identity(tlv.encode(values)).identity):
        assert text == clean(text)


@given(st.binary(max_size=200))
def test_any_bytes_give_an_identity_and_an_address(content: bytes) -> None:
    assert parse_identity(content).problems
    for text in texts_of(parse_address(content)):
        assert text == clean(text)


def test_an_address() -> None:
    content = tlv.encode({1: "Rue Échantillon 1 ".encode(), 2: b"4000", 3: b"Gent\x1b"}) + bytes(60)
    address = parse_address(content)
    assert (address.street, address.postal_code) == ("Rue Échantillon 1", "4000")
    assert address.municipality == clean("Gent\x1b")
    assert texts_of(parse_address(b"\x01\x20short")) == ["", "", ""]


def test_representations_hide_the_person() -> None:
    file = parse_identity(identity_of(PEOPLE[0]))
    address = parse_address(tlv.encode({1: b"Rue"}))
    assert "SPECIMEN" not in repr((file, address, tlv.parse(identity_of(PEOPLE[0])), PEOPLE[0]))
