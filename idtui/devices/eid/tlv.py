"""Tag-length-value as the identity and address files use it; not ASN.1.

Source: CONTENT54 6.1. A tag is one byte. A length is one byte below FF, or FF plus the next length:
`FF n` is 255 + n, `FF FF n` is 510 + n. Zeros may follow the last value.
"""

from dataclasses import dataclass

_LONGER = 0xFF


class Damaged(ValueError):
    """A tag without length, or a length past the end of the file; nothing of it can be believed."""


@dataclass(frozen=True, slots=True, repr=False)
class Fields:
    """The values of a file by tag. Of a repeated tag the first value counts; `repeated` names the tag."""

    values: dict[int, bytes]
    repeated: frozenset[int]

    def __repr__(self) -> str:
        return "Fields(hidden)"


def parse(content: bytes) -> Fields:
    """Return the fields of a file in any order; raises `Damaged`.

    Old cards have no tag 00, so a `00 00` pair where a tag is due is padding and ends the file.
    """
    values: dict[int, bytes] = {}
    repeated: set[int] = set()
    position = 0
    while content[position : position + 2].strip(b"\0"):
        tag = content[position]
        length, start = _length(content, position + 1)
        position = start + length
        if position > len(content):
            raise Damaged
        if tag in values:
            repeated.add(tag)
        else:
            values[tag] = content[start:position]
    return Fields(values, frozenset(repeated))


def _length(content: bytes, position: int) -> tuple[int, int]:
    """Return a length and the position behind it."""
    length = 0
    while position < len(content):
        byte = content[position]
        position += 1
        length += byte
        if byte != _LONGER:
            return length, position
    raise Damaged


def encode(values: dict[int, bytes]) -> bytes:
    """Return the fields as a file, in the order given."""
    return b"".join(
        bytes([tag]) + bytes([_LONGER]) * (len(value) // 255) + bytes([len(value) % 255]) + value
        for tag, value in values.items()
    )
