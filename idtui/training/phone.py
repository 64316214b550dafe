"""A patient's phone in training: the embedded hub's own pages, with a simulated itsme behind them."""

import threading
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from idtui.desk.events import Event, PhoneAwaited, PhoneFailed
from idtui.desk.ports import Post
from idtui.domain import niss
from idtui.domain.path import Confirmed
from idtui.domain.reading import PartialDate
from idtui.domain.text import say
from idtui.training import people
from idtui.training.network import CuttableCourier

if TYPE_CHECKING:
    from idtui.hub.itsme.redirect import Asked
    from idtui.sync.phones import HubPhones

_SECONDS = 10.0


class SimulatedItsme:
    """The port `Line` of the hub: sends the phone straight back, and vouches for a specimen person."""

    async def ready(self) -> str:
        """Return the name it goes by."""
        return "training"

    async def address(self, asked: "Asked") -> str:
        """Return the hub's own page, with the answer of a patient who confirms."""
        return f"/itsme/callback?{urlencode({'state': asked.state, 'code': 'training'})}"

    async def redeem(self, asked: "Asked", code: str) -> Confirmed:  # noqa: ARG002  # as in `Line`
        """Return the specimen person."""
        person = people.ZOE
        number = niss.parse(person.niss)
        born = number.birth_date if number else PartialDate()
        return Confirmed(person.niss, person.name, person.given_names, born, "training")

    def public_keys(self) -> object:
        """Return that there are none."""
        return {"keys": []}


class TrainingPhones:
    """The port `Phones` to the embedded hub, and the phone itself: `answer` opens the link on the screen."""

    def __init__(self, network: CuttableCourier) -> None:
        self._network = network
        self._phones: HubPhones | None = None
        self._starting: threading.Thread | None = None
        self._link = ""

    def start(self, post: Post) -> None:
        """Remember where answers go."""
        self._post = post

    @property
    def is_awaited(self) -> bool:
        """Whether a code is on the screen."""
        return bool(self._link)

    def ask(self, attempt: int) -> None:
        """Await a phone as a real desk does, or fail at once when the network is cut."""
        if self._network.cut:
            self._post(PhoneFailed(attempt, say("itsme.hub_unreachable")))
            return
        self._starting = threading.Thread(target=self._begin, args=(attempt,), name="training-phone")
        self._starting.start()

    def leave(self) -> None:
        """Await it no longer."""
        self._link = ""
        if self._starting:
            self._starting.join()
        if self._phones:
            self._phones.leave()

    def stop(self) -> None:
        """Leave, and end the threads."""
        self.leave()
        if self._phones:
            self._phones.stop()

    def answer(self, *, cancels: bool) -> None:
        """Let the patient open the link and confirm, or cancel."""
        threading.Thread(target=_opened, args=(self._link, cancels), name="training-patient").start()

    def _begin(self, attempt: int) -> None:
        from idtui.sync.phones import HubPhones  # noqa: PLC0415  # few training desks await a phone
        from idtui.sync.session import Road  # noqa: PLC0415  # see above

        if self._phones is None:
            self._phones = HubPhones(Road(self._network.opened().url))
            self._phones.start(self._note)
        self._phones.ask(attempt)

    def _note(self, event: Event) -> None:
        if isinstance(event, PhoneAwaited):
            self._link = event.link
        self._post(event)


def _opened(link: str, cancels: bool) -> None:
    """Do what a phone does; a desk that has left meanwhile is no harm."""
    import httpx  # noqa: PLC0415  # see above

    with suppress(httpx.HTTPError), httpx.Client(trust_env=False, timeout=_SECONDS) as browser:
        sent = browser.get(link)
        if sent.next_request is not None:
            back = str(sent.next_request.url)
            browser.get(back.replace("code=training", "error=access_denied") if cancels else back)
