"""`idtui doctor`: everything the desk stands on, each with its finding and, where wrong, its fix."""

import os
import sys
from io import TextIOWrapper
from itertools import groupby

from idtui.cli import passphrase
from idtui.cli.console import Console
from idtui.cli.exits import Exit
from idtui.cli.parsers import Subparsers, add, add_json
from idtui.desk.checks import Check, CheckState, Examination, worst
from idtui.domain.errors import NotUnderstood
from idtui.domain.text import say
from idtui.words import Words

MARKS = {CheckState.OK: "ok", CheckState.WARNING: "!", CheckState.BAD: "!!"}

EXITS = (
    ("reader.", Exit.NO_READER),
    ("journal.entries", Exit.DAMAGED),
    ("journal.passphrase", Exit.WRONG_PASSPHRASE),
    ("store.", Exit.CANNOT_SAVE),
    ("hub.", Exit.WAITING),
)
"""How the id of the first bad check begins, and the exit code it gives; else `USAGE`."""


def add_commands(commands: Subparsers, speak: Words) -> None:
    """Add the command to the parser."""
    doctor = add(commands, speak, "doctor", examine)
    add_json(doctor, speak)
    doctor.add_argument("--scanner", action="store_true", help=speak(say("cli.option.scanner")))
    doctor.add_argument("--hub", metavar="URL", help=speak(say("cli.option.hub")))


def examine(console: Console) -> int:
    """Run every check, print what was found, and say by the exit code what is broken first."""
    if console.arguments.scanner:
        return _scanner(console)
    from idtui.bootstrap import examine
    from idtui.cli import terminal, versions

    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal without our letters is one of the findings
    found = examine.checks(
        console.config,
        passphrase.given(console),
        Examination("program", versions.checks),
        Examination(
            "terminal",
            lambda: terminal.checks(sys.stdout, sys.stderr, os.environ, console.words.language),
        ),
    )
    if console.as_json:
        checks = [_document(check, console.words) for check in found]
        console.json({"checks": checks, "worst": worst(found)})
    else:
        for group, checks_of_group in groupby(found, key=lambda check: check.group):
            console.data(console.words(say(f"doctor.group.{group}")))
            for check in checks_of_group:
                console.data(_line(check, console.words))
    return exit_code(found)


def _scanner(console: Console) -> Exit:
    """Wait for one scan and print what arrived and what the desk makes of it."""
    from idtui.bootstrap.desks import wedge_of
    from idtui.cli.setup import scanner_test

    if not sys.stdin.isatty():
        raise NotUnderstood(say("doctor.scanner.no_terminal"))
    console.tell(say("setup.scanner.scan"))
    burst = scanner_test.listen(sys.stdin.fileno())
    if not burst.came.strip():
        return Exit.NO_CARD
    scanning = console.config.scan
    told = [
        *scanner_test.told(scanner_test.judge(burst.came, burst.seconds)),
        *scanner_test.at_desk(burst, scanning, hold=wedge_of(console.config).hold),
    ]
    if console.as_json:
        milliseconds = round(burst.seconds * 1000), round(burst.longest_gap * 1000)
        document = {"bytes": len(burst.came), "milliseconds": milliseconds[0], "longest_gap": milliseconds[1]}
        console.json({**document, "told": [console.words(message) for message in told]})
    else:
        for message in told:
            console.data(console.words(message))
    return Exit.DONE


def _document(check: Check, words: Words) -> dict[str, object]:
    return {
        "id": check.id,
        "state": check.state,
        "finding": words(check.finding),
        "fix": words(check.fix) if check.fix else None,
    }


def _line(check: Check, words: Words) -> str:
    fix = f" -> {words(check.fix)}" if check.fix else ""
    return f"  {MARKS[check.state]:<3} {words(check.finding)}{fix}"


def exit_code(checks: tuple[Check, ...]) -> Exit:
    """Return the exit code for what is broken first."""
    broken = next((check.id for check in checks if check.state is CheckState.BAD), None)
    if broken is None:
        return Exit.DONE
    return next((code for beginning, code in EXITS if broken.startswith(beginning)), Exit.USAGE)
