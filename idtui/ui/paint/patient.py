"""The patient: always top left, and never a name without saying whether it is proven."""

from idtui.desk.described import care_of, told_episode, visitor, who, written
from idtui.domain import niss
from idtui.domain.elsewhere import told_at
from idtui.domain.entries import TRAVELLING, Pending
from idtui.domain.path import BY_HAND, Phase
from idtui.domain.reading import Identity, Reading
from idtui.domain.text import Message, say
from idtui.ui.paint.line import BLANK, Ink, Line, Pen, Span, cut, row, spread, wrap
from idtui.ui.paint.view import View

_LABEL = 10
"""Width of the column of labels."""

_CARD_NUMBER = 12
"""Digits of the number of a Belgian card, written 3-7-2; foreigner cards have letters and other lengths."""


def patient(view: View) -> list[Line]:
    """Return the patient block: one row when nobody is there, more with a card. No name is cut."""
    state, pen = view.state.ladder, view.pen
    if state.phase is Phase.READ and state.reading:
        paint = _claimed if state.reading.verdict.problems else _established
        told = [] if view.state.earlier else _elsewhere(view)
        return [*paint(view, state.reading), *_care(view), *told]
    known = {
        Phase.READING: "ui.patient.being_read",
        Phase.SCANNED: "ui.patient.scanned" if state.code else "ui.patient.typed",
        Phase.CONFIRMED: "ui.patient.confirmed",
    } | dict.fromkeys(BY_HAND, "ui.patient.typed")
    first = row(_label(pen), pen.say(known.get(state.phase, "ui.patient.none")))
    episode = [] if view.state.completing else [pen.say(told_episode(view.state.care.episode))]
    lines = [spread(first, episode, view.width), *_care(view), *_elsewhere(view)]
    if view.state.completing and state.phase is not Phase.SCANNED:  # said beside the code
        lines += wrap(
            completing(view, view.state.completing), view.width, first=row(" " * _LABEL), indent=_LABEL
        )
    return lines


def _care(view: View) -> list[Line]:
    """Return the visit and the episode of the patient at hand, where they are not what the desk is for."""
    care, pen, at = view.state.care, view.pen, view.state.ladder.care_at
    if care == view.state.usual or view.state.completing:
        return []
    told: list[Message | str] = []
    if care.episode.visit:
        told.append(say("episode.visit", visit=care.episode.visit))
    if care.visit:
        told += visitor(care.visit)
    kind = told_episode(care.episode)
    admitted = care.episode.admitted_at
    told += [kind, say("episode.since", moment=written(admitted))] if admitted else [kind]
    if at:
        over = view.state.ladder.care_over
        told.append(say("ui.care_over" if over else "ui.care_at", moment=written(at)))
    words = ", ".join(text if isinstance(text, str) else pen.say(text).text for text in told)
    return wrap(pen.data(words), view.width, first=row(" " * _LABEL), indent=_LABEL)


def _elsewhere(view: View) -> list[Line]:
    """Return the newest that another desk recorded of the patient at hand, with its hour."""
    told = next((one for one in view.state.elsewhere if one.kind in TRAVELLING), None)
    moment = told_at(told) if told else None
    if told is None or moment is None:
        return []
    local = moment.astimezone(view.now.tzinfo)
    hour = f"{local:%H:%M}" if local.date() == view.now.date() else written(local)
    said = say("ui.elsewhere", what=say(f"kind.{told.kind}"), moment=hour, desk=told.desk)
    return wrap(view.pen.say(said), view.width, first=row(" " * _LABEL), indent=_LABEL)


def completing(view: View, due: Pending) -> Span:
    """Return which verification that is due the next one completes."""
    texts = (*who(due), *care_of(due))
    words = ", ".join(text if isinstance(text, str) else view.pen.say(text).text for text in texts)
    return view.pen.say(say("ui.completes", due=words), Ink.STRONG)


def _label(pen: Pen) -> Span:
    return Span(pen.say("ui.patient").text.ljust(_LABEL), Ink.STRONG)


def _with_specimen(view: View, reading: Reading, lines: list[Line]) -> list[Line]:
    """Say on the first row that this is no real person, or above it where the name needs the row."""
    if not reading.verdict.specimen:
        return lines
    told = [view.pen.say("ui.specimen", Ink.BANNER)]
    if lines[0].width + row(*told).width + 2 > view.width:
        return [spread(BLANK, told, view.width), *lines]
    return [spread(lines[0], told, view.width), *lines[1:]]


def _claimed(view: View, reading: Reading) -> list[Line]:
    pen = view.pen
    claim = pen.say(say("ui.patient.claimed", who=_name(reading.identity)), Ink.FAINT)
    first = row(_label(pen), pen.say("ui.patient.not_established", Ink.STRONG))
    lines = [first, *wrap(claim, view.width, first=row(" " * _LABEL), indent=_LABEL)]
    return _with_specimen(view, reading, lines)


def _established(view: View, reading: Reading) -> list[Line]:
    identity, pen, indent = reading.identity, view.pen, " " * _LABEL
    name = pen.data(_name(identity), Ink.STRONG)
    named = wrap(name, view.width, first=row(_label(pen)), indent=_LABEL)
    number = say("ui.niss", niss=niss.shown(identity.niss))
    born = say("ui.born", date=str(identity.birth_date))
    sex = f"ui.sex.{identity.sex.name.lower()}"
    card = say("ui.card", number=_card_number(identity.card_number))
    valid = say("ui.valid", from_date=str(identity.valid_from), to_date=str(identity.valid_to))
    rows = [
        *_with_specimen(view, reading, named),
        row(
            indent,
            pen.say(number),
            "   ",
            pen.say(born),
            "   ",
            pen.say(sex),
            "   ",
            pen.data(identity.nationality),
        ),
        row(indent, pen.say(card), "   ", pen.say(valid)),
    ]
    return [cut(line, view.width) for line in rows]


def _name(identity: Identity) -> str:
    return f"{identity.name} {identity.given_names}".strip()


def _card_number(number: str) -> str:
    if len(number) == _CARD_NUMBER and number.isdigit():
        return f"{number[:3]}-{number[3:10]}-{number[10:]}"
    return number
