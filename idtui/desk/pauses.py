"""How long a hub is left alone after it failed: longer each time, never in step with other desks."""

import random
from collections.abc import Callable
from datetime import timedelta

from idtui.desk.ports import Clock

FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=5)
"""The first pause, and what twice as long each time leads up to.

Each is shortened by chance, down to half: desks cut off together do not come back together.
"""


class Pauses:
    """The pause that runs now, if any. `chance` gives numbers from 0 up to 1."""

    def __init__(self, clock: Clock, chance: Callable[[], float] = random.random) -> None:
        self._clock = clock
        self._chance = chance
        self._next = FIRST_PAUSE
        self._until = clock.now()

    def left(self) -> timedelta:
        """Return how long the pause still runs; zero when none does."""
        return max(self._until - self._clock.now(), timedelta(0))

    def failed(self, asked: float = 0.0) -> None:
        """Begin a pause, of at least as many seconds as the hub asked for."""
        pause = self._next * (1 - self._chance() / 2)
        self._until = self._clock.now() + max(pause, timedelta(seconds=asked))
        self._next = min(self._next * 2, LONGEST_PAUSE)

    def went_well(self) -> None:
        """End the pause; the next one is short again."""
        self._next, self._until = FIRST_PAUSE, self._clock.now()
