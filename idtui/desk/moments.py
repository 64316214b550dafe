"""Moments as a person types them: `22:14`, `2214`, `21.11. 22:14`, `21.11.2026 22:14`, in Belgian time."""

import re
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from idtui.desk.commands import DIGITS

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_HOUR = re.compile(r"(\d{1,2})\D?(\d{2})")
_DAY_AND_HOUR = re.compile(r"(\d{1,2})\D+(\d{1,2})\D+(?:(\d{4})\D+)?(\d{1,2})\D?(\d{2})")


@cache
def belgium() -> "ZoneInfo":
    """Return the time zone of the desk."""
    from zoneinfo import ZoneInfo  # noqa: PLC0415  # late: a desk is up before it needs one

    return ZoneInfo("Europe/Brussels")


def moment_of(text: str, now: datetime) -> datetime | None:
    """Return the moment that was typed; without a day it is of today. None when it is none.

    The unshifted row of an AZERTY keyboard counts as digits.
    """
    today, written = now.astimezone(belgium()), "".join(DIGITS.get(sign, sign) for sign in text.strip())
    if found := _HOUR.fullmatch(written):
        year, month, day = today.year, today.month, today.day
        hour, minute = map(int, found.groups())
    elif found := _DAY_AND_HOUR.fullmatch(written):
        day, month, year, hour, minute = (int(part or today.year) for part in found.groups())
    else:
        return None
    try:
        return datetime(year, month, day, hour, minute, tzinfo=belgium())
    except ValueError:
        return None
