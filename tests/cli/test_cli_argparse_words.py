"""What argparse says by itself is said in the language of the command."""

import argparse
import inspect
import re

import pytest
from babel.messages.pofile import read_po
from cli_calls import Idtui

from idtui.cli.argparse_words import DOMAIN
from idtui.cli.exits import Exit
from idtui.words import LANGUAGES, LOCALE

TRANSLATED = [language for language in LANGUAGES if language != "en"]
HOLES = re.compile(r"%(?:\(\w+\))?[rs]")


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_is_one_of_argparse_and_keeps_its_holes(language: str) -> None:
    with (LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.po").open("rb") as stream:
        catalogue = [message for message in read_po(stream) if message.id]
    assert len(catalogue) > 15
    source = inspect.getsource(argparse)
    for message in catalogue:
        assert str(message.id).replace("\n", "\\n") in source
        assert HOLES.findall(str(message.id)) == HOLES.findall(str(message.string))


@pytest.mark.parametrize(
    ("language", "missing", "unknown", "heading"),
    [
        ("fr", "il faut un de ces arguments", "choix inconnu", "usage :"),
        ("nl", "een van deze argumenten is nodig", "onbekende keuze", "gebruik:"),
        ("de", "eines dieser Argumente ist nötig", "unbekannte Wahl", "Aufruf:"),
        ("en", "one of the arguments", "invalid choice", "usage:"),
    ],
)
def test_errors_and_help_speak_the_language_of_the_command(
    idtui: Idtui, language: str, missing: str, unknown: str, heading: str
) -> None:
    ran = idtui("journal", "purge", "--lang", language)
    assert (ran.code, missing in ran.err) == (Exit.USAGE, True)
    ran = idtui("nonsense\x1b[2J", "--lang", language)
    assert (ran.code, unknown in ran.err) == (Exit.USAGE, True)
    assert "\x1b" not in ran.err
    assert idtui("list", "--help", "--lang", language).out.startswith(heading)
