"""Pictures drawn from a seed: codes turned, blurred, noisy, shaded, squeezed; and pictures without a code."""

import io
import math
import random
from collections.abc import Callable, Mapping

import zxingcpp
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from idtui.domain.niss import check_number
from idtui.domain.symbology import Symbology

SIZE = (800, 600)
SPREAD = 36.95
"""Standard deviation of the mean of four even bytes."""

FORMATS = {
    Symbology.CODE_128: zxingcpp.BarcodeFormat.Code128,
    Symbology.CODE_39: zxingcpp.BarcodeFormat.Code39,
    Symbology.ITF: zxingcpp.BarcodeFormat.ITF,
    Symbology.QR: zxingcpp.BarcodeFormat.QRCode,
    Symbology.DATAMATRIX: zxingcpp.BarcodeFormat.DataMatrix,
}

Change = Callable[[Image.Image, random.Random], Image.Image]


def number(draw: random.Random) -> str:
    """Return a right number, of both centuries, BIS and unknown days among them."""
    month = draw.randint(0, 12) + draw.choice((0, 0, 0, 20, 40))
    nine = int(f"{draw.randint(0, 99):02}{month:02}{draw.randint(0, 31):02}{draw.randint(1, 998):03}")
    return f"{nine:09}{check_number(nine, born_2000_or_later=draw.random() < 0.3):02}"


