"""The ladder: the means in their legal order, each with its key and what the desk knows of it."""

from idtui.desk.commands import BY_ID
from idtui.domain import rules
from idtui.domain.path import Action, Phase
from idtui.domain.rules import Road
from idtui.domain.text import say
from idtui.ui.paint.line import BLANK, Ink, Line, Span, row, spread, wrap
from idtui.ui.paint.view import View

MARK, NO_MARK = "> ", "  "
"""The margin: `>` stands at the place, beside reverse video and the hardware cursor."""


def ladder(
    view: View, heading: str = "ui.means_in_order", *, with_card: bool = True, marked: bool = True
) -> list[Line]:
    """Return the rungs; without the card's own row where a card was just refused.

    None is `marked` where Enter does something else.
    """
    place = _place(view, with_card=with_card) if marked else None
    hidden = set() if with_card else {Road.CARD}
    if not view.state.ladder.settings.hospital_app:
        hidden.add(Road.HOSPITAL_APP)
    rungs = [rung for rung in rules.LADDER if rung.road not in hidden]
    lines = [row(view.pen.say(heading, Ink.STRONG), spare=True)]
    lines += [_rung(view, rung.road, place) for rung in rungs if rung.order is not None]
    lines.append(row(view.pen.say("ui.otherwise", Ink.STRONG), spare=True))
    lines += [_rung(view, rung.road, place) for rung in rungs if rung.order is None]
    return lines


def choice(view: View, action: Action, words: str, *, applies: bool, marked: bool) -> Line:
    """Return a line that is taken by the letter in front of it; brackets: it does not apply."""
    key = view.key(BY_ID[action.value])
    left = f" {key} " if applies else f"({key})"
    ink = Ink.MARKED if marked else Ink.PLAIN if applies else Ink.FAINT
    return row(MARK if marked else NO_MARK, Span(f"{left} {words} ", ink), marked=marked)


def _place(view: View, *, with_card: bool) -> Road:
    """Return the row the eye should rest on: the card, else the first road that can be walked."""
    state = view.state.ladder
    if state.phase is Phase.SCANNING and state.road is not None:
        return state.road
    if with_card and not state.nothing_shown:
        return Road.CARD
    # Putting off is always open and never the first thing to try.
    below = (rung for rung in rules.LADDER if rung.road not in (Road.CARD, Road.LATER))
    walkable = (rung.road for rung in below if rung.order is None or not state.nothing_shown)
    return next((road for road in walkable if view.applies(Action(road.value))), Road.NISS)


def _rung(view: View, road: Road, place: Road | None) -> Line:
    pen, marked = view.pen, road is place
    applies = road is Road.CARD or view.applies(Action(road.value))
    key = "" if road is Road.CARD else view.key(BY_ID[road.value])
    left = f"({key})" if key and not applies else f" {key or ' '} "
    ink = Ink.MARKED if marked else Ink.PLAIN if applies else Ink.FAINT
    words = Span(f"{left} {pen.say(f'road.{road}').text} ", ink)
    line = row(MARK if marked else NO_MARK, words, spare=not applies, marked=marked)
    return spread(line, _known(view, road), view.width)


def _known(view: View, road: Road) -> list[Span]:
    """Return what the desk knows of a road, as words at the end of its row."""
    state, pen = view.state.ladder, view.pen
    if road in rules.LEGAL_RUNGS and state.nothing_shown:
        return [pen.say("ui.road.not_shown")]
    if road is Road.CARD:
        return [pen.say(f"reader.{state.reader}")]
    if road is Road.ITSME and not state.settings.itsme:
        return [pen.say("ui.road.not_configured", Ink.FAINT)]
    if road is Road.ITSME and state.link is False:
        return [pen.say("ui.road.no_network")]
    return []


def waiting(view: View) -> list[Line]:
    """Return the body before a reading: what to do, and the whole ladder."""
    state, pen = view.state.ladder, view.pen
    if state.phase is Phase.READING:
        intro = "ui.reading"
    elif state.contact is not None:
        intro = "ui.card_in_slot"
    elif state.phase is Phase.RECORDED:
        intro = "ui.recorded"
    elif state.detainee:
        intro = "ui.detainee"
    else:
        intro = "ui.nothing_shown" if state.nothing_shown else "ui.waiting"
    if proposed := _proposed(view):
        return [*proposed, BLANK, *ladder(view, marked=False)]
    return [row(NO_MARK, pen.say(intro)), BLANK, *ladder(view)]


def _proposed(view: View) -> list[Line]:
    """Return what the open visit proposes and that Enter records it; nothing when it proposes nothing."""
    pen, rule, earlier = view.pen, view.state.exempt, view.state.earlier
    if rule:
        why, word = say("ui.freed_by", rule=rule, why=say(f"freed.{rule[2:]}")), "ui.register_freed"
    elif earlier:
        why, word = say("ui.series_read", moment=f"{earlier.verified_at:%d.%m. %H:%M}"), "ui.register_day"
    else:
        return []
    enter = Span(f" {pen.say('ui.key.enter').text}  {pen.say(word).text} ", Ink.MARKED)
    told = wrap(pen.say(why, Ink.STRONG), view.width, first=row(NO_MARK), indent=len(NO_MARK))
    return [*told, row(MARK, enter, marked=True)]
