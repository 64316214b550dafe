"""A photo as text: greys, two of them in one character cell.

A character is about twice as high as wide, so the two halves of a cell are square and the picture keeps its
shape. The colours are left to whoever paints: 256 greys, or what the terminal has.
"""

from collections.abc import Sequence
from io import BytesIO

import msgspec

LARGEST = 1000
"""Pixels in one direction at most; photos on cards have 200. Larger pictures are not decoded."""

HALF_BLOCK = "\N{UPPER HALF BLOCK}"


class Grey(msgspec.Struct, frozen=True):
    """A grey picture: one byte per pixel, row by row from the top, 0 black to 255 white."""

    width: int
    height: int
    pixels: bytes

    def __repr__(self) -> str:
        return f"Grey({self.width}x{self.height})"


class Cell(msgspec.Struct, frozen=True):
    """One character: `glyph` in the grey `above` on a ground of the grey `below`, each 0..255."""

    glyph: str
    above: int
    below: int


def decode(jpeg: bytes) -> Grey | None:
    """Return the picture in a JPEG; None when it is none, is cut short or is larger than any photo."""
    from PIL.JpegImagePlugin import JpegImageFile  # noqa: PLC0415 - few look at a photo

    try:
        # Not Image.open: that tries every format, and warns of large pictures on standard error.
        with JpegImageFile(BytesIO(jpeg)) as picture:
            if max(picture.size) > LARGEST:
                return None
            width, height = picture.size
            return Grey(width, height, picture.convert("L").tobytes())
    except (OSError, SyntaxError, ValueError):
        return None


def scaled(picture: Grey, width: int, height: int) -> tuple[bytes, ...]:
    """Return `height` rows of `width` greys, each the mean of the pixels it stands for; both at least 1."""
    columns = _parts(picture.width, width)
    return tuple(
        bytes(_mean(picture, rows, part) for part in columns) for rows in _parts(picture.height, height)
    )


def half_blocks(picture: Grey, columns: int) -> tuple[tuple[Cell, ...], ...]:
    """Return the picture as rows of `columns` cells, in its shape."""
    lines = max(1, round(picture.height * columns / picture.width / 2))
    rows = scaled(picture, columns, 2 * lines)
    return tuple(_line(above, below) for above, below in zip(rows[::2], rows[1::2], strict=True))


def _line(above: bytes, below: bytes) -> tuple[Cell, ...]:
    return tuple(Cell(HALF_BLOCK, upper, lower) for upper, lower in zip(above, below, strict=True))


def _parts(length: int, count: int) -> Sequence[range]:
    """Divide a length into parts of at least one pixel; they share pixels where there are too few."""
    return [
        range(part * length // count, max((part + 1) * length // count, part * length // count + 1))
        for part in range(count)
    ]


def _mean(picture: Grey, rows: range, columns: range) -> int:
    total = sum(
        sum(picture.pixels[row * picture.width + columns.start : row * picture.width + columns.stop])
        for row in rows
    )
    return total // (len(rows) * len(columns))
