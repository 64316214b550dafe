"""The desk's one screen: paints the state, sends keys to the desk, and brings device events to it."""

import gc
from asyncio import TimerHandle, get_running_loop
from collections.abc import Callable, Iterable
from datetime import datetime
from time import monotonic
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.message import Message as Posted
from textual.screen import Screen

from idtui.desk import commands
from idtui.desk.commands import Own
from idtui.desk.events import CodeScanned, Event, ScanCutShort
from idtui.desk.service import Desk
from idtui.desk.wedge import CutShort, Key, Outcome, Scan, Typed, Wedge
from idtui.domain.path import Phase
from idtui.ui.paint.line import Pen
from idtui.ui.paint.picture import is_too_small, picture
from idtui.ui.paint.view import View
from idtui.ui.widgets.canvas import Canvas

LEAVING = frozenset({commands.BY_ID[Own.QUIT].key, *commands.BY_ID[Own.QUIT].aliases})
"""The only keys that count in a window too small to show the patient."""

TICK = 5.0
"""Seconds between looks at the clock; a look paints nothing unless something is due."""


class Happened(Posted):
    """An event of a device or of the courier, on its way into the thread that owns the desk."""

    def __init__(self, event: Event) -> None:
        super().__init__()
        self.event = event


class DeskScreen(Screen[None], inherit_bindings=False, inherit_css=False):
    """The desk at work. No rule lives here, and nothing in it can take the focus."""

    CSS_PATH: ClassVar[str] = "desk.tcss"
    AUTO_FOCUS: ClassVar[str] = ""
    ALLOW_SELECT: ClassVar[bool] = False

    def __init__(
        self,
        desk: Desk,
        pen: Pen,
        now: Callable[[], datetime],
        *,
        wedge: Wedge,
        has_clock: bool,
        has_greys: bool,
        runs: Callable[[], bool],
        leave: Callable[[int], None],
    ) -> None:
        super().__init__()
        self._desk = desk
        self._pen = pen
        self._now = now
        self._wedge = wedge
        self._hold: TimerHandle | None = None
        self._has_clock = has_clock
        self._has_greys = has_greys
        self._runs = runs
        self._leave = leave
        self._greeting = True
        self._minute = ""
        self._painted_for: tuple[int, int] | None = None

    def compose(self) -> ComposeResult:
        """One canvas."""
        yield Canvas()

    def on_mount(self) -> None:
        """Paint, then start the desk; from then on devices post and the screen follows."""
        self._paint()
        self.call_after_refresh(self._start)

    def _start(self) -> None:
        gc.enable()  # off since the program began, see __main__
        if self._runs():
            self._desk.start(self._post, self._changed)
            self._paint()
            self.set_interval(TICK, self._tick)

    def _post(self, event: Event) -> None:
        self.post_message(Happened(event))

    def on_happened(self, message: Happened) -> None:
        """Hand an event to the desk, in the desk's own thread."""
        if self._runs():
            self._desk.handle(message.event)

    def on_key(self, event: events.Key) -> None:
        """Part a scanner's keys from a person's, by the moments they came."""
        event.stop()
        event.prevent_default()
        self._take(self._wedge.key(Key(event.key, event.character or "", event.time)))

    def on_paste(self, event: events.Paste) -> None:
        """Take a scan that came as a paste, or the digits of a pasted number; its letters press nothing.

        A locked desk takes all of it as a part of its passphrase.
        """
        event.stop()
        outcomes = self._wedge.paste(event.text, event.time)
        if self._desk.state.locked and not any(isinstance(one, Scan) for one in outcomes):
            outcomes = (Typed(tuple(Key("", sign, event.time) for sign in event.text)),)
        self._take(outcomes)

    def _take(self, outcomes: Iterable[Outcome]) -> None:
        """Hand over what is decided; then wait for the end of what is held."""
        for outcome in outcomes:
            if self._runs():
                self._hand_over(outcome)
        if self._hold is not None:
            self._hold.cancel()
            self._hold = None
        if (due := self._wedge.due) is not None:
            # Not a timer of Textual (8.2.8): one that is due before its task first runs never fires.
            self._hold = get_running_loop().call_later(max(due - monotonic(), 0.0), self._held_long)

    def _hand_over(self, outcome: Outcome) -> None:
        self._greeting = False
        too_small = is_too_small(*self.app.size)
        match outcome:
            case Typed(keys):
                for key in keys:
                    if not too_small or key.name in LEAVING:
                        self._desk.key(key.name, key.character or None)
            case _ if too_small:
                pass
            case Scan(found):
                self._desk.handle(CodeScanned(found, outcome.remark))
            case CutShort():
                self._desk.handle(ScanCutShort())

    def _held_long(self) -> None:
        """Look whether more keys are on their way through the program before what is held is decided."""
        self.app.call_later(self.call_later, self._silence)

    def _silence(self) -> None:
        self._take(self._wedge.silence(monotonic()))

    def on_resize(self) -> None:
        """Paint anew for the new size; Textual tells the first one three times."""
        if self._painted_for != self.app.size:
            self._paint()

    def _tick(self) -> None:
        if self._runs():
            self._desk.tick()
        if self._has_clock and f"{self._now():%H:%M}" != self._minute:
            self._paint()

    def _changed(self) -> None:
        if self._desk.state.ladder.phase is not Phase.WAITING:
            self._greeting = False
        if self._desk.state.ended:
            self._leave(0)
        else:
            self._paint()

    def _paint(self) -> None:
        now = self._now()
        self._minute, self._painted_for = f"{now:%H:%M}", self.app.size
        view = View(
            state=self._desk.state,
            commands=self._desk.commands(),
            pen=self._pen,
            now=now,
            width=self.app.size.width,
            height=self.app.size.height,
            has_clock=self._has_clock,
            has_greys=self._has_greys,
            greeting=self._greeting,
            training=self._desk.training_actions(),
        )
        self.query_one(Canvas).show(picture(view))
