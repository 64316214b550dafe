"""Who falls under the duty to verify: dates, papers the clerk sees, coverage of the visit (R-8 to R-19, C-1).

The clerk names a paper and never types a code. Days are calendar days in the offset of the moments given.
"""

from calendar import monthrange
from datetime import date, datetime
from enum import StrEnum

import msgspec

from idtui.domain.episode import Coverage, Episode, EpisodeKind
from idtui.domain.reading import PartialDate

IN_FORCE = date(2024, 4, 1)
"""Ambulatory care given, and stays begun, from this day (R-11)."""

MONTHS_OF_A_NEWBORN = 3


class Paper(StrEnum):
    """What the clerk sees and says when nothing has to be verified."""

    MEDIPRIMA = "mediprima"
    FEDASIL = "fedasil"
    FEDERATED = "federated"
    """Care the federated entities pay for, such as a stay in a psychiatric care home."""
    LISTED_SERVICE = "listed_service"
    NEWBORN = "newborn"
    EHIC = "ehic"
    S2 = "s2"
    E111 = "e111"
    E128 = "e128"
    MEDI_CARD = "medi_card"
    NO_THIRD_PAYER = "no_third_payer"


class Duty(StrEnum):
    """Why nothing has to be verified: outside the rules altogether, or inside and exempt."""

    OUT_OF_SCOPE = "out_of_scope"
    EXEMPT = "exempt"


class PaperRow(msgspec.Struct, frozen=True):
    """One paper and the rule that frees its holder."""

    paper: Paper
    rule: str
    duty: Duty


PAPERS: tuple[PaperRow, ...] = (
    PaperRow(Paper.MEDIPRIMA, "R-12", Duty.OUT_OF_SCOPE),
    PaperRow(Paper.FEDASIL, "R-14", Duty.OUT_OF_SCOPE),
    PaperRow(Paper.FEDERATED, "R-13", Duty.OUT_OF_SCOPE),
    PaperRow(Paper.LISTED_SERVICE, "R-16", Duty.OUT_OF_SCOPE),
    PaperRow(Paper.NEWBORN, "R-18", Duty.EXEMPT),
    PaperRow(Paper.EHIC, "R-19", Duty.EXEMPT),
    PaperRow(Paper.S2, "R-19", Duty.EXEMPT),
    PaperRow(Paper.E111, "R-19", Duty.EXEMPT),
    PaperRow(Paper.E128, "R-19", Duty.EXEMPT),
    PaperRow(Paper.MEDI_CARD, "R-19", Duty.EXEMPT),
    PaperRow(Paper.NO_THIRD_PAYER, "R-1", Duty.OUT_OF_SCOPE),
)
"""In the order of C-1; MediPrima, then Fedasil, come first."""

PAPER_ROWS = {row.paper: row for row in PAPERS}

INSURER_RULES = {"690": "R-12", "691": "R-14"}
"""Insurers whose patients are out of scope, MediPrima and Fedasil; 675 and 695 are in (R-15, R-62)."""


def freed(
    care_at: datetime,
    episode: Episode,
    *,
    coverage: Coverage | None = None,
    paper: Paper | None = None,
    birth_date: PartialDate | None = None,
) -> str | None:
    """Return the number of the rule by which nothing has to be verified, in the order of C-1, or None."""
    coverage = coverage or Coverage()
    if paper is Paper.MEDIPRIMA:
        return PAPER_ROWS[paper].rule
    if rule := INSURER_RULES.get(coverage.insurer or ""):
        return rule
    if paper in (Paper.FEDASIL, Paper.FEDERATED):
        return PAPER_ROWS[paper].rule
    if not in_force(care_at, episode):
        return "R-11"
    if paper is Paper.LISTED_SERVICE:
        return PAPER_ROWS[paper].rule
    if birth_date and under_three_months(birth_date, reference_day(care_at, episode)):
        return "R-18"
    if is_convention(coverage.ct1):
        return "R-19"
    return PAPER_ROWS[paper].rule if paper and paper is not Paper.NEWBORN else None


def reference_day(care_at: datetime, episode: Episode) -> date:
    """Return the day that counts for dates and ages: of admission in a stay, else of the care."""
    stay = episode.kind is EpisodeKind.HOSPITALISATION
    return (episode.admitted_at if stay and episode.admitted_at else care_at).date()


def in_force(care_at: datetime, episode: Episode) -> bool:
    """Whether the duty existed: for care given, or stays begun, from 1-4-2024 (R-11)."""
    return reference_day(care_at, episode) >= IN_FORCE


def under_three_months(born: PartialDate, day: date) -> bool:
    """Whether a child is under three months old on a day (R-18).

    A birth date of which a part is unknown exempts nobody. Where the third month is too short its last day
    ends the exemption (proposal; the texts do not say).
    """
    if not born.is_complete:
        return False
    birth = date(born.year, born.month, born.day)
    return birth <= day < months_later(birth, MONTHS_OF_A_NEWBORN)


def months_later(day: date, months: int) -> date:
    """Return the same day some months later, or the last day of a month too short for it."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def is_convention(ct1: str | None) -> bool:
    """Whether an entitlement code is of a European or Australian convention, 180 to 189 (R-19).

    480 and 481 stand for conventions too, but the text exempts only 18X (X-10).
    """
    return ct1 is not None and len(ct1) == 3 and ct1.startswith("18") and ct1.isdecimal()
