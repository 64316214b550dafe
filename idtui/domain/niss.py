"""The national number (NISS, INSZ) and its BIS form: check number, century, birth date, sex.

Sources: royal decree of 8-2-1991 art. 2-4 (check number, BIS months); reference texts of the
National Register for unknown dates. A number is never refused for an impossible date: specimen
cards carry month 71, and real people have unknown days and months.
"""

import re

import msgspec

from idtui.domain.reading import PartialDate, Sex

LENGTH = 11
_SHAPE = re.compile(r"[0-9]{11}", re.ASCII)
_MONTHS = range(1, 13)
_DAYS = range(1, 32)


def check_number(nine: int, *, born_2000_or_later: bool) -> int:
    """Return the two check digits (01-97) of the first nine digits of a number."""
    return 97 - ((2_000_000_000 if born_2000_or_later else 0) + nine) % 97


class Niss(msgspec.Struct, frozen=True):
    """A number whose check digits are right."""

    digits: str
    born_2000_or_later: bool

    def __repr__(self) -> str:
        return "Niss(masked)"

    @property
    def is_bis(self) -> bool:
        """BIS: month raised by 20 (sex unknown at assignment) or 40 (sex known)."""
        month = int(self.digits[2:4])
        return 20 <= month <= 32 or 40 <= month <= 52

    @property
    def birth_date(self) -> PartialDate:
        """The birth date in the number, 0 for what it does not tell; a comparison, never a proof."""
        month = int(self.digits[2:4])
        if self.is_bis:
            month -= 40 if month >= 40 else 20
        day = int(self.digits[4:6])
        if month not in _MONTHS or day not in _DAYS:
            # 00 means unknown; with an unknown or impossible month the day says nothing either.
            day = 0
        if month not in _MONTHS:
            return PartialDate(0 if self._wholly_unknown else self._year)
        return PartialDate(self._year, month, day)

    @property
    def _year(self) -> int:
        return (2000 if self.born_2000_or_later else 1900) + int(self.digits[:2])

    @property
    def _wholly_unknown(self) -> bool:
        return self.digits[:6] in ("000001", "002001", "004001")

    @property
    def sex(self) -> Sex:
        """Odd sequence man, even woman; unknown for a BIS number given without known sex (+20)."""
        month, sequence = int(self.digits[2:4]), int(self.digits[6:9])
        if 20 <= month <= 32 or sequence in (0, 999):
            return Sex.UNKNOWN
        return Sex.MAN if sequence % 2 else Sex.WOMAN


def parse(text: str) -> Niss | None:
    """Return the number in `text`, separators `.`, `-`, `/` and blanks allowed; None when it is not one.

    Both centuries are tried; they never both fit, since 2 x 10^9 is not a multiple of 97.
    """
    digits = re.sub(r"[ .\-/]", "", text)
    if not _SHAPE.fullmatch(digits):
        return None
    nine, check = int(digits[:9]), int(digits[9:])
    for later in (False, True):
        if check == check_number(nine, born_2000_or_later=later):
            return Niss(digits, later)
    return None


def is_shaped(text: str) -> bool:
    """Whether a text is written like a number: eleven digits, whatever their check number."""
    return _SHAPE.fullmatch(re.sub(r"[ .\-/]", "", text)) is not None


def shown(digits: str) -> str:
    """Write eleven digits the usual way, `YY.MM.DD-SSS.CC`; anything else as it is."""
    if not _SHAPE.fullmatch(digits):
        return digits
    return f"{digits[:2]}.{digits[2:4]}.{digits[4:6]}-{digits[6:9]}.{digits[9:]}"


def masked(digits: str) -> str:
    """Write a number with only its year readable, for output that need not name the person."""
    return f"{digits[:2]}.**.**-***.**" if _SHAPE.fullmatch(digits) else "*" * len(digits)
