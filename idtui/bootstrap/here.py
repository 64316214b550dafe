"""Where and when the program runs: the clock of this machine, this desk, and what must be said at a start."""

from datetime import date, datetime
from pathlib import Path

from idtui.config import Config
from idtui.desk.stamp import Station
from idtui.domain.text import Message, clean, say


class SystemClock:
    """The clock of this machine, with the offset of its time zone."""

    def now(self) -> datetime:
        """Return the present moment."""
        return datetime.now().astimezone()

    def today(self) -> date:
        """Return the present day."""
        return self.now().date()


CLOCK = SystemClock()


def station(config: Config, *, training: bool) -> Station:
    """Return where this desk stands and who is at it."""
    return Station(
        site=config.site,
        desk=config.desk_name,
        operator=config.operator_name,
        training=training,
    )


def warnings(config: Config, *, training: bool = False) -> tuple[Message, ...]:
    """Return what must be said at every start of this version."""
    operator = say("warning.operator", operator=config.operator_name)
    if training:
        return (say("warning.training"), operator)
    return (operator, *(extra_root(root.file) for root in config.extra_roots))


def extra_root(path: Path) -> Message:
    """Return the loud mark of a root that is trusted beside the Belgian ones."""
    return say("warning.extra_root", name=clean(path.name))
