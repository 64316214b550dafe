"""The desks a hub knows: each by its public key, waiting, approved or revoked by a person of the hospital."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

import msgspec
import sqlalchemy as sql
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from msgspec import Meta

from idtui.domain.errors import NotUnderstood
from idtui.domain.text import clean, say
from idtui.hub import heads
from idtui.hub.database import Database
from idtui.hub.heads import SeenHead
from idtui.hub.resources import Name
from idtui.hub.schema import ASSERTION, DESK, HUB_KEY

MOST_WAITING = 1_000
"""Desks that may wait for approval at one time: more is no roll-out but somebody filling the table."""

CODE_LENGTH = 6
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

_Coordinate = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{43}\Z")]


class State(StrEnum):
    """What the hospital says of a desk."""

    WAITING = "waiting"
    APPROVED = "approved"
    REVOKED = "revoked"


class PublicKey(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """The public half of an EC key on P-256 as JWK (RFC 7517); a private half is refused, not ignored."""

    kty: Literal["EC"]
    crv: Literal["P-256"]
    x: _Coordinate
    y: _Coordinate
    kid: str = ""
    use: str = ""
    alg: str = ""


class Enrolment(msgspec.Struct, forbid_unknown_fields=True):
    """What a desk asks: to be known under this name with this key. `site` is an INAMI number or empty."""

    site: Annotated[str, Meta(pattern=r"^([0-9]{8}|[0-9]{11})?\Z")]
    desk: Name
    key: PublicKey


class KeyRefused(Exception):
    """The numbers of a public key are no point of its curve."""


class EnrolmentRefused(Exception):
    """A desk cannot be enrolled: its key is known under another name, or too many wait."""


@dataclass(frozen=True, slots=True)
class Desk:
    """A desk: `id` is the RFC 7638 thumbprint of its public key, which is a JWK in JSON."""

    id: str
    site: str
    desk: str
    key: str
    state: State
    registered_at: datetime
    decided_at: datetime | None
    decided_by: str | None

    @property
    def code(self) -> str:
        """What approver and desk compare."""
        return code_of(self.id)


def code_of(desk_id: str) -> str:
    """Return the first six characters of the SHA-256 of a thumbprint in Crockford's base 32."""
    bits = int.from_bytes(hashlib.sha256(desk_id.encode()).digest())
    return "".join(_CROCKFORD[bits >> (256 - 5 * place) & 31] for place in range(1, CODE_LENGTH + 1))


