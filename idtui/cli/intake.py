"""`idtui hub intake FILE`: take in what a desk without a network sealed into a file."""

from pathlib import Path

from idtui.cli.console import Console
from idtui.cli.exits import Exit
from idtui.cli.parsers import Subparsers, add, add_json
from idtui.domain.text import say
from idtui.words import Words


def add_command(parts: Subparsers, speak: Words, database: str) -> None:
    """Add the command to the group `hub`; `database` is the default of its option."""
    taking = add(parts, speak, "intake", intake, parent="hub")
    taking.add_argument("file", type=Path, metavar="FILE", help=speak(say("cli.option.intake_file")))
    taking.add_argument(
        "--private", type=Path, metavar="PEM", required=True, help=speak(say("cli.option.hub_private"))
    )
    taking.add_argument("--unsigned", action="store_true", help=speak(say("cli.option.unsigned")))
    taking.add_argument("--answers", type=Path, metavar="FILE", help=speak(say("cli.option.answers")))
    taking.add_argument("--database", metavar="URL", default=database, help=speak(say("cli.option.database")))
    add_json(taking, speak)


def intake(console: Console) -> int:
    """Store the entries of a file and write the answers beside it."""
    from idtui.bootstrap import carried

    given = console.arguments
    answers = given.answers or given.file.with_name(given.file.name + ".answers")
    taken = carried.take_in(
        given.database,
        given.file,
        given.private,
        answers,
        training=console.training,
        unsigned=given.unsigned or console.training,
    )
    if console.as_json:
        console.json(taken)
    else:
        console.data(
            console.words(say("carried.taken_in", count=taken.entries, desk=taken.desk, file=str(answers)))
        )
    return Exit.DONE
