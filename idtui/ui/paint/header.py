"""The top of the screen: which desk, when, who works there; the banners of training and of a full disk."""

from idtui.domain.text import say
from idtui.ui.paint.line import BLANK, Ink, Line, Span, cut, row, spread
from idtui.ui.paint.view import View

_BETWEEN = 3
"""Blanks between date and operator."""

_LEAST_PLACE = 20
"""Cells the name of the desk keeps before the date gives way."""


def header(view: View) -> list[Line]:
    """Return one row of place, moment and operator, then the banners."""
    station, pen = view.state.station, view.pen
    place = row(pen.data(station.desk, Ink.STRONG))
    operator = pen.say(say("ui.operator_unproven", operator=station.operator))
    right = [_moment(view), Span(" " * _BETWEEN), operator]
    if view.width - row(*right).width < min(place.width + 2, _LEAST_PLACE):
        right = [operator]
    banners = [row(pen.say("ui.training", Ink.BANNER))] if station.training else []
    if view.state.full:
        banners.append(row(pen.say("ui.full", Ink.BAD)))
    return [spread(place, right, view.width), *(cut(line, view.width) for line in banners), BLANK]


def _moment(view: View) -> Span:
    weekday = view.pen.say(f"ui.weekday.{view.now.weekday()}").text
    pattern = "%d.%m.%Y %H:%M" if view.has_clock else "%d.%m.%Y"
    return Span(f"{weekday} {view.now.strftime(pattern)}")
