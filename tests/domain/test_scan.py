import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idtui.domain import niss
from idtui.domain.errors import NotUnderstood
from idtui.domain.layouts import Layout
from idtui.domain.rules import EntryType, Means
from idtui.domain.scan import LONGEST, Code, Found, Miss, find, one_of
from idtui.domain.symbology import Symbology, split_aim

ONE, OTHER, WRONG = "85073003328", "17073003384", "85073003329"


@st.composite
def numbers(draw: st.DrawFn) -> str:
    """A right number with a date people have, BIS and unknown parts included."""
    year, day = draw(st.integers(0, 99)), draw(st.integers(0, 31))
    month = draw(st.integers(0, 12)) + draw(st.sampled_from([0, 20, 40]))
    nine = int(f"{year:02}{month:02}{day:02}{draw(st.integers(1, 998)):03}")
    return f"{nine:09}{niss.check_number(nine, born_2000_or_later=draw(st.booleans())):02}"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("85073003328", ONE),
        ("85.07.30-033.28", ONE),
        ("85 07 30 033 28", ONE),
        (" 85073003328\r\n", ONE),
        ("NISS:85073003328;SPECIMEN", ONE),
        ("SPECIMEN\x1d85073003328\x1e", ONE),
        ("SPECIMEN 85.07.30-033.28", ONE),
        ("85073003328 85.07.30-033.28", ONE),
        ("85073003328 85073003329", ONE),
        ("40123100289", "40123100289"),
        ("98472899765", "98472899765"),
        ("01490700185", "01490700185"),
        ("71715100070", "71715100070"),
    ],
)
def test_the_one_number_is_found(text: str, number: str) -> None:
    assert find(Code(text)).niss == number


@pytest.mark.parametrize(
    ("text", "miss"),
    [
        ("", Miss.NONE),
        ("https://example.org/3328", Miss.NONE),
        ("8507300332", Miss.NONE),
        ("\N{ARABIC-INDIC DIGIT EIGHT}5073003328", Miss.NONE),
        (WRONG, Miss.CHECK),
        ("85.07.30-033.29", Miss.CHECK),
        ("card 71715100070 of a specimen", Miss.CHECK),
        (f"{ONE} {OTHER}", Miss.SEVERAL),
        (f"{ONE} 17.07.30-033.84", Miss.SEVERAL),
        ("0185073003328", Miss.EMBEDDED),
        ("850730033280", Miss.EMBEDDED),
        (f"{ONE}\x1b[2J", Miss.CONTROL),
        (f"\x03{ONE}", Miss.CONTROL),
        (f"{ONE}\x9b", Miss.CONTROL),
        (f"{ONE}" + " " * LONGEST, Miss.LONG),
    ],
)
def test_without_exactly_one_number_it_says_why(text: str, miss: Miss) -> None:
    found = find(Code(text))
    assert (found.niss, found.miss) == ("", miss)
    assert found.why is not None


def test_only_itf_may_bring_a_zero_in_front() -> None:
    padded = f"0{ONE}"
    assert find(Code(padded, Symbology.ITF)).niss == ONE
    for other in set(Symbology) - {Symbology.ITF}:
        assert find(Code(padded, other)).miss is Miss.EMBEDDED


@given(numbers(), st.text(st.characters(exclude_characters="0123456789", exclude_categories=["C"])))
def test_a_number_among_text_without_digits_is_found(number: str, around: str) -> None:
    assert find(Code(f"{around}|{number}|{around}")).niss == number


@given(numbers(), numbers(), st.sampled_from([" ", ";", "\x1d", "\r\n"]))
def test_two_numbers_are_never_one(one: str, other: str, between: str) -> None:
    found = find(Code(one + between + other))
    assert (found.niss == one) is (one == other)
    assert found.count == len({one, other})


@given(st.text(st.sampled_from("0123456789 .-;\x1dA"), max_size=60), st.sampled_from(Symbology))
def test_what_is_found_stands_in_the_text_by_itself(text: str, symbology: Symbology) -> None:
    found = find(Code(text, symbology))
    assert bool(found.niss) is not bool(found.miss)
    if found.niss:
        assert niss.parse(found.niss)
        alone = rf"(?<![0-9])0?{'[. -]?'.join(found.niss)}(?![0-9])"
        assert re.search(alone, text)


@given(st.binary(max_size=300))
def test_rubbish_gives_a_miss_or_a_right_number(raw: bytes) -> None:
    found = find(Code(raw.decode("latin-1")))
    assert found.miss or niss.parse(found.niss)


