"""`idtui support`: one file for whoever helps from afar; it holds shapes, counts and versions, no content.

Nothing is copied that could hold a person: of a text only is said that it is there, unless it is one of a
known few. So the bundle cannot hold a patient, an operator, a passphrase, a key, or a path.
"""

import os
import platform
import re
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from idtui import __version__
from idtui.cli import passphrase
from idtui.cli.console import Console
from idtui.cli.exits import Exit
from idtui.cli.parsers import Subparsers, add, add_json
from idtui.config import Config
from idtui.desk.checks import Check
from idtui.domain.errors import IdtuiError, NotUnderstood
from idtui.domain.text import Message, clean, say
from idtui.words import Words

if TYPE_CHECKING:
    from idtui.seal.passphrase import Passphrase

OPEN_GROUPS = frozenset({"program", "terminal", "clock"})
"""Groups of doctor's checks whose findings are of the machine alone: their plain words are given."""

PLAIN_SETTINGS = frozenset({"lang", "profile"})
"""Settings that are a word out of a fixed list."""

ENVIRONMENT = (
    "TERM",
    "COLORTERM",
    "NO_COLOR",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "LC_MESSAGES",
    "PYTHONIOENCODING",
)
_WORD = re.compile(r"[A-Za-z0-9._@:+-]{0,32}")


def add_commands(commands: Subparsers, speak: Words) -> None:
    """Add the command to the parser."""
    parser = add(commands, speak, "support", bundle)
    add_json(parser, speak)
    parser.add_argument("--output", type=Path, metavar="ZIP", help=speak(say("cli.option.output")))


def bundle(console: Console) -> int:
    """Write the bundle and print its name."""
    from idtui.bootstrap import here

    name = f"idtui-support-{here.CLOCK.now():%Y%m%d-%H%M%S}.zip"
    file: Path = console.arguments.output or Path(name)
    _write(file, _zipped(_documents(console)))
    if console.as_json:
        console.json({"file": str(file)})
    else:
        console.data(console.words(say("support.written", file=clean(str(file)))))
    return Exit.DONE


def _documents(console: Console) -> dict[str, object]:
    from idtui.bootstrap import examine
    from idtui.cli import terminal, versions
    from idtui.desk.checks import Examination

    secret = passphrase.given(console)
    found = examine.checks(
        console.config,
        secret,
        Examination("program", versions.checks),
        Examination(
            "terminal", lambda: terminal.checks(sys.stdout, sys.stderr, os.environ, console.words.language)
        ),
    )
    return {
        "program.json": _program(),
        "doctor.json": [check_document(check) for check in found],
        "configuration.json": settings_document(console.config),
        "store.json": _store(console.config, secret),
        "terminal.json": environment_document(os.environ),
    }


def _program() -> dict[str, object]:
    from importlib.metadata import distributions

    packages = {one.metadata["Name"]: one.version for one in distributions()}
    return {
        "idtui": __version__,
        "python": platform.python_version(),
        "system": [platform.system(), platform.release(), platform.machine()],
        "packages": dict(sorted(packages.items())),
    }


def check_document(check: Check) -> dict[str, object]:
    """Return a check by its ids; the texts in its finding only where they are of the machine alone."""
    whole = check.group in OPEN_GROUPS
    return {
        "id": check.id,
        "state": check.state,
        "finding": check.finding.id,
        "with": {name: _harmless(value, whole=whole) for name, value in check.finding.parameters.items()},
    }


def _harmless(value: str | int | Message, *, whole: bool) -> str | int:
    if isinstance(value, Message):
        return value.id
    if isinstance(value, str) and not (whole and _WORD.fullmatch(value)):
        return "..."
    return value


def settings_document(config: Config) -> dict[str, object]:
    """Return every setting: numbers and words of fixed lists as they are, else only whether it is set."""
    return {
        name: value
        if isinstance(value, bool | int | float) or name in PLAIN_SETTINGS
        else ("set" if value else "not set")
        for name, value in msgspec.structs.asdict(config).items()
    }


def environment_document(environment: Mapping[str, str]) -> dict[str, object]:
    """Return what the terminal is; a value that is no plain word is only said to be strange."""
    told: dict[str, object] = {
        name: value if _WORD.fullmatch(value) else "strange"
        for name in ENVIRONMENT
        if (value := environment.get(name)) is not None
    }
    told["ssh"] = "SSH_CONNECTION" in environment
    told["tmux"] = "TMUX" in environment
    told["terminals"] = [
        stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)
    ]
    return told


def _store(config: Config, secret: "Passphrase | None") -> dict[str, Any]:
    """Return the shape of the store and, with the passphrase, how many entries of each kind it holds."""
    from idtui.bootstrap import stores
    from idtui.store.shape import shape_of

    try:
        told = msgspec.to_builtins(shape_of(config.store_directory))
        told["mode"] = f"{config.store_directory.stat().st_mode & 0o7777:04o}"
    except OSError as error:
        return {"unreadable": type(error).__name__}
    if secret is None:
        return {**told, "entries": "locked"}
    try:
        held = stores.looking(config, secret)
    except IdtuiError as error:
        return {**told, "entries": error.message.id}
    kinds = Counter(entry.kind for entry in held.entries())
    waiting = {"waiting": len(held.unsent()), "parked": len(held.parked())}
    return {**told, "entries": dict(sorted(kinds.items())), **waiting}


def _zipped(documents: Mapping[str, object]) -> bytes:
    import zipfile
    from io import BytesIO

    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, document in documents.items():
            archive.writestr(name, msgspec.json.format(msgspec.json.encode(document)))
    return packed.getvalue()


def _write(file: Path, content: bytes) -> None:
    from idtui.store.durable import write_new

    try:
        write_new(file, content)
    except OSError as error:
        why = clean(error.strerror or "")
        raise NotUnderstood(say("export.not_written", file=clean(str(file)), why=why)) from None
