"""A photo becomes greys and cells; the decoder is asked only where it is installed."""

import importlib.util
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idtui.training.photo import grey_photo
from idtui.words.picture import HALF_BLOCK, Cell, Grey, decode, half_blocks, scaled

SPECIMENS = Path(__file__).resolve().parents[3] / "shared" / "testdata" / "eid-specimen"

needs_pillow = pytest.mark.skipif(
    importlib.util.find_spec("PIL") is None, reason="Pillow is not installed here; the lock file has it"
)

CHEQUERS = Grey(4, 4, bytes([0, 0, 200, 200] * 2 + [200, 200, 0, 0] * 2))


def test_a_picture_is_scaled_by_means() -> None:
    assert scaled(CHEQUERS, 4, 4) == tuple(CHEQUERS.pixels[row : row + 4] for row in range(0, 16, 4))
    assert scaled(CHEQUERS, 2, 2) == (bytes([0, 200]), bytes([200, 0]))
    assert scaled(CHEQUERS, 1, 2) == (bytes([100]), bytes([100]))
    assert scaled(CHEQUERS, 1, 1) == (bytes([100]),)
    assert scaled(CHEQUERS, 8, 2) == (bytes([0] * 4 + [200] * 4), bytes([200] * 4 + [0] * 4))


def test_two_greys_stand_in_one_cell() -> None:
    assert half_blocks(CHEQUERS, 2) == ((Cell(HALF_BLOCK, 0, 200), Cell(HALF_BLOCK, 200, 0)),)
    assert half_blocks(CHEQUERS, 4)[0] == (
        Cell(HALF_BLOCK, 0, 0), Cell(HALF_BLOCK, 0, 0), Cell(HALF_BLOCK, 200, 200), Cell(HALF_BLOCK, 200, 200)
    )  # fmt: skip  # cell by cell


@pytest.mark.parametrize(("size", "lines"), [((140, 200), 21), ((150, 195), 20), ((200, 1), 1)])
def test_a_photo_keeps_its_shape(size: tuple[int, int], lines: int) -> None:
    cells = half_blocks(Grey(*size, bytes(size[0] * size[1])), 30)
    assert (len(cells), {len(line) for line in cells}) == (lines, {30})


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 60), st.integers(1, 60), st.data())
def test_no_size_breaks_it_and_no_grey_is_made_up(
    width: int, height: int, columns: int, rows: int, data: st.DataObject
) -> None:
    low, high = sorted(data.draw(st.tuples(st.integers(0, 255), st.integers(0, 255))))
    pixels = data.draw(st.lists(st.integers(low, high), min_size=width * height, max_size=width * height))
    made = scaled(Grey(width, height, bytes(pixels)), columns, rows)
    assert (len(made), {len(row) for row in made}) == (rows, {columns})
    assert all(low <= grey <= high for row in made for grey in row)


def test_its_representation_hides_the_person() -> None:
    assert repr(CHEQUERS) == "Grey(4x4)"


@needs_pillow
def test_a_photo_is_decoded() -> None:
    for width, height in ((140, 200), (150, 195)):
        picture = decode(grey_photo(width, height))
        assert picture is not None
        assert (picture.width, picture.height) == (width, height)
        assert picture.pixels == bytes([128]) * (width * height)


@needs_pillow
@pytest.mark.skipif(not SPECIMENS.is_dir(), reason="the public specimen files are not beside this checkout")
def test_the_photo_of_the_public_specimen_is_decoded() -> None:
    picture = decode((SPECIMENS / "Alice_Photo.tlv").read_bytes())
    assert picture is not None
    assert (picture.width, picture.height) == (140, 200)
    assert len(set(picture.pixels)) > 10


@needs_pillow
@pytest.mark.parametrize(
    "content",
    [b"", b"rubbish", b"GIF89a" + bytes(40), grey_photo(140, 200)[:-400], grey_photo(1001, 8)],
    ids=["nothing", "rubbish", "another format", "cut short", "too large"],
)
def test_what_is_no_photo_is_none(content: bytes) -> None:
    assert decode(content) is None
