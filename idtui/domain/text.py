"""Text from outside made harmless, and messages named by id instead of words."""

import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

import msgspec

MARKS_PER_LETTER = 2
"""Combining marks kept after one base character; Vietnamese needs two, no language needs more."""

LONGEST = 200
"""Characters kept of one field; the longest field of a Belgian card holds 110 bytes."""

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

_REFUSED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def clean(raw: str, limit: int = LONGEST) -> str:
    """Return `raw` fit for a widget, a log or a journal field.

    The text is put in NFC. Control characters (C0, DEL, C1), format and bidirectional controls,
    surrogates, private and unassigned code points and line separators each become U+FFFD, so that
    a reader sees something was there. Other blanks become a plain space. At most `MARKS_PER_LETTER`
    combining marks follow a base character and at most `limit` characters are kept.
    Markup is not touched: it is text, and shown as typed.
    """
    kept: list[str] = []
    marks = 0
    for character in unicodedata.normalize("NFC", raw):
        category = unicodedata.category(character)
        if category in ("Mn", "Me"):
            marks += 1
            if not kept or marks > MARKS_PER_LETTER:
                continue
        else:
            marks = 0
        if category in _REFUSED_CATEGORIES:
            kept.append(REPLACEMENT)
        elif category == "Zs":
            kept.append(" ")
        else:
            kept.append(character)
        if len(kept) == limit:
            break
    return "".join(kept)


def was_filtered(raw: str, limit: int = LONGEST) -> bool:
    """Say whether `clean` would change more of `raw` than its normal form."""
    return clean(raw, limit) != unicodedata.normalize("NFC", raw)


class Private(msgspec.Struct, frozen=True):
    """Base of records that may hold personal data: their repr, and so a traceback or a log, shows none."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(hidden)"


class Message(msgspec.Struct, frozen=True):
    """A sentence by id with its parameters; `words` puts it into a language.

    Parameters are cleaned text, numbers, or further messages (a reason inside a sentence).
    """

    id: str
    parameters: Mapping[str, "str | int | Message"] = msgspec.field(
        default_factory=lambda: MappingProxyType({})
    )

    def __repr__(self) -> str:
        return f"Message({self.id})"

    def __hash__(self) -> int:
        return hash((self.id, tuple(sorted((name, str(value)) for name, value in self.parameters.items()))))


def say(message_id: str, **parameters: "str | int | Message") -> Message:
    """Make a `Message`: `say("niss.check", niss="...")`."""
    return Message(message_id, MappingProxyType(parameters))
