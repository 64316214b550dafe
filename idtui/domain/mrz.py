"""The machine-readable zone on the back of a Belgian eID (TD1, ICAO 9303 part 5), with its long card number.

The twelve digits of the card number overflow the nine places of the document number: nine digits, `<`, three
digits, and one check digit over all twelve (sample of prado BEL-BO-03001; Arg0s1080/mrz#4 and #41).
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import cycle

from idtui.domain import niss
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
_READ_FIRST = re.compile(
    r"^.{1,3}[B8][EF][L1I](?P<nine>[A-Z0-9]{9})[^0-9](?P<three>[A-Z0-9]{3})(?P<check>[A-Z0-9])"
)
_READ_SECOND = re.compile(
    r"(?P<birth>[A-Z0-9]{7})(?P<sex>[MFX<])(?P<expiry>[A-Z0-9]{7})(?:B|8|B8|8B)[EF][L1I](?P<niss>[A-Z0-9]{12})"
)
"""The same lines as character recognition gives them: what stands behind is left aside, and the letters of
the country may be mistaken, which no check digit holds."""

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


def recognised(lines: Iterable[str]) -> str | None:
    """Return the first two lines of a zone among lines that were read from a picture; None when unsure.

    The same line may come several times, each time read in another way. A pair counts when every check digit
    fits, when the national number has its own check number right, and when the birth date it tells is that
    of the zone: reading letters is guessing, typing them is not. Two pairs that differ are none, and so is
    a line that was read otherwise as often: misread in the right place, a wrong zone looks right.
    """
    read_lines = tuple(lines)
    firsts = Counter(first for line in read_lines for first in _firsts(line))
    seconds = Counter(second for line in read_lines for second in _seconds(line))
    pairs = [(first, second) for first in firsts for second in seconds if _is_sure(first, second)]
    if len(pairs) != 1:
        return None
    first, second = pairs[0]
    return f"{first}\n{second}" if _prevails(first, firsts) and _prevails(second, seconds) else None


def resembles(lines: Iterable[str]) -> bool:
    """Say whether lines that were read from a picture look like a zone, right or not."""
    return any(
        line.count("<") >= _FILLERS or _READ_FIRST.search(line) or _READ_SECOND.search(line) for line in lines
    )


_FILLERS = 5


def _prevails(line: str, read_lines: Counter[str]) -> bool:
    return all(times < read_lines[line] for other, times in read_lines.items() if other != line)


def _firsts(line: str) -> Iterator[str]:
    if read_so := _READ_FIRST.search(line):
        digits = [_as_digits(read_so[part]) for part in ("nine", "three", "check")]
        if all(digits):
            yield f"IDBEL{digits[0]}<{digits[1]}{digits[2]}".ljust(_LINE, "<")


def _seconds(line: str) -> Iterator[str]:
    for read_so in _READ_SECOND.finditer(line):
        birth, expiry, number = (_as_digits(read_so[part]) for part in ("birth", "expiry", "niss"))
        if birth and expiry and number:
            yield f"{birth}{read_so['sex']}{expiry}BEL{number}"


def _as_digits(text: str) -> str:
    """Return the digits that were meant, or nothing when a letter looks like none."""
    meant = "".join(_CONFUSED.get(letter, letter) for letter in text)
    return meant if meant.isdigit() else ""


def _is_sure(first: str, second: str) -> bool:
    zone = _checked(first + second)
    number = niss.parse(zone.niss) if zone else None
    if zone is None or number is None:
        return False
    told = number.birth_date
    year, month, day = (int(zone.birth[at : at + 2]) for at in (0, 2, 4))
    return told.year % 100 == year and told.month in (0, month) and told.day in (0, day)
