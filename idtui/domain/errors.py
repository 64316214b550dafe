"""Errors that idtui raises on purpose, each carrying a message by id and no patient data.

IdtuiError
+-- RuleForbids      a rule of the law does not allow this entry
+-- NotUnderstood    an input has the wrong shape
+-- CannotSave       the entry is not durable and was not kept
+-- WrongPassphrase  the store stays locked
+-- StoreHeld        another process writes this store
+-- JournalDamaged   the journal cannot be trusted as it is; nothing was written
"""

from idtui.domain.text import Message


class IdtuiError(Exception):
    """Base of them all; `message` is for people."""

    def __init__(self, message: Message) -> None:
        super().__init__(message.id)
        self.message = message


class RuleForbids(IdtuiError):
    """The law does not allow it; `rule` is its number (`R-20`, `C-4`)."""

    def __init__(self, rule: str, message: Message) -> None:
        super().__init__(message)
        self.rule = rule


class NotUnderstood(IdtuiError):
    """An input has the wrong shape; the message names the field and what is expected."""


class CannotSave(IdtuiError):
    """The entry could not be made durable: disk full, medium read-only, failed sync."""


class WrongPassphrase(IdtuiError):
    """The store stays locked: the passphrase or recovery key is missing or not the right one."""


class StoreHeld(IdtuiError):
    """Another process holds the store for writing; the message names it and since when."""


class JournalDamaged(IdtuiError):
    """The journal is damaged in the middle, or written by a newer version; the message says what is safe."""
