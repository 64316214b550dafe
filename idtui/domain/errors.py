"""Errors of the domain, each carrying a message by id.

    IdtuiError
    +-- RuleForbids        a rule of the law does not allow this entry
    +-- NotUnderstood      an input has the wrong shape
"""

from idtui.domain.text import Message


class IdtuiError(Exception):
    """Base of every error idtui raises on purpose. `message` is for people; it holds no patient data."""

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