@given(st.integers(12, 40).flatmap(lambda size: st.text("0123456789", min_size=size, max_size=size)))
def test_a_longer_row_of_digits_never_gives_a_number(digits: str) -> None:
    assert find(Code(digits)).miss is Miss.EMBEDDED


def test_the_codes_of_a_picture_are_taken_together() -> None:
    found = {text: find(Code(text)) for text in (ONE, OTHER, WRONG, "hello", "123456789012")}
    assert one_of([]).miss is Miss.NONE
    assert one_of([found["hello"], found[ONE], found[ONE], found[WRONG]]).niss == ONE
    both = one_of([found[ONE], found[OTHER], found["hello"]])
    assert (both.niss, both.miss, both.count) == ("", Miss.SEVERAL, 2)
    several = find(Code(f"{ONE} {OTHER}"))
    assert one_of([several, found[ONE]]).miss is Miss.SEVERAL
    assert one_of([found["hello"], found["123456789012"], found[WRONG]]).miss is Miss.CHECK


def test_the_entry_type_follows_the_symbology() -> None:
    kinds = {symbology: find(Code(ONE, symbology)).entry for symbology in Symbology}
    matrix = {symbology for symbology, entry in kinds.items() if entry is EntryType.DATAMATRIX}
    assert matrix == {Symbology.QR, Symbology.DATAMATRIX}
    assert kinds.pop(Symbology.MRZ) is EntryType.MANUAL  # letters are no reading
    assert set(kinds.values()) == {EntryType.BARCODE, EntryType.DATAMATRIX}


@pytest.mark.parametrize(
    ("text", "symbology", "may_be"),
    [
        (ONE, Symbology.CODE_128, True),
        (f"{ONE}\r\n", Symbology.UNKNOWN, True),
        (ONE, Symbology.QR, False),
        (ONE, Symbology.CODE_39, False),
        (f"0{ONE}", Symbology.ITF, False),
        (f"SPECIMEN;{ONE}", Symbology.CODE_128, False),
        ("85.07.30-033.28", Symbology.CODE_128, False),
    ],
)
def test_a_sticker_is_eleven_digits_alone_in_code_128(
    text: str, symbology: Symbology, *, may_be: bool
) -> None:
    found = find(Code(text, symbology))
    assert found.niss
    assert found.may_be_vignette is may_be


def test_nothing_found_shows_in_a_repr() -> None:
    assert ONE not in repr(find(Code(ONE))) + repr(Code(ONE)) + repr(Found(niss=ONE))


OURS = Layout(
    name="specimen layout",
    support=Means.ISI_PLUS,
    symbology=(Symbology.DATAMATRIX,),
    pattern=r"(?P<card_number>[0-9]{10})(?P<niss>[0-9]{11})(?P<name>[A-Z]*+)(?:;.*+)?+",
)


def test_a_layout_of_the_site_reads_inside_a_longer_row() -> None:
    found = find(Code(f"0123456789{ONE}SPECIMEN", Symbology.DATAMATRIX), [OURS.checked()])
    assert (found.niss, found.layout, found.support) == (ONE, "specimen layout", Means.ISI_PLUS)
    assert dict(found.fields) == {"card_number": "0123456789", "name": "SPECIMEN"}
    assert found.serial == "0123456789"
    assert find(Code(f"0123456789{ONE}"), [OURS]).niss == ONE, (
        "a scanner that types cannot tell its symbology"
    )


@pytest.mark.parametrize(
    ("text", "symbology"),
    [
        (f"0123456789{WRONG}", Symbology.DATAMATRIX),
        (f"0123456789{ONE}", Symbology.QR),
        (f"0123456789{ONE}specimen", Symbology.DATAMATRIX),
    ],
)
def test_another_layout_does_not_match(text: str, symbology: Symbology) -> None:
    found = find(Code(text, symbology), [OURS])
    assert (found.niss, found.layout) == ("", "")


@pytest.mark.parametrize(
    ("pattern", "fault"),
    [
        ("(?P<niss>[0-9]{11}", "syntax"),
        ("[0-9]{11}", "parts"),
        ("(?P<niss>[0-9]{11})(?P<colour>.)", "parts"),
        ("(?P<niss>[0-9]{11}).*", "backtracks"),
        ("(?P<niss>[0-9]{11}).*?", "backtracks"),
        ("(?P<niss>[0-9]{11})x{1,9}", "backtracks"),
        ("(?P<niss>[0-9]{11}|x)", "backtracks"),
        ("(?=.)(?P<niss>[0-9]{11})", "backtracks"),
        ("(?P<niss>[0-9]{11})" + "x" * 300, "long"),
    ],
)
def test_a_layout_that_is_unfit_is_refused_by_name(pattern: str, fault: str) -> None:
    with pytest.raises(NotUnderstood) as refused:
        Layout(name="mine", pattern=pattern).checked()
    assert refused.value.message.id == f"scan.layout.{fault}"
    assert refused.value.message.parameters["name"] == "mine"


