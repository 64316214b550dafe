"""The zone of a card in pictures, read by the real tesseract in the real child process."""

import io
import random
import secrets
from pathlib import Path

import pytest
from cli_calls import Ran
from effort import tries
from PIL import Image
from real_parts import Need

from benchmarks import code_pictures, zone_pictures
from idtui.cli import run
from idtui.devices.codes import letters
from idtui.devices.codes.answer import Answer
from idtui.devices.codes.pictures import look_in
from idtui.domain.scan import find, one_of
from idtui.domain.symbology import Symbology

NUMBER = "85073003328"
EASY = ("clean", "5 degrees", "30 degrees", "90 degrees", "shade 0.7", "JPEG 15", "phone mix")


@pytest.fixture(autouse=True)
def tesseract(need: Need) -> None:
    if not letters.are_readable():
        need("tesseract is not installed: packaging/system-packages.sh laptop")
    if not zone_pictures.FONT.exists():
        need("the typeface of zones is not installed: fonts-ocr-b")


class Chance(random.Random):
    """Chance of a seed that is drawn at each run; a test that fails shows it."""

    def __init__(self) -> None:
        self.drawn = secrets.randbelow(10**6)
        super().__init__(self.drawn)

    def __repr__(self) -> str:
        return f"random.Random({self.drawn})"


@pytest.fixture
def draw() -> random.Random:
    return Chance()


def stored(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def numbers(answer: Answer) -> set[str]:
    return {find(raw.code()).niss for raw in answer.codes}


@pytest.mark.parametrize("condition", EASY)
def test_a_zone_is_read_within_the_limits_of_the_child(condition: str, draw: random.Random) -> None:
    """A single picture may be hard by chance; of three at least one is read, and none wrongly."""
    given = []
    for _ in range(3):
        drawn = zone_pictures.picture(zone_pictures.text(NUMBER, draw), condition, draw)
        given.append(one_of(find(raw.code()) for raw in look_in(stored(drawn)).codes))
    assert {found.niss for found in given} <= {NUMBER, ""}
    assert NUMBER in {found.niss for found in given}
    assert {found.symbology for found in given if found.niss} == {Symbology.MRZ}


def test_upside_down_is_read_as_well(draw: random.Random) -> None:
    drawn = zone_pictures.page(zone_pictures.text(NUMBER, draw), draw).rotate(180)
    assert numbers(look_in(stored(drawn))) == {NUMBER}


def test_a_drawn_sample_has_no_wrong_number(draw: random.Random) -> None:
    for _ in range(tries(8)):
        number, condition = code_pictures.number(draw), draw.choice(tuple(code_pictures.CONDITIONS))
        drawn = zone_pictures.picture(zone_pictures.text(number, draw), condition, draw)
        assert numbers(look_in(stored(drawn))) <= {number}, condition


def test_a_zone_with_a_wrong_digit_gives_no_number(draw: random.Random) -> None:
    for _ in range(tries(4)):
        wrong = zone_pictures.wrong_text(code_pictures.number(draw), draw)
        assert look_in(stored(zone_pictures.page(wrong, draw))).codes == ()


def test_the_command_shows_it_masked_and_says_that_it_counts_as_typed(
    draw: random.Random, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    def scan(*arguments: str) -> Ran:
        code = run(["scan", "--lang", "en", str(file), *arguments])
        return Ran(code, *capfd.readouterr())

    file = tmp_path / "back.png"
    zone_pictures.page(zone_pictures.text(NUMBER, draw), draw).save(file)
    ran = scan()
    assert (ran.code, ran.err) == (0, "")
    assert "85.**.**-***.**" in ran.out
    assert "typed" in ran.out
    (masked,) = scan("--json").lines
    assert (masked["niss"], masked["symbology"], masked["entry"]) == ("85.**.**-***.**", "mrz", "manual")
    assert NUMBER not in str(masked)
    (full,) = scan("--json", "--niss").lines
    assert full["niss"] == NUMBER
