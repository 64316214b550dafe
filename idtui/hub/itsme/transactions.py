"""Phones that are awaited, in SQL: whichever worker is asked finds them, and each step is made once."""

import hashlib
import secrets
import time
from collections.abc import Callable

import msgspec
import sqlalchemy as sql

from idtui.domain.path import Confirmed
from idtui.domain.text import Private
from idtui.hub.database import Database
from idtui.hub.tables import ITSME
from idtui.sync.itsme import Answer, Status, Why

ANSWERED = "answered"
"""A phone came back and its answer is being proven: to a desk the same as opened."""

_SHORT = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Letters and digits nobody takes for another; capitals make the smallest codes."""

SHORT_LENGTH = 10
"""50 bits, for links that live five minutes and open once."""


class Waiting(Private, frozen=True):
    """One phone that is awaited. `document` is what the hub needs to go on, as JSON."""

    id: str
    status: str
    link: str
    document: str
    due: int
    expires: int
    why: str = ""
    person: str | None = None

    @property
    def shown(self) -> Answer:
        """What the desk may know."""
        status = Status.OPENED if self.status == ANSWERED else Status(self.status)
        tag = hashlib.sha256(f"{status} {self.link}".encode()).hexdigest()
        person = msgspec.json.decode(self.person, type=Confirmed) if self.person else None
        return Answer(status, tag, self.link, self.why, person)


class Transactions:
    """The table `itsme`; every change asks for the state before it, so that of two workers one makes it."""

    def __init__(self, database: Database, now: Callable[[], float] = time.time) -> None:
        self._database = database
        self._now = now

    def begin(
        self, desk_id: str, seconds: int, *, link: str = "", base: str = "", document: str = ""
    ) -> Waiting:
        """Await a phone for a desk: by a link the hub has, or by one of ours under `base`, made here."""
        short = "".join(secrets.choice(_SHORT) for _ in range(SHORT_LENGTH)) if base else None
        now = int(self._now())
        row = {
            "id": secrets.token_urlsafe(32),
            "desk_id": desk_id,
            "short": short,
            "status": Status.PENDING.value,
            "why": "",
            "link": f"{base}{short}" if base else link,
            "document": document,
            "due": 0,
            "expires": now + seconds,
        }
        over = ITSME.delete().where(ITSME.c.expires < now)

        def work(connection: sql.Connection) -> None:
            connection.execute(over)
            connection.execute(ITSME.insert().values(row))

        self._database.run(work)
        return msgspec.convert({name: row[name] for name in _SHOWN if name in row}, Waiting)

    def of_desk(self, desk_id: str, transaction: str) -> Waiting | None:
        """Return what a desk awaits; None for what is over and forgotten, or another desk's."""
        mine = sql.and_(ITSME.c.id == transaction, ITSME.c.desk_id == desk_id)
        found = self._database.read(sql.select(*_COLUMNS).where(mine))
        return self._timed(found[0]) if found else None

    def forget(self, desk_id: str, transaction: str) -> None:
        """Forget it with the person in it: the desk has the answer, or wants none any more."""
        mine = sql.and_(ITSME.c.id == transaction, ITSME.c.desk_id == desk_id)
        self._database.run(lambda connection: connection.execute(ITSME.delete().where(mine)))

    def open(self, short: str, state: str, document: str) -> Waiting | None:
        """Let one phone have the link, once; None when it was opened before, or is over."""
        return self._changed(
            sql.and_(ITSME.c.short == short.upper(), ITSME.c.status == Status.PENDING.value),
            status=Status.OPENED.value,
            state=_digest(state),
            document=document,
        )

    def come_back(self, state: str) -> Waiting | None:
        """Take the phone that comes back with a state, once."""
        asked = sql.and_(ITSME.c.state == _digest(state), ITSME.c.status == Status.OPENED.value)
        return self._changed(asked, status=ANSWERED)

    def turn(self, waiting: Waiting, due: int) -> bool:
        """Say whether the caller is the one to ask itsme now; nobody else is before `due` (milliseconds)."""
        mine = sql.and_(ITSME.c.id == waiting.id, ITSME.c.due == waiting.due)
        return self._changed(mine, due=due) is not None

    def go_on(self, transaction: str, status: Status, link: str, document: str) -> Waiting | None:
        """Keep how far it is."""
        return self._changed(ITSME.c.id == transaction, status=status.value, link=link, document=document)

    def end(
        self, transaction: str, status: Status, *, why: Why | None = None, person: Confirmed | None = None
    ) -> Waiting | None:
        """Keep how it ended, without what was needed to get there."""
        return self._changed(
            ITSME.c.id == transaction,
            status=status.value,
            why=str(why or ""),
            document="",
            person=msgspec.json.encode(person).decode() if person else None,
        )

    def _changed(self, which: "sql.ColumnElement[bool]", **values: object) -> Waiting | None:
        """Change one row that is not over and return it as it is then."""
        live = sql.and_(which, ITSME.c.expires > int(self._now()))
        change = ITSME.update().where(live).values(**values).returning(*_COLUMNS)
        row = self._database.run(lambda connection: connection.execute(change).first())
        return _waiting(row) if row else None

    def _timed(self, row: "sql.Row[*tuple[object, ...]]") -> Waiting:
        waiting = _waiting(row)
        over = waiting.expires <= self._now() and not waiting.shown.status.is_over
        return msgspec.structs.replace(waiting, status=Status.EXPIRED.value) if over else waiting


_SHOWN = Waiting.__struct_fields__
_COLUMNS = [ITSME.c[name] for name in _SHOWN]


def _waiting(row: "sql.Row[*tuple[object, ...]]") -> Waiting:
    return msgspec.convert(dict(zip(_SHOWN, row, strict=True)), Waiting)


def _digest(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()
