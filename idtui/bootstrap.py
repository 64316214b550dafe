"""The one place where ports meet real things: builds desks, stores, lines and hubs from the configuration.

Everything is imported when it is built, so that no command pays for a room it does not enter.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from idtui.config import Config, ExtraRoot
from idtui.desk.checks import Check, Examination, gather
from idtui.desk.outbox import Outbox
from idtui.desk.service import Desk
from idtui.desk.stamp import Stamp, Station
from idtui.domain.entries import Entry
from idtui.domain.errors import NotUnderstood
from idtui.domain.path import Settings
from idtui.domain.text import Message, clean, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idtui.desk.events import BatchAnswered, BatchFailed
    from idtui.desk.ports import Cards, Courier
    from idtui.devices.eid.roots import Root
    from idtui.devices.eid.trust import Trust
    from idtui.devices.once import OneCard
    from idtui.hub.database import HubStatus
    from idtui.seal.passphrase import Passphrase
    from idtui.store.desk_store import DeskStore
    from idtui.store.index import StoredEntries
    from idtui.training.stage import Stage
    from idtui.ui.profile import Profile
    from idtui.words import Words

    Send = Callable[[Sequence[Entry]], BatchAnswered | BatchFailed]


class SystemClock:
    """The clock of this machine, with the offset of its time zone."""

    def now(self) -> datetime:
        """Return the present moment."""
        return datetime.now().astimezone()

    def today(self) -> date:
        """Return the present day."""
        return self.now().date()


CLOCK = SystemClock()


def station(config: Config, *, training: bool) -> Station:
    """Return where this desk stands and who is at it."""
    return Station(
        site=config.site,
        desk=config.desk_name,
        operator=config.operator_name,
        training=training,
    )


def warnings(config: Config, *, training: bool = False) -> tuple[Message, ...]:
    """Return what must be said at every start of this version."""
    operator = say("warning.operator", operator=config.operator_name)
    if training:
        return (say("warning.training"), operator)
    return (operator, *(extra_root(root.file) for root in config.extra_roots))


def extra_root(path: Path) -> Message:
    """Return the loud mark of a root that is trusted beside the Belgian ones."""
    return say("warning.extra_root", name=clean(path.name))


def as_json(entry: Entry, state: str | None = None) -> str:
    """Return an entry as one line of JSON, as it is stored; `state` is added when given."""
    from idtui.store.codec import encode

    text = encode(entry).decode()
    return text if state is None else f'{text[:-1]},"state":"{state}"}}'


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
    """Return what the opening has to tell: a store just made, an unfinished frame moved aside."""
    told: list[Message] = []
    if store.created:
        told.append(say("store.created"))
    if store.dropped:
        told.append(say("warning.tail", count=store.dropped, file=clean(str(store.torn))))
    return tuple(told)


def _of_one_mode(store: "DeskStore", *, training: bool) -> "DeskStore":
    """Return the store, unless it holds entries of the other mode: training must never pass for the truth."""
    if any(entry.training is not training for entry in store.entries()[:1]):
        store.close()
        raise NotUnderstood(say("store.of_training" if not training else "store.not_of_training"))
    return store


@contextmanager
def writing(
    config: Config, passphrase: "Passphrase", *, tell: Callable[[Message], None], training: bool
) -> Iterator[tuple[Stamp, "DeskStore"]]:
    """Hold the store for writing, for a command without a desk; tell what the opening has to tell."""
    store = _of_one_mode(open_store(config, passphrase), training=training)
    try:
        for message in opened(store):
            tell(message)
        yield Stamp(station(config, training=training), CLOCK, store), store
    finally:
        store.close()


def looking(config: Config, passphrase: "Passphrase | None") -> "StoredEntries":
    """Return the store as it is now, beside a running desk if need be."""
    from idtui.store.desk_store import read_store

    return read_store(config.store_directory, passphrase)


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


def trust(config: Config, *more: Path) -> "Trust":
    """Return the pinned Belgian roots and those added by configuration or `--root`."""
    from idtui.devices.eid.trust import Trust

    trusted = Trust.pinned()
    for root in (*config.extra_roots, *(ExtraRoot(file=path) for path in more)):
        try:
            trusted = trusted.with_root(
                root.file.read_bytes(), leaf_subject=root.subject, policies=root.policies
            )
        except (OSError, ValueError):
            raise NotUnderstood(say("config.root", file=clean(str(root.file)))) from None
    return trusted


def trust_table(config: Config) -> "tuple[Root, ...]":
    """Return every root this desk trusts and the rule for its signers, for `idtui doctor`."""
    return trust(config).table()


def read_card(
    config: Config, *, root: Path | None, wait: float, address: bool, photo: bool, prove_chip: bool
) -> "OneCard":
    """Read the card in the reader once; raises what `idtui.devices.once` raises."""
    from idtui.devices.once import read_once
    from idtui.devices.pcsc import PcscCards

    trusted = trust(config, *([root] if root else []))
    cards = PcscCards(trusted, CLOCK.today, config.reader, prove_chip=prove_chip or config.prove_chip)
    return read_once(cards, wait, address=address, photo=photo)


def read_training_card(*, address: bool, photo: bool) -> "OneCard":
    """Read a good simulated card, for a look at what the command prints."""
    from idtui.devices.once import read_once
    from idtui.training.cards import CardKind
    from idtui.training.stage import TrainingCards

    cards = TrainingCards(CLOCK.today)
    cards.insert(CardKind.GOOD_P384)
    return read_once(cards.reader, address=address, photo=photo)


def run_desk(
    config: Config, words: "Words", profile_name: str, *, passphrase: "Passphrase | None", training: bool
) -> int:
    """Open the desk on this terminal and return its exit code.

    Without a passphrase it is training on a store that nobody opens again.
    """
    from idtui.seal.passphrase import Passphrase
    from idtui.ui.profile import Profile, prepare_environment

    profile = prepare_environment(Profile(profile_name))
    passphrase = passphrase or Passphrase.random()
    if not training:
        return _run(_while_the_screen_loads(lambda: real_desk(config, passphrase)), words, profile)
    import tempfile

    with tempfile.TemporaryDirectory(prefix="idtui-training-") as folder:
        store = config.store or Path(folder) / "desk"
        stage = training_stage(config, store, passphrase)
        _of_one_mode(stage.journal, training=True)
        return _run(stage.desk, words, profile)


def _while_the_screen_loads(make: Callable[[], Desk]) -> Desk:
    """Make the desk while Textual is imported: the key of a passphrase takes 0.2 s outside Python."""
    import importlib
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(max_workers=1) as beside:
        desk = beside.submit(make)
        importlib.import_module("idtui.ui.app")
    return desk.result()


def _run(desk: Desk, words: "Words", profile: "Profile") -> int:
    from idtui.ui.app import run

    return run(desk, words, profile, CLOCK.now)


def real_desk(config: Config, passphrase: "Passphrase") -> Desk:
    """Build the desk on the reader of this machine and the line to the hospital."""
    from idtui.devices.late import LateCards

    trusted = trust(config) if config.roots else None  # a wrong root file is told before the screen is up

    def reader() -> "Cards":
        from idtui.devices.pcsc import PcscCards

        return PcscCards(trusted or trust(config), CLOCK.today, config.reader, prove_chip=config.prove_chip)

    store = _of_one_mode(open_store(config, passphrase), training=False)
    return Desk(
        station=station(config, training=False),
        journal=store,
        cards=LateCards(reader),
        clock=CLOCK,
        courier=_courier(config.hub) if config.hub else None,
        settings=Settings(accept_expired=config.accept_expired),
        undo_window=timedelta(seconds=config.undo_seconds),
        warnings=(*warnings(config), *opened(store)),
    )


def training_stage(config: Config, store: Path, passphrase: "Passphrase") -> "Stage":
    """Build a desk on a simulated reader, a store of its own and an embedded hub."""
    from idtui.training.stage import set_stage

    return set_stage(
        station=station(config, training=True),
        store=store,
        passphrase=passphrase,
        clock=CLOCK,
        settings=Settings(accept_expired=config.accept_expired),
        undo_window=timedelta(seconds=config.undo_seconds),
        warnings=warnings(config, training=True),
    )


def _courier(url: str) -> "Courier":
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


def run_demo(words: "Words", write: Callable[[str], None]) -> bool:
    """Walk the tour of training mode; return whether every step held."""
    import tempfile

    from idtui.seal.passphrase import Passphrase
    from idtui.training.demo import tour

    passphrase = Passphrase.random()
    with tempfile.TemporaryDirectory(prefix="idtui-demo-") as folder:
        store = Path(folder) / "desk"
        stage = training_stage(Config(desk="demo", operator="demo"), store, passphrase)
        return tour(stage, store, passphrase, words, write)


CHECK_SECONDS = 4.0
"""Seconds `idtui doctor` waits for what hangs: with its start it stays under five."""


def checks(config: Config, passphrase: "Passphrase | None", *more: Examination) -> tuple[Check, ...]:
    """Gather what every room finds for `idtui doctor`, in a fixed order after `more`; never raises.

    Without the passphrase the journal is judged by the chain of its frames.
    """
    rooms = (
        Examination("clock", _clock_checks),
        Examination("reader", lambda: _reader_checks(config)),
        Examination("trust", lambda: _trust_checks(config)),
        Examination("store", lambda: _store_checks(config)),
        Examination("journal", lambda: _journal_checks(config, passphrase)),
        Examination("hub", lambda: _hub_checks(config)),
    )
    return gather((*more, *rooms), CHECK_SECONDS)


def _clock_checks() -> Iterable[Check]:
    from idtui.store.checks import clock_checks

    return clock_checks(CLOCK.now())


def _reader_checks(config: Config) -> Iterable[Check]:
    from idtui.devices.checks import reader_checks

    return reader_checks(config.reader, os.environ)


def _trust_checks(config: Config) -> Iterable[Check]:
    from idtui.devices.checks import trust_checks

    return trust_checks([root.file for root in config.extra_roots])


def _store_checks(config: Config) -> Iterable[Check]:
    from idtui.store.checks import directory_checks

    return directory_checks(config.store_directory)


def _journal_checks(config: Config, passphrase: "Passphrase | None") -> Iterable[Check]:
    from idtui.store.chain import verify_beside_writer
    from idtui.store.checks import journal_checks
    from idtui.store.segment_file import segment_files

    return journal_checks(
        lambda: looking(config, passphrase),
        lambda: verify_beside_writer(segment_files(config.store_directory)),
        CLOCK.now(),
    )


def _hub_checks(config: Config) -> Iterable[Check]:
    from idtui.sync.checks import checks as hub_checks

    return hub_checks(config.hub)
