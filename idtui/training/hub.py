"""What training's own hub tells a desk: worklist, quota and readings, asked as of a real one; cut at will."""

import threading
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from idtui.desk.events import FirstReadingUnknown, LookupFailed
from idtui.desk.ports import Post
from idtui.domain.elsewhere import Question
from idtui.training.network import CUT, CuttableCourier, HubEnded

if TYPE_CHECKING:
    from idtui.sync.background import HubBackground


class TrainingHub:
    """The port `Hub` to the embedded hub, which starts when it is first asked, off the desk's thread."""

    def __init__(self, network: CuttableCourier, make: "Callable[[str], HubBackground]") -> None:
        self._network = network
        self._make = make
        self._post: Post = lambda _event: None
        self._background: HubBackground | None = None
        self._opening = threading.Lock()
        self._refreshing: threading.Thread | None = None

    def start(self, post: Post) -> None:
        """Remember where answers go."""
        self._post = post

    def ask(self, question: Question) -> None:
        """Ask what other desks recorded, or fail at once when the network is cut."""
        if self._network.cut:
            self._post(LookupFailed(question, CUT))
        else:
            self._beside(lambda hub: hub.ask(question))

    def ask_first_reading(self, niss: str) -> None:
        """Ask whether a document of this person was ever read, or fail at once when the network is cut."""
        if self._network.cut:
            self._post(FirstReadingUnknown(niss))
        else:
            self._beside(lambda hub: hub.ask_first_reading(niss))

    @property
    def busy(self) -> bool:
        """True while the hub starts for a refresh, or one is under way."""
        starting = self._refreshing is not None and self._refreshing.is_alive()
        return starting or (self._background is not None and self._background.busy)

    def refresh(self, day: date) -> None:
        """Ask for visits, worklist and quota of the day; nothing comes when the network is cut."""
        if not self._network.cut:
            self._refreshing = self._beside(lambda hub: hub.refresh(day))

    def _beside(self, do: "Callable[[HubBackground], None]") -> threading.Thread:
        """Do it in a thread, since a hub that must start first takes a second; a desk that ends waits not."""
        thread = threading.Thread(target=self._run, args=(do,), name="training-lookup", daemon=True)
        thread.start()
        return thread

    def _run(self, do: "Callable[[HubBackground], None]") -> None:
        try:
            with self._opening:
                if self._background is None:
                    background = self._make(self._network.opened().url)
                    background.start(self._post)
                    self._background = background
        except HubEnded:
            return  # the desk ended meanwhile
        do(self._background)
