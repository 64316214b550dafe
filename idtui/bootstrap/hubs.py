"""The line to the hospital for commands, and the hub itself."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from idtui.bootstrap.here import CLOCK
from idtui.bootstrap.stores import writing
from idtui.config import Config
from idtui.desk.outbox import Outbox
from idtui.domain.entries import Entry
from idtui.domain.text import Message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idtui.desk.events import BatchAnswered, BatchFailed
    from idtui.desk.ports import Courier
    from idtui.hub.database import HubStatus
    from idtui.seal.passphrase import Passphrase

    Send = Callable[[Sequence[Entry]], BatchAnswered | BatchFailed]


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


def serve_hub(database: str, port: int, *, training: bool, ready: Callable[[int], None]) -> None:
    """Run the hub until it is told to end."""
    from idtui.hub.server import serve

    serve(database, "127.0.0.1", port, training=training, ready=ready)


def hub_status(database: str) -> "HubStatus":
    """Count what a hub holds."""
    from idtui.hub.database import status

    return status(database)
