"""What every room finds for `idtui doctor`."""

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from idtui.bootstrap.here import CLOCK
from idtui.bootstrap.stores import before_which_due, is_locked, looking
from idtui.config import Config
from idtui.desk.checks import Check, Examination, gather, ok, warning
from idtui.domain.text import Message, say

if TYPE_CHECKING:
    from idtui.seal.passphrase import Passphrase
    from idtui.store.due import Due

CHECK_SECONDS = 4.0
"""Seconds `idtui doctor` waits for what hangs: with its start it stays under five."""

LONGEST_PAUSE = 1.0
"""Seconds that doctor spends waiting for what earlier wrong passphrases cost; the next one has 2 s."""


def checks(config: Config, passphrase: "Passphrase | None", *more: Examination) -> tuple[Check, ...]:
    """Gather what every room finds for `idtui doctor`, in a fixed order after `more`; never raises.

    Without the passphrase the journal is judged by the chain of its frames.
    """
    rooms = (
        Examination("clock", _clock_checks),
        Examination("reader", lambda: _reader_checks(config)),
        Examination("codes", _code_checks),
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


def _code_checks() -> Iterable[Check]:
    from idtui.devices.codes.checks import code_checks

    return code_checks()


def _trust_checks(config: Config) -> Iterable[Check]:
    from idtui.devices.checks import trust_checks

    return trust_checks([root.file for root in config.extra_roots])


def _store_checks(config: Config) -> Iterable[Check]:
    from idtui.store.checks import directory_checks

    return directory_checks(config.store_directory)


def _journal_checks(config: Config, passphrase: "Passphrase | None") -> Iterable[Check]:
    from idtui.store.chain import verify_beside_writer
    from idtui.store.checks import journal_checks
    from idtui.store.desk_store import read_history
    from idtui.store.due import due
    from idtui.store.index import StoredEntries
    from idtui.store.segment_file import segment_files
    from idtui.store.tries import pause_before_next

    pause = pause_before_next(config.store_directory)
    if passphrase and pause > LONGEST_PAUSE:
        finding = say("doctor.journal.pause", seconds=f"{pause:g}")
        yield warning("journal.passphrase", finding, say("doctor.journal.pause.fix"))
        passphrase = None
    purgeable: list[Due] = []

    def read() -> StoredEntries:
        if passphrase is None or not is_locked(config):
            return looking(config, passphrase)
        history = read_history(config.store_directory, passphrase)
        store = StoredEntries(history.entries, history.carried, history.damage)
        purgeable.append(due(history, store, before_which_due(config)))
        return store

    yield from journal_checks(
        read, lambda: verify_beside_writer(segment_files(config.store_directory)), CLOCK.now()
    )
    for one in purgeable:
        yield ok("journal.retention", _retention(config, one))


def _retention(config: Config, due: "Due") -> Message:
    if not config.purge_after_days:
        return say("doctor.journal.keeps")
    return say("doctor.journal.due", days=config.purge_after_days, entries=due.entries, segments=due.segments)


def _hub_checks(config: Config) -> Iterable[Check]:
    from idtui.sync.checks import checks as hub_checks

    return hub_checks(config.hub, authorities=config.hub_authorities)
