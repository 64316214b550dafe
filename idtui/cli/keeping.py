"""`idtui journal verify|info|acknowledge|export|rekey|recover|purge`: the journal looked after."""

import sys
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from idtui.cli import passphrase
from idtui.cli.console import Console
from idtui.cli.exits import Exit
from idtui.cli.journal import damage_told
from idtui.cli.parsers import Subparsers, add, add_json
from idtui.domain.entries import Entry
from idtui.domain.errors import JournalDamaged, NotUnderstood
from idtui.domain.text import clean, say
from idtui.words import Words

if TYPE_CHECKING:
    from idtui.store.chain import Head
    from idtui.store.desk_store import DeskStore
    from idtui.store.index import StoredEntries


def add_commands(commands: Subparsers, speak: Words) -> None:
    """Add the commands to the parser."""
    about = speak(say("cli.journal.help"))
    group = commands.add_parser("journal", help=about, description=about)
    parts = group.add_subparsers(
        dest="part", metavar="verify|info|acknowledge|export|rekey|recover|purge", required=True
    )
    verifying = add(parts, speak, "verify", verify, parent="journal")
    verifying.add_argument("--head", type=Path, metavar="FILE", help=speak(say("cli.option.head")))
    verifying.add_argument("--hub-keys", type=Path, metavar="FILE", help=speak(say("cli.option.hub_keys")))
    exporting = add(parts, speak, "export", export_entries, parent="journal")
    form = exporting.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_true", help=speak(say("cli.option.csv")))
    form.add_argument("--tinydb", type=Path, metavar="FILE", help=speak(say("cli.option.tinydb")))
    rekeying = add(parts, speak, "rekey", rekey, parent="journal")
    recovering = add(parts, speak, "recover", recover, parent="journal")
    for parser in (rekeying, recovering):
        parser.add_argument(
            "--new-passphrase-file", metavar="FILE", help=speak(say("cli.option.new_passphrase_file"))
        )
    rekeying.add_argument(
        "--recovery-key", type=Path, metavar="PEM", help=speak(say("cli.option.recovery_public"))
    )
    recovering.add_argument(
        "--recovery-key",
        type=Path,
        metavar="PEM",
        required=True,
        help=speak(say("cli.option.recovery_private")),
    )
    purging = add(parts, speak, "purge", purge, parent="journal")
    who = purging.add_mutually_exclusive_group(required=True)
    who.add_argument("--second", metavar="NAME", help=speak(say("cli.option.second")))
    who.add_argument("--due", action="store_true", help=speak(say("cli.option.due")))
    purging.add_argument(
        "--older-than",
        type=int,
        metavar="DAYS",
        help=speak(say("cli.option.older_than")),
    )
    telling = add(parts, speak, "info", info, parent="journal")
    acknowledging = add(parts, speak, "acknowledge", acknowledge, parent="journal")
    for parser in (verifying, telling, acknowledging, exporting, rekeying, recovering, purging):
        add_json(parser, speak)


def verify(console: Console) -> int:
    """Verify the chain without any key; name every frame that is not as it was."""
    from idtui.store import chain, first_form
    from idtui.store.segment_file import path_of

    files = _files(console)
    directory = console.config.store_directory
    if first_form.found_in(directory):
        count = len(first_form.replay(path_of(directory, 1).read_bytes()).payloads)
        console.tell(say("journal.first_form", count=count))
        return Exit.DONE
    verdict = chain.verify_beside_writer(files, _head(console.arguments.head, console.arguments.hub_keys))
    if console.as_json:
        console.json({"ok": not verdict.findings, "segments": len(files), **msgspec.to_builtins(verdict)})
    else:
        for finding in verdict.findings:
            place = say(f"journal.flaw.{finding.flaw}")
            console.data(
                console.words(say("journal.finding", first=finding.first, last=finding.last, flaw=place))
            )
        whole = say("journal.not_whole" if verdict.findings else "journal.whole", count=verdict.frames)
        console.data(console.words(whole))
    return Exit.DAMAGED if verdict.findings else Exit.DONE


