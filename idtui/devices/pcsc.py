"""The card readers of this machine through PC/SC, watched by a loop of our own that outlives the service."""

import ctypes
import importlib
import threading
from collections.abc import Callable, Iterable
from datetime import date
from functools import partial
from types import ModuleType

from idtui.desk.events import ReaderChanged
from idtui.desk.ports import Post
from idtui.devices.contacts import SILENCE, Contacts, Inserted, LetGo, Removed, Sighting
from idtui.devices.eid.trust import Trust
from idtui.devices.pcsc_codes import Code, service_state, unsigned
from idtui.devices.pcsc_link import PcscLink
from idtui.domain.reading import ReaderState
from idtui.domain.text import clean

LIBRARY = "libpcsclite.so.1"

SLICE_MS = 500
"""Milliseconds one wait for a change lasts: the list of readers is looked at again at least this often."""

RETRY = 0.5
"""Seconds between two looks for a service that is down."""

PLUG_AND_PLAY = "\\\\?PnP?\\Notification"
"""Pseudo reader of pcsc-lite that changes when a reader is plugged in or out."""

NOT_READERS = ("windows hello",)
"""Virtual readers no card can be put in."""

JOIN = 0.5
"""Seconds `stop` waits for the watch thread after the wait under way; a hanging one is left to itself."""


class PcscCards:
    """The port `Cards` on pcscd. Readers come and go, cards come and go, the service may be restarted.

    `only` is a part of a reader's name, case ignored: other readers are not looked at. `prove_chip` puts one
    challenge to each card of applet 1.8.
    """

    def __init__(
        self,
        trust: Trust,
        today: Callable[[], date],
        only: str = "",
        silence: float = SILENCE,
        *,
        prove_chip: bool = False,
    ) -> None:
        self._contacts = Contacts(trust, today, silence, prove_chip=prove_chip)
        self._watch = _Watch(self._contacts.see, only)

    def start(self, post: Post) -> None:
        """Begin to watch; without the library only that is told."""
        self._contacts.start(post)
        self._watch.start()

    def read_address(self, contact: int) -> None:
        """Read the address of the card of this contact."""
        self._contacts.read_address(contact)

    def read_photo(self, contact: int) -> None:
        """Read the photo of the card of this contact."""
        self._contacts.read_photo(contact)

    def stop(self) -> None:
        """Stop watching; returns within a second even if a reader hangs."""
        self._contacts.stop()
        self._watch.stop()


class _Watch:
    """Reports readers and cards from a thread of its own, with a new context after any error.

    Every card reported as inserted is reported as removed before its reader or the service is gone.
    """

    def __init__(self, see: Callable[[Sighting], None], only: str) -> None:
        self._see = see
        self._only = only
        self._stopping = threading.Event()
        self._cancel: Callable[[], object] | None = None
        self._thread = threading.Thread(target=self._run, name="pcsc-watch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End the wait under way and the thread; one that hangs in the library is left to itself."""
        self._stopping.set()
        if cancel := self._cancel:
            threading.Thread(target=cancel, name="pcsc-cancel", daemon=True).start()  # it may hang as well
        if self._thread.is_alive():
            self._thread.join(JOIN)

    def _run(self) -> None:
        scard = load()
        if scard is None:
            self._see(ReaderChanged(ReaderState.NO_LIBRARY))
            return
        slots = _Slots(scard, self._see, self._only)
        while not self._stopping.is_set():
            code, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
            if unsigned(code) == Code.SUCCESS:
                self._cancel = partial(scard.SCardCancel, context)
                code = slots.follow(context, self._stopping)
                self._cancel = None
                scard.SCardReleaseContext(context)
            if unsigned(code) != Code.SUCCESS:
                slots.lose(service_state(code))
                self._stopping.wait(RETRY)


def load() -> ModuleType | None:
    """Import pyscard's functions, or return None when the system library is not installed.

    Without it pyscard would write on standard output and then say the same as without a service.
    """
    try:
        ctypes.CDLL(LIBRARY)
    except OSError:
        return None
    return importlib.import_module("smartcard.scard")


class _Slots:
    """What is known of the readers and their slots, kept over a change of context."""

    def __init__(self, scard: ModuleType, see: Callable[[Sighting], None], only: str) -> None:
        self._scard = scard
        self._see = see
        self._only = only.casefold()
        self._states: dict[str, int] = {}
        self._told: ReaderChanged | None = None

    def follow(self, context: int, stopping: threading.Event) -> int:
        """Report changes until told to stop or a call fails: then only a new context helps.

        Return the failing code when nothing at all could be learned from this context.
        """
        scard = self._scard
        learned = False
        while not stopping.is_set():
            code, readers = scard.SCardListReaders(context, [])
            if unsigned(code) not in (Code.SUCCESS, Code.NO_READERS_AVAILABLE):
                break
            self._plug(readers or [])
            query = [*self._states.items(), (PLUG_AND_PLAY, scard.SCARD_STATE_UNAWARE)]
            code, slots = scard.SCardGetStatusChange(context, SLICE_MS, query)
            if unsigned(code) not in (Code.SUCCESS, Code.TIMEOUT):
                break
            learned = True
            for reader, state, atr in slots:
                if reader in self._states:
                    self._change(reader, state, bytes(atr))
        return Code.SUCCESS if learned or stopping.is_set() else int(code)

    def lose(self, state: ReaderState) -> None:
        """Report every card removed, then why no reader can be used."""
        self._unplug(list(self._states))
        self._tell(ReaderChanged(state))

    def _plug(self, readers: Iterable[str]) -> None:
        present = [reader for reader in readers if self._wanted(reader)]
        self._unplug([reader for reader in self._states if reader not in present])
        self._states = {reader: self._states.get(reader, 0) for reader in present}
        if present:
            self._tell(ReaderChanged(ReaderState.READY, clean(present[0])))
        else:
            self._tell(ReaderChanged(ReaderState.NO_READER))

    def _unplug(self, readers: Iterable[str]) -> None:
        for reader in readers:
            if self._states.pop(reader) & self._scard.SCARD_STATE_PRESENT:
                self._see(Removed(reader))

    def _wanted(self, reader: str) -> bool:
        name = reader.casefold()
        return self._only in name and not any(virtual in name for virtual in NOT_READERS)

    def _change(self, reader: str, state: int, atr: bytes) -> None:
        """Compare a slot with what was known; its upper half counts the cards, so a quick swap shows."""
        was = self._states[reader]
        self._states[reader] = state & ~self._scard.SCARD_STATE_CHANGED
        present = self._scard.SCARD_STATE_PRESENT
        held = self._scard.SCARD_STATE_INUSE | self._scard.SCARD_STATE_EXCLUSIVE  # never both in pcsc-lite
        if was and was >> 16 == state >> 16 and was & present == state & present:
            if was & held and not state & held:
                self._see(LetGo(reader))
            return
        if was & present:
            self._see(Removed(reader))
        if state & present:
            link = partial(PcscLink, self._scard, reader, atr, partial(self._in_use, reader))
            self._see(Inserted(reader, clean(reader), atr, link))

    def _in_use(self, reader: str) -> bool:
        """Say whether a program was connected to the card when the slot last changed; from any thread."""
        return bool(self._states.get(reader, 0) & self._scard.SCARD_STATE_INUSE)

    def _tell(self, change: ReaderChanged) -> None:
        if change != self._told:
            self._told = change
            self._see(change)
