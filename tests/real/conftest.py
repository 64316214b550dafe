"""Real parts: a private pcscd with a virtual reader, and a child that watches it."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from real_parts import Need, Watcher

from idtui.training import pcscd as private
from idtui.training.authority import Applet, TrainingAuthority
from idtui.training.pcscd import PrivatePcscd


@pytest.fixture(scope="session")
def need() -> Need:
    """Skip for the reason given, or fail where every real part has to be there."""

    def miss(reason: str) -> None:
        if os.environ.get("IDTUI_REQUIRE_REAL") == "1":
            pytest.fail(f"required: {reason}")
        pytest.skip(reason)

    return miss


@pytest.fixture
def folder() -> Iterator[Path]:
    """A private folder whose path is short enough for a unix socket."""
    path = Path(tempfile.mkdtemp(prefix="idtui-"))
    yield path
    shutil.rmtree(path)


@pytest.fixture
def pcscd(need: Need, folder: Path) -> Iterator[PrivatePcscd]:
    """A private daemon with a virtual reader of two slots, running."""
    if reason := private.missing():
        need(reason)
    daemon = PrivatePcscd(folder)
    daemon.start()
    yield daemon
    for slot in daemon.slots:
        slot.remove()
    daemon.stop()


@pytest.fixture(scope="session")
def authority() -> TrainingAuthority:
    return TrainingAuthority()


@pytest.fixture
def roots(authority: TrainingAuthority, tmp_path: Path) -> list[str]:
    """The options that make a child trust the training roots."""
    options = []
    for applet in Applet:
        path = tmp_path / f"root-{applet}.der"
        path.write_bytes(authority.signers(applet).root.der)
        options += ["--root", str(path)]
    return options


@pytest.fixture
def watcher(pcscd: PrivatePcscd, roots: list[str]) -> Iterator[Watcher]:
    """A child on the private daemon that trusts the training roots."""
    watcher = Watcher(pcscd.environment, *roots)
    yield watcher
    watcher.stop()
