"""Above the keys: what just happened, and what waits for the hub. Counts and moments, never a green light."""

from datetime import datetime

from idtui.desk.described import time_left, until, who
from idtui.desk.quota_desk import percent
from idtui.desk.state import Tone
from idtui.domain.entries import Pending
from idtui.domain.quota import limit_percent
from idtui.domain.text import Message, say
from idtui.ui.paint.line import Ink, Line, Span, cut, row, wrap
from idtui.ui.paint.view import View

_TONES = {Tone.DONE: ("ui.tone.done", Ink.GOOD), Tone.REFUSED: ("ui.tone.refused", Ink.BAD)}


def notice(view: View) -> list[Line]:
    """Return the one sentence about what just happened, or at the start what must be said then."""
    pen, said = view.pen, view.state.notice
    if said is None:
        return [
            line
            for warning in _warnings(view)
            for line in wrap(pen.say(warning), view.width, first=row("! "), indent=2)
        ]
    if said.tone is Tone.PLAIN:
        return wrap(pen.say(said.message), view.width)
    word, ink = _TONES[said.tone]
    first = row(pen.say(word, ink), "  ")
    return wrap(pen.say(said.message), view.width, first=first, indent=first.width)


def _warnings(view: View) -> tuple[Message, ...]:
    return view.state.warnings if view.greeting else ()


def due(view: View) -> list[Line]:
    """Return how many verifications are still due, and which expires first; nothing when none is."""
    waiting, pen = view.state.due, view.pen
    if not waiting:
        return []
    first = row(pen.say("ui.due", Ink.STRONG), Span(f"  {len(waiting)}   "))
    told = [pen.data(text) if isinstance(text, str) else pen.say(text) for text in who(waiting[0])]
    left = [pen.say(message) for message in _left(view, waiting[0])]
    words = ", ".join(span.text for span in (*told, *left))
    return [cut(row(*first.spans, Span(words)), view.width)]


def _left(view: View, first: Pending) -> tuple[Message, ...]:
    return time_left(first, view.now) if view.has_clock else until(first)


def delivery(view: View) -> list[Line]:
    """Return what waits for the hub, and what the hub refused."""
    pen, line_to_hub = view.pen, view.state.delivery
    label = row(pen.say("ui.to_send", Ink.STRONG), Span(f"  {line_to_hub.waiting}   "))
    told = ", ".join(pen.say(message).text for message in _of_the_line(view))
    lines = [cut(row(*label.spans, Span(told)), view.width)]
    if line_to_hub.not_copied:
        lines.append(cut(row(pen.say(say("ui.not_copied", why=line_to_hub.not_copied), Ink.BAD)), view.width))
    if line_to_hub.parked:
        lines.append(cut(row(pen.say(say("ui.parked", count=line_to_hub.parked), Ink.BAD)), view.width))
    return lines


def quota(view: View) -> list[Line]:
    """Return the share of typed numbers against the limit of the year: information, left out first."""
    now, pen = view.state.quota, view.pen
    limit = limit_percent(now.year) if now else None
    if now is None or limit is None or not (now.own.total or now.hospital.total):
        return []
    label = row(pen.say(say("ui.quota", year=now.year), Ink.STRONG), Span("   "), spare=True)
    told = []
    if now.own.total:
        told.append(say("ui.quota.desk", share=percent(now.own), limit=limit))
    if now.hospital.total:
        told.append(say("ui.quota.hospital", share=percent(now.hospital), limit=limit))
    words = ", ".join(pen.say(message).text for message in told)
    return [cut(row(*label.spans, Span(words), spare=True), view.width)]


def _of_the_line(view: View) -> list[Message]:
    line_to_hub = view.state.delivery
    told = []
    if line_to_hub.oldest:
        told.append(say("ui.to_send.since", moment=shown_moment(view, line_to_hub.oldest)))
    elif not line_to_hub.waiting:
        told.append(say("ui.to_send.nothing"))
    if line_to_hub.sending:
        told.append(say("ui.to_send.sending"))
    if not line_to_hub.configured:
        told.append(say("ui.to_send.no_hub"))
    elif line_to_hub.last_receipt:
        told.append(say("ui.to_send.last_receipt", moment=shown_moment(view, line_to_hub.last_receipt)))
    else:
        told.append(say("ui.to_send.no_receipt"))
    return told


def shown_moment(view: View, moment: datetime) -> str:
    """Write the hour, with its day when that is not today."""
    local = moment.astimezone(view.now.tzinfo)
    return local.strftime("%H:%M" if local.date() == view.now.date() else "%d.%m. %H:%M")
