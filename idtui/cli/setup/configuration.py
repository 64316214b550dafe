"""The configuration written as a commented TOML file, readable by its owner only, replaced as a whole."""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from idtui.config import Config
from idtui.domain.errors import NotUnderstood
from idtui.domain.text import clean, say
from idtui.words import Words

EXPLAINED = ("lang", "desk", "site", "store", "hub", "profile", "purge_after_days")
"""The settings that setup asks for or that matter most; each has a sentence `setup.config.NAME` above it."""

_BEFORE = ".old"


def document(config: Config, words: Words) -> str:
    """Return the file: what differs from the default, and the other settings as they are, commented out.

    Raises `NotUnderstood` for a text that is not Unicode, which TOML cannot hold.
    """
    default = msgspec.to_builtins(Config(), enc_hook=str)
    lines = [*_remarks(words(say("setup.config.head"))), ""]
    for name, value in msgspec.to_builtins(config, enc_hook=str).items():
        if name in EXPLAINED:
            lines += ["", *_remarks(words(say(f"setup.config.{name}")))]
        if value is not None:
            mark = "# " if value == default[name] else ""
            lines.append(f"{mark}{name} = {_value(value)}")
    text = "\n".join(lines) + "\n"
    try:
        text.encode()
    except UnicodeEncodeError:
        raise NotUnderstood(say("setup.config.not_unicode")) from None
    return text


def _remarks(sentence: str) -> Iterator[str]:
    return (f"# {line}".rstrip() for line in sentence.splitlines())


def _value(value: object) -> str:
    """Return a value in TOML 1.0: JSON's escapes are among those of its basic strings."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case int() | float():
            return repr(value)
        case Mapping():
            pairs = (f"{_value(str(name))} = {_value(one)}" for name, one in value.items() if one is not None)
            return "{" + ", ".join(pairs) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(_value, value)) + "]"
    raise TypeError(f"TOML has no {type(value).__name__}")


def is_written(file: Path, text: str) -> bool:
    """Say whether the file holds exactly this text."""
    try:
        return file.read_bytes() == text.encode()
    except OSError:
        return False


def write(file: Path, text: str) -> None:
    """Put the text in the file, mode 0600; the file that was there stays beside it as `.old`.

    After a power cut it is the old one or the new one. Raises `NotUnderstood` when the system refuses.
    """
    from idtui.store.durable import replace

    if is_written(file, text):
        return
    place = Path(os.path.realpath(file))  # a link stays a link
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if place.exists():
            replace(place.with_name(place.name + _BEFORE), place.read_bytes())
        replace(place, text.encode())
    except OSError as error:
        why = clean(error.strerror or "")
        raise NotUnderstood(say("setup.config.not_written", file=clean(str(file)), why=why)) from None
