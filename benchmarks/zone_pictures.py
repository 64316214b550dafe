"""Pictures of the back of specimen cards with a machine-readable zone, drawn from a seed; and wrong zones."""

import random
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from benchmarks.code_pictures import CONDITIONS, SIZE
from idtui.domain import mrz, niss

FONT = Path("/usr/share/fonts/opentype/ocr-b/OCRB.otf")
"""The typeface of such zones, of the Debian package fonts-ocr-b."""

CARD, PITCH, LINE, ZONE = (85.6, 53.98), 2.54, 6.35, 21.2
"""Millimetres: a card (ID-1), from letter to letter, from line to line, from the zone's top to the edge."""

NAMES = ("SPECIMEN<<ALICE<GELDIGEKAART", "SPECIMEN<<GASTON", "SPECIMEN<<A", "VAN<DE<SPECIMEN<<JEAN<PIERRE")


def text(number: str, draw: random.Random) -> str:
    """Return the three lines of a zone with that national number."""
    card = f"{draw.randrange(10**12):012}"
    first = f"IDBEL{card[:9]}<{card[9:]}{mrz.check_digit(card)}".ljust(30, "<")
    known = niss.parse(number)
    born = known.birth_date if known else None
    birth = f"{number[:2]}{born.month if born else 0:02}{born.day if born else 0:02}"
    expiry = f"{draw.randint(26, 36):02}{draw.randint(1, 12):02}{draw.randint(1, 28):02}"
    second = f"{birth}{mrz.check_digit(birth)}{draw.choice('MF')}{expiry}{mrz.check_digit(expiry)}BEL{number}"
    composite = mrz.check_digit(first[5:] + second[:7] + second[8:15] + second[18:29])
    return f"{first}\n{second}{composite}\n{draw.choice(NAMES).ljust(30, '<')[:30]}"


def wrong_text(number: str, draw: random.Random) -> str:
    """Return a zone in which one digit of the first two lines is another, so that no check fits."""
    zone = text(number, draw)
    place = draw.choice([at for at, letter in enumerate(zone[:61]) if letter.isdigit()])
    digit = str((int(zone[place]) + draw.randint(1, 9)) % 10)
    return zone[:place] + digit + zone[place + 1 :]


def page(zone: str, draw: random.Random) -> Image.Image:
    """Return a card on a table: print in small letters, a patterned ground, the zone below."""
    width = draw.randint(560, 590)
    scale = width / CARD[0]
    card = Image.new("L", (width, round(CARD[1] * scale)), draw.choice((235, 220, 205)))
    pen = ImageDraw.Draw(card)
    for top in range(0, card.height, 9):
        pen.line((0, top, width, top + draw.randint(-12, 12)), fill=draw.randint(195, 230))
    small = width // 52
    for row in range(draw.randint(3, 7)):
        printed = "".join(draw.choice("abcdefghijkl ABCDEF0123456789/") for _ in range(draw.randint(15, 45)))
        pen.text((draw.randint(10, 60), 10 + row * (small + 8)), printed, fill=40, font_size=small)
    ink = draw.randint(15, 50)
    for row, line in enumerate(zone.split("\n")):
        at = (0.05 * width, card.height + (row * LINE - ZONE) * scale)
        pen.text(at, line, fill=ink, font=_font(PITCH * scale))
    sheet = Image.new("L", SIZE, draw.choice((255, 235, 90)))
    sheet.paste(card, ((SIZE[0] - card.width) // 2, (SIZE[1] - card.height) // 2))
    return sheet


def picture(zone: str, condition: str, draw: random.Random) -> Image.Image:
    """Return a picture of that zone under that condition."""
    drawn = page(zone, draw)
    for change in CONDITIONS[condition]:
        drawn = change(drawn, draw)
    return drawn


@cache
def _font(pitch: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return the typeface in that width; where it is not installed Pillow's own, which no reader knows."""
    if not FONT.exists():
        return ImageFont.load_default(pitch * 1.6)
    probe = ImageFont.truetype(FONT, 100)
    return ImageFont.truetype(FONT, 100 * pitch / probe.getlength("0"))
