"""What the stages see in drawn pictures, in this process; the figures are those of `make bench`."""

import random

import pytest
from effort import tries
from PIL import Image

from benchmarks import code_pictures
from idtui.devices.codes import child, readers, zone
from idtui.domain.scan import Found, Miss, find, one_of
from idtui.domain.symbology import Symbology

NUMBER, OTHER = "85073003328", "17073003384"
PRINTED = tuple(code_pictures.FORMATS)
LINEAR = PRINTED[:3]


def look(picture: Image.Image, budget: float = child.PICTURE_BUDGET) -> Found:
    return one_of(find(raw.code()) for raw in child.look(picture, budget).codes)


def beside(left: Image.Image, right: Image.Image) -> Image.Image:
    both = Image.new("L", (left.width + right.width, left.height), 255)
    both.paste(left, (0, 0))
    both.paste(right, (left.width, 0))
    return both


@pytest.mark.parametrize("condition", ["clean", "90 degrees", "JPEG 15", "mirrored", "noise 40", "inverted"])
@pytest.mark.parametrize("symbology", PRINTED)
def test_every_symbology_is_read(symbology: Symbology, condition: str, draw: random.Random) -> None:
    found = look(code_pictures.picture(symbology, NUMBER, condition, draw))
    assert (found.niss, found.symbology) == (NUMBER, symbology)


@pytest.mark.parametrize("condition", ["30 degrees", "45 degrees", "shade 0.7", "phone mix"])
@pytest.mark.parametrize("symbology", LINEAR)
def test_the_retries_read_what_neither_library_reads_at_once(
    symbology: Symbology, condition: str, draw: random.Random
) -> None:
    picture = code_pictures.picture(symbology, NUMBER, condition, draw)
    assert look(picture, budget=10.0).niss == NUMBER


def test_without_the_retries_a_slanted_code_is_not_read(draw: random.Random) -> None:
    picture = code_pictures.picture(Symbology.CODE_128, NUMBER, "45 degrees", draw)
    assert look(picture, budget=0.0).niss == ""


def test_two_numbers_on_a_picture_are_refused_and_one_twice_is_one(draw: random.Random) -> None:
    one, again, other = (
        code_pictures.page(symbology, text, draw)
        for symbology, text in (
            (Symbology.CODE_128, NUMBER),
            (Symbology.QR, NUMBER),
            (Symbology.DATAMATRIX, OTHER),
        )
    )
    assert look(beside(one, other)).miss is Miss.SEVERAL
    assert look(beside(one, again)).niss == NUMBER


@pytest.mark.parametrize(
    ("symbology", "text", "miss"),
    [
        (Symbology.CODE_128, "85073003329", Miss.CHECK),
        (Symbology.CODE_128, "5412345678908", Miss.EMBEDDED),
        (Symbology.CODE_39, "SPECIMEN", Miss.NONE),
        (Symbology.QR, "https://example.org/", Miss.NONE),
        (Symbology.DATAMATRIX, f"{NUMBER}\x1b[2J", Miss.CONTROL),
        (Symbology.QR, f"SPECIMEN;{NUMBER};{OTHER}", Miss.SEVERAL),
    ],
)
def test_a_readable_code_without_one_number_says_why(
    symbology: Symbology, text: str, miss: Miss, draw: random.Random
) -> None:
    found = look(code_pictures.page(symbology, text, draw), budget=0.0)
    assert (found.niss, found.miss) == ("", miss)


def test_pictures_without_a_code_give_no_number(draw: random.Random) -> None:
    for _ in range(tries(8)):
        assert child.look(code_pictures.without_code(draw), child.PICTURE_BUDGET, zone.look).codes == ()


def test_a_drawn_sample_has_no_wrong_number(draw: random.Random) -> None:
    hits = 0
    for _ in range(tries(10)):
        text = code_pictures.number(draw)
        symbology, condition = draw.choice(PRINTED), draw.choice(tuple(code_pictures.CONDITIONS))
        found = look(code_pictures.picture(symbology, text, condition, draw))
        assert found.niss in ("", text), (symbology, condition)
        hits += found.niss == text
    assert hits > tries(10) / 2


@pytest.mark.parametrize("symbology", PRINTED)
def test_without_zbar_zxing_goes_on_alone(
    symbology: Symbology, draw: random.Random, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "_pyzbar", lambda: None)
    assert look(code_pictures.page(symbology, NUMBER, draw)).niss == NUMBER


def test_zbar_reads_when_zxing_sees_nothing(draw: random.Random, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "_zxing", lambda _picture, _formats: iter(()))
    assert look(code_pictures.page(Symbology.CODE_128, NUMBER, draw)).niss == NUMBER
