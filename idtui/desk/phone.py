"""The patient's phone while itsme is awaited: the code on the screen, what came of it, and leaving it."""

from collections.abc import Callable
from datetime import timedelta

from msgspec.structs import replace

from idtui.desk import events
from idtui.desk.board import Board
from idtui.desk.parts import Part
from idtui.desk.ports import Clock, Phones, Post
from idtui.desk.state import ShownPhone
from idtui.domain.path import LadderEvent, Phase, PhoneAnswered, PhoneGaveUp
from idtui.domain.text import clean, say

LONGEST_LINK = 500
"""Characters of the text of a code; no code of a longer one would fit a screen."""


class Phone(Part):
    """At most one phone is awaited; whoever leaves its phase leaves the phone, also at the hub."""

    def __init__(self, board: Board, phones: Phones | None, clock: Clock) -> None:
        self._board = board
        self._phones = phones
        self._clock = clock
        self._attempt = 0
        self.move: Callable[[LadderEvent], None] = lambda _: None
        """Lets the ladder take an event; set by the part that owns the patient."""

    def start(self, post: Post) -> None:
        """Tell the port where its events go."""
        if self._phones:
            self._phones.start(post)

    def stop(self) -> None:
        """Leave a phone that is awaited, and end the port."""
        if self._phones:
            self._phones.stop()

    def follow(self, before: Phase, after: Phase) -> None:
        """Begin to await a phone where its phase begins, and leave it where that ends."""
        if before is after or Phase.PHONE not in (before, after):
            return
        if after is not Phase.PHONE:
            self._board.change(phone=None)
            if self._phones:
                self._phones.leave()
        elif self._phones is None:
            self.move(PhoneGaveUp())
            self._board.refuse(say("why_not.itsme_not_configured"))
        else:
            self._attempt += 1
            self._board.change(phone=ShownPhone())
            self._phones.ask(self._attempt)

    def take(self, event: events.Event) -> bool:
        """Take what came of a phone, unless it is no longer awaited."""
        match event:
            case events.PhoneAwaited(attempt, link, seconds) if shown := self._awaited(attempt):
                until = self._clock.now() + timedelta(seconds=seconds)
                self._board.change(phone=replace(shown, link=clean(link, LONGEST_LINK), until=until))
            case events.PhoneOpened(attempt) if shown := self._awaited(attempt):
                self._board.change(phone=replace(shown, opened=True))
            case events.PhoneConfirmed(attempt, confirmed) if self._awaited(attempt):
                self.move(PhoneAnswered(confirmed))
            case events.PhoneFailed(attempt, why) if self._awaited(attempt):
                self.move(PhoneGaveUp())
                self._board.refuse(why)
            case _:
                return isinstance(event, _OF_PHONES)
        return True

    def _awaited(self, attempt: int) -> ShownPhone | None:
        return self._board.state.phone if attempt == self._attempt else None


_OF_PHONES = events.PhoneAwaited | events.PhoneOpened | events.PhoneConfirmed | events.PhoneFailed
