"""Errors of the line to the hospital."""

from idtui.domain.errors import IdtuiError


class NotMapped(IdtuiError):
    """This version has no FHIR form for that kind of entry."""


class HubAddressRefused(IdtuiError):
    """Entries are not sent to that address; the message says why."""
