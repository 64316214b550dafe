"""The numbering of the feed behind the batches of one worker: one run at a time, never in a batch's way."""

import asyncio
from contextlib import suppress
from time import monotonic

import sqlalchemy as sql
from starlette.concurrency import run_in_threadpool

from idtui.hub import numbering

LULL = 0.2
"""Seconds without a batch after which numbering begins."""

LATEST = 2.0
"""Seconds after which it begins all the same, and goes on until everything has its number."""


class Following:
    """Numbers what batches brought, soon after; belongs to one event loop.

    Were every batch to number by itself, all would wait for the one row that numbering holds, each with a
    connection that no other batch can have meanwhile. A desk that sends one batch after another has its
    receipts first: numbering waits for a lull.
    """

    def __init__(self, engine: sql.Engine, lull: float = LULL, latest: float = LATEST) -> None:
        self._engine = engine
        self._lull = lull
        self._latest = latest
        self._news = False
        self._last_news = 0.0
        self._ending = asyncio.Event()
        self._run: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """Say that a batch was stored."""
        self._news, self._last_news = True, monotonic()
        if self._run is None and not self._ending.is_set():
            self._run = asyncio.create_task(self._number())

    async def end(self) -> None:
        """Let the transaction under way finish; what has no number then gets it from whoever asks next."""
        self._ending.set()
        if self._run:
            await self._run

    async def _number(self) -> None:
        try:
            begin_by = monotonic() + self._latest
            while self._news and await self._lull_came(begin_by):
                self._news = False
                if await run_in_threadpool(numbering.some, self._engine):
                    self._news = True
                else:
                    begin_by = monotonic() + self._latest
        finally:
            self._run = None

    async def _lull_came(self, begin_by: float) -> bool:
        """Wait for a lull, or until it is late enough; say whether the hub still goes on."""
        while not self._ending.is_set() and (left := self._begin_at(begin_by) - monotonic()) > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), left)
        return not self._ending.is_set()

    def _begin_at(self, begin_by: float) -> float:
        return min(self._last_news + self._lull, begin_by)
