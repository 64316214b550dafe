import errno
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from idtui.domain.entries import Draft, Verification
from idtui.domain.errors import CannotSave, JournalDamaged
from idtui.store.desk_store import DeskStore, read_store
from idtui.store.errors import StoreUnavailable
from idtui.store.journal import HEADER, SEGMENT, framed, replay

Open = Callable[[], DeskStore]
Make = Callable[[int], Verification]
ENTRIES = 20


@pytest.fixture
def segment(folder: Path, opened: Open, head: Callable[[int], dict[str, Any]]) -> Path:
    store = opened()
    for sequence in range(1, ENTRIES + 1):
        store.append(Draft(**head(sequence), digits="850730"))
    store.close()
    return folder / SEGMENT


def ends_of_frames(data: bytes) -> list[int]:
    return [index + 1 for index, byte in enumerate(data) if byte == ord("\n")]


def test_every_truncation_keeps_what_ended_before_it_and_moves_the_rest_aside(
    segment: Path, folder: Path, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)  # for speed: the order of syncs is shown below
    whole = segment.read_bytes()
    _, *ends = ends_of_frames(whole)
    for cut in range(len(whole) + 1):
        segment.write_bytes(whole[:cut])
        expected = sum(end <= cut for end in ends)
        assert len(read_store(folder)) == expected
        assert segment.read_bytes() == whole[:cut], "a reader wrote"
        store = opened()
        kept = max((end for end in (0, len(HEADER), *ends) if end <= cut), default=0)
        assert len(store) == expected
        assert store.dropped == cut - kept
        if store.dropped:
            assert store.torn is not None
            assert store.torn.read_bytes() == whole[kept:cut]
            assert store.torn.stat().st_mode & 0o777 == 0o600
            store.torn.unlink()
        store.close()
        assert segment.read_bytes() == (whole[:kept] or HEADER)


@pytest.mark.parametrize("garbage", [bytes(512), random.Random(7).randbytes(512)])
def test_garbage_after_any_frame_is_a_torn_tail(segment: Path, opened: Open, garbage: bytes) -> None:
    whole = segment.read_bytes()
    for count, end in enumerate(ends_of_frames(whole)):
        segment.write_bytes(whole[:end] + garbage)
        store = opened()
        assert (len(store), store.dropped) == (count, len(garbage))
        store.close()


def test_after_a_torn_tail_the_journal_goes_on(
    segment: Path, folder: Path, opened: Open, verification: Make
) -> None:
    segment.write_bytes(segment.read_bytes()[:-1])
    store = opened()
    store.append(verification(ENTRIES))
    store.close()
    assert len(read_store(folder)) == ENTRIES


def test_every_single_bit_flip_is_found(segment: Path) -> None:
    whole = segment.read_bytes()
    last_frame = ends_of_frames(whole)[-2]
    for position in range(len(whole)):
        flipped = bytearray(whole)
        flipped[position] ^= 1 << (position % 8)
        try:
            found = replay(bytes(flipped))
        except JournalDamaged:
            continue
        assert position >= last_frame, "damage before good frames passed for a torn tail"
        assert (found.length, len(found.payloads)) == (last_frame, ENTRIES - 1)


def test_damage_in_the_middle_is_named_and_nothing_is_written(
    segment: Path, folder: Path, opened: Open
) -> None:
    data = bytearray(segment.read_bytes())
    data[ends_of_frames(bytes(data))[7] + 20] ^= 1
    segment.write_bytes(data)
    openings: tuple[Callable[[], object], ...] = (opened, lambda: read_store(folder))
    for opening in openings:
        with pytest.raises(JournalDamaged) as damaged:
            opening()
        assert damaged.value.message.parameters["saved"] == 7
        assert damaged.value.message.parameters["readable"] == 12
    assert segment.read_bytes() == data
    assert {path.name for path in folder.iterdir()} <= {SEGMENT, "lock"}


@pytest.mark.parametrize("lost", [0, 9])
def test_a_frame_missing_from_the_middle_is_damage(segment: Path, lost: int) -> None:
    header, *frames = segment.read_bytes().splitlines(keepends=True)
    del frames[lost]
    with pytest.raises(JournalDamaged):
        replay(header + b"".join(frames))


def test_a_frame_repeated_at_the_end_is_damage(segment: Path) -> None:
    data = segment.read_bytes()
    with pytest.raises(JournalDamaged):
        replay(data + data.splitlines(keepends=True)[-1])


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"idtui-journal 2\n\x00\x01", "store.newer_format"), (b"SQLite format 3\x00", "store.no_header")],
)
def test_a_foreign_file_is_refused_without_writing(
    folder: Path, opened: Open, content: bytes, message: str
) -> None:
    opened().close()
    (folder / SEGMENT).write_bytes(content)
    with pytest.raises(JournalDamaged) as refused:
        opened()
    assert refused.value.message.id == message
    assert (folder / SEGMENT).read_bytes() == content


