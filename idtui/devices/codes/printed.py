"""Three lines of letters in a picture, as the zone of a card has them: found and straightened.

Only what is thin and dark counts (strokes, not edges or shades). The picture is turned so that strokes lie in
rows; three rows of one length, with even gaps, whose length fits their gaps (30 letters on a card of the
size ID-1), are a zone as far as can be seen without reading it.
"""

from array import array
from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from itertools import combinations
from typing import NamedTuple

from PIL import ImageChops, ImageOps, ImageStat
from PIL.Image import Image, Resampling, Transform
from PIL.ImageFilter import BoxBlur, GaussianBlur

LONGEST_SIDE = 480
"""Pixels in which lines are looked for: a letter of the zone is still five high."""

REACH = 3
"""Pixels of that size to both sides in which a stroke has light beside it."""

CALM = 1.2
"""Radius of the blur that keeps noise from being ink."""

SMALLEST_SIDE = 16
"""Pixels of that size below which no three lines fit."""

SHARE_OF_INK = 0.03
"""Part of the picture that is ink in lines at most; with less of it fainter lines are seen too."""

LENGTH_TO_GAP = (9.0, 14.5)
"""Length of a line over the gap from line to line: 73.6 mm over 6.35 mm, seen from the side or cut short."""

LINE_WIDTH = 900
"""Pixels of a straightened line; a letter is 27 wide and high."""

MARGIN = 0.6
HALF_LINE = 0.45
"""Parts of the gap between lines, kept beside a line and above and below its middle."""

WHITE = 255
PAPER = 160
"""Grey to which paper is evened out, so that ink stays darker and noise is cut off."""


class Row(NamedTuple):
    """Where a line of ink lies, in pixels of the turned small picture."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def middle(self) -> float:
        """The height of its middle."""
        return (self.top + self.bottom) / 2

    @property
    def length(self) -> int:
        """Pixels from its first letter to its last."""
        return self.right - self.left


class Zone(NamedTuple):
    """Three lines, top to bottom once the picture is turned by so many degrees."""

    degrees: float
    scale: float
    """Pixels of the picture for one of the small picture."""
    ink: Image
    rows: tuple[Row, Row, Row]


def find(picture: Image) -> Zone | None:
    """Return the three lines of a grey picture that look most like a zone."""
    small = picture.copy()
    small.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Resampling.BOX)
    if min(small.size) < SMALLEST_SIDE:
        return None
    ink = _ink(small.filter(GaussianBlur(CALM)))
    degrees = _direction_of_lines(ink)
    turned = ink.rotate(degrees, Resampling.BILINEAR, expand=True)
    rows = _three(_rows(turned))
    return Zone(degrees, picture.width / small.width, turned, rows) if rows else None


def lines(picture: Image, zone: Zone) -> tuple[Image, ...]:
    """Return the three lines cut out of the picture, upright, straight, of one width, dark on light."""
    ground = picture.resize((1, 1), Resampling.BOX).getpixel((0, 0))
    turned = picture.rotate(zone.degrees, Resampling.BICUBIC, expand=True, fillcolor=ground)
    gap = (zone.rows[2].middle - zone.rows[0].middle) / 2
    left = min(row.left for row in zone.rows) - MARGIN * gap
    right = max(row.right for row in zone.rows) + MARGIN * gap
    size = int((right - left) * zone.scale), max(1, int(2 * HALF_LINE * gap * zone.scale))
    height = max(1, round(size[1] * LINE_WIDTH / size[0]))
    cut = []
    for row in zone.rows:
        top = row.middle - HALF_LINE * gap
        slope = _slope(zone.ink.crop((int(left), int(top), int(right), int(top + 2 * HALF_LINE * gap))))
        skewed = (1, 0, left * zone.scale, slope, 1, top * zone.scale - slope * size[0] / 2)
        line = turned.transform(size, Transform.AFFINE, skewed, Resampling.BICUBIC, fillcolor=ground)
        cut.append(line.resize((LINE_WIDTH, height), Resampling.BICUBIC))
    # Letters cover less than half of a line: they pull the mean to their side of the median.
    lightness = sum(stat.mean[0] - stat.median[0] for stat in map(ImageStat.Stat, cut))
    return tuple(map(ImageChops.invert, cut)) if lightness > 0 else tuple(cut)


def even(line: Image) -> Image:
    """Take the light's slow changes out of a line and spread what remains over all greys."""
    flat = ImageChops.subtract(line, line.filter(BoxBlur(40)), 1, PAPER)
    return ImageOps.autocontrast(flat, (1, 30))


def _ink(picture: Image) -> Image:
    """Return how much darker each place is than the light around thin strokes."""
    closed = _spread(_spread(picture, ImageChops.lighter), ImageChops.darker)
    return ImageChops.subtract(closed, picture)


