"""The kinds of code a support can carry, and the identifiers by which scanners and readers name them."""

from enum import StrEnum


class Symbology(StrEnum):
    """How a code is written; `unknown` from a scanner that types and does not say."""

    CODE_128 = "code128"
    CODE_39 = "code39"
    ITF = "itf"
    QR = "qr"
    DATAMATRIX = "datamatrix"
    MRZ = "mrz"
    UNKNOWN = "unknown"


MATRIX = frozenset({Symbology.QR, Symbology.DATAMATRIX})
"""Codes in two dimensions: one official entry type for both."""

OF_AIM = {
    "C": Symbology.CODE_128,
    "A": Symbology.CODE_39,
    "I": Symbology.ITF,
    "Q": Symbology.QR,
    "d": Symbology.DATAMATRIX,
}
"""Symbology by the second character of an identifier `]cm` (ISO/IEC 15424), sent in front."""


def split_aim(text: str) -> tuple[Symbology, str]:
    """Return the symbology an identifier in front of the text names, and the text without it."""
    if len(text) >= 3 and text[0] == "]" and text[1].isalpha() and text[2].isalnum():
        return OF_AIM.get(text[1], Symbology.UNKNOWN), text[3:]
    return Symbology.UNKNOWN, text
