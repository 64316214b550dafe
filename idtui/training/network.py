"""The line to a hub of training's own, started when something is first sent, and cut at will."""

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from idtui.desk.events import BatchFailed
from idtui.desk.ports import Courier, Post
from idtui.domain.entries import Entry

if TYPE_CHECKING:
    from idtui.hub.embedded import EmbeddedHub


CUT = "training: network cut"
"""What is said in place of a system's words for a network that is away."""


class HubEnded(Exception):
    """The desk has ended, and its hub with it."""


class CuttableCourier:
    """The port `Courier` to an embedded hub; `cut` makes it fail as a network does.

    The hub costs a second to load, so it starts with the first batch, off the desk's thread.
    """

    def __init__(self, make_hub: Callable[[], "EmbeddedHub"], make_courier: Callable[[str], Courier]) -> None:
        self._make_hub = make_hub
        self._make_courier = make_courier
        self.hub: EmbeddedHub | None = None
        self._courier: Courier | None = None
        self._opening = threading.Lock()
        self._starting: threading.Thread | None = None
        self._ended = False
        self.cut = False

    def start(self, post: Post) -> None:
        """Remember where answers go."""
        self._post = post

    @property
    def busy(self) -> bool:
        """True while the hub starts or a batch is under way."""
        starting = self._starting is not None and self._starting.is_alive()
        return starting or (self._courier is not None and self._courier.busy)

    def send(self, entries: Sequence[Entry]) -> None:
        """Send the batch, or fail at once when the network is cut."""
        if self.cut:
            self._post(BatchFailed(CUT))
        elif self._courier is not None:
            self._courier.send(entries)
        else:
            self._starting = threading.Thread(target=self._open, args=(entries,), name="training-hub")
            self._starting.start()

    def opened(self) -> "EmbeddedHub":
        """Return the hub, started when it is first wanted; may take a second. Raises `HubEnded`."""
        with self._opening:
            if self._ended:
                raise HubEnded
            if self.hub is None:
                hub = self._make_hub()
                hub.start()
                self.hub = hub
            return self.hub

    def _open(self, entries: Sequence[Entry]) -> None:
        self._courier = self._make_courier(self.opened().url)
        self._courier.start(self._post)
        self._courier.send(entries)

    def stop(self) -> None:
        """End courier and hub."""
        if self._starting is not None:
            self._starting.join()
        if self._courier is not None:
            self._courier.stop()
        with self._opening:
            self._ended = True
        if self.hub is not None:
            self.hub.stop()
