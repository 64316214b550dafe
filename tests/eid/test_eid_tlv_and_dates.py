"""Tags, lengths and dates as cards write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idtui.devices.eid import tlv
from idtui.devices.eid.dates import parse_birth_date, parse_date
from idtui.domain.reading import PartialDate


@pytest.mark.parametrize(
    ("content", "values"),
    [
        ("", {}),
        ("0103414243", {1: b"ABC"}),
        ("0C00 0D014D", {0x0C: b"", 0x0D: b"M"}),
        ("00020002 010141", {0: b"\0\2", 1: b"A"}),
        ("010141 00000000", {1: b"A"}),
        ("010141 00", {1: b"A"}),
        ("020142 010141", {2: b"B", 1: b"A"}),
        ("7F0141", {0x7F: b"A"}),
    ],
    ids=["nothing", "one", "empty value", "version", "padding", "one zero", "any order", "unknown tag"],
)
def test_fields_are_found(content: str, values: dict[int, bytes]) -> None:
    fields = tlv.parse(bytes.fromhex(content))
    assert fields.values == values
    assert not fields.repeated


def test_the_first_of_a_repeated_tag_counts() -> None:
    fields = tlv.parse(bytes.fromhex("010141 010142 020143"))
    assert fields.values == {1: b"A", 2: b"C"}
    assert fields.repeated == {1}


@pytest.mark.parametrize("length", [0, 1, 254, 255, 256, 509, 510, 511, 800])
def test_lengths_go_on_after_ff(length: int) -> None:
    value = b"x" * length
    content = b"\x07" + b"\xff" * (length // 255) + bytes([length % 255]) + value
    assert tlv.parse(content).values == {7: value}
    assert tlv.encode({7: value}) == content


@pytest.mark.parametrize("content", ["0104414243", "01", "0141 01FF", "01FF", "01FFFF", "01FF00", "0141FF"])
def test_lengths_past_the_end_are_damage(content: str) -> None:
    with pytest.raises(tlv.Damaged):
        tlv.parse(bytes.fromhex(content))


@given(st.dictionaries(st.integers(1, 255), st.binary(max_size=600), max_size=6))
def test_what_is_encoded_is_found_again(values: dict[int, bytes]) -> None:
    assert tlv.parse(tlv.encode(values) + bytes(50)).values == values


@given(st.binary(max_size=300))
def test_any_bytes_are_fields_or_damage(content: bytes) -> None:
    try:
        fields = tlv.parse(content)
    except tlv.Damaged:
        return
    assert sum(len(value) for value in fields.values.values()) <= len(content)


MONTHS = {
    "fr": "JAN FEV MARS AVR MAI JUIN JUIL AOUT SEPT OCT NOV DEC",
    "nl": "JAN FEB MAAR APR MEI JUN JUL AUG SEP OKT NOV DEC",
    "de": "JAN FEB MÄR APR MAI JUN JUL AUG SEP OKT NOV DEZ",
}


@pytest.mark.parametrize("language", MONTHS)
def test_every_month_of_every_language(language: str) -> None:
    form = "{day:02}.{month}.{year}" if language == "de" else "{day:02} {month} {year}"
    for number, month in enumerate(MONTHS[language].split(), start=1):
        text = form.format(day=9, month=month, year=1971)
        assert parse_birth_date(text) == PartialDate(1971, number, 9), text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("01 JAN  1971", PartialDate(1971, 1, 1)),
        ("1 JAN 1971", PartialDate(1971, 1, 1)),
        (" 01 JAN 1971 ", PartialDate(1971, 1, 1)),
        ("01.MÄR. 1971", PartialDate(1971, 3, 1)),
        ("01.MA\N{COMBINING DIAERESIS}R.1971", PartialDate(1971, 3, 1)),
        ("01 mars 1971", PartialDate(1971, 3, 1)),
        ("01 FÉV 1971", PartialDate(1971, 2, 1)),
        ("01 AOÛT 1971", PartialDate(1971, 8, 1)),
        ("01 MAY 1971", PartialDate(1971, 5, 1)),
        ("01 MAR 1971", PartialDate(1971, 3, 1)),
        ("29 SEPT 1979", PartialDate(1979, 9, 29)),
        ("1971", PartialDate(1971)),
        ("        1971", PartialDate(1971)),
        ("   JAN 1971", PartialDate(1971, 1)),
        ("05     1971", PartialDate(1971, 0, 5)),
        ("00 XYZ 1971", PartialDate(1971)),
        ("30 FEV 1972", PartialDate(1972, 2)),
        ("29 FEV 1971", PartialDate(1971, 2)),
        ("29 FEV 1972", PartialDate(1972, 2, 29)),
        ("99 JAN 1971", PartialDate(1971, 1)),
        ("01 JAN 71", PartialDate()),
        ("01 JAN 0000", PartialDate(0, 1, 1)),
        ("\u0660\u0661 JAN \u0661\u0669\u0667\u0661", PartialDate()),
        ("", PartialDate()),
        ("unbekannt", PartialDate()),
    ],
)
def test_birth_dates_met_in_the_field(text: str, expected: PartialDate) -> None:
    assert parse_birth_date(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("23.07.2014", PartialDate(2014, 7, 23)),
        ("31.02.2014", PartialDate(2014, 2)),
        ("00.13.2014", PartialDate(2014)),
        ("23.7.2014", PartialDate()),
        ("23-07-2014", PartialDate()),
        ("", PartialDate()),
    ],
)
def test_dates_of_validity(text: str, expected: PartialDate) -> None:
    assert parse_date(text) == expected


@given(st.text(max_size=20))
def test_no_text_breaks_a_date(text: str) -> None:
    assert 0 <= parse_birth_date(text).month <= 12
    assert 0 <= parse_date(text).day <= 31
