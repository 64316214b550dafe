"""A widget that shows a picture and repaints only the cells that changed."""

from functools import cache

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Offset, Region
from textual.strip import Strip
from textual.widget import Widget

from idtui.ui.paint.line import Cell, Greys, Ink
from idtui.ui.paint.picture import Picture

STYLES = {
    Ink.PLAIN: Style(),
    Ink.STRONG: Style(bold=True),
    Ink.FAINT: Style(dim=True),
    Ink.MARKED: Style(reverse=True),
    # Foreground and background together, so that they are readable on any terminal's own background;
    # cyan and yellow, which colour-blind people tell apart.
    Ink.GOOD: Style(bold=True, color="black", bgcolor="cyan"),
    Ink.BAD: Style(bold=True, color="black", bgcolor="yellow"),
    Ink.BANNER: Style(bold=True, color="black", bgcolor="white"),
}

GREYS = (
    "color(16)",
    *(f"color({232 + round((17 * level - 8) / 10)})" for level in range(1, 15)),
    "color(231)",
)
"""Sixteen even greys of a terminal of 256 colours, black to white; one of 16 colours shows its nearest."""


@cache
def style_of(ink: Ink | Greys) -> Style:
    """Return the style of an ink of words or of a photo."""
    if isinstance(ink, Ink):
        return STYLES[ink]
    return Style(color=GREYS[ink.above], bgcolor=GREYS[ink.below])


def changed(before: tuple[Cell, ...], after: tuple[Cell, ...]) -> tuple[int, int] | None:
    """Return the columns from the first cell that differs to after the last, never half a character."""
    if before == after:
        return None
    differing = [index for index, pair in enumerate(zip(before, after, strict=True)) if pair[0] != pair[1]]
    first, last = differing[0], differing[-1] + 1
    while first and not (before[first][0] and after[first][0]):
        first -= 1
    while last < len(after) and not (before[last][0] and after[last][0]):
        last += 1
    return first, last


class Canvas(Widget):
    """The whole desk, row by row. It takes no focus: keys belong to the screen."""

    can_focus = False
    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[tuple[Cell, ...], ...] = ()

    def show(self, picture: Picture) -> None:
        """Show a picture; rest the hardware cursor where readers and braille lines should look."""
        before, self._rows = self._rows, picture.rows
        self.app.cursor_position = Offset(*picture.cursor)
        if len(before) != len(self._rows) or len(before[0]) != len(self._rows[0]):
            self.refresh()
            return
        pairs = enumerate(zip(before, self._rows, strict=True))
        spans = ((y, changed(*pair)) for y, pair in pairs)
        regions = [Region(span[0], y, span[1] - span[0], 1) for y, span in spans if span]
        if regions:
            self.refresh(*regions)

    def render_line(self, y: int) -> Strip:
        """Return one row as segments, neighbours of one ink joined."""
        if y >= len(self._rows):
            return Strip.blank(self.size.width)
        segments: list[Segment] = []
        run = ""
        ink: Ink | Greys = Ink.PLAIN
        for character, of_cell in self._rows[y]:
            if of_cell is not ink and run:
                segments.append(Segment(run, style_of(ink)))
                run = ""
            run, ink = run + character, of_cell
        segments.append(Segment(run, style_of(ink)))
        return Strip(segments, len(self._rows[y]))
