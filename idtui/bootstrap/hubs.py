"""The line to the hospital for desks and commands, and the hub itself."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from idtui.bootstrap.here import CLOCK
from idtui.bootstrap.stores import writing
from idtui.config import Config
from idtui.desk.events import BatchAnswered, BatchFailed
from idtui.desk.outbox import Outbox
from idtui.domain.entries import Entry
from idtui.domain.errors import NotUnderstood
from idtui.domain.text import Message, clean, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idtui.desk.ports import Courier, Hub, Phones
    from idtui.hub.database import HubStatus
    from idtui.hub.desks import Desk, Desks
    from idtui.hub.server import Service
    from idtui.seal.passphrase import Passphrase
    from idtui.store.desk_store import DeskStore
    from idtui.sync.enrolment import Enrolled
    from idtui.sync.session import Road

    Send = Callable[[Sequence[Entry]], BatchAnswered | BatchFailed]


STDERR = 2


@contextmanager
def delivering(
    config: Config, passphrase: "Passphrase", *, tell: Callable[[Message], None], training: bool
) -> Iterator[tuple[Outbox, "Send"]]:
    """Hold store and line, for `idtui sync`."""
    from idtui.sync.session import checked_address, connected

    checked_address(config.hub)
    with (
        writing(config, passphrase, tell=tell, training=training) as (stamp, store),
        connected(road(config, store)) as send,
    ):
        outbox = Outbox(store, None, CLOCK, stamp, timedelta(0))
        yield outbox, lambda entries: send(entries, _chain_of(store))


class Round(msgspec.Struct, frozen=True):
    """One batch of `idtui sync --watch`: what became of it, and what is left. No answer: nothing waited."""

    answer: BatchAnswered | BatchFailed | None
    waiting: int
    parked: int


def one_round(
    config: Config, passphrase: "Passphrase", *, tell: Callable[[Message], None], training: bool
) -> Round:
    """Deliver one batch, holding the store only to take it out and to write its answer in.

    A desk that opens in between finds its store free; what it sends again the hub knows already. Raises
    what `writing` raises.
    """
    from idtui.sync.session import checked_address, connected

    checked_address(config.hub)
    with writing(config, passphrase, tell=tell, training=training) as (stamp, store):
        outbox = Outbox(store, None, CLOCK, stamp, timedelta(0))
        batch, way, head = outbox.next_batch(), road(config, store), _chain_of(store)
        if not batch:
            return Round(None, 0, outbox.delivery().parked)
    with connected(way) as send:
        answer = send(batch, head)
    with writing(config, passphrase, tell=tell, training=training) as (stamp, store):
        outbox = Outbox(store, None, CLOCK, stamp, timedelta(0))
        outbox.take(answer, {entry.id for entry in batch} & {entry.id for entry in store.unsent()})
        left = outbox.delivery()
        return Round(answer, left.waiting, left.parked)


def trace(config: Config) -> tuple[tuple[str, int], ...]:
    """Return what tells from outside that a store was written to: its segments and when they last changed."""
    from idtui.store.segment_file import segment_files

    files = segment_files(config.store_directory)
    return tuple((str(file), file.stat().st_mtime_ns) for _, file in files)


def enrol(
    config: Config, passphrase: "Passphrase", *, tell: Callable[[Message], None], training: bool = False
) -> "Enrolled":
    """Show this desk's key to the hub, making one where there is none for this hub, site and desk.

    Raises `HubAddressRefused`, `HubUnreachable`, `HubRefuses`, and what `writing` raises.
    """
    from idtui.sync.enrolment import SECRET, begun
    from idtui.sync.enrolment import enrol as show
    from idtui.sync.session import checked_address

    checked_address(config.hub)
    with writing(config, passphrase, tell=tell, training=training) as (_, store):
        kept = store.secret(SECRET)
        enrolment = begun(kept, hub=config.hub, site=config.site, desk=config.desk_name)
        encoded = msgspec.json.encode(enrolment)
        if encoded != kept:
            store.keep_secret(SECRET, encoded)
        shown = show(enrolment, _plain_road(config))
        if shown.hub_keys != enrolment.hub_keys:
            if enrolment.hub_keys:
                tell(say("enrol.hub_key_changed"))
            known = msgspec.structs.replace(enrolment, hub_keys=shown.hub_keys)
            store.keep_secret(SECRET, msgspec.json.encode(known))
        return shown


def road(config: Config, store: "DeskStore") -> "Road":
    """Return the road to the configured hub: with the token it was given, else with the key of its enrolment.

    Raises `NotUnderstood` when the file of the token cannot be read.
    """
    return _road(config, store.secret)


def road_beside(config: Config, passphrase: "Callable[[], Passphrase | None]") -> "Road":
    """Return the road for a command that only asks, beside a running desk if need be.

    `passphrase` is asked for only where there is a store that may hold the key of this desk.
    """
    from idtui.store.desk_store import is_locked, read_secret

    def secret(name: str) -> bytes | None:
        given = passphrase() if is_locked(config.store_directory) else None
        return read_secret(config.store_directory, given, name) if given else None

    return _road(config, secret)


def _road(config: Config, secret: "Callable[[str], bytes | None]") -> "Road":
    from idtui.sync.enrolment import SECRET, enrolment_of

    plain = _plain_road(config)
    if config.hub_token_file:
        return msgspec.structs.replace(plain, bearer=_token(config))
    enrolment = enrolment_of(secret(SECRET))
    if enrolment is None or enrolment.hub != config.hub:
        return plain
    return msgspec.structs.replace(plain, key=enrolment.key, hub_keys=enrolment.hub_keys)


def _plain_road(config: Config) -> "Road":
    from idtui.sync.session import Road

    return Road(config.hub, authorities=config.hub_authorities, compress=config.hub_gzip)


def _token(config: Config) -> str:
    file = config.hub_token_file
    try:
        token = file.read_text(encoding="ascii").strip() if file else ""
    except (OSError, UnicodeDecodeError):
        token = ""
    if not token.isprintable() or not token or " " in token:
        raise NotUnderstood(say("config.hub_token", file=clean(str(file))))
    return token


def courier(config: Config, store: "DeskStore") -> "Courier":
    """Return the road to a hub, for a desk."""
    from idtui.sync.courier import HubCourier

    return HubCourier(road(config, store), lambda: _chain_of(store))


def _chain_of(store: "DeskStore") -> str:
    """Return what the hub is to countersign: the head of the journal and the sequence of its frame."""
    return f"{store.head} {store.frames}"


def phones(config: Config, store: "DeskStore") -> "Phones":
    """Return the way to patients' phones through the hub, for a desk."""
    from idtui.sync.phones import HubPhones

    return HubPhones(road(config, store))


