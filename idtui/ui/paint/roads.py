"""The roads below the card: a code on the screen, a phone, the day of an attestation, papers that free."""

from collections.abc import Collection

from msgspec.structs import replace

from idtui.desk.commands import BY_ID
from idtui.domain import niss
from idtui.domain.path import PAPER_OF, ROAD_OF, Action, Confirmed, State
from idtui.domain.rules import Road
from idtui.domain.scope import PAPER_ROWS
from idtui.domain.text import say
from idtui.ui.paint.keybar import KeyHint, pack, row_of
from idtui.ui.paint.ladder import MARK, NO_MARK, choice, ladder
from idtui.ui.paint.line import BLANK, Ink, Line, Span, cut, row, spread, wrap
from idtui.ui.paint.verdict import beside
from idtui.ui.paint.view import View

_SUPPORTS = {
    Action.CARD_CODE: "ui.card_code",
    Action.ISI_PLUS: "road.isi_plus",
    Action.INSURED_ATTESTATION: "road.insured_attestation",
    Action.VIGNETTE: "road.vignette",
}
"""What a scanned code may be on, in the legal order, and its words."""

_WAYS = {action: f"road.{road}" for action, road in ROAD_OF.items()} | _SUPPORTS


def scanning(view: View) -> list[Line]:
    """Return the body while the code of a chosen support is awaited."""
    road = view.state.ladder.road or Road.ISI_PLUS
    key = view.key(BY_ID[Action.NISS])
    told = view.pen.say(say("ui.scanning", support=say(f"road.{road}"), key=key))
    return [*wrap(told, view.width, first=row(NO_MARK), indent=len(NO_MARK)), BLANK, *ladder(view)]


def scanned(view: View) -> list[Line]:
    """Return the body of a number on the screen: taken by Enter, or after its support was named."""
    state, pen = view.state.ladder, view.pen
    code = state.code
    title = row(pen.say("ui.scanned" if code else "ui.typed", Ink.STRONG))
    symbology = [pen.say(f"scan.symbology.{code.symbology}")] if code else []
    lines = [spread(title, symbology, view.width), BLANK, *_number(view, state), *beside(view), BLANK]
    if state.road is not None:
        return [*lines, *_take(view, state.road), *_others(view, ())]
    asked = wrap(pen.say("ui.which_support"), view.width, first=row(NO_MARK), indent=len(NO_MARK))
    first = next((action for action in _SUPPORTS if view.applies(action)), None)
    supports = [_support(view, action, marked=action is first) for action in _SUPPORTS]
    return [*lines, *asked, *supports, *_others(view, _SUPPORTS)]


def _take(view: View, road: Road) -> list[Line]:
    """Return the row of Enter, or why it does not apply."""
    pen = view.pen
    if refusal := view.refusal(Action.ACCEPT):
        return wrap(pen.say(refusal, Ink.BAD), view.width, first=row(NO_MARK), indent=len(NO_MARK))
    words = pen.say(say("ui.register_as", support=say(f"road.{road}"))).text
    return [row(MARK, Span(f" {pen.say('ui.key.enter').text}  {words} ", Ink.MARKED), marked=True)]


def _support(view: View, action: Action, *, marked: bool) -> Line:
    refusal = view.refusal(action)
    line = choice(view, action, view.pen.say(_SUPPORTS[action]).text, applies=not refusal, marked=marked)
    return replace(cut(line, view.width), spare=bool(refusal))


def _others(view: View, shown: Collection[Action]) -> list[Line]:
    """Return the roads that leave this number for another way, in as few rows as they need."""
    hints = [
        KeyHint(view.key(BY_ID[action]), view.pen.say(words).text)
        for action, words in _WAYS.items()
        if action not in shown and view.applies(action)
    ]
    heading = row(view.pen.say("ui.otherwise", Ink.STRONG), spare=True)
    return [BLANK, heading, *(row_of(packed, view.width) for packed in pack(hints, view.width))]


def phone(view: View) -> list[Line]:
    """Return the body while the patient's phone is awaited."""
    return wrap(view.pen.say("ui.phone"), view.width, first=row(NO_MARK), indent=len(NO_MARK))


def confirmed(view: View, person: Confirmed) -> list[Line]:
    """Return who confirmed on the phone, for the person to be compared with."""
    pen = view.pen
    name = pen.data(f"{person.name} {person.given_names}".strip(), Ink.STRONG)
    born = pen.say(say("ui.born", date=str(person.birth_date)))
    number = pen.say(say("ui.niss", niss=niss.shown(person.niss)))
    compare = pen.say("ui.confirmed.compare")
    return [
        row(pen.say("ui.confirmed", Ink.GOOD)),
        BLANK,
        *wrap(name, view.width, first=row(NO_MARK), indent=len(NO_MARK)),
        cut(row(NO_MARK, born, "   ", number), view.width),
        BLANK,
        *wrap(compare, view.width, first=row(NO_MARK), indent=len(NO_MARK)),
        *_take(view, Road.ITSME),
    ]


def attested(view: View) -> list[Line]:
    """Return the question for the day of an attestation of loss or theft."""
    state, pen = view.state.ladder, view.pen
    title = row(pen.say(f"road.{Road.LOSS_THEFT}", Ink.STRONG))
    asked = pen.say("ui.attested")
    return [
        title,
        BLANK,
        *_number(view, state),
        BLANK,
        *wrap(asked, view.width, first=row(NO_MARK), indent=len(NO_MARK)),
        _day(state, "__"),
    ]


def born(view: View) -> list[Line]:
    """Return the question for the day of birth of a newborn."""
    asked = view.pen.say("ui.born_when")
    return [
        row(view.pen.say("paper.newborn", Ink.STRONG)),
        BLANK,
        *wrap(asked, view.width, first=row(NO_MARK), indent=len(NO_MARK)),
        _day(view.state.ladder, "__.__"),
    ]


def freed(view: View) -> list[Line]:
    """Return the papers by which nothing has to be verified."""
    pen = view.pen
    lines = [*wrap(pen.say("ui.freed", Ink.STRONG), view.width, first=row(), indent=0), BLANK]
    for index, (action, paper) in enumerate(PAPER_OF.items()):
        applies = view.applies(action)
        line = choice(view, action, pen.say(f"paper.{paper}").text, applies=applies, marked=not index)
        lines.append(spread(line, [Span(PAPER_ROWS[paper].rule, Ink.FAINT)], view.width))
    return lines


def _number(view: View, state: State) -> list[Line]:
    """Return the number on the screen with what it tells itself; a comparison, never a proof."""
    pen, number = view.pen, niss.parse(state.number)
    spans: list[Span | str] = [NO_MARK, pen.say(say("ui.niss", niss=niss.shown(state.number)), Ink.STRONG)]
    if number is None:
        return [cut(row(*spans), view.width)]
    if number.is_bis:
        spans += ["   ", pen.say("ui.bis", Ink.STRONG)]
    spans += ["   ", pen.say(say("ui.born", date=str(number.birth_date)))]
    spans += ["  ", pen.say(f"ui.sex.{number.sex.name.lower()}"), "   ", pen.say("ui.check_right")]
    return [cut(row(*spans), view.width)]


def _day(state: State, pattern: str) -> Line:
    """Return the day as it grows, the cursor where the next digit will stand."""
    coming = iter(state.day)
    grown = "".join(next(coming, "_") if place == "_" else place for place in pattern)
    line = row(MARK, Span(grown, Ink.MARKED), marked=True)
    return replace(line, cursor=len(MARK) + (grown + "_").index("_"))
