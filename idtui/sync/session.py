"""Batches to the hub and back, each within a deadline, whatever the hub does."""

import asyncio
import gzip
import ipaddress
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from idtui.desk.events import BatchAnswered, BatchFailed, Refusal
from idtui.domain.entries import Entry
from idtui.domain.text import clean, say
from idtui.sync import fhir
from idtui.sync.answer import outcome_words, read_answer
from idtui.sync.capability import capabilities
from idtui.sync.desk_key import DeskKey
from idtui.sync.errors import HubAddressRefused, HubRefuses
from idtui.sync.exchange import (
    OK,
    TOO_LARGE,
    TOTAL_SECONDS,
    UNAUTHORISED,
    Answer,
    TooLong,
    exchange,
    open_client,
)
from idtui.sync.heads import NotSigned, checked_head
from idtui.sync.proof import Bearer, DeskProof, Nobody, Proof

if TYPE_CHECKING:
    import httpx

LARGEST_BATCH = 2 * 1024 * 1024
"""Bytes before compression; 500 entries are about 1.5 MB."""

LONGEST_RETRY = 3600.0
"""Seconds of a hub's Retry-After that are honoured at most."""

REFUSED = frozenset({400, 401, 403})
"""Answers to the whole batch that refuse this desk or this program; sending again does not help."""

_COUNTERSIGNED = re.compile(r"[\w-]{1,500}\.[\w-]{1,3000}\.[\w-]{1,500}", re.ASCII)
"""A compact JWS (RFC 7515 3.1)."""

Send = Callable[[Sequence[Entry], str], BatchAnswered | BatchFailed]


class Road(msgspec.Struct, frozen=True):
    """How to reach a hub: its FHIR base address, who vouches for it, and how this desk proves itself.

    With a `key` the desk gets itself tokens; a `bearer` is a token somebody gave it; without either it says
    nothing of itself. `authorities` is a file (PEM) of those who may vouch for the hub instead of this
    machine's. `seconds` is the deadline of one batch. With the `hub_keys` (JWK set in JSON) known from the
    enrolment, an answer counts only when the hub signed the head of the journal that went with the batch.
    """

    url: str
    key: DeskKey | None = None
    bearer: str = ""
    authorities: Path | None = None
    compress: bool = True
    hub_keys: bytes = b""
    seconds: float = TOTAL_SECONDS

    def __repr__(self) -> str:
        return f"Road({self.url})"


