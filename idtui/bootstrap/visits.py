"""Visits taken from files and from the network, on the hub and at the desk."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from idtui.bootstrap.here import CLOCK
from idtui.config import Config
from idtui.domain.errors import NotUnderstood
from idtui.domain.text import clean, say

if TYPE_CHECKING:
    from idtui.sync.imports import Imported


def read_file(config: Config, file: Path) -> "Imported":
    """Return the visits in a file; raises `NotUnderstood` when it cannot be read as a whole."""
    from idtui.sync.imports import LARGEST_FILE, read

    try:
        with file.open("rb") as stream:
            content = stream.read(LARGEST_FILE + 1)
    except OSError as error:
        reason = clean(error.strerror or "")
        raise NotUnderstood(say("visits.file_unreadable", file=clean(str(file)), reason=reason)) from None
    return read(content, now=CLOCK.now(), niss_types=config.niss_types)


def keep_on_hub(database: str, imported: "Imported") -> int:
    """Keep visits in the hub's database and return how many changed; raises `HubUnavailable`."""
    from idtui.hub import visits
    from idtui.hub.database import opened

    with opened(database) as hub:
        return visits.store(hub.engine, imported.visits)


def listen(config: Config, database: str, port: int, *, ready: Callable[[int], None]) -> None:
    """Take ADT messages over MLLP until told to end; raises `HubUnavailable`."""
    from idtui.hub import mllp
    from idtui.hub.database import opened

    with opened(database) as hub:
        mllp.run(hub.engine, "127.0.0.1", port, niss_types=config.niss_types, now=CLOCK.now, ready=ready)
