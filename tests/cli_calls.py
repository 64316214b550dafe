"""What the command-line tests share: the shape of a finished run, and a hub as a process of its own."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import msgspec

from idtui.seal.passphrase import LEAST, Passphrase

PASSPHRASE = Passphrase("a passphrase for tests", LEAST)


@dataclass(frozen=True)
class Ran:
    """Exit code and output of one command."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, object]]:
        return [msgspec.json.decode(line, type=dict[str, object]) for line in self.out.splitlines()]


class Idtui(Protocol):
    """The fixture `idtui`: run a command in this process."""

    def __call__(self, *argv: str, stdin: bytes = b"") -> Ran: ...


@contextmanager
def serving(database: str, *options: str, tokens: bool = False) -> Iterator[str]:
    """Run `idtui hub serve` on a free port; give its address, end it at last.

    Without tokens it believes every desk.
    """
    where = ["--database", database, "--port", "0", *([] if tokens else ["--without-tokens"])]
    command = [sys.executable, "-m", "idtui", "hub", "serve", *where, *options]
    hub = subprocess.Popen([*command, "--lang", "en"], stderr=subprocess.PIPE, text=True)
    try:
        assert hub.stderr is not None
        for line in hub.stderr:
            if address := re.search(r"http://\S+/fhir", line):
                yield address.group()
                break
        else:
            raise AssertionError("the hub ended without saying its address")
    finally:
        hub.kill()
        hub.communicate()
