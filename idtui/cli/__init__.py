"""The command line: `idtui [desk]`, `setup`, `card`, `scan`, `record`, `list`, `visits`, `journal`, `sync`.

Each module of this package adds its commands to the parser and imports what they need only when one runs,
so that no command pays for another.
"""

import argparse
import gc
import importlib
import io
import sys
import traceback
from collections.abc import Callable, Sequence

from idtui import __version__, config
from idtui.cli import argparse_words
from idtui.cli.console import Console, open_console
from idtui.cli.exits import Exit, exit_of
from idtui.domain.errors import IdtuiError
from idtui.domain.text import Message
from idtui.store.watch import watched
from idtui.words import Words, words

Command = Callable[[Console], int]

ROOMS = {
    "at_desk": ("desk", "demo"),
    "setup": ("setup",),
    "cards": ("card",),
    "scans": ("scan",),
    "journal": ("record", "list"),
    "hub_answers": ("quota",),
    "visits": ("visits",),
    "changing": ("correct", "withdraw"),
    "keeping": ("journal",),
    "delivery": ("sync",),
    "hubs": ("hub",),
    "doctor": ("doctor",),
    "support": ("support",),
    "pages": ("keys", "rules"),
}
"""The modules of this package that add commands, and which: a command named is the only one built.

Building them all costs a desk a tenth of its start.
"""


def run(argv: Sequence[str]) -> int:
    """Run one command and return its exit code; errors become one sentence on standard error."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a name never ends a command halfway
    speak = words(config.language(_asked_language(argv)))
    argparse_words.speak(speak.language)
    asked = _with_command(argv)
    arguments = _parser(speak, asked[0]).parse_args(asked)
    try:
        console = open_console(arguments)
        speak = console.words
        command: Command = arguments.run
        if arguments.command != "desk":
            gc.enable()
        with watched(console.progress):
            return command(console)
    except IdtuiError as error:
        print(speak(error.message), file=sys.stderr)
        return exit_of(error)
    except (KeyboardInterrupt, BrokenPipeError):
        raise
    except Exception as error:  # noqa: BLE001  # the last door: no value of the error may reach the terminal
        print(speak(Message("cli.internal", {"kind": type(error).__name__})), file=sys.stderr)
        for frame in traceback.extract_tb(error.__traceback__):
            print(f"  {frame.filename}:{frame.lineno} {frame.name}", file=sys.stderr)
        return Exit.INTERNAL


def _parser(speak: Words, asked: str = "") -> argparse.ArgumentParser:
    """Return the parser of the room of the command that is asked for; of all rooms when none has it."""
    parser = argparse.ArgumentParser(
        prog="idtui",
        description=speak(Message("cli.description")),
        epilog=speak(Message("cli.examples")),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--version",
        action="version",
        version=f"idtui {__version__}",
        help=speak(Message("cli.option.version")),
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for room in [room for room, names in ROOMS.items() if asked in names] or ROOMS:
        importlib.import_module(f"{__name__}.{room}").add_commands(commands, speak)
    return parser


def _with_command(argv: Sequence[str]) -> list[str]:
    """Return the arguments with `desk` put in front where no command is named: `idtui --training`."""
    if argv and not argv[0].startswith("-"):
        return list(argv)
    for alone in ("-h", "--help", "--version"):
        if alone in argv:
            return [alone]
    return ["desk", *argv]


def _asked_language(argv: Sequence[str]) -> str | None:
    """Find `--lang` before the parser is built, since help itself is in that language."""
    for index, argument in enumerate(argv):
        if argument == "--lang" and index + 1 < len(argv):
            return argv[index + 1]
        if argument.startswith("--lang="):
            return argument.partition("=")[2]
    return None