class Desks:
    """The desks in the database, their one-time assertions, and the key the hub signs with."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def enrol(self, asked: Enrolment, *, approved_by: str = "") -> Desk:
        """Note a desk, waiting unless approved at once; the same again changes nothing.

        Raises `KeyRefused` and `EnrolmentRefused`.
        """
        jwk: dict[str, str | list[str]] = {
            "kty": asked.key.kty,
            "crv": asked.key.crv,
            "x": asked.key.x,
            "y": asked.key.y,
        }
        try:
            desk_id = ECKey.import_key(jwk).thumbprint()
        except (JoseError, ValueError):
            raise KeyRefused from None
        now = datetime.now(UTC)
        row = {
            "id": desk_id,
            "site": asked.site,
            "desk": clean(asked.desk),
            "key": msgspec.json.encode(jwk).decode(),
            "state": State.APPROVED if approved_by else State.WAITING,
            "registered_at": now,
            "decided_at": now if approved_by else None,
            "decided_by": approved_by or None,
        }
        insert = self._database.insert(DESK).values(row).on_conflict_do_nothing(index_elements=["id"])
        waiting = sql.select(sql.func.count()).where(DESK.c.state == State.WAITING)
        known = self.find(desk_id)
        if known is None:
            if (
                self._database.run(lambda connection: connection.execute(waiting).scalar_one())
                >= MOST_WAITING
            ):
                raise EnrolmentRefused("too many desks wait for approval")
            self._database.run(lambda connection: connection.execute(insert).close())
            known = self.find(desk_id)
        if known is None or (known.site, known.desk) != (row["site"], row["desk"]):
            raise EnrolmentRefused("this key is known under another name")
        if approved_by and known.state is not State.APPROVED:
            return self.decide(known.id, State.APPROVED, approved_by)
        return known

    def heads(self) -> dict[str, SeenHead]:
        """Return what was seen of the desks' journals, by the desks' ids."""
        return self._database.run(heads.seen)

    def find(self, desk_id: str) -> Desk | None:
        """Return the desk of an id."""
        rows = self._rows(sql.select(DESK).where(DESK.c.id == desk_id))
        return rows[0] if rows else None

    def all(self) -> list[Desk]:
        """Return every desk, the latest last."""
        return self._rows(sql.select(DESK).order_by(DESK.c.registered_at, DESK.c.id))

    def decide(self, which: str, state: State, by: str) -> Desk:
        """Approve or revoke the desk that is named by its id or by its code, and note who did.

        Raises `NotUnderstood` when it names none or several, and for the approval of a revoked desk: it
        makes a new key and asks again.
        """
        named = [desk for desk in self.all() if which == desk.id or which.upper() == desk.code]
        if len(named) != 1:
            raise NotUnderstood(say("hub.desk.several" if named else "hub.desk.unknown", desk=clean(which)))
        change = (
            DESK.update()
            .where(DESK.c.id == named[0].id, DESK.c.state != State.REVOKED)
            .values(state=state, decided_at=datetime.now(UTC), decided_by=by)
        )
        if named[0].state is not state:
            self._database.run(lambda connection: connection.execute(change).close())
        decided = self.find(named[0].id)
        if decided is None or decided.state is not state:
            raise NotUnderstood(say("hub.desk.revoked_for_good", desk=clean(which)))
        return decided

    def use_once(self, desk_id: str, jti: str, expires: int) -> bool:
        """Note that a desk used an assertion; False when it was used before. Durable on return."""
        digest = hashlib.sha256(f"{desk_id} {jti}".encode()).hexdigest()
        insert = self._database.insert(ASSERTION).values(digest=digest, expires=expires)
        once = insert.on_conflict_do_nothing(index_elements=["digest"]).returning(ASSERTION.c.digest)
        return self._database.run(lambda connection: connection.execute(once).scalar()) is not None

    def forget_assertions(self, before: int) -> None:
        """Drop the notes of assertions that expired before a moment in seconds since 1970."""
        drop = ASSERTION.delete().where(ASSERTION.c.expires < before)
        self._database.run(lambda connection: connection.execute(drop).close())

    def signing_key(self) -> ECKey:
        """Return the hub's key, made by whichever worker comes first."""
        made = ECKey.generate_key("P-256").as_dict(private=True)
        row = {"id": 1, "jwk": msgspec.json.encode(made).decode()}
        insert = self._database.insert(HUB_KEY).values(row).on_conflict_do_nothing(index_elements=["id"])
        held = sql.select(HUB_KEY.c.jwk).where(HUB_KEY.c.id == 1)

        def work(connection: sql.Connection) -> str:
            connection.execute(insert)
            jwk: str = connection.execute(held).scalar_one()
            return jwk

        return ECKey.import_key(msgspec.json.decode(self._database.run(work)))

    def _rows(self, query: sql.Select[*tuple[Any, ...]]) -> list[Desk]:
        found = [row._mapping for row in self._database.read(query)]  # noqa: SLF001  # SQLAlchemy's public name
        return [
            Desk(
                **{
                    **row,
                    "state": State(row["state"]),
                    "registered_at": _in_utc(row["registered_at"]),
                    "decided_at": _in_utc(row["decided_at"]) if row["decided_at"] else None,
                }
            )
            for row in found
        ]


def _in_utc(moment: datetime) -> datetime:
    """Return a moment with its offset; SQLite gives back UTC without it."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
