"""The photo of a specimen person: nobody, an even grey, as a JPEG of the right kind and size."""

import struct

SIZE = 3000
"""Bytes of a photo, about as many as real ones have."""


def grey_photo(width: int, height: int) -> bytes:
    """Return a baseline JPEG, 8-bit grey, of one even tone.

    Every 8 x 8 block says "as before" and "nothing more" in one bit each, so its code tables have one
    entry and its data are zeros. A comment makes up the size of a real photo.
    """
    blocks = -(-width // 8) * -(-height // 8)
    frame = struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00"
    one_code = b"\x01" + bytes(15) + b"\x00"
    picture = b"".join(
        (
            _segment(0xDB, b"\x00" + b"\x01" * 64),
            _segment(0xC0, frame),
            _segment(0xC4, b"\x00" + one_code),
            _segment(0xC4, b"\x10" + one_code),
            _segment(0xDA, b"\x01\x01\x00\x00\x3f\x00"),
            bytes(-(-2 * blocks // 8)),
        )
    )
    comment = _segment(0xFE, bytes(SIZE - len(picture) - 8))
    return b"\xff\xd8" + comment + picture + b"\xff\xd9"


def _segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, 2 + len(content)) + content
