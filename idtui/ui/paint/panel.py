"""Panels over the desk: a list page by page, a sheet with its choices, a field that is being typed."""

from msgspec.structs import replace
from rich.cells import cell_len

from idtui.desk.panels import Listing, Panel, Prompt, Row, Sheet, Text
from idtui.domain.path import Phase
from idtui.domain.text import say
from idtui.ui.paint.header import header
from idtui.ui.paint.keybar import KeyHint, pack, row_of
from idtui.ui.paint.ladder import MARK, NO_MARK
from idtui.ui.paint.line import BLANK, NOTHING, Ink, Line, Span, cut, row, spread, wrap
from idtui.ui.paint.status import notice
from idtui.ui.paint.view import View

_GAP = "  "


def panel(view: View, shown: Panel) -> tuple[list[Line], list[Line]]:
    """Return the rows of the panel: above, and at the bottom of the window."""
    below = [*(notice(view) or _card(view) or [NOTHING]), BLANK, *_keys(view, shown)]
    above = header(view)
    match shown:
        case Listing():
            above += _listing(view, shown, view.height - len(above) - len(below))
        case Sheet():
            above += _sheet(view, shown)
        case Prompt():
            above += _prompt(view, shown)
    return above, below


def _card(view: View) -> list[Line]:
    """Return that a card was put in behind the panel: it is never taken away from under someone's hands."""
    if view.state.ladder.phase not in (Phase.READING, Phase.READ, Phase.UNREADABLE):
        return []
    return wrap(view.pen.say("ui.panel.card", Ink.STRONG), view.width)


def page_of(place: int, size: int) -> slice:
    """Return the rows of the page on which a place stands; pages never overlap, so few rows change."""
    first = place // size * size
    return slice(first, first + size)


def _listing(view: View, listing: Listing, height: int) -> list[Line]:
    pen, rows = view.pen, listing.shown
    counted = say("ui.list.counted", place=min(listing.place + 1, len(rows)), count_of=len(rows))
    title = spread(row(pen.say(listing.title, Ink.STRONG)), [pen.say(counted)], view.width)
    if listing.query or not rows:
        search = Span(_GAP + pen.say(say("ui.list.search", query=listing.query)).text)
    else:
        search = pen.say(listing.note, Ink.FAINT) if listing.note else Span("")
    lines = [title, cut(row(search), view.width)]
    if not rows:
        empty = "ui.list.nothing_found" if listing.query else listing.empty
        said = wrap(pen.say(empty), view.width, first=row(MARK), indent=len(NO_MARK))
        return [*lines, Line(said[0].spans, marked=True), *said[1:]]
    size = max(height - len(lines), 1)
    return [
        *lines,
        *(
            _row(view, each, marked=each is listing.selected)
            for each in rows[page_of(min(listing.place, len(rows) - 1), size)]
        ),
    ]


def _row(view: View, each: Row, *, marked: bool) -> Line:
    first, *others = each.left
    told = [_text(view, first, Ink.MARKED if marked else Ink.PLAIN)]
    for text in others:
        told += [Span(_GAP), _text(view, text)]
    right = [_text(view, text) for text in each.right]
    return spread(row(MARK if marked else NO_MARK, *told, marked=marked), right, view.width)


def _sheet(view: View, sheet: Sheet) -> list[Line]:
    pen = view.pen
    lines = [row(pen.say(sheet.title, Ink.STRONG)), BLANK]
    labels = [pen.say(field.label, Ink.FAINT) for field in sheet.fields]
    indent = len(NO_MARK) + max((cell_len(label.text) for label in labels), default=0) + 2
    for label, field in zip(labels, sheet.fields, strict=True):
        first = row(NO_MARK, label)
        first = row(*first.spans, " " * (indent - first.width))
        value = Span(_GAP.join(_text(view, text).text for text in field.value))
        lines += wrap(value, view.width, first=first, indent=indent)
    if sheet.fields:
        return [lines[0], BLANK, replace(lines[2], marked=True), *lines[3:]]
    marked = next((choice for choice in sheet.choices if choice.why_not is None), None)
    for choice in sheet.choices:
        at_place = choice is marked
        key = f" {choice.key} " if choice.why_not is None else f"({choice.key})"
        ink = Ink.MARKED if at_place else Ink.PLAIN if choice.why_not is None else Ink.FAINT
        words = Span(f"{key} {pen.say(choice.word).text} ", ink)
        lines.append(cut(row(MARK if at_place else NO_MARK, words, marked=at_place), view.width))
    return lines


def _prompt(view: View, prompt: Prompt) -> list[Line]:
    pen = view.pen
    label = row(MARK, pen.say(prompt.label, Ink.STRONG), _GAP)
    room = view.width - label.width - 1
    typed = pen.data(prompt.typed)
    while cell_len(typed.text) > room:  # the end is where one types
        typed = Span(typed.text[1:], typed.ink)
    field = row(*label.spans, typed, marked=True)
    return [
        row(pen.say(prompt.title, Ink.STRONG)),
        BLANK,
        Line(field.spans, marked=True, cursor=field.width),
        BLANK,
        *wrap(pen.say(prompt.hint, Ink.FAINT), view.width, first=row(NO_MARK), indent=len(NO_MARK)),
    ]


def _text(view: View, text: Text, ink: Ink = Ink.PLAIN) -> Span:
    return view.pen.data(text, ink) if isinstance(text, str) else view.pen.say(text, ink)


def _takes(listing: Listing) -> bool:
    return listing.selected is not None or (listing.takes_typed and bool(listing.query.strip()))


def _keys(view: View, shown: Panel) -> list[Line]:
    pen = view.pen
    enter, escape = pen.say("ui.key.enter").text, pen.say("ui.key.escape").text
    match shown:
        case Listing():
            hints = [
                KeyHint(enter, pen.say(shown.enter).text, applies=_takes(shown)),
                *([KeyHint(pen.say("ui.key.tab").text, pen.say(shown.tab).text)] if shown.tab else []),
                KeyHint(pen.say("ui.key.arrows").text, pen.say("ui.list.move").text),
                KeyHint(pen.say("ui.key.letters").text, pen.say("ui.list.search_word").text),
            ]
        case Sheet():
            choices = shown.choices if shown.fields else ()  # without fields each has a row of its own
            hints = [
                KeyHint(choice.key, pen.say(choice.word).text, choice.why_not is None) for choice in choices
            ]
        case Prompt():
            hints = [KeyHint(enter, pen.say("ui.prompt.take").text, applies=bool(shown.typed.strip()))]
    hints.append(KeyHint(escape, pen.say("ui.panel.back").text))
    return [row_of(packed, view.width) for packed in pack(hints, view.width)]
