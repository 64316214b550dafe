"""`idtui hub visits import|purge` and `idtui hub mllp`: the hospital's visits into the hub."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from idtui.cli.console import Console
from idtui.cli.exits import Exit
from idtui.cli.journal import day
from idtui.cli.parsers import Subparsers, add, add_json
from idtui.domain.text import say
from idtui.words import Words

if TYPE_CHECKING:
    from idtui.sync.imports import Imported

DEFAULT_PORT = 2575
"""The port that IANA assigned to HL7."""


def add_parts(parts: Subparsers, speak: Words) -> list[argparse.ArgumentParser]:
    """Add the commands below `idtui hub`; return those that take `--database`."""
    about = speak(say("cli.hub.visits.help"))
    group = parts.add_parser("visits", help=about, description=about)
    below = group.add_subparsers(dest="deed", metavar="import|purge", required=True)
    importing = add(below, speak, "import", import_file, parent="hub.visits")
    add_json(importing, speak)
    importing.add_argument("file", type=Path, metavar="FILE", help=speak(say("cli.option.visits_file")))
    purging = add(below, speak, "purge", purge, parent="hub.visits")
    add_json(purging, speak)
    purging.add_argument(
        "--before", type=day, metavar="YYYY-MM-DD", required=True, help=speak(say("cli.option.visits_before"))
    )
    listening = add(parts, speak, "mllp", listen, parent="hub")
    listening.add_argument("--port", type=int, default=DEFAULT_PORT, help=speak(say("cli.option.mllp_port")))
    return [importing, purging, listening]


def import_file(console: Console) -> int:
    """Import visits from a file; rows that cannot be taken are named and the others kept."""
    from idtui.bootstrap import visits

    imported = visits.read_file(console.config, console.arguments.file)
    changed = visits.keep_on_hub(console.arguments.database, imported)
    return tell_import(console, imported, changed)


def tell_import(console: Console, imported: "Imported", changed: int) -> int:
    """Say what became of a file and return the exit code: 2 when rows were left out."""
    if console.as_json:
        bad = [{"place": row.place, "problem": row.problem.id} for row in imported.bad]
        console.json({"read": len(imported.visits), "changed": changed, "bad": bad})
    else:
        for row in imported.bad:
            console.tell(say("visits.bad_row", place=row.place, problem=row.problem))
        console.data(console.words(say("visits.imported", read=len(imported.visits), changed=changed)))
    return Exit.USAGE if imported.bad else Exit.DONE


def purge(console: Console) -> int:
    """Delete visits that ended before a day; what was recorded of them stays."""
    from idtui.bootstrap import visits

    count = visits.purge_on_hub(console.arguments.database, console.arguments.before)
    if console.as_json:
        console.json({"purged": count})
    else:
        console.data(console.words(say("visits.purged", count=count)))
    return Exit.DONE


def listen(console: Console) -> int:
    """Listen for ADT messages until told to end."""
    from idtui.bootstrap import visits

    visits.listen(
        console.config,
        console.arguments.database,
        console.arguments.port,
        ready=lambda port: console.tell(say("hub.listens", address=f"127.0.0.1:{port}")),
    )
    return Exit.DONE
