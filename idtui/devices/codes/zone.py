"""The machine-readable zone of a card in a picture: lines found, made clean in several ways, read, judged.

What is read counts only by all its check digits (`domain.mrz.recognised`), so a hard picture gives nothing
rather than a wrong number.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from PIL import Image
from PIL.ImageFilter import GaussianBlur, UnsharpMask

from idtui.devices.codes import letters, printed
from idtui.devices.codes.answer import Unread
from idtui.domain import mrz

SECONDS = 1.5
"""Seconds of the processor after which no further way of reading the lines of a picture is begun."""

GAP = 14
"""White pixels around each line."""


class Sight(NamedTuple):
    """What came of looking for a zone: its two lines, or why there are none, or neither."""

    text: str = ""
    unread: Unread | None = None


Lines = Sequence[Image.Image]
Cleaning = Callable[[Image.Image], Image.Image]

_CLEANINGS: tuple[tuple[Cleaning, ...], ...] = (
    (lambda line: printed.even(line.filter(GaussianBlur(1))), printed.even),
    (
        lambda line: printed.even(line).filter(UnsharpMask(4, 200, 0)),
        lambda line: printed.even(line.filter(GaussianBlur(2))),
    ),
)
"""Ways to clean a line, all of one bracket read at once: first for good pictures, then for noise and blur."""


def look(picture: Image.Image, seconds: float = SECONDS) -> Sight:
    """Look for the zone of a card in a grey picture."""
    until = letters.seconds_used() + seconds
    found = printed.find(picture)
    if found is None:
        return Sight()
    if not letters.are_readable():
        return Sight(unread=Unread.NEEDS_OCR)
    return _read(printed.lines(picture, found), until)


def _read(found: Lines, until: float) -> Sight:
    """Read the lines as they lie and upside down; the second bracket only where the first saw a zone."""
    upside_down = tuple(line.transpose(Image.Transpose.ROTATE_180) for line in reversed(found))
    for way in (found[:2], upside_down[:2]):
        seen: list[str] = []
        for cleanings in _CLEANINGS:
            seen += letters.read(_sheet([clean(line) for clean in cleanings for line in way]))
            if text := mrz.recognised(seen):
                return Sight(text)
            if letters.seconds_used() > until or not mrz.resembles(seen):
                break
        if mrz.resembles(seen):
            return Sight(unread=Unread.UNCLEAR)
        if letters.seconds_used() > until:
            break
    return Sight()


def _sheet(found: Lines) -> Image.Image:
    """Return the lines below each other on white."""
    sheet = Image.new(
        "L", (printed.LINE_WIDTH + 2 * GAP, sum(line.height + GAP for line in found) + GAP), 255
    )
    top = GAP
    for line in found:
        sheet.paste(line, (GAP, top))
        top += line.height + GAP
    return sheet
