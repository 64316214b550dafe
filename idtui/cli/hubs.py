"""`idtui hub serve|status`: the hospital's receiving side."""

from idtui.cli.console import Console
from idtui.cli.exits import Exit
from idtui.cli.parsers import Subparsers, add, add_json
from idtui.domain.text import say
from idtui.words import Words

DEFAULT_PORT = 8480
DEFAULT_DATABASE = "sqlite:///idtui-hub.sqlite"


def add_commands(commands: Subparsers, speak: Words) -> None:
    """Add the commands to the parser."""
    hub = commands.add_parser("hub", help=speak(say("cli.hub.help")), description=speak(say("cli.hub.help")))
    parts = hub.add_subparsers(dest="part", metavar="serve|status", required=True)
    serving = add(parts, speak, "serve", serve, parent="hub")
    serving.add_argument("--port", type=int, default=DEFAULT_PORT, help=speak(say("cli.option.port")))
    telling = add(parts, speak, "status", status, parent="hub")
    add_json(telling, speak)
    for parser in (serving, telling):
        parser.add_argument(
            "--database", metavar="URL", default=DEFAULT_DATABASE, help=speak(say("cli.option.database"))
        )


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
