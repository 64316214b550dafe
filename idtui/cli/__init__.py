"""The command line: `idtui [desk]`, `card`, `scan`, `record`, `list`, `journal`, `sync`, `hub`, `doctor`, ...

Each module of this package adds its commands to the parser and imports what they need only when one runs,
so that no command pays for another.
"""

import argparse
import gc
import io
import sys
import traceback
from collections.abc import Callable, Sequence

from idtui import __version__, config
from idtui.cli import at_desk, cards, delivery, doctor, journal, keeping, pages, scans
from idtui.cli.console import Console, open_console
from idtui.cli.exits import Exit, exit_of
from idtui.domain.errors import IdtuiError
from idtui.domain.text import Message
from idtui.words import Words, words

Command = Callable[[Console], int]


def run(argv: Sequence[str]) -> int:
    """Run one command and return its exit code; errors become one sentence on standard error."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a name never ends a command halfway
    speak = words(config.language(_asked_language(argv)))
    parser = _parser(speak)
    arguments = parser.parse_args(_with_command(argv))
    try:
        console = open_console(arguments)
        speak = console.words
        command: Command = arguments.run
        if command is not at_desk.at_desk:
            gc.enable()
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


def _parser(speak: Words) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="idtui",
        description=speak(Message("cli.description")),
        epilog=speak(Message("cli.examples")),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"idtui {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for room in (at_desk, cards, scans, journal, keeping, delivery, doctor, pages):
        room.add_commands(commands, speak)
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
