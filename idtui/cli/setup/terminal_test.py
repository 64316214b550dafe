"""What the terminal can show and send: letters, colours, width and the digit row, as a person sees it."""

import os
import shutil
import sys

from idtui.cli.setup.dialogue import Dialogue
from idtui.cli.setup.plan import Plan
from idtui.cli.terminal import MEANT
from idtui.domain.text import Message, clean, say
from idtui.ui.profile import Profile

SAMPLE = "é è ç à ü ß Ž · ┌──┬──┐ │ █ ▀ ▄ ▌"
"""Letters of the four languages and of cards, and the lines and blocks the desk draws."""

_COLOURS = "".join(f"\x1b[3{colour}m {name} \x1b[0m" for colour, name in enumerate("01234567"))

ROWS = {"&é\"'(§è!çà": "azerty_be", "&é\"'(-è_çà": "azerty_fr", "1234567890": "qwerty"}
"""What the ten keys of the digit row send without Shift (xkb-data: symbols/be, symbols/fr, symbols/us)."""

_LEAST_ROW = 6
"""Keys of the row that tell a keyboard."""

_NO_COLOURS = ("", "dumb", "unknown", "vt100", "vt220")
"""Kinds of terminals (TERM) without colours."""


def keyboard(row: str) -> str:
    """Return the keyboard whose digit row sends this: `azerty_be`, `azerty_fr`, `qwerty`, else `unknown`."""
    typed = row.replace(" ", "")
    if len(typed) < _LEAST_ROW:
        return "unknown"
    return next((name for known, name in ROWS.items() if known.startswith(typed)), "unknown")


def proposed(*, letters: bool, colours: bool, far: bool) -> Profile:
    """Return the profile for what a person sees; `far` is over SSH, where bytes count."""
    if not letters:
        return Profile.ASCII
    if not colours:
        return Profile.MONO
    return Profile.LOW_BANDWIDTH if far else Profile.AUTO


def ask(dialogue: Dialogue, plan: Plan) -> Plan:
    """Show samples, ask what is seen, and let a profile be chosen."""
    kind = os.environ.get("TERM", "")
    columns, rows = shutil.get_terminal_size()
    dialogue.tell(say("doctor.terminal.kind", kind=clean(kind, 40) or "-"))
    dialogue.tell(say("doctor.terminal.size", columns=columns, rows=rows))
    if columns < MEANT[0] or rows < MEANT[1]:
        dialogue.tell(say("doctor.terminal.size.fix", columns=MEANT[0], rows=MEANT[1]))
    dialogue.write(f"  {SAMPLE.encode(sys.stderr.encoding, 'replace').decode(sys.stderr.encoding)}\n")
    letters = dialogue.confirm(say("setup.terminal.letters"), default=True)
    has_colours = kind not in _NO_COLOURS and not os.environ.get("NO_COLOR")
    if has_colours:
        dialogue.write(f"  {_COLOURS}\n")
        has_colours = dialogue.confirm(say("setup.terminal.colours"), default=True)
    dialogue.tell(dialogue.ask(say("setup.terminal.row"), "", _keys))
    advised = proposed(letters=letters, colours=has_colours, far="SSH_CONNECTION" in os.environ)
    choices = [str(profile) for profile in Profile]
    chosen = dialogue.choose(say("setup.terminal.profile", choices=", ".join(choices)), choices, advised)
    return plan.with_settings(profile=chosen)


def _keys(typed: str) -> Message:
    return say(f"setup.keyboard.{keyboard(typed)}")
