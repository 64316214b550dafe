"""Long work tells how far it is, to whoever watches: nobody but where `watched` was entered."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum
from typing import TypeAlias


class Work(StrEnum):
    """What is being done, and what is counted: segments or entries."""

    READING = "reading"
    """Opening a store: its segments."""
    CHECKING = "checking"
    """Verifying the chain: its segments."""
    SEALING = "sealing"
    """Bringing a store of the first form into today's: its entries."""
    CARRYING = "carrying"
    """Carrying over what outlives a purge: its entries."""


Watcher: TypeAlias = Callable[[str, int, int], None]
"""Called with the work, how much is done, and the total; never with anything of an entry."""

_watcher: ContextVar[Watcher | None] = ContextVar("watcher", default=None)


@contextmanager
def watched(by: Watcher) -> Iterator[None]:
    """Let long work of this thread be told to a watcher, which must be quick and never raise."""
    before = _watcher.set(by)
    try:
        yield
    finally:
        _watcher.reset(before)


def passed(work: Work, done: int, total: int) -> None:
    """Tell that so much is done."""
    if watcher := _watcher.get():
        watcher(work, done, total)
