"""Who confirmed with itsme, from proven claims; or why nobody may be taken for identified."""

import re
from datetime import date

import msgspec

from idtui.domain import niss
from idtui.domain.path import Confirmed
from idtui.domain.reading import PartialDate
from idtui.domain.text import Private, clean
from idtui.sync.itsme import Why

CLAIM = "http://itsme.services/v2/claim/"
"""Where itsme's own claims and assurance levels are named (its documentation, section `_OIDC`)."""

NATIONAL_NUMBER = f"{CLAIM}BENationalNumber"

YOUNGEST = 16
"""Years; itsme has no younger users."""

_BIRTH_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})-([0-9]{2}))?", re.ASCII)


class NotIdentified(Exception):
    """Nobody was identified; `words` say more for the log and never name anybody."""

    def __init__(self, why: Why, words: str = "") -> None:
        super().__init__(f"{why} {words}".rstrip())
        self.why = why


class Claims(Private, frozen=True, rename={"niss": NATIONAL_NUMBER}):
    """The claims of a person, in an ID token or from the userinfo endpoint."""

    niss: str = ""
    family_name: str = ""
    given_name: str = ""
    birthdate: str = ""


def person(claims: Claims, acr: str, today: date) -> Confirmed:
    """Return the person of proven claims, texts cleaned; raises `NotIdentified`."""
    number, born = niss.parse(claims.niss), _BIRTH_DATE.fullmatch(claims.birthdate)
    name = clean(claims.family_name).strip()
    if number is None or born is None or not name:
        raise NotIdentified(Why.INCOMPLETE)
    birth_date = PartialDate(*(int(part or 0) for part in born.groups()))
    if not _is_old_enough(birth_date, today):
        raise NotIdentified(Why.UNDER_16)
    return Confirmed(number.digits, name, clean(claims.given_name).strip(), birth_date, clean(acr))


def either(first: Claims, second: Claims) -> Claims:
    """Return the claims of two answers about one person; raises `NotIdentified` where they contradict."""
    one, other = msgspec.structs.asdict(first), msgspec.structs.asdict(second)
    if any(one[name] and other[name] and one[name] != other[name] for name in one):
        raise NotIdentified(Why.UNPROVEN, "claims contradict")
    return Claims(**{name: one[name] or other[name] for name in one})


def _is_old_enough(born: PartialDate, today: date) -> bool:
    """Whether the age is reached for certain: unknown parts count as the end of the year."""
    month, day = (born.month, born.day) if born.is_complete else (12, 31)
    reached = (born.year + YOUNGEST, month, day)
    return bool(born.year) and reached <= (today.year, today.month, today.day)