def background(config: Config, store: "DeskStore") -> "Hub":
    """Return what asks the hub beside the work of a desk."""
    from idtui.sync.background import HubBackground

    return HubBackground(road(config, store))


def service(**options: Any) -> "Service":  # noqa: ANN401  # the fields of Service, which is imported late
    """Return how a hub is to be run, its log on standard error."""
    from idtui.hub.server import Service
    from idtui.hub.watch import to_descriptor

    return Service(log=to_descriptor(STDERR), **options)


def serve_hub(service: "Service", ready: Callable[[int], None]) -> None:
    """Run the hub until it is told to end."""
    if service.workers == 1:
        from idtui.hub.server import serve

        serve(service, ready)
    else:
        from idtui.hub.workers import supervise

        supervise(service, ready)


def migrate_hub(database: str) -> tuple[int, int]:
    """Bring a hub's database to this program's version; return the version before and after."""
    from idtui.hub.database import migrate

    return migrate(database)


def hub_status(database: str) -> "HubStatus":
    """Count what a hub holds."""
    from idtui.hub.database import status

    return status(database)


@contextmanager
def hub_desks(database: str) -> Iterator["Desks"]:
    """Hold the desks of a hub, also while it runs."""
    from idtui.hub.database import Database
    from idtui.hub.desks import Desks

    opened = Database(database, create=False)
    try:
        yield Desks(opened)
    finally:
        opened.close()


def add_desk(desks: "Desks", site: str, name: str, key: Path, by: str) -> "Desk":
    """Approve a desk by the file of its public key; raises `NotUnderstood`."""
    import msgspec

    from idtui.hub.desks import Enrolment, EnrolmentRefused, KeyRefused

    try:
        jwk = msgspec.json.decode(key.read_bytes())
        asked = msgspec.convert({"site": site, "desk": name, "key": jwk}, Enrolment)
        return desks.enrol(asked, approved_by=by)
    except OSError as error:
        reason = clean(error.strerror or "")
        raise NotUnderstood(say("hub.desk.key_missing", path=clean(str(key)), reason=reason)) from None
    except (ValueError, KeyRefused):
        raise NotUnderstood(say("hub.desk.not_understood")) from None
    except EnrolmentRefused as refused:
        raise NotUnderstood(say("hub.desk.refused", reason=str(refused))) from None


def decide(desks: "Desks", which: str, state: str, by: str) -> "Desk":
    """Approve or revoke a desk; raises `NotUnderstood`."""
    from idtui.hub.desks import State

    return desks.decide(which, State(state), by)
