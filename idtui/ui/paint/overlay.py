"""What lies over the desk: the keys explained, and what training mode can make happen."""

from idtui.ui.paint.ladder import MARK, NO_MARK
from idtui.ui.paint.line import BLANK, Ink, Line, Span, row, wrap
from idtui.ui.paint.view import View

_KEY = 9
"""Width of the column of keys."""


def help_of(view: View) -> list[Line]:
    """Return every command of this phase with its sentence; those that do not apply are bracketed."""
    pen = view.pen
    lines = [row(pen.say("ui.help", Ink.STRONG), "   ", pen.say("ui.help.leave"), marked=True), BLANK]
    for command, refusal in view.commands:
        key = view.key(command)
        first = row(NO_MARK, Span((f"({key})" if refusal else f" {key}").ljust(_KEY), Ink.STRONG))
        lines += wrap(pen.say(command.sentence), view.width, first=first, indent=first.width)
    return lines


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
