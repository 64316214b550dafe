"""What is done to a picture before a code in it is looked for again: from nothing to the strongest filters.

Each stage is one way of looking; the caller stops at the first that gives a number. Order and strength were
chosen on drawn pictures (`benchmarks/barcodes.py`): noise, shade, light on dark, then blur, then the strips.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from PIL import ImageChops, ImageOps, ImageStat
from PIL.Image import Image, Resampling
from PIL.ImageFilter import BoxBlur, GaussianBlur, MedianFilter, UnsharpMask

from idtui.devices.codes.readers import Seen, every, linear, matrix, zbar

Stage = Callable[[], Iterable[Seen]]

WHITE = 255
SHADE = 40
"""Radius in pixels over which light may change, wider than any bar."""

STEP = 5
"""Degrees between the directions in which bars are looked for."""

RETRY_PIXELS = 1_000_000
"""Pixels kept for the slow filters: a code that fills a tenth of a picture is still large enough."""

LONGEST_TO_SHORTEST = 4
"""Sides of a picture that is still kept as large as any; a sticker is three times as long as high."""

LOW_STRIP = 12
STRIPS = (8, 32, 16)
"""Rows of pixels made one: a low strip forgives a skewed code, a high one more noise."""


def stages(picture: Image) -> Iterator[Stage]:
    """Yield the ways of looking at a grey picture, made one by one as they are asked for."""
    yield lambda: (*every(picture), *zbar(picture))
    calm = picture.filter(MedianFilter(3))
    yield lambda: (*every(calm), *zbar(calm))
    picture = smaller(picture, RETRY_PIXELS)
    even = _evenly_lit(picture)
    yield lambda: (*every(even), *zbar(even))
    yield lambda: linear(ImageChops.invert(picture))
    large = picture.resize((2 * picture.width, 2 * picture.height), Resampling.BICUBIC)
    yield lambda: every(large.filter(UnsharpMask()))
    yield lambda: every(picture.filter(GaussianBlur(1.5)))
    yield lambda: matrix(_deblurred(large))
    yield lambda: matrix(large.filter(UnsharpMask(6, 500, 0)))
    yield from _strips(even)


def smaller(picture: Image, most: int) -> Image:
    """Return the picture with at most so many pixels."""
    size = size_within(picture.size, most)
    if size != picture.size:
        picture = picture.resize(size, Resampling.BOX)
    return picture


def size_within(size: tuple[int, int], most: int) -> tuple[int, int]:
    """Return the size at which no more than `most` pixels remain, never a larger one.

    A picture that is more than four times as long as it is high counts as if it were not: once turned it
    needs the room.
    """
    pixels = max(size[0] * size[1], max(size) ** 2 // LONGEST_TO_SHORTEST)
    scale = min(1.0, (most / pixels) ** 0.5)
    return max(1, int(size[0] * scale)), max(1, int(size[1] * scale))


def _evenly_lit(picture: Image) -> Image:
    """Take the light's slow changes out and spread what remains over all greys."""
    return ImageOps.autocontrast(ImageChops.subtract(picture, picture.filter(BoxBlur(SHADE)), 1, 128), 1)


def _deblurred(large: Image) -> Image:
    """Undo a blur step by step (Van Cittert): add what another blur would take away, again and again."""
    sharp = large.filter(GaussianBlur(2))
    for _ in range(8):
        lost = ImageChops.subtract(sharp, sharp.filter(GaussianBlur(5)), 1, 128)
        sharp = ImageChops.add(sharp, lost, 1, -128)
    return sharp


def _strips(picture: Image) -> Iterator[Stage]:
    """Turn the bars upright and average along them: noise goes, and what is left can be sharpened hard."""
    upright = _direction_of_bars(picture)
    for lean in (0, 2, -2):
        turned = picture.rotate(upright + lean, Resampling.BICUBIC, expand=True, fillcolor=WHITE)
        for height in STRIPS:
            strip = turned.resize((turned.width, max(1, turned.height // height)), Resampling.BOX)
            strip = strip.resize((3 * strip.width, 3 * strip.height), Resampling.BICUBIC)
            yield from _strip(strip)


def _strip(strip: Image) -> Iterator[Stage]:
    yield lambda: linear(strip)
    yield lambda: linear(ImageChops.invert(strip))
    for radius, percent in ((6, 300), (9, 600)):
        yield partial(_sharpened, strip, UnsharpMask(radius, percent, 0))


def _sharpened(strip: Image, mask: UnsharpMask) -> Iterable[Seen]:
    return linear(strip.filter(mask))


def _direction_of_bars(picture: Image) -> int:
    """Return by how many degrees to turn the picture so that light changes most across averaged rows."""
    small = picture.filter(BoxBlur(1)).resize(
        (picture.width // 2 + 1, picture.height // 2 + 1), Resampling.BOX
    )
    ground = ImageStat.Stat(small).median[0]

    def change_across(degrees: int) -> float:
        turned = small.rotate(degrees, Resampling.BILINEAR, expand=True, fillcolor=ground)
        strip = turned.resize((turned.width, max(1, turned.height // LOW_STRIP)), Resampling.BOX)
        return float(ImageStat.Stat(ImageChops.difference(strip, ImageChops.offset(strip, 2, 0))).sum2[0])

    return max(range(0, 180, STEP), key=change_across)
