"""The picture of the desk while it is worked on: every part of the desk changes it, front ends read it."""

from msgspec.structs import replace

from idtui.desk.state import DeskState, Notice, Tone
from idtui.domain.path import State
from idtui.domain.text import Message


class Board:
    """Holds the one frozen picture of the desk and puts the next one in its place."""

    def __init__(self, state: DeskState) -> None:
        self.state = state

    @property
    def ladder(self) -> State:
        """Where the desk stands with the patient."""
        return self.state.ladder

    def change(self, **fields: object) -> None:
        """Put other values in these fields of the picture."""
        self.state = replace(self.state, **fields)

    def leave_care(self) -> None:
        """Go back to the care this desk is usually for."""
        self.change(care=self.state.usual, exempt=None)

    def tell(self, message: Message, tone: Tone = Tone.PLAIN) -> None:
        """Say what just happened; the sentence before is gone."""
        self.change(notice=Notice(message, tone))

    def refuse(self, message: Message) -> None:
        """Say why something did not happen."""
        self.tell(message, Tone.REFUSED)
