"""Desks that send to a hub without pause, come again until they have a receipt, and remember it."""

import itertools
import random
import threading
from collections import Counter
from collections.abc import Callable
from typing import Self

import httpx
from hub_desks import SimulatedDesk

from idtui.domain.entries import Verification
from idtui.hub.database import Database
from idtui.hub.desks import Desks, State

BATCH = 25
PATIENCE = 90.0
_PER_DESK = 1_000_000


class Fleet:
    """Desks in threads of their own; at the end of `with` every desk gets the receipts it still lacks."""

    def __init__(
        self, base: str, database: str, make: Callable[..., Verification], *, seed: int, desks: int = 5
    ) -> None:
        self._make = make
        self._base = base
        self._seed = seed
        self._ending = threading.Event()
        self._given_up = threading.Event()
        self._news = threading.Condition()
        self.receipts: Counter[str] = Counter()
        self.made: set[str] = set()
        self.failures: Counter[int | str] = Counter()
        self._desks = [SimulatedDesk(base, f"desk-{number}") for number in range(desks)]
        opened = Database(database)
        for desk in self._desks:
            assert desk.enrol().status_code == 202
            Desks(opened).decide(desk.id, State.APPROVED, "it-1")
        opened.close()
        self._threads = [
            threading.Thread(target=self._live, args=(number, desk))
            for number, desk in enumerate(self._desks)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, _: object, __: object) -> None:
        self._ending.set()
        if kind:
            self._given_up.set()
        for thread in self._threads:
            thread.join(PATIENCE)
        self._given_up.set()
        for desk in self._desks:
            desk.close()

    def await_receipts(self, more: int) -> None:
        """Wait until so many entries more have their receipt."""
        with self._news:
            goal = len(self.receipts) + more
            assert self._news.wait_for(lambda: len(self.receipts) >= goal, PATIENCE), self.failures

    def check(self, database: str) -> None:
        """Require that every entry has its receipt and is held exactly once, and nothing else is."""
        opened = Database(database)
        with opened.engine.connect() as connection:
            held = list(connection.exec_driver_sql("SELECT id FROM observation").scalars())
        opened.close()
        assert set(self.receipts) == self.made
        assert Counter(held) == Counter(self.made)

    def _live(self, number: int, desk: SimulatedDesk) -> None:
        drawn = random.Random(f"{self._seed} {number}")
        for turn in itertools.count():
            if self._ending.is_set():
                return
            first = number * _PER_DESK + turn * BATCH
            batch = [self._make(first + place, desk=desk.name) for place in range(BATCH)]
            with self._news:
                self.made.update(entry.id for entry in batch)
            waiting = batch
            while waiting and not self._given_up.is_set():
                drawn.shuffle(waiting)
                got = self._try(desk, waiting)
                waiting = [entry for entry in waiting if entry.id not in got]
                if not waiting and drawn.random() < 0.2:
                    self._try(desk, batch)  # the answer was lost: all of it again

    def _try(self, desk: SimulatedDesk, batch: list[Verification]) -> set[str]:
        try:
            if not desk.token:
                desk.sign_in()
            answer = desk.send(batch)
        except (httpx.HTTPError, AssertionError) as error:
            self._failed(type(error).__name__)
            return set()
        if answer.status_code != 200:
            self._failed(answer.status_code)
            return set()
        entries = zip(batch, answer.json()["entry"], strict=True)
        got = {entry.id for entry, told in entries if told["response"]["status"][:3] in ("200", "201")}
        with self._news:
            self.receipts.update(got)
            self._news.notify_all()
        return got

    def _failed(self, how: int | str) -> None:
        with self._news:
            self.failures[how] += 1
        self._given_up.wait(0.05)
