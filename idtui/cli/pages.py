"""`idtui keys`: the page of keys, generated from the command table."""

import sys
from pathlib import Path

from idtui.cli.console import Console
from idtui.cli.exits import Exit
from idtui.cli.parsers import Subparsers, add
from idtui.desk.commands import COMMANDS, Command
from idtui.domain.errors import NotUnderstood
from idtui.domain.path import HOW_OF, REASON_OF, Phase
from idtui.domain.text import clean, say
from idtui.words import Words, words

KEY_NAMES = {
    "enter": "Enter",
    "escape": "Esc",
    "backspace": "Backspace",
    "ctrl+t": "Ctrl+T",
    "ctrl+q": "Ctrl+Q",
}


def add_commands(commands: Subparsers, speak: Words) -> None:
    """Add the command to the parser."""
    keys = add(commands, speak, "keys", show_keys)
    keys.add_argument("--check", type=Path, metavar="FILE", help=speak(say("cli.option.check")))


def show_keys(console: Console) -> int:
    """Print the page, or compare it with a file (always in English, the language of the docs)."""
    file: Path | None = console.arguments.check
    if file is None:
        console.data(keys_page(console.words).rstrip("\n"))
        return Exit.DONE
    import difflib

    try:
        written, now = file.read_text(encoding="utf-8"), keys_page(words("en"))
    except (OSError, UnicodeDecodeError):
        raise NotUnderstood(say("keys.missing", file=clean(str(file)))) from None
    if written == now:
        return Exit.DONE
    sys.stderr.writelines(
        difflib.unified_diff(written.splitlines(True), now.splitlines(True), str(file), "idtui keys")
    )
    console.tell(say("keys.stale", file=str(file)))
    return Exit.INTERNAL


def keys_page(speak: Words) -> str:
    """Return the page in Markdown: one table for each place where keys mean something."""
    places = (
        ("keys.at_the_desk", [c for c in COMMANDS if Phase.WAITING in c.phases or Phase.READ in c.phases]),
        (
            "keys.typing_niss",
            [c for c in COMMANDS if Phase.TYPING in c.phases and Phase.READ not in c.phases],
        ),
        ("keys.reason", [c for c in COMMANDS if c.of in REASON_OF]),
        ("keys.how", [c for c in COMMANDS if c.of in HOW_OF]),
    )
    lines = [f"# {speak(say('keys.title'))}", "", speak(say("keys.introduction")), ""]
    for heading, commands in places:
        lines += [f"## {speak(say(heading))}", "", speak(say("keys.columns")), "|---|---|---|"]
        lines += [_row(command, speak) for command in commands]
        lines.append("")
    return "\n".join(lines)


def _row(command: Command, speak: Words) -> str:
    names = [
        KEY_NAMES.get(key, key.upper() if key[1:].isdigit() else key)
        for key in (command.key, *command.aliases)
    ]
    keys = ", ".join(f"`{name}`" for name in names)
    return f"| {keys} | {speak(say(command.word))} | {speak(say(command.sentence))} |"
