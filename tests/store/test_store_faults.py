import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from idtui.domain.entries import Verification
from idtui.domain.errors import CannotSave, IdtuiError
from idtui.store.codec import encode
from idtui.store.desk_store import DeskStore
from idtui.store.index import StoredEntries

Open = Callable[[], DeskStore]
Look = Callable[[], StoredEntries]
Make = Callable[[int], Verification]
ENTRIES = 12
CALLS = ("pwrite", "posix_fallocate", "fsync", "fdatasync", "ftruncate", "replace")


class Failing:
    """Let the n-th of some calls fail, and all after it where the fault stays."""

    def __init__(
        self, patched: pytest.MonkeyPatch, code: int, calls: tuple[str, ...], *, stays: bool
    ) -> None:
        self.left = 0
        self.hit = False
        for name in calls:
            patched.setattr(os, name, self._wrapped(getattr(os, name), code, stays=stays))

    def _wrapped(self, call: Callable[..., Any], code: int, *, stays: bool) -> Callable[..., Any]:
        def wrapped(*given: Any) -> Any:  # noqa: ANN401  # as wide as the calls it stands for
            self.left -= 1
            if self.left == 0 or (stays and self.left < 0):
                self.hit = True
                raise OSError(code, os.strerror(code))
            return call(*given)

        return wrapped


@pytest.mark.parametrize("stays", [False, True])
@pytest.mark.parametrize(
    ("code", "calls"), [(errno.ENOSPC, CALLS[:2]), (errno.EIO, CALLS), (errno.EROFS, CALLS)]
)
def test_a_fault_at_any_call_costs_nothing_that_was_saved(
    folder: Path,
    opened: Open,
    looked: Look,
    verification: Make,
    *,
    code: int,
    calls: tuple[str, ...],
    stays: bool,
) -> None:
    for nth in range(1, 200):
        saved: dict[str, bytes] = {}
        with pytest.MonkeyPatch.context() as patched:
            fault = Failing(patched, code, calls, stays=stays)
            fault.left = nth
            try:
                store: DeskStore | None = opened()
            except IdtuiError:
                store = None
            if store is not None:
                _save(store, verification, saved)
                store.close()
        if (folder / "keys").exists():
            found = {entry.id: encode(entry) for entry in looked().entries()}
            assert saved.items() <= found.items()
            again = opened()
            again.append(verification(again.next_sequence()))
            again.close()
        for path in folder.iterdir() if folder.exists() else ():
            path.unlink()
        if not fault.hit:
            break
    assert nth > ENTRIES


def _save(store: DeskStore, verification: Make, saved: dict[str, bytes]) -> None:
    """Save as a desk would: an entry that could not be saved is tried once more, then given up."""
    for _ in range(ENTRIES):
        entry = verification(store.next_sequence())
        for _ in range(2):
            try:
                store.append(entry)
            except CannotSave:
                continue
            saved[entry.id] = encode(entry)
            break
