"""The zone of a card in a picture: found and straightened in drawn ones, read by a stand-in for tesseract."""

import random
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageStat

from benchmarks import code_pictures, zone_pictures
from benchmarks.code_pictures import SIZE
from idtui.devices.codes import child, letters, printed, zone
from idtui.devices.codes.answer import Answer, Unread
from idtui.domain.scan import find
from idtui.domain.symbology import Symbology

NUMBER = "85073003328"
Read = Callable[[Image.Image], tuple[str, ...]]


def blocks(lines: int = 3, letters_of_a_line: int = 30, step: int = 45) -> Image.Image:
    """Return lines of upright bars where letters would stand: no font is needed to find them."""
    sheet = Image.new("L", SIZE, 230)
    pen = ImageDraw.Draw(sheet)
    for line in range(lines):
        for place in range(letters_of_a_line):
            left, top = 140 + 17 * place, 300 + step * line
            pen.rectangle((left, top, left + 3, top + 18), fill=30)
            pen.rectangle((left + 7, top, left + 9, top + 18), fill=30)
    return sheet


@pytest.fixture
def text(draw: random.Random) -> str:
    return zone_pictures.text(NUMBER, draw)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Image.Image]]:
    """Put a program in the place of tesseract that reads what is said, sheet by sheet; return the sheets."""

    def say(*answers: Sequence[str]) -> list[Image.Image]:
        coming, sheets = iter(answers), list[Image.Image]()

        def read(sheet: Image.Image) -> tuple[str, ...]:
            sheets.append(sheet)
            return tuple(next(coming, ()))

        monkeypatch.setattr(letters, "read", read)
        monkeypatch.setattr(letters, "are_readable", lambda: True)
        return sheets

    return say


@pytest.mark.parametrize(
    "condition", ["clean", "15 degrees", "45 degrees", "noise 60", "shade 0.7", "hard mix"]
)
def test_three_lines_are_found_under_every_condition(condition: str, draw: random.Random) -> None:
    drawn = blocks()
    for change in code_pictures.CONDITIONS[condition]:
        drawn = change(drawn, draw)
    found = printed.find(drawn)
    assert found is not None
    gap = (found.rows[2].middle - found.rows[0].middle) / 2
    assert gap * found.scale == pytest.approx(45, rel=0.15)
    assert len(printed.lines(drawn, found)) == 3


@pytest.mark.parametrize(
    ("lines", "letters_of_a_line", "step"),
    [(2, 30, 45), (3, 8, 45), (3, 38, 25)],
    ids=["two", "short", "long"],
)
def test_other_lines_are_no_zone(lines: int, letters_of_a_line: int, step: int) -> None:
    assert printed.find(blocks(lines, letters_of_a_line, step)) is None


