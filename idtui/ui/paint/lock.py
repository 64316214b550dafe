"""The page of a locked desk: since when, what waits for the hub, and a field that shows nothing typed."""

from idtui.desk.state import Locked
from idtui.domain.text import say
from idtui.ui.paint.header import header
from idtui.ui.paint.keybar import KeyHint, pack, row_of
from idtui.ui.paint.ladder import MARK, NO_MARK
from idtui.ui.paint.line import BLANK, Ink, Line, Span, cut, row, wrap
from idtui.ui.paint.status import delivery, shown_moment
from idtui.ui.paint.view import View


def lock(view: View, locked: Locked) -> tuple[list[Line], list[Line]]:
    """Return the rows of the page: above, and at the bottom of the window."""
    pen = view.pen
    since = pen.say(say("ui.locked.since", time=shown_moment(view, locked.since)))
    title = cut(row(pen.say("ui.locked.title", Ink.STRONG), "   ", since), view.width)
    field = cut(row(MARK, pen.say("ui.locked.passphrase", Ink.STRONG), "  ", marked=True), view.width)
    above = [
        *header(view),
        title,
        BLANK,
        Line(field.spans, marked=True, cursor=field.width),
        BLANK,
        *_told(view, pen.say(locked.told, Ink.STRONG) if locked.told else pen.say("ui.locked.hidden")),
    ]
    if locked.word:
        above += [BLANK, *_told(view, pen.say(say("ui.locked.word", word=locked.word)))]
    enter, escape = pen.say("ui.key.enter").text, pen.say("ui.key.escape").text
    hints = [
        KeyHint(enter, pen.say("ui.locked.open").text),
        KeyHint(escape, pen.say("ui.locked.anew").text),
    ]
    return above, [
        *delivery(view),
        BLANK,
        *(row_of(packed, view.width) for packed in pack(hints, view.width)),
    ]


def _told(view: View, sentence: Span) -> list[Line]:
    return wrap(sentence, view.width, first=row(NO_MARK), indent=len(NO_MARK))
