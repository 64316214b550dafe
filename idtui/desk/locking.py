"""The lock of the desk: nothing of a patient leaves it until the passphrase of the store was given.

The patient at hand stays as he is in memory and, as far as a draft goes, in the journal. A card that is put
in or taken out meanwhile is told to the desk at the unlocking, if it is still so then; a scan does nothing.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from math import ceil

from msgspec.structs import replace

from idtui.desk import events
from idtui.desk.board import Board
from idtui.desk.commands import Own
from idtui.desk.parts import Does, Part
from idtui.desk.ports import Clock, Door, Post
from idtui.desk.state import DeskState, Locked, Overlay
from idtui.domain.errors import CannotSave
from idtui.domain.path import State
from idtui.domain.text import Message, say

LONGEST = 4096
"""Bytes of a passphrase that count, as on the command line."""

HALF_TYPED = timedelta(seconds=30)
"""What was typed and left standing for so long is wiped: the next person begins anew."""

_CardEvent = events.CardInserted | events.CardRead | events.CardFailed | events.CardRemoved
_ScanEvent = events.CodeScanned | events.ScanCutShort
_BY_SOMEBODY = events.CardInserted | events.CardRemoved | events.CodeScanned | events.ScanCutShort
"""Events that somebody at the desk makes: they put the lock off as a key does."""


def veiled(state: DeskState) -> DeskState:
    """Return what a locked desk shows: where it stands, and how many entries wait. All else is blank."""
    return DeskState(
        station=state.station, ladder=State(), delivery=state.delivery, full=state.full, locked=state.locked
    )


class Slot:
    """What happened at the card reader while the desk was locked, as far as it still holds."""

    def __init__(self, contact: int | None) -> None:
        self._before = contact
        """The card that was in the slot when the desk was locked."""
        self._held: list[tuple[_CardEvent, datetime]] = []

    def hold(self, event: _CardEvent, at: datetime) -> None:
        """Hold an event; a card that came and went again was never here."""
        match event:
            case events.CardInserted():
                self._held = [held for held in self._held if held[0].contact == self._before]
            case events.CardRemoved(contact) if contact != self._before:
                self._held = [held for held in self._held if held[0].contact != contact]
                return
        self._held.append((event, at))

    def release(self) -> tuple[tuple[_CardEvent, datetime], ...]:
        """Return what was held, each with its moment."""
        held, self._held = tuple(self._held), []
        return held


class Locking(Part):
    """Locks at a word and when nobody does anything, and unlocks by the passphrase of the store."""

    def __init__(
        self,
        board: Board,
        clock: Clock,
        door: Door,
        *,
        before: Callable[[], None],
        late: Callable[[events.Event, datetime], None],
        lock_after: timedelta | None,
    ) -> None:
        self._board = board
        self._clock = clock
        self._door = door
        self._before = before
        """Called before the desk is locked: keeps the draft. Raises `CannotSave`."""
        self._late = late
        """Takes an event of a card and the moment it happened, once the desk is unlocked."""
        self._lock_after = lock_after
        self._touched = clock.now()
        self._typed = bytearray()
        self._trying_until: datetime | None = None
        self._slot = Slot(None)

    @property
    def locked(self) -> bool:
        """Whether the desk is locked."""
        return self._board.state.locked is not None

    def start(self, post: Post) -> None:
        """Say where it is posted what came of a passphrase."""
        self._door.start(post)
        self.touched()

    def stop(self) -> None:
        """End a try that waits."""
        self._door.stop()
        self._wipe()

    def commands(self) -> Mapping[Own, Does]:
        """Return what `lock` does."""
        return {Own.LOCK: Does(self.lock)}

    def touched(self) -> None:
        """Note that somebody is at the desk."""
        self._touched = self._clock.now()

    def lock(self) -> None:
        """Lock the desk; what is unfinished is kept first."""
        try:
            self._before()
        except CannotSave as error:
            self._board.refuse(error.message)  # told at the unlocking: a full disk keeps no desk open
        self._slot = Slot(self._board.ladder.contact)
        self._board.change(locked=Locked(self._clock.now(), word=self._door.word), overlay=Overlay.NONE)

    def key(self, key: str, character: str | None) -> bool:
        """Take a key of a locked desk; say whether it was one. A key that comes too late only locks."""
        if self._is_due():
            self.lock()
            self.touched()
            return True
        self.touched()
        if not self.locked:
            return False
        if key == "enter":
            self._try()
        elif key == "escape":
            self._wipe()
        elif key == "backspace":
            self._rub_out()
        elif character and character.isprintable():
            written = character.encode("utf-8", "surrogateescape")
            if len(self._typed) + len(written) <= LONGEST:
                self._typed += written
        return True

    def take(self, event: events.Event) -> bool:
        """Take what came of a passphrase, and of a locked desk what cards and scans tell."""
        match event:
            case events.DoorOpened():
                self._unlock()
                return True
            case events.DoorStaysShut(why):
                self._trying_until = None
                self._tell(why)
                return True
        if self._is_due():
            self.lock()
        if isinstance(event, _BY_SOMEBODY):
            self.touched()
        if not self.locked:
            return False
        if isinstance(event, _CardEvent):
            self._slot.hold(event, self._clock.now())
        elif isinstance(event, _ScanEvent):
            self._wipe()
            self._tell(say("lock.scan"))
        else:
            return False
        return True

    def tick(self) -> bool:
        """Lock the desk when nobody did anything for long; wipe what somebody left half typed."""
        idle = self._idle()
        if self.locked and idle >= HALF_TYPED:
            self._wipe()
        if not self._is_due():
            return False
        self.lock()
        return True

    def _idle(self) -> timedelta:
        now = self._clock.now()
        self._touched = min(self._touched, now)  # a clock that was put back does not put the lock off
        return now - self._touched

    def _is_due(self) -> bool:
        return self._lock_after is not None and not self.locked and self._idle() >= self._lock_after

    def _try(self) -> None:
        now = self._clock.now()
        if self._trying_until is None:
            if not self._typed:
                return
            passphrase = self._typed.decode("utf-8", "surrogateescape")
            self._wipe()
            self._trying_until = now + timedelta(seconds=self._door.ask(passphrase))
        left = ceil(max((self._trying_until - now).total_seconds(), 0))
        self._tell(say("lock.waits", seconds=left) if left else say("lock.trying"))

    def _unlock(self) -> None:
        self._trying_until = None
        self._wipe()
        self.touched()
        self._board.change(locked=None)
        for event, at in self._slot.release():
            self._late(event, at)

    def _rub_out(self) -> None:
        while self._typed and self._typed.pop() & 0xC0 == 0x80:
            pass

    def _wipe(self) -> None:
        """Overwrite what was typed; the text of a try is Python's to forget."""
        self._typed[:] = bytes(len(self._typed))
        self._typed.clear()

    def _tell(self, message: Message) -> None:
        if locked := self._board.state.locked:
            self._board.change(locked=replace(locked, told=message))
