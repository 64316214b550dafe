"""`idtui sync`: the line to the hospital."""

from idtui.cli import passphrase
from idtui.cli.console import Console
from idtui.cli.exits import Exit
from idtui.cli.parsers import Subparsers, add, add_json
from idtui.desk.events import BatchAnswered, BatchFailed
from idtui.domain.errors import NotUnderstood
from idtui.domain.text import say
from idtui.words import Words


def add_commands(commands: Subparsers, speak: Words) -> None:
    """Add the commands to the parser."""
    syncing = add(commands, speak, "sync", sync)
    add_json(syncing, speak)
    syncing.add_argument("--hub", metavar="URL", help=speak(say("cli.option.hub")))


def sync(console: Console) -> int:
    """Send everything that waits, batch by batch, until it is received, refused, or the hub fails."""
    from idtui.bootstrap import here, hubs

    if not console.config.hub:
        raise NotUnderstood(say("sync.no_hub"))
    for warning in here.warnings(console.config, training=console.training):
        console.tell(warning)
    received = parked = 0
    failure: BatchFailed | None = None
    with hubs.delivering(
        console.config, passphrase.for_writing(console), tell=console.tell, training=console.training
    ) as (outbox, send):
        total = outbox.delivery().waiting
        while failure is None and (batch := outbox.next_batch()):
            answer = send(batch)
            outbox.take(answer)
            if isinstance(answer, BatchAnswered):
                received += len(answer.receipts)
                parked += len(answer.refusals)
                if not answer.receipts and not answer.refusals:
                    break
                console.tell(say("sync.progress", done=received + parked, total=total))
            else:
                failure = answer
        left = outbox.delivery()
    if failure:
        console.tell(say("delivery.refused" if failure.refused else "delivery.failed", words=failure.words))
    result = {"received": received, "parked": parked, "waiting": left.waiting}
    if console.as_json:
        console.json(result)
    else:
        console.data(console.words(say("sync.result", **result)))
    if left.parked or (failure and failure.refused):
        return Exit.REFUSED
    return Exit.WAITING if left.waiting else Exit.DONE
