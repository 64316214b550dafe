"""Entries carried to the hub in a file, and its answers carried back, where no network is."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from idtui.bootstrap.here import CLOCK
from idtui.bootstrap.stores import writing
from idtui.config import Config
from idtui.desk.outbox import Outbox
from idtui.domain.errors import CannotSave, NotUnderstood
from idtui.domain.text import Message, clean, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idtui.domain.entries import Entry
    from idtui.seal.passphrase import Passphrase
    from idtui.store.desk_store import DeskStore
    from idtui.sync.desk_key import DeskKey
    from idtui.sync.second_copy import SecondCopy

_SECRET = "answers"  # noqa: S105  # the name under which the store keeps it, no secret itself


class Taken(msgspec.Struct, frozen=True):
    """What a file of answers brought."""

    received: int
    parked: int
    waiting: int
    left_parked: int


class TakenIn(msgspec.Struct, frozen=True):
    """What a file of batches brought to the hub."""

    site: str
    desk: str
    entries: int


def write_out(
    config: Config,
    passphrase: "Passphrase",
    file: Path,
    *,
    tell: Callable[[Message], None],
    training: bool,
) -> int:
    """Seal everything that waits to the hub into a new file and return how many entries; they go on waiting.

    Raises `NotUnderstood` when no key of the hub is configured or the file is there already, `CannotSave`.
    """
    from idtui.sync.sealed_file import Carried, batches_of, sealed

    public = _key_of_hub(config)
    with writing(config, passphrase, tell=tell, training=training) as (_, store):
        entries = store.unsent()
        carried = Carried(
            site=config.site,
            desk=config.desk_name,
            chain=store.head,
            key=_key_for_answers(store),
            batches=batches_of(entries),
        )
        _write(file, sealed(carried, public, _key_of_desk(config, store)))
        return len(entries)


def second_copy(config: Config, store: "DeskStore") -> "SecondCopy":
    """Return what seals to the hub, after each visit, what was recorded since, into a file of its own.

    A file is named for the entries in it; one that is there already holds them. Raises `NotUnderstood` when
    no key of the hub is configured.
    """
    from idtui.sync.sealed_file import Carried, batches_of, sealed
    from idtui.sync.second_copy import SecondCopy

    public, key, own = _key_of_hub(config), _key_for_answers(store), _key_of_desk(config, store)
    desk = "".join(letter if letter.isalnum() else "_" for letter in config.desk_name)

    def write(entries: "Sequence[Entry]") -> None:
        name = f"idtui-{desk}-{entries[0].sequence:08}-{entries[-1].sequence:08}.sealed"
        file = (config.second_copy or Path()) / name
        if file.exists():
            return
        carried = Carried(config.site, config.desk_name, "", key, batches_of(entries))
        _write(file, sealed(carried, public, own))

    return SecondCopy(write)


def take_back(
    config: Config,
    passphrase: "Passphrase",
    file: Path,
    *,
    tell: Callable[[Message], None],
    training: bool,
) -> Taken:
    """Journal the answers in a file. Raises `NotUnderstood` when it is none for this desk, `CannotSave`."""
    from idtui.sync.answer import read_answer
    from idtui.sync.sealed_file import answers_in

    data = _read(file)
    with writing(config, passphrase, tell=tell, training=training) as (stamp, store):
        outbox = Outbox(store, None, CLOCK, stamp, timedelta(0))
        before = {entry.id for entry in store.unsent()}
        received = parked = 0
        for answer in answers_in(data, _key_for_answers(store)).answers:
            event = read_answer(bytes(answer.bundle), answer.ids)
            if event is None:
                continue
            outbox.take(event, before)
            received += len(before.intersection(one.entry_id for one in event.receipts))
            parked += len(before.intersection(one.entry_id for one in event.refusals))
        left = outbox.delivery()
        return Taken(received, parked, left.waiting, left.parked)


def take_in(
    database: str, file: Path, private: Path, answers: Path, *, training: bool, unsigned: bool
) -> TakenIn:
    """Take a file of batches into the hub and write its answers into a new file.

    Only what an approved desk signed is taken, and only its own entries, unless `unsigned`: then whoever runs
    this answers for where the file comes from. Raises `NotUnderstood` when it is no such file, for another
    hub or not signed so, `CannotSave`, `HubUnavailable`.
    """
    from idtui.hub.database import Database
    from idtui.hub.desks import Desks
    from idtui.hub.intake import Intake
    from idtui.hub.sealed_file import carrier
    from idtui.hub.sealed_file import take_in as store
    from idtui.sync.sealed_file import answered, opened

    _check_new(answers)
    carried = opened(_read(file), _read(private).decode("utf-8", "replace"))
    hub = Database(database)
    try:
        caller = None if unsigned else carrier(Desks(hub), carried)
        said = store(Intake(hub, training), carried, caller)
    finally:
        hub.close()
    _write(answers, answered(said, carried.key))
    count = sum(len(batch.ids) for batch in carried.batches)
    return TakenIn(clean(carried.site), clean(carried.desk), count)


def _key_of_hub(config: Config) -> str:
    if config.hub_key is None:
        raise NotUnderstood(say("carried.no_key"))
    return _read(config.hub_key).decode("utf-8", "replace")


def _key_of_desk(config: Config, store: "DeskStore") -> "DeskKey | None":
    """Return the key by which this desk is enrolled under its present name; None when it is not."""
    from idtui.sync.enrolment import SECRET, enrolment_of

    enrolment = enrolment_of(store.secret(SECRET))
    if enrolment is None or (enrolment.site, enrolment.desk) != (config.site, config.desk_name):
        return None
    return enrolment.key


def _key_for_answers(store: "DeskStore") -> bytes:
    """Return the key under which answers come back: made once, kept with the keys of the journal."""
    from idtui.seal.aead import new_key

    kept = store.secret(_SECRET)
    if kept is None:
        kept = new_key()
        store.keep_secret(_SECRET, kept)
    return kept


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise NotUnderstood(
            say("carried.unreadable", file=clean(str(file)), why=clean(error.strerror or ""))
        ) from None


def _check_new(file: Path) -> None:
    if file.exists():
        raise NotUnderstood(say("carried.is_there", file=clean(str(file))))


def _write(file: Path, content: bytes) -> None:
    """Write a file that was not there, whole or not at all."""
    from idtui.store.durable import replace

    _check_new(file)
    try:
        replace(file, content)
    except OSError as error:
        raise CannotSave(
            say("carried.not_written", file=clean(str(file)), why=clean(error.strerror or ""))
        ) from None
