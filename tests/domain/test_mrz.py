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


LINES = zone(NUMBER := "85073003328").split("\n")
FIRST, SECOND = LINES[:2]


def test_a_zone_read_from_a_picture_comes_out_as_it_was_printed() -> None:
    assert mrz.recognised(LINES) == f"{FIRST}\n{SECOND}"
    found = find(Code(mrz.recognised(LINES) or "", Symbology.MRZ))
    assert (found.niss, found.symbology) == (NUMBER, Symbology.MRZ)


@pytest.mark.parametrize(
    ("printed", "taken_for"),
    [
        ("IDBEL", "1DBEL"),
        ("IDBEL", "TOBEL"),
        ("IDBEL", "1D8EL"),
        ("IDBEL", "SIDBEL"),
        ("0005", "OO05"),
        ("<1015", "C1015"),
        ("<<<<<<<<<<<", "<<<<<<KKKC"),
        ("<<<<<<<<<<<", ""),
        ("BEL8507", "B8EL8507"),
        ("BEL8507", "8E18507"),
        ("730033", "73OO33"),
        ("850730", "BSO73O"),
    ],
)
def test_letters_taken_for_others_are_put_right(printed: str, taken_for: str) -> None:
    read = [line.replace(printed, taken_for, 1) for line in LINES[:2]]
    assert read != LINES[:2]
    assert mrz.recognised(read) == f"{FIRST}\n{SECOND}"


def test_one_good_reading_of_each_line_is_enough_among_bad_ones() -> None:
    bad = [FIRST.replace("<1", "41"), SECOND.replace("BEL", "M"), "SPECIMEN", "", "BEL" * 10]
    assert mrz.recognised([*bad, SECOND, FIRST]) == f"{FIRST}\n{SECOND}"
    assert mrz.recognised(bad) is None


@pytest.mark.parametrize("line", [FIRST, SECOND])
def test_a_line_read_otherwise_as_often_is_none(line: str) -> None:
    """Printed wrong, it comes out right where the wrong digit is misread once more."""
    misread = line.replace("8", "3", 1) if "8" in line else line.replace("5", "6", 1)
    assert mrz.recognised([FIRST, SECOND, misread]) is None
    assert mrz.recognised([FIRST, SECOND, misread, line]) == f"{FIRST}\n{SECOND}"


def test_two_zones_in_one_picture_are_none() -> None:
    assert mrz.recognised([*LINES, *zone("17073003384").split("\n")]) is None


def test_the_second_line_never_stands_for_the_first() -> None:
    assert mrz.recognised([SECOND, SECOND]) is None


def signed(number: str, birth: str) -> list[str]:
    """Return the lines of a zone with that number whose holder was born on another day."""
    first, second, _ = zone(number).split("\n")
    dated = f"{birth}{mrz.check_digit(birth)}{second[7:29]}"
    return [first, f"{dated}{mrz.check_digit(first[5:] + dated[:7] + dated[8:15] + dated[18:29])}"]


@pytest.mark.parametrize(
    ("number", "birth", "is_sure"),
    [
        (NUMBER, "850730", True),
        (NUMBER, "850731", False),
        (NUMBER, "850630", False),
        (NUMBER, "840730", False),
        ("99200199926", "990012", True),
        ("01200199934", "010001", True),
        ("01200199934", "020001", False),
    ],
)
def test_a_picture_counts_only_when_the_number_tells_the_birth_of_the_zone(
    number: str, birth: str, *, is_sure: bool
) -> None:
    lines = signed(number, birth)
    assert mrz.read("\n".join(lines)) is not None
    assert (mrz.recognised(lines) is not None) is is_sure


def test_a_right_zone_with_a_wrong_number_is_not_recognised() -> None:
    assert mrz.recognised(PUBLISHED.split("\n")) is None


@given(st.integers(0, 59), st.sampled_from("0123456789<BDEFILMOQSZ"))
def test_whatever_is_misread_once_no_other_number_comes_out(place: int, letter: str) -> None:
    both = FIRST + SECOND
    misread = both[:place] + letter + both[place + 1 :]
    read = mrz.recognised([misread[:30], misread[30:]])
    assert read is None or find(Code(read, Symbology.MRZ)).niss == NUMBER


@given(st.lists(st.text("0123456789<BELIDMF", max_size=40), max_size=6))
def test_rubbish_is_nothing(lines: list[str]) -> None:
    assert mrz.recognised(lines) is None


def test_what_looks_like_a_zone() -> None:
    assert mrz.resembles([FIRST.replace("<1", "41")])
    assert mrz.resembles([SECOND])
    assert mrz.resembles(["SPECIMEN<<A<<<<<"])
    assert not mrz.resembles(["SPECIMEN", "85073003328", ""])