def _spread(picture: Image, take: Callable[[Image, Image], Image]) -> Image:
    """Return the lightest or darkest of each place's neighbours; ten times as fast as Pillow's own filter."""
    for right, down in ((1, 0), (0, 1)):
        moved = [ImageChops.offset(picture, step * right, step * down) for step in range(-REACH, REACH + 1)]
        picture = reduce(take, moved)
    return picture


def _direction_of_lines(ink: Image) -> float:
    """Return by how many degrees to turn the ink so that it lies in rows: coarsely first, then finely."""
    exact = ink.convert("F")
    coarse = exact.reduce(2)
    best = max(range(-90, 90, 5), key=lambda degrees: _unevenness(coarse, degrees))
    best = max(range(best - 4, best + 5), key=lambda degrees: _unevenness(coarse, degrees))
    return max((best + half / 2 for half in range(-2, 3)), key=lambda degrees: _unevenness(exact, degrees))


def _unevenness(ink: Image, degrees: float) -> float:
    turned = ink.rotate(degrees, Resampling.BILINEAR, expand=True)
    profile = _of_each_row(turned)
    return turned.width**2 * sum((after - row) ** 2 for row, after in zip(profile, profile[2:], strict=False))


def _of_each_row(picture: Image) -> Sequence[float]:
    """Return the mean of each row."""
    return _floats(picture.convert("F").resize((1, picture.height), Resampling.BOX))


def _of_each_column(picture: Image) -> Sequence[float]:
    return _floats(picture.convert("F").resize((picture.width, 1), Resampling.BOX))


def _floats(picture: Image) -> Sequence[float]:
    return array("f", picture.tobytes())


def _rows(ink: Image) -> list[Row]:
    """Return the rows in which much of the width is ink, letters smeared into lines."""
    smear = ink.filter(BoxBlur((max(4, ink.width // 40), 1)))
    level = max(4.0, _brightest(smear) / 2)
    lined = smear.point([WHITE if value >= level else 0 for value in range(256)])
    covered = [value / WHITE for value in _of_each_row(lined)]
    enough = max(0.12, 0.35 * max(covered))
    rows = []
    for top, bottom in _runs([part >= enough for part in covered], gap=0):
        strip = lined.crop((0, top, lined.width, bottom))
        inked = [value >= 100 for value in _of_each_column(strip)]
        left, right = max(
            _runs(inked, gap=lined.width // 40), key=lambda run: run[1] - run[0], default=(0, 0)
        )
        if bottom - top >= 3 and right - left >= 0.15 * lined.width:
            rows.append(Row(top, bottom, left, right))
    return rows


def _brightest(picture: Image) -> int:
    """Return the value above which only so many pixels lie as lines have ink."""
    above, wanted = 0, SHARE_OF_INK * picture.width * picture.height
    for value, count in reversed(list(enumerate(picture.histogram()))):
        above += count
        if above >= wanted:
            return value
    return 0


def _runs(flags: Sequence[bool], gap: int) -> Iterator[tuple[int, int]]:
    """Yield beginning and end of each run of set flags, holes up to `gap` forgiven."""
    begin = end = -1
    for place, is_set in enumerate(flags):
        if not is_set:
            continue
        if begin >= 0 and place - end > gap:
            yield begin, end
            begin = place
        elif begin < 0:
            begin = place
        end = place + 1
    if begin >= 0:
        yield begin, end


def _three(rows: Sequence[Row]) -> tuple[Row, Row, Row] | None:
    """Return the longest three rows that lie as the lines of a zone do."""
    fitting = [three for three in combinations(rows[:MOST_ROWS], 3) if _lie_evenly(*three)]
    return max(fitting, key=lambda three: sum(row.length for row in three), default=None)


MOST_ROWS = 40
"""Rows that are combined with each other; a page of small print has more."""


def _lie_evenly(first: Row, second: Row, third: Row) -> bool:
    above, below = second.middle - first.middle, third.middle - second.middle
    lengths = [row.length for row in (first, second, third)]
    least, most = LENGTH_TO_GAP
    return (
        0.8 * below < above < 1.25 * below
        and min(lengths) > 0.7 * max(lengths)
        and least < 2 * max(lengths) / (above + below) < most
    )


def _slope(ink: Image) -> float:
    """Return by how many pixels a line falls with each pixel to the right: what turning left over."""
    third = ink.width // 3
    left = _height_of(ink.crop((0, 0, third, ink.height)))
    right = _height_of(ink.crop((ink.width - third, 0, ink.width, ink.height)))
    return 0.0 if left is None or right is None else (right - left) / (ink.width - third)


def _height_of(ink: Image) -> float | None:
    """Return the height at which the ink of a part lies on average."""
    profile = _of_each_row(ink)
    total = sum(profile)
    return sum(place * value for place, value in enumerate(profile)) / total if total else None
