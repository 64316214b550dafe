"""What desk and hub say to each other while a patient's phone is awaited (itsme): /desk/itsme of the hub."""

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from idtui.domain.path import Confirmed
from idtui.domain.text import Private

PATH = "/desk/itsme"
POLL_SECONDS = 25.0
"""Seconds after which the hub answers also when nothing has changed."""


class Status(StrEnum):
    """How far it is."""

    PENDING = "pending"
    OPENED = "opened"
    """The phone has the code; nobody else can open it any more."""
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    FAILED = "failed"

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self not in (Status.PENDING, Status.OPENED)


class Why(StrEnum):
    """Why itsme established nobody; desks have words for each."""

    CANCELLED = "cancelled"
    EXPIRED = "expired"
    LOGIN_REQUIRED = "login_required"
    UNAVAILABLE = "unavailable"
    """itsme does not answer, or says that it cannot now."""
    REFUSED = "refused"
    """itsme refuses this hub: contract, settings or keys."""
    UNPROVEN = "unproven"
    """What came back is not proven: signature, audience, nonce, time, subject, assurance."""
    INCOMPLETE = "incomplete"
    """A valid NISS, the name or the date of birth is missing."""
    UNDER_16 = "under_16"


class Begun(msgspec.Struct, frozen=True):
    """The hub awaits a phone: `link` is what the code on the screen says, good for `expires_in` seconds."""

    id: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{8,64}\Z")]
    link: Annotated[str, Meta(min_length=1, max_length=500)]
    expires_in: Annotated[int, Meta(gt=0, le=3600)]

    def __repr__(self) -> str:
        return "Begun(hidden)"


class Answer(Private, frozen=True):
    """How far it is; `tag` is handed back, so that the hub answers when something is new.

    `link` is the text of the code now, `why` a word for what failed, `person` who confirmed.
    """

    status: Status
    tag: Annotated[str, Meta(pattern=r"^[0-9a-f]{0,64}\Z")] = ""
    link: Annotated[str, Meta(max_length=500)] = ""
    why: str = ""
    person: Confirmed | None = None
