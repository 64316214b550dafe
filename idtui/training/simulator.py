"""What a clerk in training can make happen: cards in and out, the reader unplugged, the network cut."""

from collections.abc import Callable, Sequence

from idtui.training.cards import CardKind
from idtui.training.network import CuttableCourier
from idtui.training.reader import SimulatedCards

LETTERS = "bcdefghi"
"""One letter for each kind of card, from those that stay put on every keyboard."""


class TrainingSimulator:
    """The port `Simulator` over the simulated reader and the line to the embedded hub."""

    def __init__(
        self, insert: Callable[[CardKind], None], reader: SimulatedCards, network: CuttableCourier
    ) -> None:
        self._insert = insert
        self._reader = reader
        self._network = network
        self._plugged = True
        self._kinds = dict(zip(LETTERS, CardKind, strict=True))

    def actions(self) -> Sequence[tuple[str, str]]:
        """Return the pairs (letter, message id) of what can be done now."""
        return [
            *((letter, f"training.insert.{kind}") for letter, kind in self._kinds.items()),
            ("r", "training.remove"),
            ("u", "training.unplug" if self._plugged else "training.plug"),
            ("n", "training.mend_network" if self._network.cut else "training.cut_network"),
        ]

    def do(self, letter: str) -> None:
        """Make it happen."""
        if letter in self._kinds:
            self._insert(self._kinds[letter])
        elif letter == "r":
            self._reader.remove()
        elif letter == "u":
            self._plugged = not self._plugged
            (self._reader.plug if self._plugged else self._reader.unplug)()
        elif letter == "n":
            self._network.cut = not self._network.cut
