"""Lines of styled text and the pen that writes them: every word and every foreign text passes here."""

import unicodedata
from collections.abc import Callable, Iterable
from enum import Enum
from functools import cache

import msgspec
from msgspec.structs import replace
from rich.cells import cell_len, set_cell_size, split_graphemes

from idtui.domain.text import Message, clean, say

ELLIPSIS = "~"
"""Stands for what did not fit; ASCII, since every profile shows it."""

LONGEST_SENTENCE = 2000
"""Characters kept of one sentence."""

_SPELT = {
    "œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L",
    "đ": "d", "Đ": "D", "€": "EUR", "\u2018": "'", "\u2019": "'", "\u201a": ",", "“": '"', "”": '"', "„": '"',
    "«": '"', "»": '"', "\u2013": "-", "—": "-", "…": "...", "·": ".",
    "▁": "_", "▂": ".", "▃": ":", "▄": "-", "▅": "=", "▆": "+", "▇": "*", "█": "#",
}  # fmt: skip  # a table reads better than a column


class Ink(Enum):
    """How text is meant; words carry the meaning, ink only helps the eye."""

    PLAIN = "plain"
    STRONG = "strong"
    FAINT = "faint"
    MARKED = "marked"
    """The place of the next key: reverse video."""
    GOOD = "good"
    BAD = "bad"
    BANNER = "banner"


class Greys(msgspec.Struct, frozen=True):
    """The ink of one cell of a photo: a grey above and one below, each 0 (black) to 15 (white)."""

    above: int
    below: int


@cache
def greys(above: int, below: int) -> Greys:
    """Return that pair, always the same object: there are 256."""
    return Greys(above, below)


class Span(msgspec.Struct, frozen=True):
    """A piece of text in one ink; printable and clean, made by a `Pen`."""

    text: str
    ink: Ink | Greys = Ink.PLAIN


Cell = tuple[str, Ink | Greys]
"""One place of the screen; the second cell of a wide character is empty."""


class Line(msgspec.Struct, frozen=True):
    """One row. `spare` rows are left out first where the window is too low; `marked` is the place.

    `cursor` is the column at which the hardware cursor rests on a marked row.
    """

    spans: tuple[Span, ...] = ()
    spare: bool = False
    marked: bool = False
    cursor: int = 0

    @property
    def width(self) -> int:
        """Cells this line takes."""
        return sum(cell_len(span.text) for span in self.spans)

    @property
    def text(self) -> str:
        """The line without ink."""
        return "".join(span.text for span in self.spans)


NOTHING = Line()
"""Stands also for a notice, so that nothing else moves when something is said."""
BLANK = Line(spare=True)


class Pen(msgspec.Struct, frozen=True):
    """Writes messages and foreign text as spans, in one language and for one kind of terminal."""

    words: Callable[[Message], str]
    plain_ascii: bool = False

    def say(self, message: Message | str, ink: Ink = Ink.PLAIN) -> Span:
        """Write a message, or the message of an id without parameters."""
        sentence = self.words(say(message) if isinstance(message, str) else message)
        return Span(self._fit_for_terminal(sentence, LONGEST_SENTENCE), ink)

    def data(self, text: str, ink: Ink = Ink.PLAIN) -> Span:
        """Write text that came from a card, a file or a server, exactly as it is but for controls."""
        return Span(self._fit_for_terminal(text), ink)

    def _fit_for_terminal(self, text: str, limit: int = 200) -> str:
        cleaned = text[:limit] if text.isascii() and text.isprintable() else clean(text, limit)
        return ascii_only(cleaned) if self.plain_ascii else cleaned


def ascii_only(text: str) -> str:
    """Write text without a character above `~`: accents dropped, ligatures spelt out, the rest `?`."""
    if text.isascii():
        return text
    spelt = "".join(_SPELT.get(character, character) for character in text)
    bare = (c for c in unicodedata.normalize("NFKD", spelt) if not unicodedata.combining(c))
    return "".join(character if character.isascii() else "?" for character in bare)


def row(*spans: Span | str, spare: bool = False, marked: bool = False) -> Line:
    """Make a line; bare strings are blanks and punctuation of ours."""
    return Line(
        tuple(Span(span) if isinstance(span, str) else span for span in spans), spare=spare, marked=marked
    )


def cut(line: Line, width: int) -> Line:
    """Return the line no wider than `width`, its lost end shown as `~`."""
    if line.width <= width:
        return line
    kept: list[Span] = []
    room = width - cell_len(ELLIPSIS)
    for span in line.spans:
        wide = cell_len(span.text)
        if wide > room:
            kept.append(Span(set_cell_size(span.text, max(room, 0)) + ELLIPSIS, span.ink))
            break
        kept.append(span)
        room -= wide
    return replace(line, spans=tuple(kept))


def spread(left: Line, right: Iterable[Span], width: int, *, gap: int = 2) -> Line:
    """Put `right` at the end of the row; where both do not fit the left is cut, never the right."""
    tail = Line(tuple(right))
    head = cut(left, max(width - tail.width - gap, 0))
    blanks = Span(" " * max(width - head.width - tail.width, 0))
    return Line((*head.spans, blanks, *tail.spans), left.spare, left.marked)


def wrap(span: Span, width: int, *, first: Line = NOTHING, indent: int = 0) -> list[Line]:
    """Break a sentence at blanks into lines of at most `width`; `first` starts the first line."""
    lines: list[Line] = []
    head, text = first, ""
    for word in span.text.split(" "):
        tried = f"{text} {word}" if text else word
        if text and head.width + cell_len(tried) > width:
            lines.append(Line((*head.spans, Span(text, span.ink))))
            head, text = row(" " * indent), word
        else:
            text = tried
    lines.append(Line((*head.spans, Span(text, span.ink))))
    return [cut(line, width) for line in lines]


def cells(line: Line, width: int) -> list[Cell]:
    """Return the line as exactly `width` cells; a wide character leaves its second cell empty."""
    filled: list[Cell] = []
    for span in cut(line, width).spans:
        for start, end, wide in split_graphemes(span.text)[0]:
            if wide:
                filled.append((span.text[start:end], span.ink))
                filled.extend([("", span.ink)] * (wide - 1))
    return filled + [(" ", Ink.PLAIN)] * (width - len(filled))
