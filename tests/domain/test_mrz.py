import pytest
from hypothesis import given
from hypothesis import strategies as st

from idtui.domain import mrz
from idtui.domain.scan import Code, Miss, find
from idtui.domain.symbology import Symbology

PUBLISHED = "IDBEL000590696<1015<<<<<<<<<<<\n9401013F2710017BEL000101123453"
"""The public sample; its national number is not a right one."""


def zone(number: str, card: str = "000590696101") -> str:
    """Return the zone of a specimen with this number."""
    first = f"IDBEL{card[:9]}<{card[9:]}{mrz.check_digit(card)}".ljust(30, "<")
    birth = number[:6]
    second = f"{birth}{mrz.check_digit(birth)}F271001{mrz.check_digit('271001')}BEL{number}"
    composite = mrz.check_digit(first[5:] + second[:7] + second[8:15] + second[18:29])
    return f"{first}\n{second}{composite}\nSPECIMEN<<ALICE<<<<<<<<<<<<<<<"


def test_the_published_sample_is_read_with_its_long_card_number() -> None:
    read = mrz.read(PUBLISHED)
    assert read is not None
    assert (read.card_number, read.niss, read.birth, read.expiry, read.sex) == (
        "000590696101",
        "00010112345",
        "940101",
        "271001",
        "F",
    )


def test_check_digits_as_published() -> None:
    assert [mrz.check_digit(over) for over in ("000590696101", "940101", "271001")] == [5, 3, 7]
    assert [mrz.check_digit(over) for over in ("000590696", "000590696<101")] == [7, 7]


def test_a_right_zone_with_a_wrong_number_gives_no_number() -> None:
    found = find(Code(PUBLISHED))
    assert (found.niss, found.miss, found.symbology) == ("", Miss.CHECK, Symbology.MRZ)


def test_the_number_of_a_zone_is_found() -> None:
    found = find(Code(zone("85073003328")))
    assert (found.niss, found.symbology) == ("85073003328", Symbology.MRZ)


@given(st.integers(0, 59), st.integers(1, 9))
def test_a_wrong_digit_is_noticed(place: int, by: int) -> None:
    lines = zone("85073003328").split("\n")
    both = lines[0] + lines[1]
    if not both[place].isdigit():
        return
    changed = both[:place] + str((int(both[place]) + by) % 10) + both[place + 1 :]
    assert mrz.read(f"{changed[:30]}\n{changed[30:]}") is None


@pytest.mark.parametrize(("letter", "digit"), [("O", "0"), ("I", "1"), ("B", "8"), ("S", "5")])
def test_a_letter_that_looks_like_a_digit_is_put_right(letter: str, digit: str) -> None:
    first, second, _names = zone("85073003328").split("\n")
    place = second.index(digit)
    read = mrz.read(f"{first}\n{second[:place]}{letter}{second[place + 1 :]}")
    assert read is not None
    assert read.niss == "85073003328"


@pytest.mark.parametrize(
    "text", ["", "85073003328", "A" * 30, f"{'A' * 30}\n{'B' * 30}", PUBLISHED[:-1], PUBLISHED + "\n<"]
)
def test_other_text_is_no_zone(text: str) -> None:
    assert mrz.read(text) is None


@pytest.mark.parametrize(
    ("place", "letter"),
    [(0, "A"), (2, "D"), (4, "1"), (14, "1"), (37, "N"), (45, "1")],
    ids=["document", "country", "issuer", "filler", "sex", "nationality"],
)
def test_a_zone_of_another_document_or_form_is_none(place: int, letter: str) -> None:
    lines = zone("85073003328").split("\n")
    both = lines[0] + lines[1]
    changed = both[:place] + letter + both[place + 1 :]
    assert mrz.read(f"{changed[:30]}\n{changed[30:]}") is None
