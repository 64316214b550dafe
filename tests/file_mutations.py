"""What chance makes of a card's file: other bits, bytes, lengths, fields and values."""

import random
from collections.abc import Callable, Sequence

from idtui.devices.eid import tlv

MOST_MUTATIONS = 3

Mutation = Callable[[random.Random, bytes], bytes]


def flipped(drawn: random.Random, content: bytes) -> bytes:
    """Flip up to eight bits."""
    changed = bytearray(content)
    for _ in range(drawn.randrange(1, 9) if changed else 0):
        changed[drawn.randrange(len(changed))] ^= 1 << drawn.randrange(8)
    return bytes(changed)


def overwritten(drawn: random.Random, content: bytes) -> bytes:
    """Write noise over a part: no UTF-8 as a rule."""
    begin = drawn.randrange(len(content) + 1)
    noise = drawn.randbytes(drawn.choice((1, 2, 8, 60)))
    return content[:begin] + noise[: len(content) - begin] + content[begin + len(noise) :]


def cut(drawn: random.Random, content: bytes) -> bytes:
    """Cut the end off."""
    return content[: drawn.randrange(len(content) + 1)]


def hollowed(drawn: random.Random, content: bytes) -> bytes:
    """Take a part out of the middle."""
    begin, end = sorted(drawn.randrange(len(content) + 1) for _ in range(2))
    return content[:begin] + content[end:]


def stretched(drawn: random.Random, content: bytes) -> bytes:
    """Put bytes in: zeros, FF (lengths without end), noise, or a part of itself."""
    begin = drawn.randrange(len(content) + 1)
    size = drawn.choice((1, 2, 16, 255, 1000, 2100))
    put = drawn.choice((bytes(size), b"\xff" * size, drawn.randbytes(size), content[:size]))
    return content[:begin] + put + content[begin:]


def without_a_field(drawn: random.Random, fields: list[bytes]) -> None:
    """Leave a field out."""
    del fields[drawn.randrange(len(fields))]


def with_a_field_twice(drawn: random.Random, fields: list[bytes]) -> None:
    """Repeat a field somewhere."""
    fields.insert(drawn.randrange(len(fields) + 1), drawn.choice(fields))


def in_another_order(drawn: random.Random, fields: list[bytes]) -> None:
    """Shuffle the fields."""
    drawn.shuffle(fields)


def with_another_tag(drawn: random.Random, fields: list[bytes]) -> None:
    """Give a field another tag."""
    number = drawn.randrange(len(fields))
    fields[number] = bytes([drawn.randrange(256)]) + fields[number][1:]


def with_a_wrong_length(drawn: random.Random, fields: list[bytes]) -> None:
    """Lie about a length, by a little or hugely."""
    number = drawn.randrange(len(fields))
    field = fields[number]
    lie = drawn.choice((b"\0", b"\xfe", b"\xff" * 300, bytes([drawn.randrange(256)])))
    fields[number] = field[:1] + lie + field[2:]


TEXTS = (
    b"",
    b"\xff\xfe\xc0\xaf\xed\xa0\x80",
    b"\x1b]0;owned\x07\x1b[2J",
    "\N{RIGHT-TO-LEFT OVERRIDE}\N{ZERO WIDTH SPACE}e".encode() + "\N{COMBINING ACUTE ACCENT}".encode() * 90,
    b"99.99.9999",
    b"31 FEV 0000",
    "１２ JUIL １９８５".encode(),  # noqa: RUF001 - digits that are none of ASCII are what is tried
    b"00000000000",
    b"\0" * 20,
    b"9" * 900,
)
"""Values that no field should have."""


def with_another_value(drawn: random.Random, fields: list[bytes]) -> None:
    """Give a field a value it should not have."""
    number = drawn.randrange(len(fields))
    fields[number] = tlv.encode({fields[number][0]: drawn.choice(TEXTS)})


FIELD_MUTATIONS = (
    without_a_field,
    with_a_field_twice,
    in_another_order,
    with_another_tag,
    with_a_wrong_length,
    with_another_value,
)


def refielded(drawn: random.Random, content: bytes) -> bytes:
    """Change fields where the content still has some."""
    try:
        values = tlv.parse(content).values
    except tlv.Damaged:
        return flipped(drawn, content)
    if not values:
        return stretched(drawn, content)
    fields = [tlv.encode({tag: value}) for tag, value in values.items()]
    drawn.choice(FIELD_MUTATIONS)(drawn, fields)
    return b"".join(fields)


BYTE_MUTATIONS: Sequence[Mutation] = (flipped, overwritten, cut, hollowed, stretched)
FILE_MUTATIONS: Sequence[Mutation] = (*BYTE_MUTATIONS, *[refielded] * len(FIELD_MUTATIONS))


def mutated(drawn: random.Random, content: bytes, mutations: Sequence[Mutation]) -> bytes:
    """Apply one to three mutations."""
    for _ in range(drawn.randrange(1, MOST_MUTATIONS + 1)):
        content = drawn.choice(mutations)(drawn, content)
    return content
