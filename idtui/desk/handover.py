"""The hand-over list as text for a printer: what the next shift must complete, and no more data than that."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from idtui.desk.described import care_of, until, who, written
from idtui.desk.stamp import Station
from idtui.domain.deadlines import soonest_first
from idtui.domain.entries import Pending
from idtui.domain.text import Message, say

WIDTH = 78
"""Columns of a line: fits paper and terminal."""


def handover(
    dues: Sequence[Pending], station: Station, now: datetime, words: Callable[[Message], str]
) -> Iterator[str]:
    """Yield the lines, what expires first on top; moments instead of hours left, for paper does not count.

    A patient is named as the pending knows him: number, visit or description, with the visit where there is
    one. No name, no birth date, no reason.
    """
    yield words(say("handover.title", desk=station.desk, moment=written(now)))
    yield words(say("handover.count", count=len(dues)))
    for due in soonest_first(dues):
        yield "_" * WIDTH
        visit = due.episode.visit if due.niss or due.alias else None
        named = [*who(due), *([say("episode.visit", visit=visit)] if visit else [])]
        for texts in (named, [*care_of(due), *until(due)]):
            yield "  ".join(text if isinstance(text, str) else words(text) for text in texts)
        yield words(say("handover.done"))
