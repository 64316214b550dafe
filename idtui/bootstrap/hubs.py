"""The line to the hospital for commands, and the hub itself."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from idtui.bootstrap.here import CLOCK
from idtui.bootstrap.stores import writing
from idtui.config import Config
from idtui.desk.outbox import Outbox
from idtui.domain.entries import Entry
from idtui.domain.errors import NotUnderstood
from idtui.domain.text import Message, clean, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idtui.desk.events import BatchAnswered, BatchFailed
    from idtui.desk.ports import Courier
    from idtui.hub.database import HubStatus
    from idtui.hub.desks import Desk, Desks
    from idtui.hub.server import Service
    from idtui.seal.passphrase import Passphrase

    Send = Callable[[Sequence[Entry]], BatchAnswered | BatchFailed]


STDERR = 2


@contextmanager
def delivering(
    config: Config, passphrase: "Passphrase", *, tell: Callable[[Message], None], training: bool
) -> Iterator[tuple[Outbox, "Send"]]:
    """Hold store and line, for `idtui sync`."""
    from idtui.sync.session import checked_address, deliver

    url = checked_address(config.hub)
    with writing(config, passphrase, tell=tell, training=training) as (stamp, store):
        outbox = Outbox(store, None, CLOCK, stamp, timedelta(0))
        yield outbox, lambda entries: deliver(url, entries)


def courier(url: str) -> "Courier":
    """Return the road to a hub, for a desk."""
    from idtui.sync.courier import HubCourier

    return HubCourier(url)


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
