"""Several works at once in threads of their own, and a reader of the feed beside them; errors are raised."""

import threading
from collections.abc import Callable

import sqlalchemy as sql

from idtui.hub.database import Database
from idtui.hub.tables import ENTRY


def in_threads(*works: Callable[[], object]) -> None:
    errors: list[BaseException] = []

    def caught(work: Callable[[], object]) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001  # raised again below, in the test's own thread
            errors.append(error)

    threads = [threading.Thread(target=caught, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    if errors:
        raise errors[0]


def numbers_read_beside(database: Database, *works: Callable[[], object]) -> tuple[list[int], list[int]]:
    """Do the works at once and read the numbers of the feed all the while.

    Return those seen in the end, and those that came between numbers seen before: late.
    """
    finished = threading.Event()
    seen: list[int] = []
    late: list[int] = []

    def read() -> None:
        done = False
        while not done:
            done = finished.is_set()
            with database.engine.connect() as connection:
                look = sql.select(ENTRY.c.sequence).order_by(ENTRY.c.sequence)
                now = list(connection.execute(look).scalars())
            late.extend(set(now[: len(seen)]) - set(seen))
            seen[:] = now

    reader = threading.Thread(target=read)
    reader.start()
    try:
        in_threads(*works)
    finally:
        finished.set()
        reader.join(120)
    return seen, late
