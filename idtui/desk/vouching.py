"""The hospital's application counts after a first reading (R-49): looked for here, else asked of the hub."""

from collections.abc import Callable

from idtui.desk import events
from idtui.desk.board import Board
from idtui.desk.parts import Part
from idtui.desk.ports import Hub, Journal
from idtui.desk.state import Tone
from idtui.domain.consulting import FirstRead, was_document_read
from idtui.domain.elsewhere import FirstReading
from idtui.domain.path import LadderEvent, Phase, State, Vouched
from idtui.domain.refusals import not_vouched
from idtui.domain.rules import Road
from idtui.domain.text import Message, say


class Vouching(Part):
    """Whether a document of the person at hand was ever read, at this desk or at any of the hospital."""

    def __init__(self, board: Board, journal: Journal, hub: Hub | None) -> None:
        self._board = board
        self._journal = journal
        self._hub = hub
        self._asked = ""
        self._told = FirstRead.NEVER
        self.move: Callable[[LadderEvent], None] = lambda _event: None
        """How the ladder is told."""

    def of(self, state: State) -> Vouched | None:
        """Return what is known of the number on the application's road; None where it is not asked for.

        The hub is asked once for a number that this desk does not know; the answer comes as an event.
        """
        if state.phase is not Phase.SCANNED or state.road is not Road.HOSPITAL_APP:
            self._asked = ""
            return None
        number = state.number
        if any(
            was_document_read(entry) and not self._journal.withdrawn(entry.id)
            for entry in self._journal.of_patient(number)
        ):
            return Vouched(FirstRead.READ)
        if self._hub is None:
            return Vouched(FirstRead.NEVER)
        if number != self._asked:
            self._asked, self._told = number, FirstRead.ASKED
            self._hub.ask_first_reading(number)
        return Vouched(self._told)

    def take(self, event: events.Event) -> bool:
        """Take the hub's answer and say it; one about a patient who is gone is dropped."""
        match event:
            case events.FirstReadingTold(number, reading) if number == self._asked:
                self._told = FirstRead.READ if reading else FirstRead.NEVER
            case events.FirstReadingUnknown(number) if number == self._asked:
                self._told = FirstRead.SILENT
            case events.FirstReadingTold() | events.FirstReadingUnknown():
                return True
            case _:
                return False
        self.move(Vouched(self._told))
        if why := not_vouched(self._told):
            self._board.refuse(why)
        elif isinstance(event, events.FirstReadingTold) and event.reading:
            self._board.tell(_told(event.reading), Tone.DONE)
        return True


def _told(first: FirstReading) -> Message:
    day = f"{first.day:%d.%m.%Y}"
    return say("app.first_read", means=say(f"means.{first.means}"), day=day, desk=first.desk)
