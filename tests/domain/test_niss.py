import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.be import bis as stdnum_bis
from stdnum.be import nn as stdnum_nn

from idtui.domain import niss
from idtui.domain.reading import PartialDate, Sex

PUBLISHED = [
    ("85.07.30-033.28", False, PartialDate(1985, 7, 30), Sex.MAN),
    ("17.07.30-033.84", False, PartialDate(2017, 7, 30), Sex.MAN),
    ("98.47.28-997.65", True, PartialDate(1998, 7, 28), Sex.MAN),
    ("01.49.07-001.85", True, PartialDate(2001, 9, 7), Sex.MAN),
    ("40.12.31-002.89", False, PartialDate(1940, 12, 31), Sex.WOMAN),
    ("00.01.01-001.73", False, PartialDate(1900, 1, 1), Sex.MAN),
    ("00.01.01-001.05", False, PartialDate(2000, 1, 1), Sex.MAN),
    ("55.00.00-001.87", False, PartialDate(1955), Sex.MAN),
    ("60.05.00-002.32", False, PartialDate(1960, 5), Sex.WOMAN),
    ("00.00.01-001.66", False, PartialDate(), Sex.MAN),
    ("00.00.01-001.95", False, PartialDate(), Sex.MAN),
    ("72.23.00-001.23", True, PartialDate(1972, 3), Sex.UNKNOWN),
    ("03.31.05-004.58", True, PartialDate(2003, 11, 5), Sex.UNKNOWN),
    ("80.40.00-002.18", True, PartialDate(1980), Sex.WOMAN),
    ("80.01.15-073.97", False, PartialDate(1980, 1, 15), Sex.MAN),
    ("15.01.01-030.97", False, PartialDate(2015, 1, 1), Sex.WOMAN),
    ("71.71.51-000.70", False, PartialDate(1971), Sex.UNKNOWN),
]


@pytest.mark.parametrize(("text", "is_bis", "birth_date", "sex"), PUBLISHED)
def test_published_numbers_tell_what_they_hold(
    text: str, is_bis: bool, birth_date: PartialDate, sex: Sex
) -> None:
    number = niss.parse(text)
    assert number is not None
    assert (number.is_bis, number.birth_date, number.sex) == (is_bis, birth_date, sex)
    assert niss.shown(number.digits) == text


@pytest.mark.parametrize(
    "text",
    ["12345678901", "85073003329", "8507300332", "85073099900", "", "\N{ARABIC-INDIC DIGIT EIGHT}5073003328"],
)
def test_wrong_numbers_are_refused(text: str) -> None:
    assert niss.parse(text) is None


@given(st.integers(0, 10**9 - 1), st.booleans())
def test_check_number_names_its_century(nine: int, later: bool) -> None:
    digits = f"{nine:09}{niss.check_number(nine, born_2000_or_later=later):02}"
    number = niss.parse(digits)
    assert number is not None
    assert number.born_2000_or_later is later


@given(st.integers(0, 10**9 - 1), st.booleans(), st.integers(0, 10), st.integers(1, 9))
def test_one_wrong_digit_never_passes_as_the_same_century(
    nine: int, later: bool, place: int, by: int
) -> None:
    digits = f"{nine:09}{niss.check_number(nine, born_2000_or_later=later):02}"
    changed = digits[:place] + str((int(digits[place]) + by) % 10) + digits[place + 1 :]
    number = niss.parse(changed)
    assert number is None or number.born_2000_or_later is not later


@given(st.dates(dt.date(1900, 1, 1), dt.date(2025, 12, 31)), st.integers(1, 998), st.sampled_from([0, 40]))
def test_agrees_with_python_stdnum_on_dates_of_the_past(day: dt.date, sequence: int, raised: int) -> None:
    nine = int(f"{day.year % 100:02}{day.month + raised:02}{day.day:02}{sequence:03}")
    digits = f"{nine:09}{niss.check_number(nine, born_2000_or_later=day.year >= 2000):02}"
    number = niss.parse(digits)
    assert number is not None
    peer = stdnum_bis if raised else stdnum_nn
    assert peer.is_valid(digits)
    assert peer.get_birth_date(digits) == day
    assert str(number.birth_date) == f"{day:%d.%m.}{day.year}"


def test_masked_shows_only_the_year() -> None:
    assert niss.masked("85073003328") == "85.**.**-***.**"
    assert niss.masked("8507300332812") == "*************"


def test_repr_hides_the_number() -> None:
    assert "850730" not in repr(niss.parse("85073003328"))
