"""Errors of the store beside those of the domain: it cannot be opened, or is asked to change history."""

from pathlib import Path

from idtui.domain.errors import IdtuiError
from idtui.domain.text import clean, say


class StoreUnavailable(IdtuiError):
    """The store in that directory cannot be opened; the message says why."""


class StoreMissing(StoreUnavailable):
    """There is no store in that directory."""

    def __init__(self, directory: Path) -> None:
        super().__init__(say("store.missing", directory=clean(str(directory))))


class AppendOnly(IdtuiError):
    """Entries are only ever added; the message names the operation that was refused."""
