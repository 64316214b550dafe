"""Wrong passphrases are counted, and each one makes the next try wait longer.

The count stands in the file `tries` of the store. Who can delete it can also copy the store and try
elsewhere: against that only the length of the passphrase and the cost of Argon2id help.
"""

import contextlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from idtui.domain.errors import WrongPassphrase

NAME = "tries"
FIRST_PAUSE = 0.25
LONGEST_PAUSE = 30.0


def pause_after(wrong: int) -> float:
    """Return the seconds to wait before the next try: 0.25 s after one, then doubling up to 30 s."""
    return min(FIRST_PAUSE * 2.0 ** (wrong - 1), LONGEST_PAUSE) if wrong else 0.0


@contextmanager
def counted(directory: Path, sleep: Callable[[float], None] = time.sleep) -> Iterator[None]:
    """Wait what earlier wrong passphrases cost; note whether this one is wrong as well."""
    file = directory / NAME
    wrong = _wrong(file)
    if wrong:
        sleep(pause_after(wrong))
    try:
        yield
    except WrongPassphrase:
        with contextlib.suppress(OSError):  # a read-only medium counts nothing
            file.touch(mode=0o600)
            file.write_text(str(wrong + 1), encoding="ascii")
        raise
    if wrong:
        with contextlib.suppress(OSError):
            file.unlink(missing_ok=True)


def pause_before_next(directory: Path) -> float:
    """Return the seconds that the next try at this store will wait."""
    return pause_after(_wrong(directory / NAME))


def _wrong(file: Path) -> int:
    try:
        return min(int(file.read_text(encoding="ascii")), 64)
    except (OSError, ValueError):
        return 0
