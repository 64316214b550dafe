"""The line to the hospital as the desk shows it: sending at a word, what came back, what waits."""

from collections.abc import Callable, Mapping

from idtui.desk import events
from idtui.desk.board import Board
from idtui.desk.commands import Own
from idtui.desk.outbox import Outbox
from idtui.desk.parts import Does, Part
from idtui.desk.state import Tone
from idtui.domain.errors import CannotSave
from idtui.domain.path import LadderEvent, LinkIs, Phase
from idtui.domain.text import say

_BETWEEN_PATIENTS = frozenset({Phase.WAITING, Phase.RECORDED})
"""Phases in which the background courier may speak up without disturbing anybody."""


class DeliveryDesk(Part):
    """The outbox at work: its answers on the screen, its state in the ladder's evidence."""

    def __init__(self, board: Board, outbox: Outbox, move: Callable[[LadderEvent], None]) -> None:
        self._board = board
        self._outbox = outbox
        self._move = move
        self._asked_to_send = False

    def commands(self) -> Mapping[Own, Does]:
        """Return what `send` does."""
        return {Own.SEND: Does(self._send, self._outbox.why_not_send)}

    def take(self, event: events.Event) -> bool:
        """Take what the hub answered."""
        if not isinstance(event, events.BatchAnswered | events.BatchFailed):
            return False
        self._move(LinkIs(isinstance(event, events.BatchAnswered)))
        try:
            self._outbox.take(event)
        except CannotSave as error:
            self._board.refuse(error.message)  # without its receipt the batch is sent again: no harm
        else:
            self._tell(event)
        self._refresh()
        return True

    def journal_grew(self) -> None:
        """Count again what waits."""
        self._refresh()

    def tick(self) -> bool:
        """Copy what was recorded, hand what may go to the courier; say whether anything went."""
        went = self._outbox.copy_due() | self._outbox.send_due()
        if went:
            self._refresh()
        return went

    def _send(self) -> None:
        self._outbox.send_all()
        self._asked_to_send = True
        self._board.tell(say("delivery.sending"))
        self._refresh()

    def _tell(self, event: events.BatchAnswered | events.BatchFailed) -> None:
        if self._outbox.sending_all:
            return  # the next batch is on its way; what became of them all is told at the end
        refused = isinstance(event, events.BatchFailed) or bool(event.refusals)
        if self._asked_to_send or (refused and self._board.ladder.phase in _BETWEEN_PATIENTS):
            self._board.tell(self._outbox.outcome_of(event), Tone.REFUSED if refused else Tone.DONE)
        self._asked_to_send = False

    def _refresh(self) -> None:
        self._board.change(delivery=self._outbox.delivery())
