"""The second copy a desk writes after each visit, as bootstrap builds it."""

import threading
from pathlib import Path

import pytest
from cli_calls import PASSPHRASE, Idtui

from idtui.bootstrap.carried import second_copy
from idtui.bootstrap.here import CLOCK
from idtui.config import Config
from idtui.domain.errors import NotUnderstood
from idtui.seal.recovery import new_pair
from idtui.store.desk_store import open_store
from idtui.sync.sealed_file import opened
from idtui.sync.second_copy import SecondCopy

SECONDS = 30
CLAIM = (
    b'{"niss":"85073003328","means":"none","entry":"manual","reason":"pre.no_document_identity_verified"}\n'
)


def written(copy: SecondCopy) -> None:
    for thread in threading.enumerate():
        if thread.name == "copy":
            thread.join(SECONDS)
    assert not copy.busy


def test_a_copy_is_sealed_to_the_hub_and_a_missing_stick_is_told(
    idtui: Idtui, store: tuple[str, ...], tmp_path: Path
) -> None:
    idtui("record", *store, stdin=CLAIM * 2)
    private, public = new_pair()
    (tmp_path / "hub.pem").write_text(public, encoding="utf-8")
    stick = tmp_path / "stick"
    config = Config(desk="Ward 3", hub_key=tmp_path / "hub.pem", second_copy=stick)
    opened_store = open_store(tmp_path / "store", desk="here", clock=CLOCK, passphrase=PASSPHRASE)
    waiting = list(opened_store.unsent())
    copy = second_copy(config, opened_store)
    copy.copy(waiting)
    written(copy)
    assert copy.failure is not None
    assert (copy.failure.id, copy.copied) == ("carried.not_written", 0)
    stick.mkdir()
    for _ in range(2):
        copy.copy(waiting)
        written(copy)
        assert copy.copied == waiting[-1].sequence
    (file,) = stick.iterdir()
    assert file.name == f"idtui-Ward_3-{waiting[0].sequence:08}-{waiting[-1].sequence:08}.sealed"
    (batch,) = opened(file.read_bytes(), private).batches
    assert batch.ids == tuple(entry.id for entry in waiting)
    with pytest.raises(NotUnderstood):
        second_copy(Config(second_copy=stick), opened_store)
    opened_store.close()
