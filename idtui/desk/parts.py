"""What a part of the desk is: it owns one piece of the work, its commands, and the events meant for it.

`Desk` is made of such parts. A new piece of work is a new module with a part, its rows in the command
table, and one line in `service`.
"""

from collections.abc import Callable, Mapping

import msgspec

from idtui.desk.commands import Own
from idtui.desk.events import Event
from idtui.domain.text import Message


def always() -> Message | None:
    """Say that nothing stands against a command."""
    return None


class Does(msgspec.Struct, frozen=True):
    """What a command does, and why it does not apply now (None: it does)."""

    do: Callable[[], None]
    why_not: Callable[[], Message | None] = always


class Part:
    """A part of the desk without commands, events or anything that follows the journal."""

    def commands(self) -> Mapping[Own, Does]:
        """Return what the commands of this part do."""
        return {}

    def take(self, event: Event) -> bool:  # noqa: ARG002  # a part without events of its own looks at none
        """Take an event meant for this part; say whether it was."""
        return False

    def tick(self) -> bool:
        """Do what is due by the clock; say whether something shown may have changed."""
        return False

    def journal_grew(self) -> None:
        """Bring what is shown of the journal up to date: entries were added."""
