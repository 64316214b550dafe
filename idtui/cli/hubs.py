"""`idtui hub serve|migrate|status` and `idtui hub desk add|list|approve|revoke`: the receiving side."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from idtui.cli import hub_feed, hub_visits, intake
from idtui.cli.console import Console
from idtui.cli.exits import Exit
from idtui.cli.parsers import Subparsers, add, add_json
from idtui.domain.text import say
from idtui.words import Words

if TYPE_CHECKING:
    from idtui.hub.desks import Desk
    from idtui.hub.heads import SeenHead

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8480
DEFAULT_DATABASE = "sqlite:///idtui-hub.sqlite"


def add_commands(commands: Subparsers, speak: Words) -> None:
    """Add the commands to the parser."""
    hub = commands.add_parser("hub", help=speak(say("cli.hub.help")), description=speak(say("cli.hub.help")))
    names = "serve|migrate|status|intake|visits|mllp|feed|desk"
    parts = hub.add_subparsers(dest="part", metavar=names, required=True)
    serving = add(parts, speak, "serve", serve, parent="hub")
    _add_serving(serving, speak)
    migrating = add(parts, speak, "migrate", migrate, parent="hub")
    telling = add(parts, speak, "status", status, parent="hub")
    add_json(telling, speak)
    intake.add_command(parts, speak, DEFAULT_DATABASE)
    beside = (*hub_visits.add_parts(parts, speak), hub_feed.add_part(parts, speak))
    desk = parts.add_parser(
        "desk", help=speak(say("cli.hub.desk.help")), description=speak(say("cli.hub.desk.help"))
    )
    of_desk = desk.add_subparsers(dest="act", metavar="add|list|approve|revoke", required=True)
    adding = add(of_desk, speak, "add", add_desk, parent="hub.desk")
    adding.add_argument("name", metavar="NAME", help=speak(say("cli.option.desk_to_add")))
    adding.add_argument("key", metavar="FILE", type=Path, help=speak(say("cli.option.desk_key")))
    adding.add_argument("--site", metavar="NUMBER", help=speak(say("cli.option.site")))
    listing = add(of_desk, speak, "list", list_desks, parent="hub.desk")
    approving = add(of_desk, speak, "approve", approve, parent="hub.desk")
    revoking = add(of_desk, speak, "revoke", revoke, parent="hub.desk")
    for parser in (adding, listing, approving, revoking):
        add_json(parser, speak)
    for parser in (approving, revoking):
        parser.add_argument("which", metavar="CODE", help=speak(say("cli.option.desk_code")))
    for parser in (serving, migrating, telling, adding, listing, approving, revoking, *beside):
        parser.add_argument(
            "--database", metavar="URL", default=DEFAULT_DATABASE, help=speak(say("cli.option.database"))
        )


def _add_serving(parser: argparse.ArgumentParser, speak: Words) -> None:
    parser.add_argument("--host", default=DEFAULT_HOST, help=speak(say("cli.option.host")))
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help=speak(say("cli.option.port")))
    parser.add_argument(
        "--workers",
        metavar="N",
        type=int,
        choices=range(1, 65),
        default=1,
        help=speak(say("cli.option.workers")),
    )
    parser.add_argument("--certificate", metavar="FILE", type=Path, help=speak(say("cli.option.certificate")))
    parser.add_argument("--key", metavar="FILE", type=Path, help=speak(say("cli.option.certificate_key")))
    parser.add_argument("--proxy", metavar="ADDRESS", default="", help=speak(say("cli.option.proxy")))
    parser.add_argument(
        "--address", metavar="URL", action="append", default=[], help=speak(say("cli.option.address"))
    )
    parser.add_argument("--itsme", metavar="FILE", type=Path, help=speak(say("cli.option.itsme")))
    parser.add_argument("--without-tokens", action="store_true", help=speak(say("cli.option.without_tokens")))


def serve(console: Console) -> int:
    """Run the hub until it is told to end."""
    from idtui.bootstrap import hubs

    given = console.arguments
    service = hubs.service(
        database=given.database,
        host=given.host,
        port=given.port,
        training=console.training,
        tokens=not (given.without_tokens or console.training),
        certificate=given.certificate,
        key=given.key,
        proxy=given.proxy,
        addresses=tuple(given.address),
        workers=given.workers,
        itsme=given.itsme,
    )
    if not service.tokens:
        console.tell(say("hub.without_tokens"))
    host = f"[{given.host}]" if ":" in given.host else given.host
    hubs.serve_hub(
        service,
        lambda port: console.tell(say("hub.ready", address=f"{service.scheme}://{host}:{port}/fhir")),
    )
    return Exit.DONE


def migrate(console: Console) -> int:
    """Bring the hub's database to the version of this program."""
    from idtui.bootstrap import hubs

    before, after = hubs.migrate_hub(console.arguments.database)
    console.tell(say("hub.migrated", before=before, after=after))
    return Exit.DONE


def status(console: Console) -> int:
    """Count what the hub holds."""
    from idtui.bootstrap import hubs

    counted = hubs.hub_status(console.arguments.database)
    told = {"records": counted.records, "desks": counted.desks, "waiting": counted.waiting}
    if console.as_json:
        console.json({**told, **({"went_back": counted.went_back} if counted.went_back else {})})
    else:
        console.data(console.words(say("hub.status", **told)))
    if counted.went_back:
        console.tell(say("hub.status.went_back", count=counted.went_back))
    return Exit.DONE


def add_desk(console: Console) -> int:
    """Let a desk in whose public key was brought here, without its asking."""
    from idtui.bootstrap import hubs

    given = console.arguments
    site = console.config.site if given.site is None else given.site
    with hubs.hub_desks(given.database) as desks:
        _show(console, hubs.add_desk(desks, site, given.name, given.key, console.config.operator_name))
    return Exit.DONE


def list_desks(console: Console) -> int:
    """List the desks, the latest last."""
    from idtui.bootstrap import hubs

    with hubs.hub_desks(console.arguments.database) as desks:
        heads = desks.heads()
        for desk in desks.all():
            _show(console, desk, heads.get(desk.id))
    return Exit.DONE


def approve(console: Console) -> int:
    """Let a waiting desk in, once its code was compared with the one the desk shows."""
    return _decide(console, "approved")


def revoke(console: Console) -> int:
    """Shut a desk out, from its next request on and for good."""
    return _decide(console, "revoked")


def _decide(console: Console, state: str) -> int:
    from idtui.bootstrap import hubs

    with hubs.hub_desks(console.arguments.database) as desks:
        _show(console, hubs.decide(desks, console.arguments.which, state, console.config.operator_name))
    return Exit.DONE


def _show(console: Console, desk: "Desk", head: "SeenHead | None" = None) -> None:
    if console.as_json:
        told = {"id": desk.id, "code": desk.code, "site": desk.site, "desk": desk.desk, "state": desk.state}
        console.json({**told, **({"journal": head} if head else {})})
        return
    site = desk.site or "-"
    line = f"{desk.code}  {desk.state:8}  {site:11}  {desk.desk}  {desk.registered_at:%Y-%m-%d}"
    if head:
        line += f"  {head.records}  {head.head[:16]}  {head.at.astimezone():%Y-%m-%d %H:%M}"
    console.data(line)
    if head and head.went_back_at:
        console.tell(
            say("hub.desk.went_back", desk=desk.desk, at=f"{head.went_back_at.astimezone():%Y-%m-%d %H:%M}")
        )
