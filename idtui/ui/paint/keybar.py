"""The key bar: every command of the phase that has no row of its own, packed into as few rows as it needs."""

from collections.abc import Sequence

import msgspec
from rich.cells import cell_len

from idtui.ui.paint.line import Ink, Line, Span, cut, row
from idtui.ui.paint.view import View


class KeyHint(msgspec.Struct, frozen=True):
    """A key and its word; `applies` decides on brackets, never on the place."""

    key: str
    word: str
    applies: bool = True

    @property
    def width(self) -> int:
        """Cells taken, the same with and without brackets, so that no hint moves when another changes."""
        return cell_len(self.key) + 1 + cell_len(self.word) + 3


def pack(hints: Sequence[KeyHint], width: int) -> list[list[KeyHint]]:
    """Fill rows of `width` in the order given; a hint that is wider than a row has one alone."""
    rows: list[list[KeyHint]] = []
    room = 0
    for hint in hints:
        if not rows or hint.width > room:
            rows.append([])
            room = width
        rows[-1].append(hint)
        room -= hint.width
    return rows


def key_bar(view: View) -> list[Line]:
    """Return the rows of the key bar."""
    hints = [
        KeyHint(view.key(command), view.pen.say(command.word).text, refusal is None)
        for command, refusal in view.commands
        if command.in_bar
    ]
    return [row_of(packed, view.width) for packed in pack(hints, view.width)]


def row_of(hints: Sequence[KeyHint], width: int) -> Line:
    """Return one row of hints; what does not apply stays and is bracketed."""
    spans: list[Span] = []
    for hint in hints:
        if hint.applies:
            spans += [Span(" "), Span(hint.key, Ink.STRONG), Span(f" {hint.word}  ")]
        else:
            spans += [Span(f"({hint.key} {hint.word})", Ink.FAINT), Span(" ")]
    return cut(row(*spans), width)
