"""The care an identity is verified for: its kind, its visit, and whether it is over."""

import re
from datetime import datetime
from enum import StrEnum

import msgspec

VISIT = re.compile(r"[^\W_][\w ./:-]{0,63}")
"""What a visit number may look like: it travels as an identifier."""


def is_visit_number(text: str) -> bool:
    """Whether a text may be the hospital's number of a visit: such a number has at least one digit."""
    return bool(VISIT.fullmatch(text)) and any(sign.isdecimal() for sign in text)


class EpisodeKind(StrEnum):
    """Day hospitalisation counts as ambulatory (R-10); recurring treatments are a closed list (R-30)."""

    AMBULATORY = "ambulatory"
    HOSPITALISATION = "hospitalisation"
    SERIES = "series"


class Series(StrEnum):
    """Recurring treatments of which one reading per invoice is enough (R-28, R-30)."""

    CHEMOTHERAPY = "chemotherapy"
    RADIOTHERAPY = "radiotherapy"
    IMMUNOTHERAPY = "immunotherapy"
    DIALYSIS = "dialysis"
    IVF = "ivf"
    MENTAL_HEALTH_AFTERCARE = "mental_health_aftercare"


class Episode(msgspec.Struct, frozen=True, kw_only=True):
    """The care. `visit` is the hospital's number for it; `billing_period` is `YYYY-MM` of a series."""

    kind: EpisodeKind = EpisodeKind.AMBULATORY
    admitted_at: datetime | None = None
    visit: str | None = None
    series: Series | None = None
    billing_period: str | None = None


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """Insurance as far as the visit brings it: insurer (OA) and entitlement codes CT1 and CT2."""

    insurer: str | None = None
    ct1: str | None = None
    ct2: str | None = None
