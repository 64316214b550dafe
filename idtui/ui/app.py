"""The Textual program around the desk's screen: terminal, signals, end and crash.

Import this module only after `idtui.ui.profile.prepare_environment`: Textual reads its environment at import.
"""

import asyncio
import signal
from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar

from rich.console import RenderableType
from textual.app import App
from textual.binding import BindingType

from idtui.desk.service import Desk
from idtui.desk.wedge import Wedge, WedgeSettings
from idtui.domain.errors import IdtuiError
from idtui.domain.text import Message
from idtui.ui.crash import CrashLog, caught_by
from idtui.ui.driver import AsciiDriver, TolerantDriver
from idtui.ui.paint.line import Pen
from idtui.ui.profile import Profile
from idtui.ui.screens.desk import DeskScreen

INTERNAL_ERROR = 1
"""Exit code after a crash."""

_SIGNALS = (signal.SIGHUP, signal.SIGTERM)


def local_now() -> datetime:
    """Return the present moment with the offset of this machine."""
    return datetime.now().astimezone()


class IdtuiApp(App[None], inherit_bindings=False, inherit_css=False):
    """One desk on one terminal. Ends the desk before it ends itself, however it ends."""

    TITLE = "idtui"
    ENABLE_COMMAND_PALETTE: ClassVar[bool] = False
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(
        self,
        desk: Desk,
        words: Callable[[Message], str],
        profile: Profile,
        now: Callable[[], datetime] = local_now,
        wedge: Wedge | None = None,
    ) -> None:
        super().__init__(driver_class=AsciiDriver if profile.plain_ascii else TolerantDriver, ansi_color=True)
        self.crashes = CrashLog(words)
        self.unsaved: IdtuiError | None = None
        """Why the desk could not keep its draft at the end."""
        self._desk = desk
        self._desk_runs = True
        self._pen = Pen(words, plain_ascii=profile.plain_ascii)
        self._now = now
        self._wedge = wedge or Wedge(WedgeSettings())
        self._profile = profile

    def get_default_screen(self) -> DeskScreen:
        """Return the desk's screen: there is nothing before it."""
        return DeskScreen(
            self._desk,
            self._pen,
            self._now,
            wedge=self._wedge,
            has_clock=self._profile.has_clock,
            has_greys=self._profile.has_greys,
            runs=lambda: self._desk_runs,
            leave=self.leave,
        )

    def on_mount(self) -> None:
        """Take the signals of a lost line and of an administrator."""
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._unhandled_in_loop)
        for number in _SIGNALS:
            loop.add_signal_handler(number, self.leave, 128 + number)

    def leave(self, code: int) -> None:
        """Stop the desk, which keeps an unfinished patient, then end with this exit code."""
        self.stop_desk()
        self.exit(return_code=code)

    def stop_desk(self) -> None:
        """Stop the desk once; whatever goes wrong is told after the screen has been given back."""
        if not self._desk_runs:
            return
        self._desk_runs = False
        try:
            self._desk.stop()
        except IdtuiError as error:
            self.unsaved = error
        except Exception as error:  # noqa: BLE001  # its message may name a patient: told by id only
            self.crashes.take(error)

    def _unhandled_in_loop(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, Exception):
            self._handle_exception(error)

    # The three hooks below are private in Textual 8.2.8 (pinned): its own crash report prints local
    # variables, at a desk a patient's name and number. tests/ui hold them to it.

    def _handle_exception(self, error: Exception) -> None:
        self.crashes.take(error)
        super()._handle_exception(error)

    def _fatal_error(self) -> None:
        self._close_messages_no_wait()

    def panic(self, *renderables: RenderableType) -> None:  # noqa: ARG002  # Textual hands over what must not be shown
        """End without showing anything."""
        self._return_code = INTERNAL_ERROR
        self._close_messages_no_wait()


def run(
    desk: Desk,
    words: Callable[[Message], str],
    profile: Profile,
    now: Callable[[], datetime] = local_now,
    wedge: Wedge | None = None,
) -> int:
    """Run the desk on this terminal until it ends; return the exit code of the process.

    0 ended by the operator, 1 after an internal error, 128+n after signal n. `now` is the desk's own clock,
    `wedge` knows the scanner that types.
    Raises `CannotSave` when the end of the desk could not keep the draft.
    """
    app = IdtuiApp(desk, words, profile, now, wedge)
    with caught_by(app.crashes):
        try:
            app.run(mouse=False)
        except Exception as error:  # noqa: BLE001  # its message may name a patient: told by id only
            app.crashes.take(error)
        app.stop_desk()
    app.crashes.tell()
    if app.unsaved:
        raise app.unsaved
    return app.return_code or (INTERNAL_ERROR if app.crashes else 0)
