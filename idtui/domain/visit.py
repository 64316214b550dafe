"""The visits the hospital expects or has: what its systems say of them, and which saying counts."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

import msgspec

from idtui.domain import niss
from idtui.domain.episode import Coverage
from idtui.domain.reading import PartialDate, Sex
from idtui.domain.text import Private


class VisitKind(StrEnum):
    """What the patient comes for; day hospitalisation counts as ambulatory (R-10)."""

    AMBULATORY = "ambulatory"
    HOSPITALISATION = "hospitalisation"
    EMERGENCY = "emergency"


class VisitState(StrEnum):
    """Where a visit stands. The order decides between two messages of one moment: the last one counts."""

    PLANNED = "planned"
    OPEN = "open"
    ENDED = "ended"
    CANCELLED = "cancelled"


class VisitSource(StrEnum):
    """In what form the hospital's system said it."""

    CSV = "csv"
    HL7V2 = "hl7v2"
    FHIR = "fhir"


class Visit(Private, frozen=True, kw_only=True):
    """What one message says of a visit. Moments have their offset, text is cleaned.

    `number` is the hospital's for the visit. `told_at` is the moment of the message. `state_at` is the moment
    of the message that set the state; None while only updates were seen, which leave the state as it is.
    """

    number: str
    kind: VisitKind
    state: VisitState
    source: VisitSource
    told_at: datetime
    state_at: datetime | None = None
    niss: str | None = None
    name: str | None = None
    given_names: str | None = None
    birth_date: PartialDate | None = None
    sex: Sex | None = None
    admitted_at: datetime | None = None
    ended_at: datetime | None = None
    appointment_at: datetime | None = None
    service: str | None = None
    coverage: Coverage | None = None

    @property
    def begins_at(self) -> datetime | None:
        """When the patient came or is expected."""
        return self.admitted_at or self.appointment_at


_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)
_STATES = tuple(VisitState)


def merged(held: Visit | None, told: Visit) -> Visit:
    """Return what counts of two sayings about one visit: the newest data, and the newest state.

    Messages may come late, twice and in any order: the outcome is the same. So an update (ADT^A08) that
    arrives after a cancellation (ADT^A11) does not open the visit again. Raises ValueError for two visits.
    """
    if held is None:
        return told
    if held.number != told.number:
        raise ValueError("two visits")
    newest = max(held, told, key=lambda one: (one.told_at, msgspec.json.encode(one)))
    stated = max(held, told, key=lambda one: (one.state_at or _BEFORE_ALL, _STATES.index(one.state)))
    if stated.state_at is None:
        return newest
    return msgspec.structs.replace(newest, state=stated.state, state_at=stated.state_at)


def merged_all(visits: Iterable[Visit]) -> dict[str, Visit]:
    """Return what counts of many sayings, by visit number."""
    found: dict[str, Visit] = {}
    for visit in visits:
        found[visit.number] = merged(found.get(visit.number), visit)
    return found


def state_of(*, admitted_at: datetime | None, ended_at: datetime | None) -> VisitState:
    """Return the state that the moments of a visit tell."""
    if ended_at is not None:
        return VisitState.ENDED
    return VisitState.OPEN if admitted_at is not None else VisitState.PLANNED


def days(visit: Visit) -> tuple[date, date]:
    """Return the first and last calendar day on which a desk may meet the patient of this visit.

    A stay that nobody has ended has no last day; a visit without any moment is of the day it was told.
    """
    first = (visit.begins_at or visit.told_at).date()
    if visit.ended_at is not None:
        return first, max(first, visit.ended_at.date())
    staying = visit.kind is VisitKind.HOSPITALISATION and visit.state is not VisitState.CANCELLED
    return first, date.max if staying else first


def on_day(visits: Iterable[Visit], day: date) -> tuple[Visit, ...]:
    """Return the visits a desk may meet on that day."""
    spans = ((visit, days(visit)) for visit in visits)
    return tuple(visit for visit, (first, last) in spans if first <= day <= last)


def goes_on(visit: Visit, day: date) -> bool:
    """Whether a desk may still need a visit on that day: it lasts, or was open when the day before ended."""
    last = days(visit)[1]
    return last >= day or (visit.state is VisitState.OPEN and last == day - timedelta(days=1))


def search(visits: Iterable[Visit], text: str) -> tuple[Visit, ...]:
    """Return the visits that a typed text means, cancelled ones left out, in the order of their names.

    A whole NISS finds the visits of that person. Otherwise every typed word must begin a word of the name, or
    the text must begin the visit number. Accents, case, hyphens and apostrophes do not matter.
    """
    number = niss.parse(text)
    typed = folded(text)
    if not typed:
        return ()
    found = (
        visit
        for visit in visits
        if visit.state is not VisitState.CANCELLED
        and ((number and visit.niss == number.digits) or _begins(visit, typed))
    )
    return tuple(sorted(found, key=_alphabetic))


def _begins(visit: Visit, typed: tuple[str, ...]) -> bool:
    if "".join(folded(visit.number)).startswith("".join(typed)):
        return True
    words = folded(f"{visit.name or ''} {visit.given_names or ''}")
    return all(any(word.startswith(part) for word in words) for part in typed)


def _alphabetic(visit: Visit) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    return folded(visit.name or ""), folded(visit.given_names or ""), visit.number


_WORD = re.compile(r"[^\W_]+")
_SPELT_OUT = str.maketrans({"æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ł": "l", "ð": "d", "þ": "th"})


def folded(text: str) -> tuple[str, ...]:
    """Return the words of a text without case, accents and punctuation: `D'Hondt-Zoë` is d, hondt, zoe."""
    spelt = text.casefold()
    if not spelt.isascii():
        marked = unicodedata.normalize("NFKD", spelt.translate(_SPELT_OUT))
        spelt = "".join(letter for letter in marked if not unicodedata.combining(letter))
    return tuple(_WORD.findall(spelt))
