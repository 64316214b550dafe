"""What the store refuses is said whole: which sentence, and every detail in it."""

import errno
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

from idtui.domain.entries import Verification
from idtui.domain.errors import IdtuiError
from idtui.domain.text import Message, say
from idtui.seal.passphrase import LEAST, Passphrase
from idtui.store.codec import document_of, encode, from_document
from idtui.store.desk_store import DeskStore
from idtui.store.durable import cannot_save, unavailable, write_at
from idtui.store.lock import is_held
from idtui.store.tables import NAME
from idtui.store.vault import Vault

Open = Callable[[], DeskStore]
Make = Callable[[int], Verification]
OTHER = Passphrase("another", LEAST)


def _raise(error: Exception) -> NoReturn:
    raise error


def test_what_is_refused_is_named_whole(
    folder: Path, opened: Open, verification: Make, passphrase: Passphrase
) -> None:
    store = opened()
    store.append(verification(1))
    full = OSError(errno.ENOSPC, "No space left on device")
    vault = Vault.unlock(folder, passphrase)
    refusals: list[tuple[Callable[[], object], Message]] = [
        (
            opened,
            say(
                "store.held",
                pid=os.getpid(),
                host=socket.gethostname(),
                desk="desk-1",
                since="2026-11-22T02:30:00+01:00",
            ),
        ),
        (lambda: _raise(cannot_save(full)), say("store.cannot_save", reason="No space left on device")),
        (
            lambda: _raise(unavailable(Path("/sealed"), full)),
            say("store.unavailable", directory="/sealed", reason="No space left on device"),
        ),
        (lambda: Vault.unlock(folder, OTHER), say("store.wrong_passphrase")),
        (lambda: vault.key_of(99), say("store.key_missing", segment=99)),
        (lambda: store.table.storage.write({}), say("store.append_only")),
        (lambda: from_document({}), say("store.unknown_kind", kind="")),
        (lambda: from_document({"kind": "\x1b" + "k" * 60}), say("store.unknown_kind", kind="�" + "k" * 39)),
        (
            lambda: from_document({**document_of(encode(store.entries()[0])), "u" * 90: 1}),
            say("store.unknown_field", field="$." + "u" * 78),
        ),
    ]
    for refusing, message in refusals:
        with pytest.raises(IdtuiError) as refused:
            refusing()
        assert refused.value.message == message
    store.close()


def test_a_lock_that_was_only_looked_at_is_its_owners(folder: Path, opened: Open) -> None:
    opened().close()
    (folder / "lock").unlink()
    before = os.umask(0)
    try:
        assert not is_held(folder)
    finally:
        os.umask(before)
    assert (folder / "lock").stat().st_mode & 0o777 == 0o600


def test_a_short_write_is_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "pwrite", lambda *_: 1)
    with pytest.raises(OSError, match="space") as short:
        write_at(-1, b"two", 0)
    assert short.value.errno == errno.ENOSPC


@pytest.mark.parametrize("doc_id", ["", "one", "-1", "1"])
def test_a_document_of_no_number_is_missing(opened: Open, doc_id: str) -> None:
    tables = opened().table.storage.read()
    assert tables is not None
    with pytest.raises(KeyError) as missing:
        tables[NAME][doc_id]
    assert missing.value.args == (doc_id,)
