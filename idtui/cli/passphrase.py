"""Where the passphrase of a store comes from: a descriptor, a file, a systemd credential, or the terminal."""

import getpass
import os
import sys
from pathlib import Path

from idtui.cli.console import Console
from idtui.domain.errors import NotUnderstood, WrongPassphrase
from idtui.domain.text import Message, clean, say
from idtui.seal.passphrase import OF_TRAINING, RECOMMENDED, Passphrase

COST = RECOMMENDED
CREDENTIAL = "idtui-passphrase"
"""Name of the systemd credential: `LoadCredential=idtui-passphrase:...` (systemd.exec(5))."""

LONGEST = 4096


def for_writing(console: Console) -> Passphrase:
    """Return the passphrase of the store, or that of the store to be created.

    Raises `WrongPassphrase` when none is given and nobody can be asked, `NotUnderstood` for two that differ.
    """
    from idtui.bootstrap import stores

    new = not stores.is_locked(console.config)
    secret = given(console) or _for_training(console)
    if secret is not None:
        return secret
    return _chosen(console) if new else _asked(console, say("passphrase.ask"))


def for_reading(console: Console) -> Passphrase | None:
    """Return the passphrase of the store; None when there is none to open. Raises as `for_writing`."""
    from idtui.bootstrap import stores

    if not stores.is_locked(console.config):
        return None
    return given(console) or _for_training(console) or _asked(console, say("passphrase.ask"))


def for_change(console: Console) -> Passphrase:
    """Return the new passphrase: from `--new-passphrase-file`, or typed twice. Raises as `for_writing`."""
    file: str | None = console.arguments.new_passphrase_file
    return _from_file(file) if file else _chosen(console)


def given(console: Console) -> Passphrase | None:
    """Return the passphrase by descriptor, file or systemd credential; None when it must be asked for.

    Raises `WrongPassphrase` for an empty one, `NotUnderstood` when it cannot be read.
    """
    descriptor: int | None = getattr(console.arguments, "passphrase_fd", None)
    if descriptor is not None:
        try:
            with os.fdopen(os.dup(descriptor), "rb") as stream:
                return _from_bytes(stream.read(LONGEST))
        except OSError as error:
            raise NotUnderstood(say("passphrase.unreadable", file=descriptor, why=_why(error))) from None
    file: str | None = getattr(console.arguments, "passphrase_file", None)
    if file is not None:
        return _from_file(file)
    if directory := os.environ.get("CREDENTIALS_DIRECTORY"):
        credential = Path(directory) / CREDENTIAL
        return _from_file(str(credential)) if credential.exists() else None
    return None


def _for_training(console: Console) -> Passphrase | None:
    """Return what opens every store of training: there is nothing in it to keep secret."""
    return Passphrase(OF_TRAINING, COST) if console.training else None


def _from_file(file: str) -> Passphrase:
    if file == "-":
        return _from_bytes(sys.stdin.buffer.readline(LONGEST))
    try:
        with Path(file).open("rb") as stream:
            return _from_bytes(stream.read(LONGEST))
    except OSError as error:
        raise NotUnderstood(say("passphrase.unreadable", file=clean(file), why=_why(error))) from None


def _why(error: OSError) -> str:
    return clean(error.strerror or "")


def _from_bytes(content: bytes) -> Passphrase:
    """Return what stands before the first line feed, as a passphrase."""
    return _checked(content.split(b"\n", 1)[0].rstrip(b"\r").decode("utf-8", "surrogateescape"))


def _checked(text: str) -> Passphrase:
    if not text:
        raise WrongPassphrase(say("passphrase.empty"))
    return Passphrase(text, COST)


def _asked(console: Console, question: Message) -> Passphrase:
    if not sys.stderr.isatty():
        raise WrongPassphrase(say("store.passphrase_needed"))
    return _checked(getpass.getpass(console.words(question) + " "))


def _chosen(console: Console) -> Passphrase:
    """Let a person choose a passphrase by typing it twice."""
    chosen = _asked(console, say("passphrase.choose"))
    if _asked(console, say("passphrase.again")) != chosen:
        raise NotUnderstood(say("passphrase.differ"))
    return chosen
