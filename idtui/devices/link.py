"""The way to one card for one errand: held against other programs, watched, tried again where that helps."""

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

from idtui.devices.eid.channel import CardUnreadable, Channel
from idtui.domain.reading import CardFailure

PAUSES = (0.05, 0.2, 0.5)
"""Seconds waited after the first, second and third failure that may pass by itself."""

MAY_PASS = frozenset({CardFailure.IN_USE, CardFailure.MUTE, CardFailure.UNEXPECTED_ANSWER})

_Result = TypeVar("_Result")


class Pulse:
    """The sign of life of a thread that may hang in a driver, and its order to stop."""

    def __init__(self) -> None:
        self._over = threading.Event()
        self.stuck_as = CardFailure.SILENT
        self.beat_at = time.monotonic()

    def beat(self, stuck_as: CardFailure = CardFailure.SILENT) -> None:
        """Say that a step is done; `stuck_as` is what it means if the next one never ends.

        Raises `CardUnreadable` (REMOVED) when nobody waits for this card any more.
        """
        if self._over.is_set():
            raise CardUnreadable(CardFailure.REMOVED)
        self.stuck_as = stuck_as
        self.beat_at = time.monotonic()

    def rest(self, seconds: float) -> None:
        """Wait, but no longer than the card is wanted; raises as `beat` does."""
        self._over.wait(seconds)
        self.beat()

    def end(self) -> None:
        """Let the thread stop at its next beat."""
        self._over.set()


class Link(Channel, Protocol):
    """The way to the card of one insertion; it beats the pulse it was made with at every step."""

    def hold(self) -> AbstractContextManager[None]:
        """Connect and keep other programs out until the end of the block.

        Raises `CardUnreadable`. A block left by an error leaves the card reset for the next try.
        """
        ...


def patiently(errand: Callable[[], _Result], pulse: Pulse) -> _Result:
    """Run an errand, again after a pause when its failure may pass, again at once after one foreign reset.

    Nothing is waited for before the first failure. Raises the last `CardUnreadable`.
    """
    pauses = iter(PAUSES)
    resets = 0
    while True:
        try:
            return errand()
        except CardUnreadable as error:
            if error.failure is CardFailure.RESET:
                resets += 1
                if resets > 1:
                    raise
            elif (pause := next(pauses, None)) is None or error.failure not in MAY_PASS:
                raise
            else:
                pulse.rest(pause)
