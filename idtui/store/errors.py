"""Errors of the store beside those of the domain: it cannot be opened, or is asked to change history."""

from idtui.domain.errors import IdtuiError


class StoreUnavailable(IdtuiError):
    """There is no store in that directory, or it cannot be opened; the message says why."""


class AppendOnly(IdtuiError):
    """Entries are only ever added; the message names the operation that was refused."""
