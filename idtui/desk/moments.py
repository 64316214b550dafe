"""Moments as a person types them: `22:14`, `2214`, `21.11. 22:14`, `21.11.2026 22:14`, in Belgian time."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from idtui.desk.commands import DIGITS

BELGIUM = ZoneInfo("Europe/Brussels")

_HOUR = re.compile(r"(\d{1,2})\D?(\d{2})")
_DAY_AND_HOUR = re.compile(r"(\d{1,2})\D+(\d{1,2})\D+(?:(\d{4})\D+)?(\d{1,2})\D?(\d{2})")


def moment_of(text: str, now: datetime) -> datetime | None:
    """Return the moment that was typed; without a day it is of today. None when it is none.

    The unshifted row of an AZERTY keyboard counts as digits.
    """
    today, written = now.astimezone(BELGIUM), "".join(DIGITS.get(sign, sign) for sign in text.strip())
    if found := _HOUR.fullmatch(written):
        year, month, day = today.year, today.month, today.day
        hour, minute = map(int, found.groups())
    elif found := _DAY_AND_HOUR.fullmatch(written):
        day, month, year, hour, minute = (int(part or today.year) for part in found.groups())
    else:
        return None
    try:
        return datetime(year, month, day, hour, minute, tzinfo=BELGIUM)
    except ValueError:
        return None
