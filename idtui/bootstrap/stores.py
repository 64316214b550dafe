"""The store of this desk, opened for writing, for looking, or taken over."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from idtui.bootstrap.here import CLOCK, station, warnings
from idtui.config import Config
from idtui.desk.stamp import Stamp
from idtui.domain.entries import Entry
from idtui.domain.errors import CannotSave, NotUnderstood
from idtui.domain.text import Message, clean, say

if TYPE_CHECKING:
    from idtui.seal.passphrase import Passphrase
    from idtui.store.desk_store import DeskStore
    from idtui.store.index import StoredEntries


def as_json(entry: Entry, state: str | None = None) -> str:
    """Return an entry as one line of JSON, as it is stored; `state` is added when given."""
    from idtui.store.codec import encode

    text = encode(entry).decode()
    return text if state is None else f'{text[:-1]},"state":"{state}"}}'


def exists(directory: Path) -> bool:
    """Say whether there is a store in the directory, of today's form or the first."""
    from idtui.store import first_form, vault

    return vault.exists(directory) or first_form.found_in(directory)


def is_locked(config: Config) -> bool:
    """Say whether there is a store that only its passphrase opens."""
    from idtui.store.desk_store import is_locked as is_directory_locked

    return is_directory_locked(config.store_directory)


def take_over(config: Config, passphrase: "Passphrase") -> bool:
    """End the process that writes this desk's store; return whether there was one."""
    from idtui.store.desk_store import take_over as take_directory_over

    return take_directory_over(config.store_directory, passphrase)


def open_store(config: Config, passphrase: "Passphrase") -> "DeskStore":
    """Open this desk's store for writing; raises what `idtui.store` raises."""
    from idtui.store.desk_store import open_store as open_directory

    return open_directory(config.store_directory, desk=config.desk_name, clock=CLOCK, passphrase=passphrase)


def opened(store: "DeskStore") -> tuple[Message, ...]:
    """Return what the opening has to tell: a store just made, an unfinished frame moved aside, damage."""
    told: list[Message] = []
    if store.created:
        told.append(say("store.created"))
    if store.dropped:
        told.append(say("warning.tail", count=store.dropped, file=clean(str(store.torn))))
    return (*told, *damaged(store))


def damaged(store: "StoredEntries") -> tuple[Message, ...]:
    """Return what must be said at every start until somebody has acknowledged it."""
    if store.damage.is_seen:
        return ()
    findings = store.damage.findings
    first, last = min(one.first for one in findings), max(one.last for one in findings)
    return (say("warning.damaged", count=store.damage.frames, first=first, last=last),)


def of_one_mode(store: "DeskStore", *, training: bool) -> "DeskStore":
    """Return the store, unless it holds entries of the other mode: training must never pass for the truth."""
    if any(entry.training is not training for entry in store.entries()[:1]):
        store.close()
        raise NotUnderstood(say("store.of_training" if not training else "store.not_of_training"))
    return store


def purge_due(config: Config, store: "DeskStore") -> int:
    """Destroy the keys of what the look-back of the configuration leaves to go; return of how many segments.

    Nobody is named as ordering it: the hospital did, by `purge_after_days`. Raises `CannotSave`.
    """
    if not config.purge_after_days:
        return 0
    now = CLOCK.now()
    return store.purge(now - timedelta(days=config.purge_after_days), by=(), at=now)


def begun(config: Config, store: "DeskStore") -> tuple[Message, ...]:
    """Do what every writing start does, and return what it has to tell; a full disk stops no desk."""
    told = opened(store)
    try:
        count = purge_due(config, store)
    except CannotSave as error:
        return (*told, error.message)
    return (*told, say("journal.purged_due", count=count)) if count else told


@contextmanager
def writing(
    config: Config, passphrase: "Passphrase", *, tell: Callable[[Message], None], training: bool
) -> Iterator[tuple[Stamp, "DeskStore"]]:
    """Hold the store for writing, for a command without a desk; tell what must be said at every start."""
    store = of_one_mode(open_store(config, passphrase), training=training)
    try:
        for message in (*warnings(config, training=training), *begun(config, store)):
            tell(message)
        yield Stamp(station(config, training=training), CLOCK, store), store
    finally:
        store.close()


def looking(config: Config, passphrase: "Passphrase | None") -> "StoredEntries":
    """Return the store as it is now, beside a running desk if need be."""
    from idtui.store.desk_store import read_store

    return read_store(config.store_directory, passphrase)


def before_which_due(config: Config) -> datetime:
    """Return the moment before which a delivered entry is due; none is when the hospital purges by hand."""
    if not config.purge_after_days:
        return datetime.min.replace(tzinfo=UTC)
    return CLOCK.now() - timedelta(days=config.purge_after_days)
