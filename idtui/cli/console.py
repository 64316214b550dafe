"""What every command shares: its options, its words, data on stdout and narration on stderr."""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from idtui import config
from idtui.cli.progress import Progress
from idtui.config import Config
from idtui.domain.errors import CannotSave
from idtui.domain.text import Message, clean, say
from idtui.words import LANGUAGES, Words, words


@dataclass(frozen=True, slots=True)
class Console:
    """One run of one command: its arguments, configuration and language, and the line of its progress."""

    arguments: argparse.Namespace
    config: Config
    words: Words
    progress: Progress

    @property
    def as_json(self) -> bool:
        """Whether data is wanted as JSON."""
        return bool(getattr(self.arguments, "json", False))

    @property
    def training(self) -> bool:
        """Whether this run is training: simulated reader, temporary store, entries no real hub takes."""
        return bool(getattr(self.arguments, "training", False))

    def tell(self, message: Message) -> None:
        """Narrate on standard error."""
        self.progress.clear()
        print(self.words(message), file=sys.stderr)

    def data(self, text: str) -> None:
        """Write one line of data on standard output; raises `CannotSave` when it cannot be written."""
        try:
            print(text, flush=True)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise CannotSave(say("cli.output_failed", reason=clean(error.strerror or ""))) from None

    def json(self, value: object) -> None:
        """Write one JSON value on one line of standard output."""
        self.data(msgspec.json.encode(value).decode())


def common_options(parser: argparse.ArgumentParser, speak: Words) -> None:
    """Add the options that every command takes."""
    group = parser.add_argument_group(speak(_option("group")))
    group.add_argument("--config", type=Path, metavar="FILE", help=speak(_option("config")))
    group.add_argument("--store", type=Path, metavar="DIR", help=speak(_option("store")))
    group.add_argument("--passphrase-file", metavar="FILE", help=speak(_option("passphrase_file")))
    group.add_argument("--passphrase-fd", type=int, metavar="N", help=speak(_option("passphrase_fd")))
    group.add_argument("--desk", dest="desk_name", metavar="NAME", help=speak(_option("desk")))
    group.add_argument("--operator", metavar="NAME", help=speak(_option("operator")))
    group.add_argument("--lang", choices=LANGUAGES, help=speak(_option("lang")))
    group.add_argument("--training", action="store_true", help=speak(_option("training")))


def _option(name: str) -> Message:
    return Message(f"cli.option.{name}")


def open_console(arguments: argparse.Namespace) -> Console:
    """Read the configuration, let the options win over it, choose the language."""
    file: Path | None = getattr(arguments, "config", None)
    made_now = getattr(arguments, "makes_configuration", False) and file is not None and not file.exists()
    read = Config() if made_now else config.load(file)
    given: dict[str, Any] = {
        "store": getattr(arguments, "store", None),
        "desk": clean(getattr(arguments, "desk_name", None) or ""),
        "operator": clean(getattr(arguments, "operator", None) or ""),
        "hub": getattr(arguments, "hub", None),
    }
    merged = msgspec.structs.replace(read, **{name: value for name, value in given.items() if value})
    if getattr(arguments, "training", False):
        # Training never touches the configured store: another desk, so another directory.
        merged = msgspec.structs.replace(merged, store=given["store"], desk=f"{merged.desk_name} (training)")
    speak = words(config.language(getattr(arguments, "lang", None), read))
    return Console(arguments, merged, speak, Progress(speak, sys.stderr))