def _files(console: Console) -> list[tuple[int, Path]]:
    from idtui.store.durable import unavailable
    from idtui.store.errors import StoreMissing
    from idtui.store.segment_file import segment_files

    directory = console.config.store_directory
    try:
        files = segment_files(directory)
    except FileNotFoundError:
        raise StoreMissing(directory) from None
    except OSError as error:
        raise unavailable(directory, error) from error
    return files


def _head(file: Path | None, keys: Path | None) -> "Head | None":
    """Return the head in a file: that of `journal info --json`, the head alone, or one the hub signed."""
    from idtui.store.chain import Head

    if file is None:
        return None
    try:
        data = file.read_bytes()
        if not data.lstrip().startswith(b"{"):
            return _signed_head(data.decode("ascii").strip(), keys)
        content = msgspec.json.decode(data, type=dict[str, Any])
        return msgspec.convert(content.get("head", content), Head)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        raise NotUnderstood(say("journal.no_head", file=clean(str(file)))) from None


def _signed_head(jws: str, keys: Path | None) -> "Head":
    """Return the head the hub signed, its signature checked where the hub's keys are given."""
    from idtui.store.chain import Head
    from idtui.sync.heads import NotSigned, checked_head, read_head

    try:
        said = checked_head(jws, keys.read_bytes()) if keys else read_head(jws)
    except NotSigned as error:
        raise NotUnderstood(say("journal.head_not_signed", why=str(error))) from None
    if not said.frames:
        raise NotUnderstood(say("journal.head_without_place"))
    return Head(segment=0, sequence=said.frames, hash=said.head)


def info(console: Console) -> int:
    """Count what the journal holds, from the files and with the keys."""
    from idtui.bootstrap import stores
    from idtui.store import chain, first_form
    from idtui.store.desk_store import read_history
    from idtui.store.due import Due, due
    from idtui.store.durable import unavailable
    from idtui.store.index import StoredEntries
    from idtui.store.segment_file import path_of

    directory = console.config.store_directory
    torn = sum(path.stat().st_size for path in directory.glob("torn-*"))
    if first_form.found_in(directory):
        found = first_form.replay(path_of(directory, 1).read_bytes())
        store, segments, head, tail = StoredEntries(found.payloads), 1, None, found.tail
        purgeable = Due()
    else:
        try:
            history = read_history(directory, passphrase.for_reading(console))
        except OSError as error:
            raise unavailable(directory, error) from error
        store = StoredEntries(history.entries, history.carried, history.damage)
        head = chain.head_of(history.head) if history.head else None
        segments, tail = history.segments, history.last.tail if history.last else 0
        purgeable = due(history, store, stores.before_which_due(console.config))
    counted = {
        "records": len(store),
        "segments": segments,
        "head": msgspec.to_builtins(head),
        "dropped_tail_bytes": torn + tail,
        "waiting": len(store.unsent()),
        "parked": len(store.parked()),
        "due": purgeable.segments,
        "damaged": store.damage.frames,
    }
    if console.as_json:
        console.json(counted)
    else:
        ending = f"{head.sequence} {head.hash}" if head else "-"
        console.data(console.words(say("journal.info", **{**counted, "head": ending})))
    return damage_told(console, store)


def acknowledge(console: Console) -> int:
    """Keep that somebody has seen the damage there is; it is told no more at every start."""
    from idtui.bootstrap import here, stores
    from idtui.store.errors import StoreMissing

    if not stores.is_locked(console.config):
        raise StoreMissing(console.config.store_directory)
    with stores.writing(
        console.config, passphrase.for_writing(console), tell=console.tell, training=console.training
    ) as (_, store):
        frames = store.damage.frames
        store.acknowledge(by=console.config.operator_name, at=here.CLOCK.now())
    if console.as_json:
        console.json({"damaged": frames, "by": console.config.operator_name})
    else:
        console.data(console.words(say("journal.acknowledged", count=frames)))
    return Exit.DONE


