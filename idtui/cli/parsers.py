"""How a command joins the parser: name, help, examples and common options in one call."""

import argparse
from collections.abc import Callable
from typing import TypeAlias

from idtui.cli.console import Console, common_options
from idtui.domain.text import Message
from idtui.words import Words

Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001  # argparse gives its class no public name


def add(
    commands: Subparsers, speak: Words, name: str, run: Callable[[Console], int], *, parent: str = ""
) -> argparse.ArgumentParser:
    """Add a command; its sentences are `cli.<parent.><name>.help` and `.examples`."""
    key = f"{parent}.{name}" if parent else name
    parser = commands.add_parser(
        name,
        help=speak(Message(f"cli.{key}.help")),
        description=speak(Message(f"cli.{key}.help")),
        epilog=speak(Message(f"cli.{key}.examples")),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    common_options(parser, speak)
    parser.set_defaults(run=run)
    return parser


def add_json(parser: argparse.ArgumentParser, speak: Words) -> None:
    """Add `--json`."""
    parser.add_argument("--json", action="store_true", help=speak(Message("cli.option.json")))
