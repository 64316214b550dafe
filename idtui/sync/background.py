"""What the hub tells a desk beside its work: asked in threads of its own and posted as events."""

import threading
from datetime import date, timedelta

from idtui.desk.events import QuotaTold, VisitsTold, WorklistTold
from idtui.desk.ports import Post
from idtui.domain.elsewhere import Question
from idtui.domain.errors import IdtuiError
from idtui.domain.visit import merged_all
from idtui.sync import visits
from idtui.sync.asking import NoAnswer
from idtui.sync.lookup import HubLookup, tallies, worklist
from idtui.sync.session import Road


class HubBackground:
    """The port `Hub` over one road. Its threads are daemons: a silent hub never keeps a desk from ending."""

    def __init__(self, road: Road) -> None:
        self._road = road
        self._post: Post = lambda _event: None
        self._lookup: HubLookup | None = None
        self._refreshing: threading.Thread | None = None

    def start(self, post: Post) -> None:
        """Remember where answers go."""
        self._post = post
        self._lookup = HubLookup(self._road, post)

    def ask(self, question: Question) -> None:
        """Ask what other desks recorded; leads to `ReadElsewhere` or `LookupFailed`."""
        if self._lookup:
            self._lookup.ask(question)

    def ask_first_reading(self, niss: str) -> None:
        """Ask whether a document of this person was ever read; leads to one of the two `FirstReading...`."""
        if self._lookup:
            self._lookup.ask_first_reading(niss)

    @property
    def busy(self) -> bool:
        """True while a refresh is under way."""
        return self._refreshing is not None and self._refreshing.is_alive()

    def refresh(self, day: date) -> None:
        """Ask for visits, worklist and quota of the day; what is not answered keeps the age it has."""
        self._refreshing = threading.Thread(target=self._refresh, args=(day,), name="refresh", daemon=True)
        self._refreshing.start()

    def _refresh(self, day: date) -> None:
        try:
            yesterday = visits.fetch(self._road, day - timedelta(days=1))  # a contact may go on past midnight
            told = merged_all((*yesterday, *visits.fetch(self._road, day)))
            self._post(VisitsTold(tuple(told.values())))
            self._post(WorklistTold(worklist(self._road)))
            self._post(QuotaTold(day.year, tallies(self._road, day.year)))
        except (NoAnswer, IdtuiError):
            return  # the courier says whether the hub answers; here the age of what is known says it