def page(symbology: Symbology, text: str, draw: random.Random) -> Image.Image:
    """Return a white page with the code somewhere on it, two to four pixels a module."""
    code = zxingcpp.create_barcode(text, FORMATS[symbology])
    matrix = symbology in (Symbology.QR, Symbology.DATAMATRIX)
    scale = draw.choice((3, 4, 5) if matrix else (2, 3))
    drawn = Image.fromarray(zxingcpp.write_barcode_to_image(code, scale=scale))
    sheet = Image.new("L", SIZE, 255)
    room = [whole - part for whole, part in zip(SIZE, drawn.size, strict=True)]
    at = [max(0, space // 2 + draw.randint(-20, 20)) for space in room]
    sheet.paste(drawn, (at[0], at[1]))
    return sheet


def turned(degrees: float) -> Change:
    """Turn the page."""
    return lambda picture, _draw: picture.rotate(degrees, Image.Resampling.BICUBIC, fillcolor=255)


def blurred(radius: float) -> Change:
    """Blur with a Gaussian of that radius in pixels."""
    return lambda picture, _draw: picture.filter(ImageFilter.GaussianBlur(radius))


def noisy(sigma: float) -> Change:
    """Add noise of that standard deviation."""

    def change(picture: Image.Image, draw: random.Random) -> Image.Image:
        grains = [Image.frombytes("L", SIZE, draw.randbytes(SIZE[0] * SIZE[1])) for _ in range(4)]
        left, right = ImageChops.add(grains[0], grains[1], 2), ImageChops.add(grains[2], grains[3], 2)
        scale = sigma / SPREAD
        grain = ImageChops.add(left, right, 2).point(
            [_byte(128 + (value - 127) * scale) for value in range(256)]
        )
        return ImageChops.add(picture, grain, 1, -128)

    return change


def pale(contrast: float) -> Change:
    """Keep only that part of the contrast."""
    return lambda picture, _draw: picture.point([_byte(128 + (v - 128) * contrast) for v in range(256)])


def shaded(depth: float) -> Change:
    """Let the light fall off from one side to the other by that part."""

    def change(picture: Image.Image, draw: random.Random) -> Image.Image:
        ramp = Image.linear_gradient("L").point([_byte(255 - depth * v) for v in range(256)])
        return ImageChops.multiply(picture, ramp.rotate(draw.choice((0, 90, 180, 270))).resize(SIZE))

    return change


def tilted(part: float) -> Change:
    """Look at the page from the side: two corners move inwards by that part."""

    def change(picture: Image.Image, draw: random.Random) -> Image.Image:
        width, height = SIZE
        lean = part * draw.choice((-1, 1)) / width
        # A projective map that leaves the middle where it is: x' = x / (1 + lean * (x - middle)).
        middle = (width / 2, height / 2)
        a, c = 1 + lean * middle[0], -lean * middle[0] * middle[0]
        coefficients = (
            a,
            0,
            c,
            lean * middle[1],
            1,
            -lean * middle[0] * middle[1],
            lean,
            0,
            1 - lean * middle[0],
        )
        scale = coefficients[8]
        return picture.transform(
            SIZE,
            Image.Transform.PERSPECTIVE,
            [value / scale for value in coefficients[:8]],
            Image.Resampling.BICUBIC,
            fillcolor=255,
        )

    return change


def squeezed(quality: int) -> Change:
    """Save as JPEG of that quality and open again."""

    def change(picture: Image.Image, _draw: random.Random) -> Image.Image:
        file = io.BytesIO()
        picture.save(file, "JPEG", quality=quality)
        return Image.open(file).convert("L")

    return change


def inverted(picture: Image.Image, _draw: random.Random) -> Image.Image:
    """Show light on dark, as a phone in dark mode."""
    return ImageChops.invert(picture)


def mirrored(picture: Image.Image, _draw: random.Random) -> Image.Image:
    """Show it as a front camera does."""
    return picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)


CONDITIONS: Mapping[str, tuple[Change, ...]] = {
    "clean": (),
    "5 degrees": (turned(5),),
    "15 degrees": (turned(15),),
    "30 degrees": (turned(30),),
    "45 degrees": (turned(45),),
    "90 degrees": (turned(90),),
    "blur 1.5": (blurred(1.5),),
    "blur 2.0": (blurred(2.0),),
    "blur 2.5": (blurred(2.5),),
    "noise 20": (noisy(20),),
    "noise 40": (noisy(40),),
    "noise 60": (noisy(60),),
    "low contrast 0.3": (pale(0.3),),
    "shade 0.7": (shaded(0.7),),
    "tilt 15 %": (tilted(0.15),),
    "JPEG 15": (squeezed(15),),
    "inverted": (inverted,),
    "mirrored": (mirrored,),
    "phone mix": (turned(7), tilted(0.1), blurred(1.0), pale(0.7), noisy(15), squeezed(50)),
    "hard mix": (turned(25), tilted(0.15), blurred(1.4), pale(0.5), noisy(25), squeezed(40)),
}
"""What is done to the page, in order."""


def picture(symbology: Symbology, text: str, condition: str, draw: random.Random) -> Image.Image:
    """Return a picture of that code under that condition."""
    drawn = page(symbology, text, draw)
    for change in CONDITIONS[condition]:
        drawn = change(drawn, draw)
    return drawn


def without_code(draw: random.Random) -> Image.Image:
    """Return a picture without a code: text, digits, bars, a table, rings, grain, or a mix, noisy or not."""
    sheet = Image.new("L", SIZE, 255)
    if draw.random() < 0.2:
        sheet = _grainy(draw)
    pen = ImageDraw.Draw(sheet)
    for shape in draw.sample((_text, _digits, _bars, _table, _rings), draw.randint(1, 2)):
        shape(pen, draw)
    if draw.random() < 0.5:
        sheet = noisy(draw.choice((10, 40, 80)))(sheet, draw)
    return sheet


def _grainy(draw: random.Random) -> Image.Image:
    """Return light and dark patches as of a photo of nothing in particular."""
    columns = draw.randint(4, 60)
    rows = columns * 3 // 4
    patches = Image.frombytes("L", (columns, rows), draw.randbytes(columns * rows))
    return patches.resize(SIZE, Image.Resampling.BICUBIC)


def _digits(pen: ImageDraw.ImageDraw, draw: random.Random) -> None:
    """Draw rows of digits, right national numbers among them: printed digits are no code."""
    size = draw.choice((14, 20, 28))
    for row in range(draw.randint(2, 12)):
        digits = "".join(draw.choice("0123456789") for _ in range(draw.randint(8, 30)))
        at = (draw.randint(10, 60), 20 + row * 2 * size)
        pen.text(at, draw.choice((digits, number(draw))), fill=0, font_size=size)


def _text(pen: ImageDraw.ImageDraw, draw: random.Random) -> None:
    for line in range(draw.randint(4, 20)):
        words = "".join(draw.choice("ABCDEIMNORST 0123456789.-") for _ in range(40))
        pen.text((draw.randint(10, 60), 20 + 28 * line), words, fill=0, font_size=draw.choice((12, 18, 24)))


def _bars(pen: ImageDraw.ImageDraw, draw: random.Random) -> None:
    at, top = draw.randint(20, 200), draw.randint(50, 300)
    for _ in range(draw.randint(20, 60)):
        width = draw.randint(2, 9)
        pen.rectangle((at, top, at + width, top + 150), fill=0)
        at += width + draw.randint(2, 9)


def _table(pen: ImageDraw.ImageDraw, draw: random.Random) -> None:
    step = draw.randint(12, 40)
    for place in range(40, 560, step):
        pen.line((40, place, 760, place), fill=0, width=2)
    for place in range(40, 760, 2 * step):
        pen.line((place, 40, place, 560), fill=0, width=2)


def _rings(pen: ImageDraw.ImageDraw, draw: random.Random) -> None:
    for _ in range(draw.randint(3, 9)):
        x, y, radius = draw.randint(0, 800), draw.randint(0, 600), draw.randint(10, 120)
        turn = math.tau * draw.random()
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), outline=0, width=draw.randint(1, 12))
        pen.line((x, y, x + radius * math.cos(turn), y + radius * math.sin(turn)), fill=0, width=3)


def _byte(value: float) -> int:
    return max(0, min(255, round(value)))
