"""The door of a locked desk: a passphrase that is typed there is checked against the keys of the store."""

import threading
from math import ceil
from pathlib import Path

from idtui.desk.events import DoorOpened, DoorStaysShut
from idtui.desk.ports import Post
from idtui.domain.errors import IdtuiError, WrongPassphrase
from idtui.domain.text import say
from idtui.seal.passphrase import Passphrase
from idtui.store.desk_store import check_passphrase
from idtui.store.tries import pause_before_next


class _Ended(Exception):
    """The desk ends while a try waits."""


class StoreDoor:
    """The port `Door`. Each try waits and computes in a thread of its own: keys are taken meanwhile."""

    def __init__(self, directory: Path, word: str = "") -> None:
        self.word = word
        self._directory = directory
        self._post: Post = lambda _event: None
        self._ends = threading.Event()

    def start(self, post: Post) -> None:
        """Remember where answers go."""
        self._post = post

    def ask(self, passphrase: str) -> float:
        """Check it; return the seconds that wrong ones before it cost first."""
        pause = pause_before_next(self._directory)
        threading.Thread(target=self._check, args=(passphrase,), name="door", daemon=True).start()
        return pause

    def stop(self) -> None:
        """Answer no longer; a try that waits is given up."""
        self._ends.set()

    def _check(self, passphrase: str) -> None:
        try:
            check_passphrase(self._directory, Passphrase(passphrase), self._wait)
        except _Ended:
            return
        except WrongPassphrase:
            shut = say("lock.wrong", seconds=ceil(pause_before_next(self._directory)))
        except IdtuiError as error:
            shut = error.message
        except Exception as error:  # noqa: BLE001  # whatever it is, the next try must be possible
            shut = say("lock.failed", kind=type(error).__name__)
        else:
            self._post(DoorOpened())
            return
        self._post(DoorStaysShut(shut))

    def _wait(self, seconds: float) -> None:
        if self._ends.wait(seconds):
            raise _Ended
