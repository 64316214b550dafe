import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from small_disk import FILLER

from idtui.domain.entries import Draft, Verification
from idtui.domain.errors import CannotSave
from idtui.store.desk_store import DeskStore
from idtui.store.segment_file import SegmentFile

SIZES = 60
"""Free pages of 4 KiB at most: up to a few steps of space."""


def own_mounts() -> Sequence[str]:
    """Return the command that gives a child mounts of its own, or nothing when the system forbids it."""
    unshare = shutil.which("unshare")
    if unshare is None:
        return ()
    command = (unshare, "--mount") if os.geteuid() == 0 else (unshare, "--map-root-user", "--mount")
    tried = subprocess.run(
        [*command, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False
    )
    return command if tried.returncode == 0 else ()


@pytest.mark.real
def test_a_disk_that_fills_at_any_write_costs_nothing_that_was_saved(tmp_path: Path) -> None:
    command = own_mounts()
    if not command:
        reason = "no small disk can be mounted: neither root nor user namespaces"
        (pytest.fail if os.environ.get("IDTUI_REQUIRE_REAL") else pytest.skip)(reason)
    done = subprocess.run(
        [*command, sys.executable, "-c", FILLER, str(tmp_path), str(SIZES)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert (seen["sizes"], seen["lost"]) == (SIZES, 0)
    assert seen["unopened"] > 0
    assert seen["refused"] == seen["finished"] > SIZES // 2
    assert seen["saved"] > SIZES


def test_a_full_journal_asks_the_disk_again(
    opened: Callable[[], DeskStore],
    verification: Callable[[int], Verification],
    head: Callable[[int], dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    store = opened()
    store.append(verification(1))
    assert not store.full
    with monkeypatch.context() as patched:
        patched.setattr(SegmentFile, "extend", refuse)
        sequence = 1
        while not store.full:
            sequence += 1
            store.append(verification(sequence))
        with pytest.raises(CannotSave):
            store.append(verification(sequence + 1))
        store.append(Draft(**head(sequence + 1), digits=""))
        assert store.full
    assert not store.full
    store.append(verification(sequence + 2))
    store.close()
