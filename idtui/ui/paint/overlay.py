"""What lies over the desk: the keys explained, and what training mode can make happen."""

from idtui.domain.text import say
from idtui.ui.paint.header import header
from idtui.ui.paint.ladder import MARK, NO_MARK
from idtui.ui.paint.line import BLANK, Ink, Line, Span, row, spread, wrap
from idtui.ui.paint.view import View

_KEY = 9
"""Width of the column of keys."""

_TITLE = 2
"""Rows of the title and the blank below it."""


def help_of(view: View) -> list[Line]:
    """Return the commands of this phase with their sentences, page by page; brackets: does not apply."""
    pen = view.pen
    told = []
    for command, refusal in view.commands:
        key = view.key(command)
        first = row(NO_MARK, Span((f"({key})" if refusal else f" {key}").ljust(_KEY), Ink.STRONG))
        told.append(wrap(pen.say(command.sentence), view.width, first=first, indent=first.width))
    pages = _pages(told, view.height - len(header(view)) - _TITLE)
    page = min(view.state.page, len(pages) - 1)
    title = row(pen.say("ui.help", Ink.STRONG), "   ", pen.say("ui.help.leave"), marked=True)
    turn = say("ui.help.page", page=page + 1, page_count=len(pages))
    right = [pen.say(turn)] if len(pages) > 1 else []
    return [spread(title, right, view.width), BLANK, *pages[page]]


def _pages(told: list[list[Line]], height: int) -> list[list[Line]]:
    """Fill pages of that height; what belongs to one command stays together."""
    pages: list[list[Line]] = [[]]
    for lines in told:
        if len(pages[-1]) + len(lines) > height:
            pages.append([])
        pages[-1] += lines
    return pages


def training(view: View) -> list[Line]:
    """Return what can be made to happen, letter by letter."""
    pen = view.pen
    lines = [row(MARK, pen.say("ui.training.title", Ink.STRONG), marked=True), BLANK]
    for letter, message_id in view.training:
        first = row(NO_MARK, pen.data(view.named(letter), Ink.STRONG), "  ")
        lines += wrap(pen.say(message_id), view.width, first=first, indent=first.width)
    return [*lines, BLANK, row(NO_MARK, pen.say("ui.help.leave"))]


def camera(view: View) -> list[Line]:
    """Return what to do while the camera looks."""
    pen = view.pen
    told = wrap(pen.say("ui.camera"), view.width, first=row(NO_MARK), indent=len(NO_MARK))
    return [row(MARK, pen.say("ui.camera.title", Ink.STRONG), marked=True), BLANK, *told]
