"""The clock of training mode: the real one, put forward hour by hour so that a night can be played."""

from datetime import datetime, timedelta

from idtui.desk.ports import Clock


class TrainingClock:
    """A clock that may be ahead of another one; never behind, for a journal knows no way back."""

    def __init__(self, real: Clock) -> None:
        self._real = real
        self._ahead = timedelta()

    def now(self) -> datetime:
        """Return the moment that is played, in the time zone of the machine."""
        # Hours are added as they pass, so that a night of summer-time change has its true length.
        return (self._real.now() + self._ahead).astimezone()

    def skip(self, time: timedelta) -> None:
        """Go forward; the desk sees it at its next look at the clock."""
        self._ahead += time
