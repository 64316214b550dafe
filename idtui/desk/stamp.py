"""The head every new entry gets: id, sequence, who, where and when."""

import os
from datetime import datetime
from typing import TypedDict
from uuid import UUID

import msgspec

from idtui.desk.ports import Clock, Journal


class Station(msgspec.Struct, frozen=True):
    """Where entries are made and by whom. The operator's name is not proven yet: nobody signs in.

    `site` is the INAMI number of the hospital, or empty.
    """

    site: str
    desk: str
    operator: str
    training: bool = False


def uuid7(moment: datetime, randomness: int) -> UUID:
    """Return a UUID of version 7 (RFC 9562 5.7): 48 bits of Unix milliseconds, then 74 of `randomness`."""
    milliseconds = int(moment.timestamp() * 1000) & 0xFFFF_FFFF_FFFF
    random_a = (randomness >> 62) & 0xFFF
    random_b = randomness & 0x3FFF_FFFF_FFFF_FFFF
    return UUID(int=milliseconds << 80 | 0x7 << 76 | random_a << 64 | 0b10 << 62 | random_b)


class Head(TypedDict):
    """The arguments that `idtui.domain.entries.Head` takes."""

    id: str
    sequence: int
    site: str
    desk: str
    operator: str
    recorded_at: datetime
    training: bool


class Stamp(msgspec.Struct, frozen=True):
    """The fields of an entry's head, ready for its constructor: `Draft(**stamp.head(), digits="")`."""

    station: Station
    clock: Clock
    journal: Journal

    def head(self, *, operator: str | None = None) -> Head:
        """Return a new head; every call takes a new id."""
        now = self.clock.now()
        return {
            "id": str(uuid7(now, int.from_bytes(os.urandom(10), "big"))),
            "sequence": self.journal.next_sequence(),
            "site": self.station.site,
            "desk": self.station.desk,
            "operator": operator or self.station.operator,
            "recorded_at": now,
            "training": self.station.training,
        }
