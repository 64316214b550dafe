"""`idtui record` and `idtui list`: entries in from other programs, entries out for people and programs."""

import sys
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from idtui.cli import hub_answers, passphrase
from idtui.cli.console import Console
from idtui.cli.exits import Exit, exit_of
from idtui.cli.parsers import Subparsers, add, add_json
from idtui.desk.described import care_of, time_left, who
from idtui.desk.handover import handover
from idtui.desk.standing import Dues, Followers, Standing
from idtui.domain.deadlines import soonest_first
from idtui.domain.entries import TRAVELLING, Correction, Entry, Pending, Verification, Withdrawal
from idtui.domain.errors import IdtuiError, NotUnderstood, RuleForbids
from idtui.domain.text import clean, say
from idtui.words import Words

if TYPE_CHECKING:
    from idtui.desk.stamp import Stamp
    from idtui.store.index import StoredEntries

LONGEST_LINE = 64 * 1024
"""Bytes of one claim; an honest one has a few hundred."""


def add_commands(commands: Subparsers, speak: Words) -> None:
    """Add both commands to the parser."""
    recording = add(commands, speak, "record", record)
    add_json(recording, speak)
    listing = add(commands, speak, "list", show)
    add_json(listing, speak)
    listing.add_argument(
        "--from",
        dest="origin",
        choices=("store", "hub"),
        default="store",
        help=speak(say("cli.option.origin")),
    )
    listing.add_argument("--hub", metavar="URL", help=speak(say("cli.option.hub")))
    which = listing.add_mutually_exclusive_group()
    which.add_argument("--pending", action="store_true", help=speak(say("cli.option.pending")))
    listing.add_argument("--handover", action="store_true", help=speak(say("cli.option.handover")))
    which.add_argument("--unsent", action="store_true", help=speak(say("cli.option.unsent")))
    which.add_argument("--parked", action="store_true", help=speak(say("cli.option.parked")))
    which.add_argument("--day", type=day, metavar="YYYY-MM-DD", help=speak(say("cli.option.day")))


def day(text: str) -> date:
    """Read a day; argparse names this function when it is none."""
    return date.fromisoformat(text)


def record(console: Console) -> int:
    """Record the claims on standard input, one JSON object a line; one answer line for each."""
    from idtui.bootstrap import stores

    if console.arguments.passphrase_file == "-":  # noqa: S105  # the mark of standard input
        raise NotUnderstood(say("passphrase.not_with_record"))
    with stores.writing(
        console.config, passphrase.for_writing(console), tell=console.tell, training=console.training
    ) as (stamp, journal):
        first = Exit.DONE
        for number, line in _lines():
            try:
                entry = _claimed(line, stamp, timedelta(hours=console.config.margin_hours))
                journal.append(entry)
                console.data(stores.as_json(entry))
            except IdtuiError as error:
                first = first or exit_of(error)
                console.json(_refusal(console, number, error))
        return first


def _lines() -> Iterator[tuple[int, bytes]]:
    """Yield the lines that are not blank, each with its number."""
    if sys.stdin is None:
        raise NotUnderstood(say("claim.no_input"))
    stream = sys.stdin.buffer
    number = 0
    while line := stream.readline(LONGEST_LINE):
        number += 1
        if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
            while (rest := stream.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
                pass
        if line.strip():
            yield number, line


def _claimed(line: bytes, stamp: "Stamp", margin: timedelta) -> Verification:
    from idtui.desk.recording import Claim, from_claim
    from idtui.store.codec import unknown_place

    try:
        claim = msgspec.json.decode(line, type=Claim)
        unknown = unknown_place(msgspec.json.decode(line), msgspec.to_builtins(claim), "")
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotUnderstood(say("claim.unreadable", why=_place(error))) from None
    if unknown:
        raise NotUnderstood(say("claim.unknown_field", field=clean(unknown.strip("."), 40)))
    return from_claim(stamp, claim, stamp.clock.now(), margin)


def _place(error: Exception) -> str:
    """Return where in the claim the decoder stopped; its words may quote the value and stay here."""
    _, found, place = str(error).rpartition(" - at ")
    return clean(place.strip("`"), 80) if found else "JSON"


def _refusal(console: Console, line: int, error: IdtuiError) -> dict[str, object]:
    answer: dict[str, object] = {
        "line": line,
        "error": error.message.id,
        "words": console.words(error.message),
        "exit": int(exit_of(error)),
    }
    if isinstance(error, RuleForbids):
        answer["rule"] = error.rule
    return answer


def show(console: Console) -> int:
    """List entries, oldest first; with `--json` one object a line."""
    from idtui.bootstrap import here, stores
    from idtui.store.errors import StoreUnavailable

    if console.arguments.handover and not console.arguments.pending:
        raise NotUnderstood(say("handover.only_pending"))
    if console.arguments.origin == "hub":
        return hub_answers.show_worklist(console)
    try:
        store = stores.looking(console.config, passphrase.for_reading(console))
    except StoreUnavailable as error:
        console.tell(error.message)
        return Exit.NO_CARD
    if console.arguments.handover and not console.as_json:
        where, now = here.station(console.config, training=console.training), here.CLOCK.now()
        for line in handover(Dues(store).now(), where, now, console.words):
            console.data(line)
        return damage_told(console, store)
    followers = Followers(store)
    for entry in _chosen(console, store):
        if console.as_json:
            console.data(stores.as_json(entry, state=followers.of(entry)))
        else:
            console.data(_line(console, entry, followers.of(entry)))
    return damage_told(console, store)


def damage_told(console: Console, store: "StoredEntries") -> Exit:
    """Tell damage that nobody has acknowledged, and return the exit code that says so."""
    from idtui.bootstrap import stores

    told = stores.damaged(store)
    for message in told:
        console.tell(message)
    return Exit.DAMAGED if told else Exit.DONE


def _chosen(console: Console, store: "StoredEntries") -> Iterable[Entry]:
    arguments = console.arguments
    if arguments.unsent:
        return store.unsent()
    if arguments.parked:
        return store.parked()
    if arguments.pending:
        return soonest_first(Dues(store).now())
    travelling = (entry for entry in store.entries() if entry.kind in TRAVELLING)
    if arguments.day:
        return (entry for entry in travelling if entry.recorded_at.date() == arguments.day)
    return travelling


def _line(console: Console, entry: Entry, state: Standing) -> str:
    words = console.words
    parts = [f"{entry.recorded_at:%Y-%m-%d %H:%M}", entry.id, words(say(f"kind.{entry.kind}"))]
    if not isinstance(entry, Correction | Withdrawal):
        parts += [text if isinstance(text, str) else words(text) for text in who(entry)]
    if isinstance(entry, Verification):
        parts.append(words(say(f"entry.{entry.entry}")))
        if entry.reason:
            parts.append(words(say(f"reason.{entry.reason}")))
    if isinstance(entry, Pending):
        told = (*care_of(entry), *time_left(entry, datetime.now().astimezone()))
        parts += [text if isinstance(text, str) else words(text) for text in told]
    parts.append(words(say(f"state.{state}")))
    return "  ".join(parts)
