"""The photo of a verified card over the desk, two greys in each cell; never kept, never larger than it is."""

from idtui.domain.reading import Photo
from idtui.domain.text import Message, say
from idtui.ui.paint.ladder import MARK, NO_MARK
from idtui.ui.paint.line import BLANK, Greys, Ink, Line, Span, greys, row, wrap
from idtui.ui.paint.patient import patient
from idtui.ui.paint.view import View
from idtui.words.picture import Grey, decode, half_blocks

MOST_COLUMNS = 60
"""More cells would cost a slow line seconds and show nothing more: photos on cards are 140 pixels wide."""

_AROUND = 7
"""Rows the window keeps for desk, patient and the way out."""


def photo(view: View) -> list[Line]:
    """Return whose photo it is, and the photo or why there is none."""
    way_out = row(
        MARK, view.pen.say("ui.photo", Ink.STRONG), "   ", view.pen.say("ui.help.leave"), marked=True
    )
    return [*patient(view), BLANK, way_out, *_shown(view)]


def _shown(view: View) -> list[Line]:
    shown = view.state.photo
    if shown is None or (shown.photo is None and not shown.problem and not shown.failure):
        return _sentence(view, say("ui.photo.asked"))
    if shown.failure:
        return _sentence(view, shown.failure)
    if shown.problem or shown.photo is None:
        return _sentence(view, say(f"problem.{shown.problem}"), Ink.STRONG)
    if view.pen.plain_ascii or not view.has_greys:
        return _sentence(view, say("ui.photo.no_greys"))
    return _painted(view, shown.photo)


def _sentence(view: View, message: Message, ink: Ink = Ink.PLAIN) -> list[Line]:
    return [BLANK, *wrap(view.pen.say(message, ink), view.width, first=row(NO_MARK), indent=len(NO_MARK))]


def _painted(view: View, of_card: Photo) -> list[Line]:
    grey = decode(of_card.jpeg)
    if grey is None:
        return _sentence(view, say("ui.photo.unreadable"))
    rows = half_blocks(grey, _columns(grey, view))
    margin = Span(NO_MARK)
    return [
        Line((margin, *(Span(cell.glyph, _nearest(cell.above, cell.below)) for cell in cells)))
        for cells in rows
    ]


def _columns(grey: Grey, view: View) -> int:
    """Return how many cells wide the photo may be, so that it keeps its shape and fits the window."""
    by_height = (view.height - _AROUND) * 2 * grey.width // grey.height
    return max(1, min(by_height, view.width - len(NO_MARK), MOST_COLUMNS))


def _nearest(above: int, below: int) -> Greys:
    return greys(round(above / 17), round(below / 17))
