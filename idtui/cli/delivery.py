"""`idtui sync`: the line to the hospital."""

import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from idtui.cli import passphrase
from idtui.cli.console import Console
from idtui.cli.exits import Exit
from idtui.cli.parsers import Subparsers, add, add_json
from idtui.desk.events import BatchAnswered, BatchFailed
from idtui.desk.outbox import failure_of
from idtui.domain.errors import NotUnderstood, StoreHeld
from idtui.domain.text import clean, say
from idtui.words import Words

if TYPE_CHECKING:
    from idtui.desk.pauses import Pauses

WATCH_SECONDS = 30.0
"""How long `idtui sync --watch` looks away from a store in which nothing waits, at most."""


def add_commands(commands: Subparsers, speak: Words) -> None:
    """Add the commands to the parser."""
    syncing = add(commands, speak, "sync", sync)
    add_json(syncing, speak)
    syncing.add_argument("--hub", metavar="URL", help=speak(say("cli.option.hub")))
    how = syncing.add_mutually_exclusive_group()
    how.add_argument("--watch", action="store_true", help=speak(say("cli.option.watch")))
    how.add_argument("--to", type=Path, metavar="FILE", help=speak(say("cli.option.to")))
    how.add_argument("--from", dest="answers", type=Path, metavar="FILE", help=speak(say("cli.option.from")))
    how.add_argument("--enrol", action="store_true", help=speak(say("cli.option.enrol")))


def sync(console: Console) -> int:
    """Send everything that waits, batch by batch, until it is received, refused, or the hub fails."""
    if console.arguments.to or console.arguments.answers:
        return _carry(console)
    if not console.config.hub:
        raise NotUnderstood(say("sync.no_hub"))
    if console.arguments.enrol:
        return _enrol(console)
    return _watch(console) if console.arguments.watch else _send(console)


def _send(console: Console) -> int:
    from idtui.bootstrap import hubs

    tally = _Tally(console)
    with hubs.delivering(
        console.config, passphrase.for_writing(console), tell=console.tell, training=console.training
    ) as (outbox, send):
        total = outbox.delivery().waiting
        while batch := outbox.next_batch():
            answer = send(batch)
            outbox.take(answer)
            tally.add(answer)
            if not tally.progress:
                break
            console.progress("sending", tally.received + tally.parked, total)
        console.progress.clear()
        left = outbox.delivery()
    return tally.told(left.waiting, left.parked)


def _carry(console: Console) -> int:
    """Write what waits into a file for the hub, or take the hub's answers from one."""
    from idtui.bootstrap import carried

    secret, given = passphrase.for_writing(console), console.arguments
    if given.to:
        count = carried.write_out(
            console.config, secret, given.to, tell=console.tell, training=console.training
        )
        result: dict[str, int] = {"written": count}
        told, exits = say("carried.written", count=count, file=clean(str(given.to))), Exit.DONE
    else:
        back = carried.take_back(
            console.config, secret, given.answers, tell=console.tell, training=console.training
        )
        result = {"received": back.received, "parked": back.parked, "waiting": back.waiting}
        told = say("sync.result", **result)
        exits = Exit.REFUSED if back.left_parked else Exit.WAITING if back.waiting else Exit.DONE
    if console.as_json:
        console.json(result)
    else:
        console.data(console.words(told))
    return exits


def _watch(console: Console) -> int:
    """Deliver for a desk that is closed, batch by batch, until a signal; what is under way finishes."""
    from idtui.bootstrap import hubs
    from idtui.bootstrap.here import CLOCK
    from idtui.desk.pauses import Pauses

    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: ended.set())
    secret = passphrase.for_writing(console)
    tally, pauses = _Tally(console), Pauses(CLOCK)
    waiting = parked = 0
    delivered: object = None  # how the store looked when nothing waited in it
    console.tell(say("sync.watching"))
    while not ended.is_set():
        if hubs.trace(console.config) != delivered and not pauses.left():
            try:
                done = hubs.one_round(console.config, secret, tell=console.tell, training=console.training)
            except StoreHeld:  # its desk is open and sends by itself
                ended.wait(WATCH_SECONDS)
                continue
            waiting, parked = done.waiting, done.parked
            if done.answer is None:
                delivered = hubs.trace(console.config)
            else:
                tally.add(done.answer)
                _rest(pauses, done.answer, progress=tally.progress)
                continue
        ended.wait(min(pauses.left().total_seconds(), WATCH_SECONDS) or WATCH_SECONDS)
    return tally.told(waiting, parked)


def _rest(pauses: "Pauses", answer: BatchAnswered | BatchFailed, *, progress: bool) -> None:
    """Leave the hub alone after an answer that brought nothing."""
    if progress:
        pauses.went_well()
    else:
        pauses.failed(answer.retry_after if isinstance(answer, BatchFailed) else 0.0)


class _Tally:
    """What became of the batches of one run."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self.received = self.parked = 0
        self.progress = False
        self._failure: BatchFailed | None = None

    def add(self, answer: BatchAnswered | BatchFailed) -> None:
        """Count an answer, or say once what kind of failure it was."""
        if isinstance(answer, BatchAnswered):
            self.received += len(answer.receipts)
            self.parked += len(answer.refusals)
            self.progress = bool(answer.receipts or answer.refusals)
            self._failure = None
            return
        self.progress = False
        if self._failure is None or self._failure.words != answer.words:
            self._console.tell(failure_of(answer))
        self._failure = answer

    def told(self, waiting: int, parked: int) -> int:
        """Print the sum and return the exit code."""
        result = {"received": self.received, "parked": self.parked, "waiting": waiting}
        if self._console.as_json:
            self._console.json(result)
        else:
            self._console.data(self._console.words(say("sync.result", **result)))
        if parked or (self._failure and self._failure.refused):
            return Exit.REFUSED
        return Exit.WAITING if waiting else Exit.DONE


def _enrol(console: Console) -> int:
    """Make this desk known to the hub, and say the code by which it is approved there."""
    from idtui.bootstrap import hubs
    from idtui.cli.setup import enrolment

    enrolled = hubs.enrol(
        console.config, passphrase.for_writing(console), tell=console.tell, training=console.training
    )
    if console.as_json:
        console.json({"id": enrolled.id, "state": enrolled.state, "code": enrolled.code})
    else:
        console.data(console.words(enrolment.told(enrolled)))
    return enrolment.EXITS.get(enrolled.state, Exit.REFUSED)