@pytest.mark.parametrize(
    "pattern", [r"\*(?P<niss>[0-9]{11})\|", "[*|?](?P<niss>[0-9]{11})[]+]", r"[\]*](?P<niss>.{11})."]
)
def test_signs_that_stand_for_themselves_are_no_repeats(pattern: str) -> None:
    assert Layout(name="mine", pattern=pattern).checked().name == "mine"


WRISTBAND = Layout(name="wristband", pattern=r"\*(?P<visit>[A-Z]?+[0-9]{4,11}+)\*")


@pytest.mark.parametrize("number", ["V0093121", ONE, WRONG])
def test_a_label_the_site_describes_is_a_visit_and_never_a_person(number: str) -> None:
    found = find(Code(f"*{number}*", Symbology.CODE_128), [WRISTBAND.checked()])
    assert (found.niss, found.miss, found.labels, found.layout) == ("", Miss.LABEL, (number,), "wristband")
    assert found.why is not None


@pytest.mark.parametrize(
    ("text", "miss", "labels"),
    [
        ("V0093121", Miss.NONE, ("V0093121",)),
        ("V0093121\r\n", Miss.NONE, ("V0093121",)),
        (WRONG, Miss.CHECK, (WRONG,)),
        ("0123456789012345", Miss.EMBEDDED, ("0123456789012345",)),
        ("abc", Miss.NONE, ()),
        ("<V0093121>", Miss.NONE, ()),
        ("V" + "1" * 64, Miss.EMBEDDED, ()),
        ("V1\x00", Miss.CONTROL, ()),
        (f"{ONE} {OTHER}", Miss.SEVERAL, ()),
    ],
)
def test_what_may_be_the_number_of_a_visit(text: str, miss: Miss, labels: tuple[str, ...]) -> None:
    found = find(Code(text))
    assert (found.miss, found.labels) == (miss, labels)


def test_a_number_of_a_person_is_no_label() -> None:
    assert find(Code(ONE)).labels == ()


def test_of_several_codes_the_labels_come_together_behind_that_of_the_site() -> None:
    found = one_of(
        [find(Code("V1")), find(Code("*V0093121*"), [WRISTBAND]), find(Code(WRONG)), find(Code("V1"))]
    )
    assert (found.miss, found.labels) == (Miss.LABEL, ("V0093121", "V1", WRONG))
    assert one_of([find(Code("V1")), find(Code(ONE))]).labels == ()


@pytest.mark.parametrize(
    ("pattern", "support"),
    [
        ("(?P<visit>[0-9]{7})(?P<niss>[0-9]{11})", None),
        ("(?P<visit>[0-9]{7})", Means.ISI_PLUS),
    ],
)
def test_a_label_stands_for_no_person_and_no_means(pattern: str, support: Means | None) -> None:
    with pytest.raises(NotUnderstood) as refused:
        Layout(name="mine", support=support, pattern=pattern).checked()
    assert refused.value.message.id == "scan.layout.parts"


def test_a_label_without_a_number_of_a_visit_is_none() -> None:
    loose = Layout(name="mine", pattern="(?P<visit>[a-z ]*+)(?P<name>[0-9]?+)").checked()
    assert find(Code("ward"), [loose]).miss is Miss.NONE


def test_a_nested_layout_on_the_longest_text_ends_at_once() -> None:
    nested = Layout(name="nested", pattern="(?:(?:a*+b)*+a*+c?+)*+(?P<niss>[0-9]{11})").checked()
    begun = time.perf_counter()
    assert nested.match("a" * LONGEST, Symbology.QR) is None
    assert time.perf_counter() - begun < 1.0


def test_the_identifier_of_a_scanner_names_the_symbology() -> None:
    assert split_aim(f"]C0{ONE}") == (Symbology.CODE_128, ONE)
    assert split_aim(f"]d2{ONE}") == (Symbology.DATAMATRIX, ONE)
    assert split_aim(f"]X0{ONE}") == (Symbology.UNKNOWN, ONE)
    assert split_aim(ONE) == (Symbology.UNKNOWN, ONE)
