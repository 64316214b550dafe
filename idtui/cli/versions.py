"""What `idtui doctor` says of the program itself: its version, Python's, and those of its libraries."""

import platform
import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version

from idtui import __version__
from idtui.desk.checks import Check, bad, ok
from idtui.domain.text import say

_NAME = re.compile(r"[A-Za-z0-9._-]+")


def checks() -> Iterator[Check]:
    """Tell every version; a library the base install needs and that is not there is bad."""
    yield ok("program.idtui", say("doctor.program.version", name="idtui", version=__version__))
    yield ok(
        "program.python", say("doctor.program.version", name="Python", version=platform.python_version())
    )
    for requirement in requires("idtui") or ():
        yield from _library(requirement)


def _library(requirement: str) -> Iterator[Check]:
    """Tell the version of one requirement (PEP 508); those of an extra are told only where installed."""
    name = _NAME.match(requirement)
    if name is None:
        return
    library = name[0]
    try:
        yield ok(f"program.{library}", say("doctor.program.version", name=library, version=version(library)))
    except PackageNotFoundError:
        if "extra ==" not in requirement:
            finding = say("doctor.program.missing", name=library)
            yield bad(f"program.{library}", finding, say("doctor.program.missing.fix"))
