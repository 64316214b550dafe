"""`idtui sync` and `idtui hub serve|status`: the line to the hospital, and its receiving side."""

from idtui.cli import hub_feed, hub_visits, passphrase
from idtui.cli.console import Console
from idtui.cli.exits import Exit
from idtui.cli.parsers import Subparsers, add, add_json
from idtui.desk.events import BatchAnswered, BatchFailed
from idtui.domain.errors import NotUnderstood
from idtui.domain.text import say
from idtui.words import Words

DEFAULT_PORT = 8480
DEFAULT_DATABASE = "sqlite:///idtui-hub.sqlite"


def add_commands(commands: Subparsers, speak: Words) -> None:
    """Add the commands to the parser."""
    syncing = add(commands, speak, "sync", sync)
    add_json(syncing, speak)
    syncing.add_argument("--hub", metavar="URL", help=speak(say("cli.option.hub")))
    hub = commands.add_parser("hub", help=speak(say("cli.hub.help")), description=speak(say("cli.hub.help")))
    parts = hub.add_subparsers(dest="part", metavar="serve|status|visits|mllp|feed", required=True)
    serving = add(parts, speak, "serve", serve, parent="hub")
    serving.add_argument("--port", type=int, default=DEFAULT_PORT, help=speak(say("cli.option.port")))
    telling = add(parts, speak, "status", status, parent="hub")
    add_json(telling, speak)
    for parser in (serving, telling, *hub_visits.add_parts(parts, speak), hub_feed.add_part(parts, speak)):
        parser.add_argument(
            "--database", metavar="URL", default=DEFAULT_DATABASE, help=speak(say("cli.option.database"))
        )


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


def serve(console: Console) -> int:
    """Run the hub on the loopback interface until it is told to end."""
    from idtui.bootstrap import hubs

    console.tell(say("hub.loopback_only"))
    hubs.serve_hub(
        console.arguments.database,
        console.arguments.port,
        training=console.training,
        ready=lambda port: console.tell(say("hub.ready", address=f"http://127.0.0.1:{port}/fhir")),
    )
    return Exit.DONE


def status(console: Console) -> int:
    """Count what the hub holds."""
    from idtui.bootstrap import hubs

    counted = hubs.hub_status(console.arguments.database)
    if console.as_json:
        console.json(counted)
    else:
        console.data(
            console.words(
                say("hub.status", records=counted.records, desks=counted.desks, waiting=counted.waiting)
            )
        )
    return Exit.DONE
