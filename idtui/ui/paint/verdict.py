"""What became of the card in the slot: verified, refused, or not read at all; and the way on."""

from idtui.domain.path import Action
from idtui.domain.reading import Reading, Remark
from idtui.domain.text import Message, say
from idtui.ui.paint.ladder import MARK, NO_MARK, ladder
from idtui.ui.paint.line import BLANK, Ink, Line, Span, cut, row, wrap
from idtui.ui.paint.patient import completing
from idtui.ui.paint.view import View

_INDENT = 12
"""Least width of the column of verdict words; a longer word pushes its sentences on."""

_NOT_TOLD = frozenset({Remark.CHIP_NOT_PROVEN})
"""True of every card read so far: telling it each time would teach clerks to skip remarks."""

_TOLD_AS_REFUSAL = frozenset({Remark.EXPIRED_CARD, Remark.NOT_YET_VALID})
"""The sentence beside `not taken` says these already."""


def read(view: View, reading: Reading) -> list[Line]:
    """Return the body of a reading."""
    refusal = view.refusal(Action.ACCEPT)
    if refusal is None:
        return _verified(view, reading)
    return _refused(view, reading, refusal)


def unreadable(view: View) -> list[Line]:
    """Return the body of a card that gave no reading: one sentence, then the way on."""
    state = view.state.ladder
    verdict = _Verdict(view, "ui.unreadable", Ink.BAD)
    told = verdict.lines(say(f"failure.{state.failure}", detail=state.detail))
    return [*told, BLANK, *ladder(view, "ui.next_in_order", with_card=False)]


def _verified(view: View, reading: Reading) -> list[Line]:
    pen, verdict = view.pen, _Verdict(view, "ui.verified", Ink.GOOD)
    told = verdict.lines(say("ui.verified.by_chip"), *_remarks(reading, _NOT_TOLD), _read_in(reading))
    enter = Span(f" {pen.say('ui.key.enter').text}  {pen.say('ui.register').text} ", Ink.MARKED)
    return [*told, BLANK, row(MARK, enter, marked=True), *beside(view), BLANK, *_address(view)]


def beside(view: View) -> list[Line]:
    """Return what is completed by what was read, and what was read of this patient earlier today."""
    pen, width = view.pen, view.width
    lines = []
    if due := view.state.completing:
        lines += wrap(completing(view, due), width, first=row(NO_MARK), indent=len(NO_MARK))
    if earlier := view.state.earlier:
        moment = f"{earlier.verified_at.astimezone(view.now.tzinfo):%H:%M}"
        if earlier.of_series:
            told = say("ui.series_read_card", moment=f"{earlier.verified_at:%d.%m. %H:%M}")
        elif earlier.desk:
            told = say("ui.read_elsewhere", moment=moment, desk=earlier.desk)
        else:
            told = say("ui.read_earlier", moment=moment)
        lines += wrap(pen.say(told), width, first=row(NO_MARK), indent=len(NO_MARK))
    return lines


def _refused(view: View, reading: Reading, refusal: Message) -> list[Line]:
    problems = reading.verdict.problems
    if problems:
        verdict = _Verdict(view, "ui.refused", Ink.BAD)
        sentences = [say(f"problem.{problem}") for problem in problems]
        sentences += _remarks(reading, _NOT_TOLD)
    else:
        verdict = _Verdict(view, "ui.not_taken", Ink.BAD)
        sentences = [refusal, *_remarks(reading, _NOT_TOLD | _TOLD_AS_REFUSAL)]
    way_on = ladder(view, "ui.next_in_order", with_card=False)
    return [*verdict.lines(*sentences), *_address(view), BLANK, *way_on]


class _Verdict:
    """A word and its sentences in two columns."""

    def __init__(self, view: View, word: str, ink: Ink) -> None:
        self._view = view
        said = row(NO_MARK, view.pen.say(word, ink))
        self._indent = max(said.width + 2, _INDENT)
        self._first = row(*said.spans, " " * (self._indent - said.width))

    def lines(self, *sentences: Message) -> list[Line]:
        """Return the word with its first sentence, the others below."""
        first, told = self._first, []
        for sentence in sentences:
            told += wrap(self._view.pen.say(sentence), self._view.width, first=first, indent=self._indent)
            first = row(" " * self._indent)
        return told


def _remarks(reading: Reading, untold: frozenset[Remark]) -> list[Message]:
    return [say(f"remark.{remark}") for remark in reading.verdict.remarks if remark not in untold]


def _read_in(reading: Reading) -> Message:
    tenths = round((reading.timing.read_ms + reading.timing.verify_ms) / 100)
    return say("ui.read_in", whole=tenths // 10, tenth=tenths % 10)


def _address(view: View) -> list[Line]:
    shown, pen = view.state.address, view.pen
    if shown is None:
        return []
    first = row(NO_MARK, pen.say("ui.address", Ink.STRONG), "  ")
    indent = first.width
    if shown.failure:
        return wrap(pen.say(shown.failure), view.width, first=first, indent=indent)
    if shown.address is None:
        return [row(*first.spans, pen.say("ui.address.asked"))]
    address = shown.address
    lines = [
        row(*first.spans, pen.data(address.street)),
        row(" " * indent, pen.data(f"{address.postal_code} {address.municipality}")),
    ]
    if shown.problem:
        unproven = say("ui.address.unproven", problem=say(f"problem.{shown.problem}"))
        lines += wrap(pen.say(unproven, Ink.STRONG), view.width, first=row(" " * indent), indent=indent)
    return [cut(line, view.width) for line in lines]
