"""Errors of the line to the hospital."""

from idtui.domain.errors import IdtuiError
from idtui.domain.text import Message, say


class NotMapped(IdtuiError):
    """This version has no FHIR form for that kind of entry."""


class HubAddressRefused(IdtuiError):
    """Entries are not sent to that address; the message says why."""


class HubUnreachable(IdtuiError):
    """The hub did not answer; it may later."""

    def __init__(self, words: str) -> None:
        super().__init__(say("sync.no_answer", words=words))


class HubRefuses(IdtuiError):
    """The hub answered, and nothing can be sent as things are; `words` as in `BatchFailed`.

    `lasting` is False when the hub may think otherwise in a while.
    """

    def __init__(self, words: str | Message, *, lasting: bool = True) -> None:
        super().__init__(words if isinstance(words, Message) else say("delivery.refused", words=words))
        self.words = words
        self.lasting = lasting
