"""What the child process that looks for codes answers: one line of JSON, checked by the parent."""

from enum import StrEnum

import msgspec

from idtui.domain.scan import LONGEST, Code
from idtui.domain.symbology import Symbology
from idtui.domain.text import Private

MOST_CODES = 32
"""Codes kept of one picture."""

LONGEST_ANSWER = 2 * LONGEST * MOST_CODES * 2
"""Bytes of a line; a longer one is no answer."""


class Fault(StrEnum):
    """Why a picture could not be looked at."""

    MISSING = "missing"
    """There is no such file, or this user may not read it."""
    NOT_A_FILE = "not_a_file"
    """A directory, a device or a pipe: it may never end."""
    TOO_LARGE = "too_large"
    """More bytes than a picture has."""
    PIXELS = "pixels"
    """It unpacks to more than can be looked at."""
    NO_PICTURE = "no_picture"
    """Not a PNG, JPEG, TIFF, WEBP, BMP or PNM picture, or a damaged one."""
    TOO_LONG = "too_long"
    """The time was over; the child was ended."""
    CRASHED = "crashed"
    """The child ended without an answer: out of memory, or a library fell over."""


class Unread(StrEnum):
    """Why the machine-readable zone of a card, which is probably there, was not read."""

    NEEDS_OCR = "needs_ocr"
    """tesseract is not installed."""
    UNCLEAR = "unclear"
    """Not every check digit fits what was read."""


class Raw(Private, frozen=True):
    """One code as read: its bytes in hexadecimal digits."""

    symbology: Symbology
    data: str

    def code(self) -> Code:
        """Return it as text: UTF-8, else Latin-1."""
        data = bytes.fromhex(self.data)
        try:
            text = data.decode()
        except UnicodeDecodeError:
            text = data.decode("latin-1")
        return Code(text, self.symbology)


class Answer(Private, frozen=True):
    """The codes of one picture, each once; or the `fault` that kept it from being looked at.

    `unread` is set when no code gave a number and a zone seemed to be there.
    """

    codes: tuple[Raw, ...] = ()
    fault: Fault | None = None
    unread: Unread | None = None


encode = msgspec.json.encode


def decode(line: bytes) -> Answer:
    """Return the answer in a line of the child; anything else is a crash."""
    try:
        answer = msgspec.json.decode(line, type=Answer)
        for raw in answer.codes:
            raw.code()
    except ValueError:  # msgspec's own errors among them
        return Answer(fault=Fault.CRASHED)
    return answer
