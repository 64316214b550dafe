"""A card reader whose room is entered in the background: the screen is up before cryptography is loaded."""

import threading
from collections.abc import Callable

from idtui.desk.ports import Cards, Post


class LateCards:
    """The port `Cards`, made by `make` in a thread of its own once the desk has started."""

    def __init__(self, make: Callable[[], Cards]) -> None:
        self._make = make
        self._cards: Cards | None = None
        self._thread: threading.Thread | None = None

    def start(self, post: Post) -> None:
        """Begin to make the reader and then to watch it."""
        self._thread = threading.Thread(target=self._open, args=(post,), name="late-cards", daemon=True)
        self._thread.start()

    def _open(self, post: Post) -> None:
        cards = self._make()
        cards.start(post)
        self._cards = cards

    def read_address(self, contact: int) -> None:
        """Read the address of the card of this contact, which only a reader that is there has given."""
        if self._cards:
            self._cards.read_address(contact)

    def read_photo(self, contact: int) -> None:
        """Read the photo of the card of this contact, likewise."""
        if self._cards:
            self._cards.read_photo(contact)

    def stop(self) -> None:
        """Stop watching."""
        if self._thread:
            self._thread.join()
        if self._cards:
            self._cards.stop()
