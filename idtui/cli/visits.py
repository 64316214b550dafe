"""`idtui visits import|fetch|list`: the hospital's visits at the desk."""

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from idtui.cli import passphrase
from idtui.cli.console import Console
from idtui.cli.exits import Exit
from idtui.cli.hub_visits import tell_import
from idtui.cli.parsers import Subparsers, add, add_json
from idtui.domain import niss
from idtui.domain.errors import NotUnderstood
from idtui.domain.text import say
from idtui.domain.visit import Visit, on_day
from idtui.words import Words

if TYPE_CHECKING:
    from idtui.store.visits import KeptVisits


def add_commands(commands: Subparsers, speak: Words) -> None:
    """Add the commands to the parser."""
    about = speak(say("cli.visits.help"))
    group = commands.add_parser("visits", help=about, description=about)
    parts = group.add_subparsers(dest="part", metavar="import|fetch|list", required=True)
    importing = add(parts, speak, "import", import_file, parent="visits")
    importing.add_argument("file", type=Path, metavar="FILE", help=speak(say("cli.option.visits_file")))
    fetching = add(parts, speak, "fetch", fetch, parent="visits")
    fetching.add_argument("--hub", metavar="URL", help=speak(say("cli.option.hub")))
    listing = add(parts, speak, "list", show, parent="visits")
    for parser in (fetching, listing):
        parser.add_argument(
            "--day", type=date.fromisoformat, metavar="YYYY-MM-DD", help=speak(say("cli.option.visits_day"))
        )
    for parser in (importing, fetching, listing):
        add_json(parser, speak)


def import_file(console: Console) -> int:
    """Import visits from a file; rows that cannot be taken are named and the others kept."""
    from idtui.bootstrap import visits

    imported = visits.read_file(console.config, console.arguments.file)
    secret = passphrase.for_writing(console)
    kept = visits.keep_at_desk(
        console.config, secret, tell=console.tell, training=console.training, imported=imported
    )
    return tell_import(console, imported, len(kept.imported))


def fetch(console: Console) -> int:
    """Ask the hub for the visits of a day and keep them in place of what it told before."""
    from idtui.bootstrap import visits

    if not console.config.hub:
        raise NotUnderstood(say("sync.no_hub"))
    secret = passphrase.for_writing(console)
    kept = visits.keep_at_desk(
        console.config, secret, tell=console.tell, training=console.training, day=console.arguments.day
    )
    if console.as_json:
        console.json({"visits": len(kept.from_hub)})
    else:
        console.data(console.words(say("visits.fetched", count=len(kept.from_hub))))
    return Exit.DONE


def show(console: Console) -> int:
    """List the visits known at this desk that a desk may meet on a day, and how old that knowledge is."""
    from idtui.bootstrap import here, visits

    kept = visits.known_at_desk(console.config, passphrase.for_reading(console))
    now = here.CLOCK.now()
    _tell_age(console, kept, now)
    for visit in on_day(kept.all(), console.arguments.day or now.date()):
        if console.as_json:
            console.json(
                {**msgspec.to_builtins(visit), "niss": niss.masked(visit.niss) if visit.niss else None}
            )
        else:
            console.data(_line(console, visit))
    return Exit.DONE


def _tell_age(console: Console, kept: "KeptVisits", now: datetime) -> None:
    """Narrate how old the visits are: old knowledge is marked, never passed off as new."""
    for message_id, at in (("hub", kept.told_at), ("import", kept.imported_at)):
        if at is not None:
            minutes = max(0, int((now - at).total_seconds() // 60))
            console.tell(say(f"visits.age.{message_id}", hours=minutes // 60, minutes=minutes % 60))
    if kept.told_at is None and kept.imported_at is None:
        console.tell(say("visits.none"))


def _line(console: Console, visit: Visit) -> str:
    begins = f"{visit.begins_at:%Y-%m-%d %H:%M}" if visit.begins_at else "-"
    name = " ".join(part for part in (visit.name, visit.given_names) if part) or "-"
    words = [console.words(say(f"visit.kind.{visit.kind}")), console.words(say(f"visit.state.{visit.state}"))]
    number = niss.masked(visit.niss) if visit.niss else "-"
    return "  ".join([begins, visit.number, name, number, *words, visit.service or "-"])
