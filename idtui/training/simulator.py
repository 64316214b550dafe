"""What a clerk in training can make happen: cards, codes and phones, no reader, no network, hours passing."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from idtui.desk.events import CodeScanned
from idtui.desk.ports import Post
from idtui.domain.scan import Code, find
from idtui.domain.symbology import Symbology
from idtui.training.cards import CardKind
from idtui.training.clock import TrainingClock
from idtui.training.network import CuttableCourier
from idtui.training.phone import TrainingPhones
from idtui.training.reader import SimulatedCards

LETTERS = "bcdefghijklos"
"""One letter for each kind of card, from those that stay put on every keyboard."""

PULLED_AFTER = 5
"""Commands answered before a card is pulled out: the identity is read, its proof is not."""


_PHONE = {"t": "training.phone_confirms", "v": "training.phone_cancels"}
"""What the patient does with the phone, while one is awaited."""
CODES = {
    "v": ("training.scan.vignette", Code("85073003328", Symbology.CODE_128)),
    "t": ("training.scan.isi_plus", Code("SPECIMEN 85073003328", Symbology.DATAMATRIX)),
    "x": ("training.scan.wrong", Code("85073003329", Symbology.CODE_128)),
}
"""Letter, message id and code; what a true ISI+ code holds is not public, so this one only holds a number."""


class Insert(Protocol):
    """Puts a card of a kind in, in place of one that is there."""

    def __call__(self, kind: CardKind, pulled_after: int | None = None) -> None:
        """Do it; the card is pulled out after so many commands, if any."""
        ...


class TrainingSimulator:
    """The port `Simulator` over the simulated reader and the line to the embedded hub."""

    def __init__(
        self,
        insert: Insert,
        reader: SimulatedCards,
        network: CuttableCourier,
        phones: TrainingPhones,
        clock: TrainingClock,
    ) -> None:
        self._insert = insert
        self._reader = reader
        self._network = network
        self._clock = clock
        self._phones = phones
        self._plugged = True
        self._kinds = dict(zip(LETTERS, CardKind, strict=True))
        self._post: Post = lambda _event: None

    def start(self, post: Post) -> None:
        """Say where a scanned code is posted."""
        self._post = post

    def actions(self) -> Sequence[tuple[str, str]]:
        """Return the pairs (letter, message id) of what can be done now."""
        return [
            *((letter, f"training.insert.{kind}") for letter, kind in self._kinds.items()),
            ("p", "training.insert_and_pull"),
            ("r", "training.remove"),
            *(self._of_phone() or ((letter, message_id) for letter, (message_id, _) in CODES.items())),
            ("u", "training.unplug" if self._plugged else "training.plug"),
            ("n", "training.mend_network" if self._network.cut else "training.cut_network"),
            ("space", "training.hour"),
        ]

    def _of_phone(self) -> Sequence[tuple[str, str]]:
        return tuple(_PHONE.items()) if self._phones.is_awaited else ()

    def do(self, letter: str) -> None:
        """Make it happen."""
        if letter in self._kinds:
            self._insert(self._kinds[letter])
        elif letter == "p":
            self._insert(CardKind.GOOD_P384, PULLED_AFTER)
        elif letter == "r":
            self._reader.remove()
        elif letter == "u":
            self._plugged = not self._plugged
            (self._reader.plug if self._plugged else self._reader.unplug)()
        elif letter in _PHONE and self._phones.is_awaited:
            self._phones.answer(cancels=letter == "v")
        elif letter in CODES:
            self._post(CodeScanned(find(CODES[letter][1])))
        elif letter == "n":
            self._network.cut = not self._network.cut
        elif letter == "space":
            self._clock.skip(timedelta(hours=1))
