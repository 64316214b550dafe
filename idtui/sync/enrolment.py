"""How a desk becomes known to a hub: it shows its public key, a person approves it there."""

import asyncio
from typing import Literal

import msgspec

from idtui.domain.text import clean, say
from idtui.sync.answer import outcome_words
from idtui.sync.desk_key import DeskKey
from idtui.sync.errors import HubRefuses, HubUnreachable
from idtui.sync.exchange import LASTING, OK, TooLong, exchange, open_client
from idtui.sync.proof import base_of
from idtui.sync.session import Road, checked_address

SECRET = "desk"  # noqa: S105  # the name under which the store keeps it, no secret itself
_TAKEN = frozenset({200, 201, 202})
_NO_SUCH_PAGE = frozenset({404, 405, 501})


class Enrolment(msgspec.Struct, frozen=True):
    """What a desk keeps of its enrolment: a key is for one desk of one site at one hub."""

    hub: str
    site: str
    desk: str
    private: bytes
    hub_keys: bytes = b""
    """The hub's keys for heads (JWK set in JSON) as they were then; from another key no answer counts."""

    @property
    def key(self) -> DeskKey:
        """The key of the desk."""
        return DeskKey(self.private)

    def __repr__(self) -> str:
        return f"Enrolment({self.hub})"


class Enrolled(msgspec.Struct, frozen=True):
    """What the hub says: the desk's id, how far the approval is, and the code that both sides show.

    `hub_keys` are the keys by which it signs heads (JWK set in JSON), empty where it signs none.
    """

    id: str
    state: Literal["waiting", "approved", "revoked"]
    code: str
    hub_keys: bytes = b""


def enrolment_of(kept: bytes | None) -> Enrolment | None:
    """Return the enrolment a store keeps, or None."""
    return msgspec.json.decode(kept, type=Enrolment) if kept else None


def begun(kept: bytes | None, *, hub: str, site: str, desk: str) -> Enrolment:
    """Return the enrolment for this hub, site and desk: the one kept, or one with a new key."""
    before = enrolment_of(kept)
    if before and (before.hub, before.site, before.desk) == (hub, site, desk):
        return before
    return Enrolment(hub=hub, site=site, desk=desk, private=DeskKey.new().private)


def enrol(enrolment: Enrolment, road: Road) -> Enrolled:
    """Show the key to the hub, as often as one likes, and return what it says of the desk.

    Raises `HubAddressRefused`, `HubUnreachable`, `HubRefuses` when it does not take the desk or speaks of
    another one.
    """
    return asyncio.run(_shown(enrolment, road))


async def _shown(enrolment: Enrolment, road: Road) -> Enrolled:
    import httpx  # noqa: PLC0415  # late, see idtui.sync.exchange

    address = f"{base_of(checked_address(road.url))}/desks"
    key = enrolment.key
    content = msgspec.json.encode({"site": enrolment.site, "desk": enrolment.desk, "key": key.public})
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    try:
        async with asyncio.timeout(road.seconds), open_client(road.authorities) as client:
            answer = await exchange(client, "POST", address, headers, content)
            keys = await exchange(client, "GET", f"{base_of(road.url)}/keys", {"Accept": "application/json"})
    except TimeoutError:
        raise HubUnreachable(f"> {road.seconds:g} s") from None
    except (httpx.HTTPError, httpx.InvalidURL, TooLong, OSError) as error:
        raise HubUnreachable(clean(str(error)) or type(error).__name__) from None
    if answer.status in _NO_SUCH_PAGE:
        raise HubRefuses(say("enrol.nobody", status=answer.status))
    if answer.status not in _TAKEN:
        words = clean(f"POST desks: HTTP {answer.status} {outcome_words(answer.body)}".rstrip())
        raise HubRefuses(words, lasting=answer.status in LASTING)
    try:
        enrolled = msgspec.json.decode(answer.body, type=Enrolled)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise HubRefuses("POST desks: no id, state and code") from None
    if (enrolled.id, enrolled.code) != (key.id, key.code):
        raise HubRefuses("POST desks: another desk")
    return msgspec.structs.replace(enrolled, hub_keys=keys.body if keys.status == OK else b"")
