"""Bugs a journal may have, planted one at a time: a harness that misses one of them proves little."""

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from idtui.store import chain, durable, frames, segment_file, vault
from idtui.store.desk_store import DeskStore
from idtui.store.frames import Kind
from idtui.store.journal import Journal
from idtui.store.segment_file import SegmentFile
from idtui.store.vault import Vault

Plant = Callable[[pytest.MonkeyPatch], None]


def no_fdatasync(patched: pytest.MonkeyPatch) -> None:
    patched.setattr(SegmentFile, "sync", _only_count)


def _only_count(segment: SegmentFile, written: int) -> None:
    segment.length += written


def no_directory_sync_for_segments(patched: pytest.MonkeyPatch) -> None:
    patched.setattr(segment_file, "sync_directory", lambda _: None)
    patched.setattr(durable, "sync_directory", lambda _: None)


def no_directory_sync_for_keys(patched: pytest.MonkeyPatch) -> None:
    patched.setattr(durable, "sync_directory", lambda _: None)


def no_checksum(patched: pytest.MonkeyPatch) -> None:
    right = frames.frame_at

    def believing(data: bytes, start: int) -> frames.Frame | None:
        if len(data) - start < frames.OVERHEAD or data[start : start + 4] != frames.MAGIC:
            return None
        length = frames.HEADER.unpack_from(data, start)[4]
        end = start + frames.OVERHEAD + length
        fits = right(frames.framed(data[start : end - 32], b""), 0) if end <= len(data) else None
        return fits and fits._replace(digest=data[end - 32 : end], start=start, end=end)

    for reading in (frames, chain):
        patched.setattr(reading, "frame_at", believing)


def acknowledge_first(patched: pytest.MonkeyPatch) -> None:
    write = Journal._write
    late: list[tuple[Any, bytes]] = []

    def writing(journal: Journal, live: SegmentFile, frame: bytes) -> None:
        if late:
            write(journal, *late.pop())
            journal._sequence -= 1
        late.append((live, frame))
        journal._sequence += 1
        journal._previous = frame[-32:]

    patched.setattr(Journal, "_write", writing)


def keys_renamed_before_their_content(patched: pytest.MonkeyPatch) -> None:
    def writing(path: Path, content: bytes) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        os.pwrite(descriptor, content, 0)
        os.close(descriptor)

    patched.setattr(durable, "write_new", writing)


def keys_written_in_place(patched: pytest.MonkeyPatch) -> None:
    def writing(path: Path, content: bytes) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, content, 0)
        os.fsync(descriptor)
        os.close(descriptor)
        durable.sync_directory(path.parent)

    patched.setattr(vault, "replace", writing)


def key_stored_after_its_segment(patched: pytest.MonkeyPatch) -> None:
    def adding(keys: Vault, segment: int, day: str) -> bytes:
        key = b"k" * 32
        wrapped = keys._wrapped({segment: (day, key)})
        keys._keys = keys._with(segments={**keys._keys.segments, **wrapped})
        return key

    patched.setattr(Vault, "add", adding)


def purge_before_carrying(patched: pytest.MonkeyPatch) -> None:
    purge = DeskStore.purge

    def purging(store: DeskStore, before: datetime, *, by: tuple[str, ...], at: datetime) -> int:
        store.vault.destroy(store._journal.segment - 1)
        keys = store.vault._keys
        store.vault._keys = keys.__class__(keys.passphrase, keys.recovery, 0, keys.segments)
        return purge(store, before, by=by, at=at)

    patched.setattr(DeskStore, "purge", purging)


def carried_without_sync(patched: pytest.MonkeyPatch) -> None:
    append, sync = Journal.append, SegmentFile.sync

    def appending(journal: Journal, payload: bytes, *, kind: Kind = Kind.ENTRY, begun: bool = False) -> None:
        with pytest.MonkeyPatch.context() as inner:
            inner.setattr(SegmentFile, "sync", _only_count if kind is Kind.CARRY else sync)
            append(journal, payload, kind=kind, begun=begun)

    patched.setattr(Journal, "append", appending)


def unsynced_rest_of_another_process(patched: pytest.MonkeyPatch) -> None:
    def opening(_: object, directory: Path, number: int, length: int) -> SegmentFile:
        descriptor = os.open(segment_file.path_of(directory, number), os.O_RDWR)
        return SegmentFile(descriptor, number, length, os.fstat(descriptor).st_size)

    patched.setattr(SegmentFile, "open", classmethod(opening))


BUGS: dict[str, tuple[Plant, str]] = {
    plant.__name__: (plant, scenario)
    for plant, scenario in (
        (no_fdatasync, "append"),
        (no_directory_sync_for_segments, "rotate"),
        (no_directory_sync_for_keys, "rekey"),
        (no_checksum, "append"),
        (acknowledge_first, "append"),
        (keys_renamed_before_their_content, "rekey"),
        (keys_written_in_place, "rekey"),
        (key_stored_after_its_segment, "rotate"),
        (purge_before_carrying, "purge"),
        (carried_without_sync, "purge"),
        (unsynced_rest_of_another_process, "takeover"),
    )
}
"""Each bug and the scenario that must show it."""
