"""Errors of the hub."""

from idtui.domain.errors import IdtuiError


class HubUnavailable(IdtuiError):
    """The hub does not start, or its database cannot be read; the message says why."""
