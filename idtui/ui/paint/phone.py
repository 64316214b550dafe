"""The screen a patient's phone looks at: one QR code, its link, how long it is good, and the way out."""

from itertools import zip_longest

from idtui.desk.state import ShownPhone
from idtui.domain.text import say
from idtui.ui.paint.ladder import NO_MARK
from idtui.ui.paint.line import BLANK, NOTHING, Ink, Line, Span, cut, greys, row, spread, wrap
from idtui.ui.paint.status import notice
from idtui.ui.paint.view import View
from idtui.words.qr import modules

_AROUND = 4
"""Rows the window keeps for the title, the link, the time and what was said last."""

_DARK, _LIGHT = 0, 15
_BLOCKS = {(False, False): "█", (False, True): "▀", (True, False): "▄", (True, True): " "}
"""Light is what is written. Without colours that is right on a dark terminal; phones read the reverse too."""


def code(view: View, shown: ShownPhone) -> list[Line]:
    """Return the whole screen while a phone is awaited whose code is known."""
    pen = view.pen
    title = row(pen.say("ui.phone.title", Ink.STRONG))
    way_out = pen.say("ui.phone.leave")
    until = pen.say(say("ui.phone.until", time=f"{shown.until:%H:%M}" if shown.until else ""))
    return [
        spread(title, [way_out], view.width),
        *(_opened(view) if shown.opened else _scanned(view, shown.link)),
        cut(row(NO_MARK, until), view.width),
        *(notice(view) or [NOTHING]),
    ]


def _opened(view: View) -> list[Line]:
    told = view.pen.say("ui.phone.opened", Ink.STRONG)
    return [BLANK, *wrap(told, view.width, first=row(NO_MARK), indent=len(NO_MARK)), BLANK]


def _scanned(view: View, link: str) -> list[Line]:
    """Return the code and its link; where the code does not fit or cannot be drawn, the link alone."""
    typed = cut(row(NO_MARK, view.pen.data(link, Ink.STRONG)), view.width)
    if view.pen.plain_ascii:
        return [*_alone(view), typed, BLANK]
    rows = modules(link)
    if (len(rows) + 1) // 2 + _AROUND > view.height or len(rows) + len(NO_MARK) > view.width:
        return [*_alone(view), typed, BLANK]
    pairs = zip_longest(rows[::2], rows[1::2], fillvalue=(False,) * len(rows))
    return [*(_painted(view, above, below) for above, below in pairs), typed]


def _alone(view: View) -> list[Line]:
    told = view.pen.say("ui.phone.link_alone")
    return [BLANK, *wrap(told, view.width, first=row(NO_MARK), indent=len(NO_MARK)), BLANK]


def _painted(view: View, above: tuple[bool, ...], below: tuple[bool, ...]) -> Line:
    """Return one row of cells, each two modules high: light written on dark, in one ink for a slow line."""
    ink = greys(_LIGHT, _DARK) if view.has_greys else Ink.PLAIN
    return row(NO_MARK, Span("".join(_BLOCKS[pair] for pair in zip(above, below, strict=True)), ink))
