import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest
from endless_writer import WRITER

from idtui.domain.errors import StoreHeld, WrongPassphrase
from idtui.seal.passphrase import LEAST, Passphrase
from idtui.store import takeover
from idtui.store.desk_store import DeskStore, take_over
from idtui.store.index import StoredEntries

Open = Callable[[], DeskStore]
Look = Callable[[], StoredEntries]


@contextmanager
def writing(folder: Path, *, deaf: bool) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """Run a process that saves entries without end, and give the first id it acknowledged."""
    signals = "import signal\nfor one in (1, 15): signal.signal(one, signal.SIG_IGN)\n" if deaf else ""
    command = [sys.executable, "-c", signals + WRITER, str(folder), "300"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout
        yield writer, writer.stdout.readline().strip()
        writer.kill()


@pytest.mark.parametrize("deaf", [False, True])
def test_a_lost_desk_is_ended_in_mid_save_and_loses_nothing(
    folder: Path, passphrase: Passphrase, opened: Open, monkeypatch: pytest.MonkeyPatch, *, deaf: bool
) -> None:
    monkeypatch.setattr(takeover, "PATIENCE", 0.3 if deaf else 20.0)
    with writing(folder, deaf=deaf) as (writer, first):
        assert take_over(folder, passphrase)
        assert writer.stdout
        said = {first, *(line.strip() for line in writer.stdout if line.endswith("\n"))}
        assert writer.wait(20) == -(signal.SIGKILL if deaf else signal.SIGHUP)
    store = opened()
    assert said <= {entry.id for entry in store.entries()}
    store.close()


def test_a_free_or_missing_store_needs_no_taking_over(
    folder: Path, passphrase: Passphrase, opened: Open
) -> None:
    assert not take_over(folder, passphrase)
    opened().close()
    assert not take_over(folder, passphrase)


def test_nobody_is_ended_without_the_passphrase_or_the_proof(
    folder: Path, passphrase: Passphrase, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed: list[int] = []
    monkeypatch.setattr(os, "kill", lambda _, number: killed.append(number))
    monkeypatch.setattr(takeover, "PATIENCE", 0.0)
    store = opened()
    with pytest.raises(WrongPassphrase):
        take_over(folder, Passphrase("another", LEAST))
    (folder / "tries").unlink()
    for note in ({"pid": 1}, {"host": "elsewhere"}, {"pid": os.getppid()}):
        ours = msgspec.json.decode((folder / "holder").read_bytes())
        (folder / "holder").write_bytes(msgspec.json.encode(ours | note))
        with pytest.raises(StoreHeld):
            take_over(folder, passphrase)
        (folder / "holder").write_bytes(msgspec.json.encode(ours))
    assert killed == []
    with pytest.raises(StoreHeld) as refused:
        take_over(folder, passphrase)
    assert refused.value.message.id == "store.does_not_go"
    assert killed == [signal.SIGHUP, signal.SIGTERM, signal.SIGKILL]
    store.close()
