"""What can lie over the desk to be worked in: a list, a sheet with choices, a field to fill in. Pure data.

Texts are messages, put into words by the front end, or cleaned text of an entry. A list is searched by
typing; a sheet is answered by the letter of a choice; `Esc` always goes one step back.
"""

import unicodedata

from msgspec.structs import replace

from idtui.desk.commands import DIGITS
from idtui.domain.text import Message, Private

Text = Message | str

PAGE = 10
"""Rows that PageUp and PageDown move by; the front end shows as many as fit its window."""

LONGEST_QUERY = 30
LONGEST_ANSWER = 64


class Row(Private, frozen=True):
    """One row of a list; `found_by` is what a search looks at."""

    id: str
    left: tuple[Text, ...]
    right: tuple[Text, ...] = ()
    found_by: str = ""


class Listing(Private, frozen=True):
    """A list with one selected row.

    `enter` and `tab` say what these keys do with it, `empty` stands for no row, `note` tells how old it is.
    Where it `takes_typed`, Enter takes what was typed when no row fits.
    """

    title: Message
    rows: tuple[Row, ...]
    empty: Message
    enter: Message
    tab: Message | None = None
    note: Message | None = None
    takes_typed: bool = False
    query: str = ""
    place: int = 0

    @property
    def shown(self) -> tuple[Row, ...]:
        """The rows the search leaves."""
        if not self.query:
            return self.rows
        digits = "".join(DIGITS.get(sign, sign) for sign in self.query)
        return tuple(row for row in self.rows if any(_holds(row, words) for words in (self.query, digits)))

    @property
    def selected(self) -> Row | None:
        """The row the next key is for."""
        shown = self.shown
        return shown[min(self.place, len(shown) - 1)] if shown else None

    def made_anew(self, other: "Listing") -> "Listing":
        """Return `other` with this search, on the row that was selected here if it is still there."""
        kept, selected = replace(other, query=self.query), self.selected
        ids = [row.id for row in kept.shown]
        place = ids.index(selected.id) if selected and selected.id in ids else min(self.place, len(ids) - 1)
        return replace(kept, place=max(place, 0))


class Field(Private, frozen=True):
    """One named value on a sheet."""

    label: Message
    value: tuple[Text, ...]


class Choice(Private, frozen=True):
    """One answer to a sheet; `why_not` is None when it applies."""

    key: str
    word: Message
    why_not: Message | None = None


class Sheet(Private, frozen=True):
    """Everything known of one thing, and what can be done with it."""

    title: Message
    fields: tuple[Field, ...]
    choices: tuple[Choice, ...]


class Prompt(Private, frozen=True):
    """One field to be typed, taken by Enter. `hint` says what is expected.

    A scanned NISS may fill it, or where it asks for a visit the hospital's label of one.
    """

    title: Message
    label: Message
    hint: Message
    typed: str = ""
    takes_scan: bool = False
    takes_label: bool = False


Panel = Listing | Sheet | Prompt


def _holds(row: Row, words: str) -> bool:
    """Whether a row is found by every one of these words, in any order."""
    found_by = folded(row.found_by)
    return all(word in found_by for word in folded(words).split())


def folded(text: str) -> str:
    """Return text without accents and in one case, as a search compares it."""
    apart = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in apart if not unicodedata.combining(sign)).casefold()


_STEPS = {"up": -1, "down": 1, "pageup": -PAGE, "pagedown": PAGE, "home": -1_000_000, "end": 1_000_000}


def moved(listing: Listing, key: str, character: str | None) -> Listing | None:
    """Return the list after a key that moves or searches in it; None when the key does neither."""
    if key in _STEPS:
        last = max(len(listing.shown) - 1, 0)
        return replace(listing, place=min(max(listing.place + _STEPS[key], 0), last))
    query = _typed(listing.query, key, character, LONGEST_QUERY)
    return None if query is None else replace(listing, query=query, place=0)


def filled(prompt: Prompt, key: str, character: str | None) -> Prompt | None:
    """Return the field after a key that writes in it; None when the key does not."""
    typed = _typed(prompt.typed, key, character, LONGEST_ANSWER)
    return None if typed is None else replace(prompt, typed=typed)


def _typed(text: str, key: str, character: str | None, longest: int) -> str | None:
    if key == "backspace":
        return text[:-1]
    if character is None or not character.isprintable():
        return None
    return (text + character)[:longest]
