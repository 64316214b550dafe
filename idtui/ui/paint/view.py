"""All a painter may look at: the desk's state, the commands of the phase, the hour and the room."""

from datetime import datetime

import msgspec

from idtui.desk.commands import Command
from idtui.desk.state import DeskState
from idtui.domain.path import Action
from idtui.domain.text import Message
from idtui.ui.paint.line import Pen

_KEY_NAMES = {
    "enter": "ui.key.enter",
    "escape": "ui.key.escape",
    "backspace": "ui.key.backspace",
    "space": "ui.key.space",
}


class View(msgspec.Struct, frozen=True):
    """One moment of the desk, ready to be painted."""

    state: DeskState
    commands: tuple[tuple[Command, Message | None], ...]
    """The commands of this phase, each with why it does not apply (None: it does)."""
    pen: Pen
    now: datetime
    width: int = 80
    height: int = 24
    has_clock: bool = True
    has_greys: bool = True
    """Whether the terminal shows greys: without colour a photo is only a surface."""
    greeting: bool = False
    """Whether the warnings of the start are still to be read."""
    training: tuple[tuple[str, str], ...] = ()
    """What training mode can make happen: letter and message id."""

    def refusal(self, action: Action) -> Message | None:
        """Say why an action of this phase does not apply; None when it does."""
        return next((why for command, why in self.commands if command.of is action), None)

    def applies(self, action: Action) -> bool:
        """Whether an action belongs to this phase and applies now."""
        return any(command.of is action and why is None for command, why in self.commands)

    def key(self, command: Command) -> str:
        """Return how the key of a command is written on the screen."""
        return self.named(command.key)

    def named(self, key: str) -> str:
        """Return how a key is written on the screen."""
        return self.pen.say(_KEY_NAMES[key]).text if key in _KEY_NAMES else key
