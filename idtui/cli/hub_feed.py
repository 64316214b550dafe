"""`idtui hub feed`: what the hub holds, for the hospital's other systems."""

import argparse
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from idtui.cli.console import Console
from idtui.cli.exits import Exit
from idtui.cli.parsers import Subparsers, add, add_json
from idtui.domain.errors import CannotSave, NotUnderstood
from idtui.domain.text import clean, say
from idtui.words import Words

if TYPE_CHECKING:
    from idtui.hub.onward import Sent

_DESTINATION = re.compile(r"\[?([^\s/]+?)\]?:([0-9]{1,5})", re.ASCII)


def add_part(parts: Subparsers, speak: Words) -> argparse.ArgumentParser:
    """Add the command below `idtui hub`."""
    feeding = add(parts, speak, "feed", feed, parent="hub")
    add_json(feeding, speak)
    feeding.add_argument(
        "--format",
        choices=("ndjson", "csv", "hl7"),
        default="ndjson",
        help=speak(say("cli.option.feed_format")),
    )
    feeding.add_argument("--since", type=int, metavar="SEQUENCE", help=speak(say("cli.option.since")))
    feeding.add_argument("-o", dest="output", type=Path, metavar="FILE", help=speak(say("cli.option.output")))
    feeding.add_argument("--to", metavar="HOST:PORT", help=speak(say("cli.option.feed_to")))
    return feeding


def feed(console: Console) -> int:
    """Write the feed, or send it as HL7 v2."""
    from idtui.bootstrap import visits

    arguments = console.arguments
    if arguments.to:
        if arguments.output or arguments.format == "csv":
            raise NotUnderstood(say("feed.to_alone"))
        found = _DESTINATION.fullmatch(arguments.to)
        if found is None or not 0 < int(found[2]) < 65_536:
            raise NotUnderstood(say("feed.destination", destination=clean(arguments.to, 80)))
        host, port = found[1], int(found[2])
        return _told(
            console, visits.send_feed(console.config, arguments.database, host, port, arguments.since)
        )
    lines = visits.feed_lines(console.config, arguments.database, arguments.format, arguments.since or 0)
    with _written(console) as write:
        for line in lines:
            write(line)
    return Exit.DONE


@contextmanager
def _written(console: Console) -> Iterator[Callable[[str], None]]:
    """Give a way to write lines to standard output or to a new file readable by its owner only."""
    file: Path | None = console.arguments.output
    if file is None:
        yield console.data
        return
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as stream:
            yield lambda line: print(line, file=stream)
    except OSError as error:
        reason = clean(error.strerror or "")
        raise CannotSave(say("feed.not_written", file=clean(str(file)), reason=reason)) from None


def _told(console: Console, sent: "Sent") -> int:
    for message in sent.rejected:
        console.tell(say("feed.rejected", message=message))
    if sent.stopped:
        console.tell(say("feed.stopped", words=clean(sent.stopped), sequence=sent.at))
    if console.as_json:
        console.json(sent)
    else:
        console.data(console.words(say("feed.sent", count=sent.accepted)))
    if sent.stopped:
        return Exit.WAITING
    return Exit.REFUSED if sent.rejected else Exit.DONE
