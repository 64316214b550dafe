"""A NISS typed by hand: the number as it grows, the reasons that can be true, and how it was verified."""

from msgspec.structs import replace

from idtui.domain import niss, rules
from idtui.domain.ladder import hints
from idtui.domain.niss import Niss
from idtui.domain.observed import against, refusal_of, supports
from idtui.domain.path import HOW_OF, REASON_OF, Action, Phase
from idtui.domain.rules import Reason
from idtui.domain.text import say
from idtui.ui.paint.ladder import MARK, NO_MARK, choice
from idtui.ui.paint.line import BLANK, Ink, Line, Span, cut, row, spread, wrap
from idtui.ui.paint.view import View

_PATTERN = "__.__.__-___.__"
"""How a number is written; one underscore a digit."""

_FIELD = 8
"""Column of the number."""


def by_hand(view: View) -> list[Line]:
    """Return the body of a typed NISS in each of its phases."""
    pen, state = view.pen, view.state.ladder
    moment = "ui.typing.after" if state.care_over else "ui.typing.before"
    title = row(pen.say("ui.typing.title", Ink.STRONG))
    document = (
        say("ui.why.no_document")
        if state.no_document
        else say("ui.typing.document", means=say(f"means.{state.document}"))
    )
    lines = [
        spread(title, [pen.say(moment)], view.width),
        BLANK,
        *_number(view),
        cut(row(NO_MARK, pen.say(document)), view.width),
        *_card(view),
        BLANK,
    ]
    match state.phase:
        case Phase.TYPING:
            return [*lines, cut(row(NO_MARK, pen.say("ui.typing.hint", Ink.FAINT)), view.width)]
        case Phase.REASON:
            return [*lines, *_reasons(view), _later(view)]
        case _:
            return [*lines, *_how(view)]


def grown(digits: str) -> str:
    """Write the digits typed so far into the pattern: `85.07.3_-___.__`."""
    coming = iter(digits)
    return "".join(next(coming, "_") if place == "_" else place for place in _PATTERN)


def input_column(digits: str) -> int:
    """Return the column in which the next digit will stand."""
    return _FIELD + (grown(digits) + "_").index("_")


def _number(view: View) -> list[Line]:
    state, pen = view.state.ladder, view.pen
    typing = state.phase is Phase.TYPING
    label = Span(pen.say("ui.typing.niss").text.ljust(_FIELD - len(MARK)), Ink.STRONG)
    number = Span(grown(state.digits), Ink.MARKED if typing else Ink.STRONG)
    line = row(MARK if typing else NO_MARK, label, number, marked=typing)
    known = niss.parse(state.digits)
    told = Line((*line.spans, *_told_by(view, known)), marked=typing)
    return [replace(cut(told, view.width), cursor=input_column(state.digits) if typing else 0)]


def _card(view: View) -> list[Line]:
    """Return what was wrong with the card that is or was in the slot; a good one would not lead here."""
    state = view.state.ladder
    if state.failure:
        wrong = say(f"failure.{state.failure}", detail=state.detail)
    elif state.reading and (refusal := refusal_of(state.reading, state.settings)):
        wrong = refusal
    else:
        return []
    return wrap(view.pen.say(wrong, Ink.FAINT), view.width, first=row(NO_MARK), indent=len(NO_MARK))


def _told_by(view: View, number: Niss | None) -> list[Span]:
    """Return what the number itself tells; a comparison for the clerk, never a proof."""
    if number is None:
        return []
    pen = view.pen
    born = pen.say(say("ui.born", date=str(number.birth_date)))
    sex = pen.say(f"ui.sex.{number.sex.name.lower()}")
    return [Span("   "), born, Span("  "), sex, Span("   "), pen.say("ui.check_right")]


def _reasons(view: View) -> list[Line]:
    """Return the reasons of this moment by what they say of a document, the likeliest group first."""
    offered = [
        (REASON_OF[hint.action], hint.why_not is None)
        for hint in hints(view.state.ladder)
        if hint.action in REASON_OF
    ]
    place = next((reason for reason, applies in offered if applies), None)
    lines = [row(view.pen.say("ui.why", Ink.STRONG))]
    for document_shown in dict.fromkeys(rules.REASON_ROWS[reason].document_shown for reason, _ in offered):
        heading = "ui.why.document_shown" if document_shown else "ui.why.no_document"
        lines.append(row(NO_MARK, view.pen.say(heading), spare=True))
        lines += [
            _reason(view, reason, applies=applies, marked=reason is place)
            for reason, applies in offered
            if rules.REASON_ROWS[reason].document_shown is document_shown
        ]
    return lines


def _later(view: View) -> Line:
    """Return the way on where no reason is true: the verification stays due."""
    line = choice(view, Action.LATER, view.pen.say("ui.typing.none_true").text, applies=True, marked=False)
    return cut(line, view.width)


def _reason(view: View, reason: Reason, *, applies: bool, marked: bool) -> Line:
    words = view.pen.say(f"reason.{reason}").text
    line = choice(view, Action(reason.value), words, applies=applies, marked=marked)
    return spread(line, _observed(view, reason) if applies else [], view.width)


def _observed(view: View, reason: Reason) -> list[Span]:
    state, pen = view.state.ladder, view.pen
    contradictions = against(state, reason)
    if contradictions:
        told = ", ".join(pen.say(observed).text for observed in contradictions)
        return [pen.say(say("ui.reason.against", observed=told))]
    return [pen.say("ui.reason.supported")] if supports(state, reason) else []


def _how(view: View) -> list[Line]:
    rows = [
        choice(view, action, view.pen.say(action.value).text, applies=True, marked=not index)
        for index, action in enumerate(HOW_OF)
    ]
    return [row(view.pen.say("ui.how", Ink.STRONG)), *(cut(line, view.width) for line in rows)]