def export_entries(console: Console) -> int:
    """Write the entries out: JSON lines or CSV on standard output, or a plain TinyDB file.

    Of a damaged journal everything that is whole is written, and the exit code says so.
    """
    from idtui.bootstrap import stores
    from idtui.store.desk_store import salvage_store

    secret = passphrase.for_reading(console)
    try:
        store = stores.looking(console.config, secret)
    except JournalDamaged as damage:
        if secret is None:
            raise
        console.tell(damage.message)
        _export(console, salvage_store(console.config.store_directory, secret))
        return Exit.DAMAGED
    return _export(console, store)


def _export(console: Console, store: "StoredEntries") -> Exit:
    from idtui.store import export

    if console.arguments.tinydb:
        export.write_tinydb(store, console.arguments.tinydb)
        console.tell(say("export.plain", file=clean(str(console.arguments.tinydb)), count=len(store)))
        return damage_told(console, store)
    entries: Iterable[Entry] = store.entries()
    if not sys.stdout.isatty():  # else the lines themselves show how far it is
        entries = console.progress.over("exporting", store.entries())
    for line in (export.csv_lines if console.arguments.csv else export.json_lines)(entries):
        console.data(line)
    return damage_told(console, store)


def rekey(console: Console) -> int:
    """Change the passphrase and, where one is given, the hospital's recovery key."""
    from idtui.bootstrap import stores
    from idtui.store.errors import StoreMissing

    if not stores.is_locked(console.config):
        raise StoreMissing(console.config.store_directory)
    public = _pem(console.arguments.recovery_key)
    store = stores.open_store(console.config, passphrase.for_writing(console))
    try:
        store.rekey(passphrase.for_change(console), public)
        return _rekeyed(console, recovery_key=store.vault.has_recovery_key)
    finally:
        store.close()


def recover(console: Console) -> int:
    """Open with the hospital's private recovery key and set a new passphrase."""
    from idtui.bootstrap import here
    from idtui.store.desk_store import recover_store

    private = _pem(console.arguments.recovery_key) or ""
    with recover_store(
        console.config.store_directory, private, desk=console.config.desk_name, clock=here.CLOCK
    ) as keys:
        keys.rekey(passphrase.for_change(console))
    return _rekeyed(console, recovery_key=True)


def _rekeyed(console: Console, *, recovery_key: bool) -> int:
    if console.as_json:
        console.json({"rekeyed": True, "recovery_key": recovery_key})
    else:
        console.data(console.words(say("journal.rekeyed" if recovery_key else "journal.rekeyed_alone")))
    return Exit.DONE


def _pem(file: Path | None) -> str | None:
    try:
        return file.read_text(encoding="ascii") if file else None
    except (OSError, UnicodeDecodeError):
        raise NotUnderstood(say("store.not_a_recovery_key")) from None


def _order(console: Console) -> "Callable[[DeskStore], int]":
    """Return the purge that two people order; raises `NotUnderstood`."""
    from idtui.bootstrap import here
    from idtui.store.retention import LOOK_BACK_DAYS

    days = console.arguments.older_than
    days = LOOK_BACK_DAYS if days is None else days
    first, second = console.config.operator_name, clean(console.arguments.second, 40)
    if not second or first == second:
        raise NotUnderstood(say("journal.two_operators"))
    if days < 1:
        raise NotUnderstood(say("journal.look_back"))
    now = here.CLOCK.now()
    return lambda store: store.purge(now - timedelta(days=days), by=(first, second), at=now)


def purge(console: Console) -> int:
    """Destroy the keys of old segments: those that are due, or by order of two people."""
    from idtui.bootstrap import stores
    from idtui.store.errors import StoreMissing

    order = None if console.arguments.due else _order(console)
    if console.arguments.due and console.arguments.older_than is not None:
        raise NotUnderstood(say("journal.due_alone"))
    if not stores.exists(console.config.store_directory):
        raise StoreMissing(console.config.store_directory)
    store = stores.open_store(console.config, passphrase.for_writing(console))
    try:
        count = order(store) if order else stores.purge_due(console.config, store)
    finally:
        store.close()
    if console.as_json:
        console.json({"purged": count})
    else:
        console.data(console.words(say("journal.purged", count=count)))
    return Exit.DONE
