"""Words for message ids: gettext catalogues in French, Dutch, German and English."""

import gettext
from functools import cache
from pathlib import Path

from idtui.domain.text import Message

LANGUAGES = ("fr", "nl", "de", "en")
"""The three languages of the country and English; French is the default."""

LOCALE = Path(__file__).parent / "locale"
_DOMAIN = "idtui"


class Words:
    """One language: turns messages into sentences."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._catalogue = gettext.translation(_DOMAIN, LOCALE, [language])

    def __call__(self, message: Message) -> str:
        """Return the sentence; nested messages are put into words first.

        A message with a whole number `count` has a singular and a plural. An empty parameter at the end
        of a sentence leaves no blank behind. Raises KeyError when a parameter of the sentence is missing.
        """
        parameters = {
            name: self(value) if isinstance(value, Message) else value
            for name, value in message.parameters.items()
        }
        count = parameters.get("count")
        template = (
            self._catalogue.ngettext(message.id, message.id, count)
            if isinstance(count, int)
            else self._catalogue.gettext(message.id)
        )
        return template.format(**parameters).rstrip()


@cache
def words(language: str) -> Words:
    """Return the words of a language of `LANGUAGES`."""
    return Words(language)
