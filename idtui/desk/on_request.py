"""What is read of a card only when asked for, address and photo: shown, never kept."""

from collections.abc import Mapping

from idtui.desk import events
from idtui.desk.board import Board
from idtui.desk.commands import Own
from idtui.desk.parts import Does, Part
from idtui.desk.ports import Cards
from idtui.desk.state import Overlay, ShownAddress, ShownPhoto
from idtui.domain.path import Phase
from idtui.domain.text import Message, say


class OnRequest(Part):
    """Address and photo of the card whose reading is on the screen."""

    def __init__(self, board: Board, cards: Cards) -> None:
        self._board = board
        self._cards = cards

    def commands(self) -> Mapping[Own, Does]:
        """Return what `address` and `photo` do."""
        return {
            Own.ADDRESS: Does(self._ask_address, self._why_no_card),
            Own.PHOTO: Does(self._ask_photo, self._why_no_photo),
        }

    def take(self, event: events.Event) -> bool:
        """Take what was read, or why it was not."""
        match event:
            case events.AddressRead(contact, address, problem):
                self._show(contact, address=ShownAddress(address, problem))
            case events.AddressFailed(contact, failure, detail):
                message = say(f"failure.{failure}", detail=detail)
                self._show(contact, address=ShownAddress(failure=message))
            case events.PhotoRead(contact, photo, problem):
                self._show(contact, photo=ShownPhoto(photo, problem))
            case events.PhotoFailed(contact, failure, detail):
                message = say(f"failure.{failure}", detail=detail)
                self._show(contact, photo=ShownPhoto(failure=message))
            case _:
                return False
        return True

    def forget(self) -> None:
        """Take both off the screen: their card is gone, or their patient."""
        overlay = self._board.state.overlay
        self._board.change(
            address=None, photo=None, overlay=Overlay.NONE if overlay is Overlay.PHOTO else overlay
        )

    def _why_no_card(self) -> Message | None:
        return None if self._board.ladder.contact is not None else say("why_not.card_gone")

    def _why_no_photo(self) -> Message | None:
        reading = self._board.ladder.reading
        if reading is not None and not reading.verdict.verified:
            return say("why_not.photo_unproven")
        # One that was read before its card went is gone with it: a face without its card proves nothing.
        return self._why_no_card()

    def _ask_address(self) -> None:
        contact = self._board.ladder.contact
        if contact is not None:
            self._board.change(address=ShownAddress())
            self._cards.read_address(contact)

    def _ask_photo(self) -> None:
        contact, shown = self._board.ladder.contact, self._board.state.photo
        if contact is None:
            return
        self._board.change(overlay=Overlay.PHOTO)
        if shown is None or shown.failure:
            self._board.change(photo=ShownPhoto())
            self._cards.read_photo(contact)

    def _show(self, contact: int, **shown: ShownAddress | ShownPhoto) -> None:
        """Show what was asked for, unless its card is gone."""
        ladder = self._board.ladder
        if contact == ladder.contact and ladder.phase is Phase.READ:
            self._board.change(**shown)
