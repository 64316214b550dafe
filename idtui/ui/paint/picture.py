"""The whole screen from its parts: patient above, what to do next in the middle, then what waits, keys."""

import msgspec

from idtui.desk.state import Overlay
from idtui.domain.path import Phase
from idtui.domain.text import say
from idtui.ui.paint import phone, roads
from idtui.ui.paint.byhand import by_hand
from idtui.ui.paint.header import header
from idtui.ui.paint.keybar import key_bar
from idtui.ui.paint.ladder import waiting
from idtui.ui.paint.line import BLANK, NOTHING, Cell, Line, cells, wrap
from idtui.ui.paint.lock import lock
from idtui.ui.paint.overlay import camera, help_of, training
from idtui.ui.paint.panel import panel
from idtui.ui.paint.patient import patient
from idtui.ui.paint.photo import photo
from idtui.ui.paint.status import delivery, due, notice, quota
from idtui.ui.paint.verdict import read, unreadable
from idtui.ui.paint.view import View

LEAST_WIDTH, LEAST_HEIGHT = 60, 20
"""Below this the desk says so instead of showing half a patient."""


class Picture(msgspec.Struct, frozen=True):
    """A full screen: its cells row by row, and where the hardware cursor rests (column, row)."""

    rows: tuple[tuple[Cell, ...], ...]
    cursor: tuple[int, int]

    @property
    def text(self) -> list[str]:
        """The rows as plain text."""
        return ["".join(character for character, _ in cells_of_row).rstrip() for cells_of_row in self.rows]


def is_too_small(width: int, height: int) -> bool:
    """Whether a window shows too little to work with."""
    return width < LEAST_WIDTH or height < LEAST_HEIGHT


def picture(view: View) -> Picture:
    """Return what the screen shows."""
    if is_too_small(view.width, view.height):
        return _framed(view, _too_small(view))
    if view.state.locked is not None:
        return _framed(view, fill(*lock(view, view.state.locked), view.height))
    if view.state.overlay is not Overlay.NONE:
        return _framed(view, _with_overlay(view))
    if view.state.panel is not None:
        return _framed(view, fill(*panel(view, view.state.panel), view.height))
    if view.state.phone is not None and view.state.phone.link:
        return _framed(view, fill(phone.code(view, view.state.phone), [], view.height))
    return _framed(view, _desk(view))


def fill(above: list[Line], below: list[Line], height: int) -> list[Line]:
    """Return exactly `height` lines: `below` at the bottom, blank lines between.

    Where both do not fit, blank lines go first, then other spare ones, each from the end.
    """
    above, below = list(above), list(below)
    for expendable in (_is_blank, _is_spare):
        for part in (below, above):
            for index in range(len(part) - 1, -1, -1):
                if len(above) + len(below) > height and expendable(part[index]):
                    del part[index]
    room = height - len(below)
    return above[:room] + [BLANK] * (room - len(above)) + below


def _is_blank(line: Line) -> bool:
    return line.spare and not line.spans


def _is_spare(line: Line) -> bool:
    return line.spare


def _desk(view: View) -> list[Line]:
    above = [*header(view), *patient(view), BLANK, *_body(view)]
    below = [
        *(notice(view) or [NOTHING]),
        BLANK,
        *due(view),
        *delivery(view),
        *quota(view),
        BLANK,
        *key_bar(view),
    ]
    return fill(above, below, view.height)


def _with_overlay(view: View) -> list[Line]:
    return fill([*header(view), *_OVERLAYS[view.state.overlay](view)], [], view.height)


_OVERLAYS = {Overlay.HELP: help_of, Overlay.TRAINING: training, Overlay.PHOTO: photo, Overlay.CAMERA: camera}


def _body(view: View) -> list[Line]:
    state = view.state.ladder
    match state.phase:
        case Phase.READ if state.reading is not None:
            return read(view, state.reading)
        case Phase.UNREADABLE:
            return unreadable(view)
        case Phase.TYPING | Phase.REASON | Phase.HOW:
            return by_hand(view)
        case Phase.CONFIRMED if state.confirmed is not None:
            return roads.confirmed(view, state.confirmed)
        case Phase.SCANNING | Phase.SCANNED | Phase.PHONE | Phase.ATTESTED | Phase.FREED | Phase.BORN:
            return _ROADS[state.phase](view)
        case _:
            return waiting(view)


_ROADS = {
    Phase.SCANNING: roads.scanning,
    Phase.SCANNED: roads.scanned,
    Phase.PHONE: roads.phone,
    Phase.ATTESTED: roads.attested,
    Phase.FREED: roads.freed,
    Phase.BORN: roads.born,
}


def _too_small(view: View) -> list[Line]:
    sentence = say(
        "ui.too_small",
        width=view.width,
        height=view.height,
        least_width=LEAST_WIDTH,
        least_height=LEAST_HEIGHT,
    )
    return fill(wrap(view.pen.say(sentence), view.width), [], view.height)


def _framed(view: View, lines: list[Line]) -> Picture:
    row = next((index for index, line in enumerate(lines) if line.marked), 0)
    column = min(lines[row].cursor, view.width - 1)
    return Picture(tuple(tuple(cells(line, view.width)) for line in lines), (column, row))
