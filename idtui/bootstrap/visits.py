"""Visits into hub and desk, and the feed out of the hub."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from idtui.bootstrap.here import CLOCK
from idtui.config import Config
from idtui.domain.errors import IdtuiError, NotUnderstood
from idtui.domain.text import Message, clean, say
from idtui.sync.errors import HubUnreachable

if TYPE_CHECKING:
    from idtui.hub.onward import Sent
    from idtui.seal.passphrase import Passphrase
    from idtui.store.visits import KeptVisits
    from idtui.sync.imports import Imported


class HubSilent(HubUnreachable):
    """The hub gave no usable answer; what the desk knows already stays."""

    def __init__(self, words: str) -> None:
        IdtuiError.__init__(self, say("visits.no_answer", words=words))


def read_file(config: Config, file: Path) -> "Imported":
    """Return the visits in a file; raises `NotUnderstood` when it cannot be read as a whole."""
    from idtui.sync.imports import LARGEST_FILE, read

    try:
        with file.open("rb") as stream:
            content = stream.read(LARGEST_FILE + 1)
    except OSError as error:
        reason = clean(error.strerror or "")
        raise NotUnderstood(say("visits.file_unreadable", file=clean(str(file)), reason=reason)) from None
    return read(content, now=CLOCK.now(), niss_types=config.niss_types)


def keep_on_hub(database: str, imported: "Imported") -> int:
    """Keep visits in the hub's database and return how many changed; raises `HubUnavailable`."""
    from idtui.hub import visits
    from idtui.hub.database import opened

    with opened(database) as hub:
        return visits.store(hub.engine, imported.visits)


def purge_on_hub(database: str, before: date) -> int:
    """Delete visits that ended before a day from the hub's database and return how many.

    Raises `NotUnderstood` for a day to come, `HubUnavailable`.
    """
    from idtui.hub import visits
    from idtui.hub.database import opened

    if before > CLOCK.now().date():
        raise NotUnderstood(say("visits.purge_to_come", day=before.isoformat()))
    with opened(database) as hub:
        return visits.purge(hub.engine, before)


def listen(config: Config, database: str, port: int, *, ready: Callable[[int], None]) -> None:
    """Take ADT messages over MLLP until told to end; raises `HubUnavailable`."""
    from idtui.hub import mllp
    from idtui.hub.database import opened

    with opened(database) as hub:
        mllp.run(hub.engine, "127.0.0.1", port, niss_types=config.niss_types, now=CLOCK.now, ready=ready)


def keep_at_desk(
    config: Config,
    passphrase: "Passphrase",
    *,
    tell: Callable[[Message], None],
    training: bool,
    imported: "Imported | None" = None,
    day: date | None = None,
) -> "KeptVisits":
    """Keep visits of a file, or those the hub tells of a day, sealed at this desk; raises `HubSilent`."""
    from idtui.bootstrap.hubs import road
    from idtui.bootstrap.stores import writing
    from idtui.sync.asking import NoAnswer
    from idtui.sync.visits import fetch

    with writing(config, passphrase, tell=tell, training=training) as (_, store):
        now = CLOCK.now()
        if imported is not None:
            return store.visits.take_import(imported.visits, now)
        try:
            return store.visits.take_from_hub(fetch(road(config, store), day or now.date()), now)
        except NoAnswer as error:
            raise HubSilent(str(error)) from None


def known_at_desk(config: Config, passphrase: "Passphrase | None") -> "KeptVisits":
    """Return the visits this desk knows, beside a running desk if need be."""
    from idtui.store.desk_store import read_visits

    return read_visits(config.store_directory, passphrase)


def feed_lines(config: Config, database: str, form: str, since: int) -> Iterator[str]:
    """Yield the feed line by line: `ndjson`, `csv`, or `hl7`; raises `HubUnavailable`."""
    from idtui.hub import adt, feed
    from idtui.hub.database import opened

    with opened(database) as hub:
        rows = feed.rows(hub.engine, since)
        if form == "csv":
            yield from feed.csv_lines(rows)
        elif form == "ndjson":
            yield from feed.ndjson(rows)
        else:
            for row in rows:
                if adt.is_for_patient_file(row):
                    yield adt.message(row, CLOCK.now(), config.niss_types[0]).decode()


def send_feed(config: Config, database: str, host: str, port: int, since: int | None) -> "Sent":
    """Send the feed as HL7 v2 over MLLP; raises `HubUnavailable`."""
    from idtui.hub import onward
    from idtui.hub.database import opened

    with opened(database) as hub:
        return onward.send(hub.engine, host, port, niss_type=config.niss_types[0], now=CLOCK.now, since=since)
