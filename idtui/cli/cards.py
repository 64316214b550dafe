"""`idtui card`: read and verify the card in the reader, for programs and for a look."""

import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from idtui.cli.console import Console
from idtui.cli.exits import Exit
from idtui.cli.parsers import Subparsers, add, add_json
from idtui.domain import niss
from idtui.domain.errors import CannotSave
from idtui.domain.text import Message, clean, say
from idtui.words import Words

if TYPE_CHECKING:
    from idtui.devices.once import OneCard

LONGEST_WAIT = 3600.0


class Verdict(StrEnum):
    """The judgement on the data read, as programs see it."""

    VERIFIED = "verified"
    NOT_VERIFIED = "not_verified"


def add_commands(commands: Subparsers, speak: Words) -> None:
    """Add the command to the parser."""
    card = add(commands, speak, "card", read)
    add_json(card, speak)
    card.add_argument("--wait", type=seconds, default=0.0, metavar="S", help=speak(say("cli.option.wait")))
    card.add_argument("--photo", type=Path, metavar="FILE", help=speak(say("cli.option.photo")))
    card.add_argument("--prove-chip", action="store_true", help=speak(say("cli.option.prove_chip")))
    card.add_argument("--address", action="store_true", help=speak(say("cli.option.address")))
    card.add_argument("--niss", action="store_true", help=speak(say("cli.option.niss")))
    card.add_argument("--root", type=Path, metavar="FILE", help=speak(say("cli.option.root")))


def seconds(text: str) -> float:
    """Read a waiting time; argparse names this function when it is none."""
    wait = float(text)
    if not 0 <= wait <= LONGEST_WAIT:
        raise ValueError
    return wait


def read(console: Console) -> int:
    """Read once, print, and say by the exit code what came of it."""
    from idtui.bootstrap import here
    from idtui.devices.eid.channel import CardUnreadable
    from idtui.devices.once import NoCard, ReaderUnusable

    arguments = console.arguments
    configured = [root.file for root in console.config.extra_roots]
    for root in (*configured, *([arguments.root] if arguments.root else [])):
        console.tell(here.extra_root(root))
    try:
        card = _read(console)
    except ReaderUnusable as error:
        return _nothing(console, Exit.NO_READER, error.state.value, error.message)
    except NoCard as error:
        return _nothing(console, Exit.NO_CARD, "no_card", error.message)
    except CardUnreadable as error:
        sentence = say(f"failure.{error.failure}", detail=error.detail)
        return _nothing(console, Exit.UNREADABLE, error.failure.value, sentence)
    if console.as_json:
        console.json(_document(card, full_niss=arguments.niss))
    else:
        for line in _lines(card, console.words, full_niss=arguments.niss):
            console.data(line)
    if arguments.photo is not None:
        console.tell(_keep_photo(card, arguments.photo))
    return Exit.NOT_VERIFIED if card.problems else Exit.DONE


def _keep_photo(card: "OneCard", file: Path) -> Message:
    """Write the photo of a verified card, for nobody else to read; return what to say of it.

    A photo that is not proven to be the card's own is not written. Raises `CannotSave`.
    """
    name = clean(str(file))
    if card.photo_failure:
        return say(f"failure.{card.photo_failure}", detail="")
    if card.photo is None or card.problems:
        return say("card.photo.not_proven", file=name)
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "wb") as stream:
            os.fchmod(handle, 0o600)
            stream.write(card.photo.jpeg)
    except OSError:
        raise CannotSave(say("card.photo.not_written", file=name)) from None
    return say("card.photo.saved", file=name)


def _read(console: Console) -> "OneCard":
    from idtui.bootstrap import cards

    arguments = console.arguments
    wanted = {"address": arguments.address, "photo": arguments.photo is not None}
    if console.training:
        return cards.read_training_card(**wanted)
    return cards.read_card(
        console.config, root=arguments.root, wait=arguments.wait, prove_chip=arguments.prove_chip, **wanted
    )


def _nothing(console: Console, code: Exit, word: str, sentence: Message) -> int:
    if console.as_json:
        console.json({"verdict": None, "error": word, "words": console.words(sentence)})
    console.tell(sentence)
    return code


def _verdict(card: "OneCard") -> Verdict:
    return Verdict.NOT_VERIFIED if card.problems else Verdict.VERIFIED


def _document(card: "OneCard", *, full_niss: bool) -> dict[str, object]:
    """Return the reading as the command line promises it."""
    reading = card.reading
    identity = reading.identity
    document: dict[str, object] = {
        "verdict": _verdict(card),
        "problems": card.problems,
        "remarks": reading.verdict.remarks,
        "specimen": reading.verdict.specimen,
        "identity": {
            "niss": identity.niss if full_niss else niss.masked(identity.niss),
            "name": identity.name,
            "given_names": identity.given_names,
            "birth_date": identity.birth_date,
            "sex": identity.sex,
            "nationality": identity.nationality,
            "card_number": identity.card_number,
            "document_type": identity.document_type,
            "valid_from": identity.valid_from,
            "valid_to": identity.valid_to,
            "special_status": identity.special_status,
        },
        "card": {"applet": reading.applet, "atr": reading.atr},
        "timing": reading.timing,
    }
    if card.address:
        document["address"] = card.address
    elif card.address_failure:
        document |= {"address": None, "address_error": card.address_failure}
    return document


def _lines(card: "OneCard", words: Words, *, full_niss: bool) -> list[str]:
    """Return the reading as lines for a person."""
    reading = card.reading
    identity = reading.identity
    number = niss.shown(identity.niss) if full_niss else niss.masked(identity.niss)
    messages = [
        say(f"card.verdict.{_verdict(card)}"),
        *([say("ui.specimen")] if reading.verdict.specimen else []),
        *(say(f"problem.{problem}") for problem in card.problems),
        *(say(f"remark.{remark}") for remark in reading.verdict.remarks),
    ]
    person = [
        say("ui.niss", niss=number),
        say("ui.born", date=str(identity.birth_date)),
        say("ui.card", number=identity.card_number),
        say("ui.valid", from_date=str(identity.valid_from), to_date=str(identity.valid_to)),
    ]
    lines = [*map(words, messages), f"{identity.name} {identity.given_names}", *map(words, person)]
    if card.address:
        lines.append(f"{card.address.street}, {card.address.postal_code} {card.address.municipality}")
    elif card.address_failure:
        lines.append(words(say(f"failure.{card.address_failure}", detail="")))
    return lines
