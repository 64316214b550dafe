"""The numbering of the feed behind the batches of one worker: one run at a time, never in a batch's way."""

import asyncio

import sqlalchemy as sql
from starlette.concurrency import run_in_threadpool

from idtui.hub import numbering


class Following:
    """Numbers what batches brought, soon after; belongs to one event loop.

    Were every batch to number by itself, all would wait for the one row that numbering holds, each with a
    connection that no other batch can have meanwhile.
    """

    def __init__(self, engine: sql.Engine) -> None:
        self._engine = engine
        self._news = False
        self._ending = False
        self._run: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """Say that a batch was stored."""
        self._news = True
        if self._run is None and not self._ending:
            self._run = asyncio.create_task(self._number())

    async def end(self) -> None:
        """Let the transaction under way finish; what has no number then gets it from whoever asks next."""
        self._ending = True
        if self._run:
            await self._run

    async def _number(self) -> None:
        try:
            while self._news and not self._ending:
                self._news = False
                self._news |= await run_in_threadpool(numbering.some, self._engine)
        finally:
            self._run = None
