"""The machine-readable zone on the back of a Belgian eID (TD1, ICAO 9303 part 5), with its long card number.

The twelve digits of the card number overflow the nine places of the document number: nine digits, `<`, three
digits, and one check digit over all twelve (sample of prado BEL-BO-03001; Arg0s1080/mrz#4 and #41).
"""

import re
from itertools import cycle

from idtui.domain.text import Private

_LINE = 30
_CONFUSED = {"O": "0", "Q": "0", "D": "0", "I": "1", "L": "1", "Z": "2", "S": "5", "G": "6", "B": "8"}
"""Letters that character recognition puts for digits."""

_MOST_CONFUSED = 6
_FIRST = re.compile(r"I[A-Z<]BEL(?P<nine>[0-9]{9})<(?P<three>[0-9]{3})(?P<check>[0-9])[A-Z0-9<]{11}")
_SECOND = re.compile(
    r"(?P<birth>[0-9]{6})(?P<birth_check>[0-9])(?P<sex>[MF<X])(?P<expiry>[0-9]{6})(?P<expiry_check>[0-9])"
    r"[A-Z<]{3}(?P<niss>[0-9]{11})(?P<composite>[0-9])"
)
_NUMERIC = (*range(5, 14), *range(15, 19), *range(30, 37), *range(38, 45), *range(48, 60))
"""Places of the two lines, counted from 0, that hold digits in a Belgian zone."""


class Zone(Private, frozen=True):
    """A zone whose four check digits are right; the national number is as printed, its own check not made.

    Dates are `YYMMDD`; the century of the birth follows from the national number.
    """

    niss: str
    card_number: str
    birth: str
    expiry: str
    sex: str


def check_digit(text: str) -> int:
    """Return the check digit of ICAO 9303: weights 7, 3, 1; letters from 10, `<` as 0."""
    values = (0 if letter == "<" else int(letter, 36) for letter in text)
    return sum(value * weight for value, weight in zip(values, cycle((7, 3, 1)), strict=False)) % 10


def read(text: str) -> Zone | None:
    """Return the zone in a text of two or three lines of thirty characters; None when it is none.

    A letter where only a digit can stand is read as the digit it looks like; all check digits must then fit.
    """
    lines = [line for line in (raw.replace(" ", "").upper() for raw in re.split(r"[\r\n]+", text)) if line]
    if len(lines) not in (2, 3) or any(len(line) != _LINE for line in lines):
        return None
    both = lines[0] + lines[1]
    wrong = [place for place in _NUMERIC if not (both[place].isascii() and both[place].isdigit())]
    if len(wrong) > _MOST_CONFUSED or any(both[place] not in _CONFUSED for place in wrong):
        return None
    corrected = list(both)
    for place in wrong:
        corrected[place] = _CONFUSED[both[place]]
    return _checked("".join(corrected))


def _checked(both: str) -> Zone | None:
    first, second = both[:_LINE], both[_LINE:]
    one, two = _FIRST.fullmatch(first), _SECOND.fullmatch(second)
    if one is None or two is None:
        return None
    card_number = one["nine"] + one["three"]
    sums = (
        (card_number, one["check"]),
        (two["birth"], two["birth_check"]),
        (two["expiry"], two["expiry_check"]),
        (first[5:] + second[:7] + second[8:15] + second[18:29], two["composite"]),
    )
    if any(check_digit(over) != int(check) for over, check in sums):
        return None
    return Zone(
        niss=two["niss"],
        card_number=card_number,
        birth=two["birth"],
        expiry=two["expiry"],
        sex=two["sex"],
    )