def checked_address(url: str) -> str:
    """Return the hub's address when entries may be sent there.

    Raises `HubAddressRefused` unless it is https, or plain http on the loopback interface: patients never
    cross a network in the clear.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
    if not safe or not host or port == 0 or parts.username is not None or parts.query or parts.fragment:
        raise HubAddressRefused(say("sync.hub_address", address=clean(url)))
    return url


def is_loopback(host: str) -> bool:
    """Say whether a host name or address is this machine's loopback interface."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Session:
    """One connection to a hub after the other, with the token in use; belongs to one event loop."""

    def __init__(self, road: Road) -> None:
        """Check the address; raises `HubAddressRefused`. Nothing is opened yet."""
        self._road = road
        self._url = checked_address(road.url)
        self._client: httpx.AsyncClient | None = None
        self._proof = proof_of(road)
        self._met = False

    async def close(self) -> None:
        """Let go of the connection."""
        if self._client is not None:
            await self._client.aclose()

    async def send(self, entries: Sequence[Entry], chain: str = "") -> BatchAnswered | BatchFailed:
        """Send entries as one batch and return what became of it; a hub's failure is an answer, not an error.

        What does not fit into one batch, or what the hub finds too large, is cut: the answer is then about
        the first entries only. `chain` is the head of the journal (hex) and its sequence, for the hub to
        countersign. Raises `NotMapped` before anything is sent.
        """
        import httpx  # noqa: PLC0415  # late, see idtui.sync.exchange

        body, count = fhir.batch_within(entries, LARGEST_BATCH)
        try:
            async with asyncio.timeout(self._road.seconds):
                answer = await self._exchange(body, chain)
        except TimeoutError:
            return BatchFailed(f"no answer in {self._road.seconds:g} s")
        except HubRefuses as refusal:
            return BatchFailed(refusal.words, refused=refusal.lasting)
        except (httpx.HTTPError, httpx.InvalidURL, TooLong, OSError) as error:
            return BatchFailed(clean(str(error)) or type(error).__name__)
        if answer.status == TOO_LARGE and count > 1:
            return await self.send(entries[: count // 2], chain)
        judged = _judged(answer, [entry.id for entry in entries[:count]])
        if answer.status == OK and chain and self._road.key and self._road.hub_keys:
            return (
                judged
                if isinstance(judged, BatchFailed)
                else self._countersigned(judged, chain, self._road.key)
            )
        return judged

    def _countersigned(self, answer: BatchAnswered, chain: str, key: DeskKey) -> BatchAnswered | BatchFailed:
        """Let an answer count when the hub of the enrolment signed what was sent; else it is another's."""
        try:
            said = checked_head(answer.head, self._road.hub_keys)
        except NotSigned as error:
            return BatchFailed(say("sync.not_countersigned", why=str(error)), refused=True)
        if (said.desk, said.head) != (key.id, chain.partition(" ")[0]):
            return BatchFailed(say("sync.not_countersigned", why="another desk or head"), refused=True)
        return answer

    async def _exchange(self, body: bytes, chain: str) -> Answer:
        """Send a body to a hub that can take it, with a new token when it wants one."""
        client = self._client = self._client or open_client(self._road.authorities)
        if not self._met:
            if lacking := (await capabilities(client, self._url)).lacks():
                raise HubRefuses(say("sync.hub_lacks", what=clean(", ".join(lacking))))
            self._met = True
        headers = {"Content-Type": fhir.MEDIA_TYPE, "Accept": fhir.MEDIA_TYPE}
        if chain:
            headers["Idtui-Chain"] = chain
        if self._road.compress:
            headers["Content-Encoding"] = "gzip"
            body = gzip.compress(body, compresslevel=1, mtime=0)
        answer = await self._post(client, headers, body)
        if answer.status == UNAUTHORISED and self._proof.renew():
            answer = await self._post(client, headers, body)
        return answer

    async def _post(self, client: "httpx.AsyncClient", headers: dict[str, str], body: bytes) -> Answer:
        proven = await self._proof.header(client)
        return await exchange(client, "POST", self._url, {**headers, **proven}, body)


@contextmanager
def connected(road: Road) -> Iterator[Send]:
    """Give a function that sends one batch and waits for its answer, for a command without a desk.

    Raises `HubAddressRefused`.
    """
    session = Session(road)
    with asyncio.Runner() as runner:
        try:
            yield lambda entries, chain: runner.run(session.send(entries, chain))
        finally:
            runner.run(session.close())


def deliver(url: str, entries: Sequence[Entry], *, compress: bool = True) -> BatchAnswered | BatchFailed:
    """Send entries as one batch to a hub that asks for no proof, and wait for the answer."""
    with connected(Road(url, compress=compress)) as send:
        return send(entries, "")


def proof_of(road: Road) -> Proof:
    """Return how this desk proves itself on that road."""
    if road.bearer:
        return Bearer(road.bearer)
    return DeskProof(road.key, road.url) if road.key else Nobody()


def _judged(answer: Answer, sent: Sequence[str]) -> BatchAnswered | BatchFailed:
    if answer.status == OK:
        read = read_answer(answer.body, sent)
        if read is None:
            return BatchFailed("no batch-response")
        head = answer.headers.get("idtui-head", "")
        return msgspec.structs.replace(read, head=head if _COUNTERSIGNED.fullmatch(head) else "")
    words = clean(f"HTTP {answer.status} {outcome_words(answer.body)}".rstrip())
    if answer.status == TOO_LARGE:  # one entry alone: it must not keep the others from going
        return BatchAnswered((), (Refusal(sent[0], TOO_LARGE, words),))
    wait = _retry_after(answer.headers.get("retry-after", ""))
    return BatchFailed(words, refused=answer.status in REFUSED, retry_after=wait)


def _retry_after(text: str) -> float:
    """Return the seconds a hub asks to be left alone; a date (RFC 9110 10.2.3) is not read and counts 0."""
    return min(float(text), LONGEST_RETRY) if re.fullmatch(r"[0-9]{1,9}", text, re.ASCII) else 0.0
