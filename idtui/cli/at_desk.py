"""`idtui desk` (the screen) and `idtui demo` (a tour without one)."""

import sys

from idtui.cli import passphrase
from idtui.cli.console import Console
from idtui.cli.exits import Exit
from idtui.cli.parsers import Subparsers, add
from idtui.domain.text import say
from idtui.ui.profile import Profile
from idtui.words import Words


def add_commands(commands: Subparsers, speak: Words) -> None:
    """Add both commands to the parser."""
    desk = add(commands, speak, "desk", at_desk)
    desk.add_argument(
        "--profile", choices=[str(profile) for profile in Profile], help=speak(say("cli.option.profile"))
    )
    desk.add_argument("--takeover", action="store_true", help=speak(say("cli.option.takeover")))
    desk.add_argument("--hub", metavar="URL", help=speak(say("cli.option.hub")))
    add(commands, speak, "demo", demo)


def at_desk(console: Console) -> int:
    """Open the desk; without a terminal say what to use instead."""
    if not all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout)):
        console.tell(say("desk.no_terminal"))
        return Exit.USAGE
    from idtui.bootstrap import desks, stores

    profile = console.arguments.profile or console.config.profile
    temporary = console.training and console.config.store is None
    secret = None if temporary else passphrase.for_writing(console)
    if secret and console.arguments.takeover and stores.take_over(console.config, secret):
        console.tell(say("store.taken_over"))
    return desks.run_desk(
        console.config,
        console.words,
        profile,
        passphrase=secret,
        training=console.training,
    )


def demo(console: Console) -> int:
    """Walk through the main roads in training mode; every step is checked, the first failure ends it."""
    from idtui.bootstrap import desks

    return Exit.DONE if desks.run_demo(console.words, console.data) else Exit.INTERNAL