def test_lines_come_out_level_and_dark_on_light(draw: random.Random) -> None:
    for condition in ("15 degrees", "inverted"):
        drawn = blocks()
        for change in code_pictures.CONDITIONS[condition]:
            drawn = change(drawn, draw)
        found = printed.find(drawn)
        assert found is not None
        for line in printed.lines(drawn, found):
            stat = ImageStat.Stat(printed.even(line))
            assert stat.mean[0] < stat.median[0]
            bars = line.crop((60, line.height * 2 // 5, line.width - 60, line.height * 3 // 5))
            assert ImageStat.Stat(bars).stddev[0] > 40  # the middle holds bars from end to end


@pytest.mark.parametrize(
    "size", [(1, 1), (1, 600), (30_000, 1), (1, 30_000), (30_000, 100), (15, 15), (16, 16)]
)
def test_a_picture_of_any_size_is_looked_at(size: tuple[int, int]) -> None:
    for fill in (0, 255):
        assert printed.find(Image.new("L", size, fill)) is None


def test_a_zone_is_read_in_either_direction(reads: Callable[..., list[Image.Image]], text: str) -> None:
    lines = text.split("\n")
    sheets = reads(lines)
    assert zone.look(blocks()).text == "\n".join(lines[:2])
    assert len(sheets) == 1
    sheets = reads(["SPECIMEN", "UPSIDE DOWN"], lines)
    assert zone.look(blocks()).text == "\n".join(lines[:2])
    assert len(sheets) == 2


def test_what_is_no_zone_is_read_once_in_each_direction(reads: Callable[..., list[Image.Image]]) -> None:
    sheets = reads(["SOME", "WORDS"], ["OTHER", "WORDS"])
    assert zone.look(blocks()) == zone.Sight()
    assert len(sheets) == 2


def test_a_zone_that_does_not_check_is_tried_again_and_then_said(
    reads: Callable[..., list[Image.Image]], draw: random.Random
) -> None:
    wrong = zone_pictures.wrong_text(NUMBER, draw).split("\n")
    sheets = reads(wrong, wrong)
    assert zone.look(blocks()) == zone.Sight(unread=Unread.UNCLEAR)
    assert len(sheets) == 2


def test_no_further_way_is_begun_when_the_time_is_over(
    reads: Callable[..., list[Image.Image]], draw: random.Random
) -> None:
    sheets = reads(zone_pictures.wrong_text(NUMBER, draw).split("\n"))
    assert zone.look(blocks(), seconds=-1.0).unread is Unread.UNCLEAR
    assert len(sheets) == 1
    sheets = reads(["SOME", "WORDS"])
    assert zone.look(blocks(), seconds=-1.0) == zone.Sight()
    assert len(sheets) == 1


def test_without_tesseract_the_zone_says_what_it_needs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert zone.look(blocks()).unread is Unread.NEEDS_OCR
    assert zone.look(Image.new("L", SIZE, 255)) == zone.Sight()
    assert letters.read(blocks()) == ()


@pytest.mark.parametrize(
    "program",
    [
        "exit 1",
        "kill -9 $$",
        "printf '\\377\\376\\n'",
        "cat >/dev/null",
        "while :; do :; done",
    ],
    ids=["fails", "is killed", "says rubbish", "says nothing", "never ends"],
)
def test_whatever_becomes_of_the_program_there_is_an_end(
    program: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    script = tmp_path / "tesseract"
    script.write_text(f"#!/bin/sh\n{program}\n", encoding="utf-8")
    script.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(letters, "SECONDS", 1)
    assert zone.look(blocks()).text == ""


def sight(text: str = "", unread: Unread | None = None) -> Callable[[Image.Image], zone.Sight]:
    return lambda _picture: zone.Sight(text, unread)


def numbers(answer: Answer) -> set[tuple[str, Symbology]]:
    found = (find(raw.code()) for raw in answer.codes)
    return {(one.niss, one.symbology) for one in found if one.niss}


def test_a_code_with_a_number_comes_before_letters(draw: random.Random, text: str) -> None:
    def never(_picture: Image.Image) -> zone.Sight:
        raise AssertionError("letters were read beside a code that has a number")

    drawn = code_pictures.page(Symbology.QR, NUMBER, draw)
    assert numbers(child.look(drawn, 0.0, never)) == {(NUMBER, Symbology.QR)}
    other = code_pictures.page(Symbology.QR, "SPECIMEN", draw)
    answer = child.look(other, 0.0, sight("\n".join(text.split("\n")[:2])))
    assert numbers(answer) == {(NUMBER, Symbology.MRZ)}
    assert len(answer.codes) == 2


def test_a_zone_that_is_not_read_is_told_only_where_no_number_was_found(draw: random.Random) -> None:
    unclear = sight(unread=Unread.UNCLEAR)
    assert child.look(Image.new("L", SIZE, 255), 0.0, unclear).unread is Unread.UNCLEAR
    turned = code_pictures.picture(Symbology.CODE_128, NUMBER, "45 degrees", draw)
    answer = child.look(turned, 10.0, unclear)
    assert numbers(answer) == {(NUMBER, Symbology.CODE_128)}
    assert answer.unread is None