@pytest.mark.parametrize("payload", [b"{}", b'{"kind":"novelty","id":"1"}', b"\xff"])
def test_a_whole_frame_that_is_no_entry_is_damage(folder: Path, opened: Open, payload: bytes) -> None:
    opened().close()
    (folder / SEGMENT).write_bytes(HEADER + framed(1, payload))
    with pytest.raises(JournalDamaged):
        opened()
    (folder / SEGMENT).write_bytes(HEADER)
    opened().close()


def test_the_store_is_for_its_owner_only(folder: Path, segment: Path) -> None:
    assert folder.stat().st_mode & 0o777 == 0o700
    assert segment.stat().st_mode & 0o777 == 0o600


def test_a_place_that_cannot_hold_a_store_is_refused(tmp_path: Path, opened: Open, folder: Path) -> None:
    with pytest.raises(StoreUnavailable):
        read_store(folder)
    (tmp_path / "store").write_text("a file")
    with pytest.raises(StoreUnavailable):
        opened()


# The system calls


def test_write_then_sync_before_append_returns(
    opened: Open,
    verification: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = opened()
    calls: list[str] = []
    write, sync = os.write, os.fdatasync

    def writing(descriptor: int, data: bytes) -> int:
        calls.append("write")
        return write(descriptor, data)

    def syncing(descriptor: int) -> None:
        calls.append("fdatasync")
        sync(descriptor)

    monkeypatch.setattr(os, "write", writing)
    monkeypatch.setattr(os, "fdatasync", syncing)
    store.append(verification(1))
    calls.append("saved")
    assert calls == ["write", "fdatasync", "saved"]
    store.close()


def test_a_new_store_syncs_its_segment_and_both_directories(
    folder: Path, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    sync = os.fsync

    def noted(descriptor: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    opened().close()
    assert synced == [str(folder.parent), str(folder / SEGMENT), str(folder)]


def test_a_torn_tail_is_durable_elsewhere_before_it_is_cut(
    segment: Path, folder: Path, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    segment.write_bytes(segment.read_bytes()[:-1])
    calls: list[str] = []
    sync, cut = os.fsync, os.ftruncate

    def noted(descriptor: int) -> None:
        calls.append(f"sync {Path(f'/proc/self/fd/{descriptor}').readlink().name}")
        sync(descriptor)

    def cutting(descriptor: int, size: int) -> None:
        calls.append("cut")
        cut(descriptor, size)

    monkeypatch.setattr(os, "fsync", noted)
    monkeypatch.setattr(os, "ftruncate", cutting)
    opened().close()
    assert calls == ["sync torn-00000001-1", f"sync {folder.name}", "cut", f"sync {SEGMENT}"]


@pytest.mark.parametrize("short", [True, False])
def test_a_full_disk_keeps_nothing_of_the_entry_and_all_of_the_others(
    segment: Path, opened: Open, verification: Make, monkeypatch: pytest.MonkeyPatch, *, short: bool
) -> None:
    whole = segment.read_bytes()
    store = opened()
    write = os.write

    def full(descriptor: int, data: bytes) -> int:
        if short:
            return write(descriptor, data[: len(data) // 2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        with pytest.raises(CannotSave) as failed:
            store.append(verification(ENTRIES + 1))
    assert failed.value.message.parameters["reason"] == os.strerror(errno.ENOSPC)
    assert segment.read_bytes() == whole
    assert store.next_sequence() == ENTRIES + 1
    store.append(verification(ENTRIES + 1))
    store.close()
    assert len(replay(segment.read_bytes()).payloads) == ENTRIES + 1


def test_after_a_failed_sync_the_journal_stops_and_never_syncs_again(
    segment: Path, opened: Open, verification: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = segment.read_bytes()
    store = opened()
    tries: list[int] = []

    def failing(descriptor: int) -> None:
        tries.append(descriptor)
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fdatasync", failing)
        with pytest.raises(CannotSave):
            store.append(verification(ENTRIES + 1))
    with pytest.raises(CannotSave) as stopped:
        store.append(verification(ENTRIES + 1))
    assert stopped.value.message.id == "store.stopped"
    assert len(tries) == 1
    store.close()
    assert segment.read_bytes() == whole
    again = opened()
    again.append(verification(ENTRIES + 1))
    again.close()


def test_when_taking_back_fails_too_the_journal_stops(
    segment: Path, opened: Open, verification: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = opened()
    write = os.write

    def refuse(descriptor: int, size: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", lambda fd, data: write(fd, data[:10]))
        patched.setattr(os, "ftruncate", refuse)
        with pytest.raises(CannotSave):
            store.append(verification(ENTRIES + 1))
    with pytest.raises(CannotSave):
        store.append(verification(ENTRIES + 1))
    store.close()
    again = opened()
    assert (len(again), again.dropped) == (ENTRIES, 10)
    again.close()
