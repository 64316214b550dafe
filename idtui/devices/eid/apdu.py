"""Command APDUs and status words of the Belgian eID applet, as bytes.

Source: Belpic reference manuals 1.7 and 1.8, section 6. The card speaks T=0 only: a command with data
and an answer is sent without Le and its answer is fetched with GET RESPONSE.
"""

APPLET = bytes.fromhex("A000000030290570 00AD13100101FF")
"""AID of the eID applet (reference manual 1.8, 2.2)."""

MF = bytes.fromhex("3F00")
IDENTITY = bytes.fromhex("DF014031")
IDENTITY_SIGNATURE = bytes.fromhex("DF014032")
ADDRESS = bytes.fromhex("DF014033")
ADDRESS_SIGNATURE = bytes.fromhex("DF014034")
PHOTO = bytes.fromhex("DF014035")
BASIC_KEY = bytes.fromhex("DF014040")
"""Public half of the key that proves the chip genuine; applet 1.8 only."""
ROOT_CERTIFICATE = bytes.fromhex("DF00503B")
RRN_CERTIFICATE = bytes.fromhex("DF00503C")
"""Paths below the master file (CONTENT54 4.3)."""

BLOCK = 256
"""Bytes one READ BINARY asks for at most (Le = 00)."""
SAFE_BLOCK = 252
"""Bytes asked for in a reader that fails with 256; what the official middleware always asks for."""

OK = 0x9000
WRONG_LE = 0x6C
"""First byte: the second says the right Le, 00 meaning 256."""
MORE = 0x61
"""First byte: that many bytes wait for GET RESPONSE, 00 meaning 256 or more."""
WRONG_LENGTH = 0x6700
WRONG_OFFSET = 0x6B00
NO_CURRENT_FILE = 0x6986
UNKNOWN_INSTRUCTION = 0x6D00
NOT_FOUND = frozenset({0x6A82, 0x6A86, 0x6A87})
"""File or application not found, or this form of SELECT is not known to the card."""
NOT_ACTIVATED = frozenset({0x6985, 0x6283})
"""File not activated: applet 1.8, applet 1.7."""
BROKEN = frozenset({0x6400, 0x6581})

CARD_DATA_LENGTH = 0x1C
APPLET_VERSION_OFFSET = 21
"""Offset of the applet version (11, 17, 18 in hexadecimal) in the card data."""


def select_application(aid: bytes) -> bytes:
    """Return SELECT by application identifier."""
    return bytes([0x00, 0xA4, 0x04, 0x0C, len(aid)]) + aid


def select_path(path: bytes) -> bytes:
    """Return SELECT by path, from the master file."""
    return bytes([0x00, 0xA4, 0x08, 0x0C, len(path)]) + path


def read_binary(offset: int, length: int) -> bytes:
    """Return READ BINARY of `length` bytes (1..256) at `offset` (below 0x8000)."""
    return bytes([0x00, 0xB0, offset >> 8, offset & 0xFF, length & 0xFF])


def get_response(length: int) -> bytes:
    """Return GET RESPONSE for `length` bytes; 0 asks for 256."""
    return bytes([0x00, 0xC0, 0x00, 0x00, length])


def internal_authenticate(digest: bytes) -> bytes:
    """Return the command to sign 48 bytes with the basic key, ECDSA with SHA-384 (CONTENT54 6.2.7)."""
    return bytes([0x00, 0x88, 0x02, 0x81, 0x02 + len(digest), 0x94, len(digest)]) + digest


def get_card_data() -> bytes:
    """Return the command that gives serial number, component code and versions (28 bytes)."""
    return bytes([0x80, 0xE4, 0x00, 0x00, CARD_DATA_LENGTH])
