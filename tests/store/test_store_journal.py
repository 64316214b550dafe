import errno
import os
import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from idtui.domain.entries import Draft, Verification
from idtui.domain.errors import CannotSave, JournalDamaged, WrongPassphrase
from idtui.seal.passphrase import LEAST, Passphrase
from idtui.store import journal as journal_module
from idtui.store.desk_store import DeskStore, open_store, read_store
from idtui.store.errors import StoreUnavailable
from idtui.store.frames import FORMAT, Kind, scan
from idtui.store.index import StoredEntries
from idtui.store.segment_file import SMALLEST_STEP, SegmentFile, reserve_of
from idtui.store.vault import Vault

Open = Callable[[], DeskStore]
Look = Callable[[], StoredEntries]
Make = Callable[[int], Verification]
ENTRIES = 12
DAY = date(2026, 11, 22)


@pytest.fixture
def draft(head: Callable[[int], dict[str, Any]]) -> Callable[[int], Draft]:
    return lambda sequence: Draft(**head(sequence), digits="850730")


@pytest.fixture
def segment(folder: Path, opened: Open, draft: Callable[[int], Draft]) -> Path:
    store = opened()
    for sequence in range(1, ENTRIES + 1):
        store.append(draft(sequence))
    store.close()
    return folder / "segment-00000001"


def ends(data: bytes) -> list[int]:
    """Where each frame ends; the first one is the `open` frame."""
    return [frame.end for frame in scan(data).frames]


def test_every_truncation_keeps_what_ended_before_it_and_moves_the_rest_aside(
    segment: Path, folder: Path, opened: Open, looked: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)  # for speed: the order of syncs is shown elsewhere
    whole = segment.read_bytes()
    after = ends(whole)
    for cut in range(0, after[-1] + 1, 7):
        segment.write_bytes(whole[:cut])
        good = max((end for end in (0, *after) if end <= cut), default=0)
        expected = max(0, sum(end <= cut for end in after) - 1)
        assert len(looked()) == expected
        assert segment.read_bytes() == whole[:cut], "a reader wrote"
        store = opened()
        assert len(store) == expected
        tail = whole[good:cut].rstrip(b"\0")
        assert store.dropped == len(tail)
        if store.torn:
            assert store.torn.read_bytes() == tail
            assert store.torn.stat().st_mode & 0o777 == 0o600
            store.torn.unlink()
        store.close()
        assert segment.read_bytes() == (whole[:good] if tail else whole[:cut])


@pytest.mark.parametrize("garbage", [b"\1" * 512, random.Random(7).randbytes(512)])
def test_garbage_after_the_last_frame_is_a_torn_tail(segment: Path, opened: Open, garbage: bytes) -> None:
    whole = segment.read_bytes()
    for count, end in enumerate(ends(whole)):
        segment.write_bytes(whole[:end] + garbage + bytes(100))
        store = opened()
        assert (len(store), store.dropped) == (count, len(garbage))
        store.close()


def test_a_torn_tail_is_never_appended_to(
    segment: Path, folder: Path, opened: Open, looked: Look, draft: Callable[[int], Draft]
) -> None:
    whole = segment.read_bytes()
    segment.write_bytes(whole[: ends(whole)[-1] - 1])
    store = opened()
    store.append(draft(ENTRIES))
    store.close()
    assert segment.read_bytes() == whole[: ends(whole)[-2]]
    assert (folder / "segment-00000002").exists()
    assert [entry.sequence for entry in looked().entries()] == list(range(1, ENTRIES + 1))


def test_a_newer_format_is_refused_without_writing(segment: Path, folder: Path, opened: Open) -> None:
    data = bytearray(segment.read_bytes())
    data[4] = FORMAT + 1
    segment.write_bytes(data)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(JournalDamaged) as refused:
        opened()
    assert refused.value.message.id == "store.newer_format"
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_whole_frame_that_is_no_entry_is_damage(folder: Path, opened: Open, looked: Look) -> None:
    for payload in (b"{}", b'{"kind":"novelty","id":"1","sequence":1}', b"\xff"):
        store = opened()
        store._journal.append(payload)
        store.close()
        with pytest.raises(JournalDamaged):
            looked()
        for path in folder.iterdir():
            path.unlink()


# Segments, space and keys


def test_an_open_that_writes_nothing_adds_nothing(segment: Path, folder: Path, opened: Open) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    opened().close()
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_runs_share_a_segment_and_never_a_key(
    folder: Path, opened: Open, draft: Callable[[int], Draft]
) -> None:
    for sequence in (1, 2, 3):
        store = opened()
        store.append(draft(sequence))
        store.close()
    data = (folder / "segment-00000001").read_bytes()
    frames = scan(data).frames
    assert [frame.kind for frame in frames] == [Kind.OPEN, Kind.ENTRY] * 3
    assert len({data[frame.start + 64 : frame.end - 32] for frame in frames[::2]}) == 3


def test_a_number_is_not_used_again_after_a_failed_write(
    folder: Path, opened: Open, draft: Callable[[int], Draft], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = opened()
    store.append(draft(1))
    with monkeypatch.context() as patched:
        patched.setattr(SegmentFile, "write", refuse)
        with pytest.raises(CannotSave):
            store.append(draft(2))
    store.append(draft(2))
    store.close()
    assert [frame.nonce for frame in scan((folder / "segment-00000001").read_bytes()).frames] == [0, 0, 2]


def refuse(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_new_day_begins_a_new_segment_with_a_new_key(
    folder: Path, passphrase: Passphrase, draft: Callable[[int], Draft], looked: Look
) -> None:
    class Clock:
        days = 0

        def now(self) -> datetime:
            return datetime(2026, 11, 22, 23, 59).astimezone() + timedelta(days=self.days)

    clock = Clock()
    store = open_store(folder, desk="d", clock=clock, passphrase=passphrase, step=SMALLEST_STEP)
    for sequence, clock.days in enumerate((0, 0, 1, 0, 3650, -20000), 1):
        store.append(draft(sequence))
    store.close()
    segments = sorted(folder.glob("segment-*"))
    assert len(segments) == 5
    assert all(path.stat().st_size == scan(path.read_bytes()).length for path in segments[:-1])
    keys = Vault.unlock(folder, passphrase)
    assert len({keys.key_of(number) for number in range(1, 6)}) == 5
    assert [keys.day_of(number) for number in (1, 2)] == ["2026-11-22", "2026-11-23"]
    assert [entry.sequence for entry in looked().entries()] == [1, 2, 3, 4, 5, 6]


def test_a_full_segment_is_followed_by_the_next(
    folder: Path, opened: Open, looked: Look, verification: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "SEGMENT_BYTES", 8192)
    store = opened()
    for sequence in range(1, 41):
        store.append(verification(sequence))
    store.close()
    segments = sorted(folder.glob("segment-*"))
    assert len(segments) > 2
    assert all(scan(path.read_bytes()).length <= 8192 for path in segments)
    assert len(looked()) == 40


def test_space_is_taken_in_steps_before_it_is_needed(folder: Path, opened: Open, verification: Make) -> None:
    store = opened()
    for sequence in range(1, 61):
        store.append(verification(sequence))
        data = (folder / "segment-00000001").read_bytes()
        assert len(data) % SMALLEST_STEP == 0
        assert len(data) - scan(data).length >= reserve_of(SMALLEST_STEP)
    assert len(data) == 4 * SMALLEST_STEP
    store.close()
    assert (reserve_of(1024 * 1024), reserve_of(SMALLEST_STEP)) == (64 * 1024, 4 * 1024)


def test_space_is_written_before_it_is_used_so_that_a_save_changes_data_alone(
    opened: Open, verification: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[str, int, int]] = []
    write, sync = os.pwrite, os.fsync
    taken = "posix_fallocate"

    def taking(descriptor: int, start: int, length: int) -> None:
        calls.append((taken, start, length))

    def writing(descriptor: int, data: bytes, start: int) -> int:
        calls.append(("pwrite" if data.strip(b"\0") else "zeros", start, len(data)))
        return write(descriptor, data, start)

    def syncing(descriptor: int) -> None:
        calls.append(("fsync", 0, 0))
        sync(descriptor)

    monkeypatch.setattr(os, taken, taking)
    monkeypatch.setattr(os, "pwrite", writing)
    monkeypatch.setattr(os, "fsync", syncing)
    store = opened()
    for sequence in range(1, 21):
        store.append(verification(sequence))
    store.close()
    steps = [calls[at : at + 3] for at, call in enumerate(calls) if call[0] == taken]
    assert steps == [
        [(taken, start, SMALLEST_STEP), ("zeros", start, SMALLEST_STEP), ("fsync", 0, 0)]
        for start in (0, SMALLEST_STEP)
    ]


def test_when_no_space_can_be_taken_what_was_begun_still_fits(
    opened: Open,
    looked: Look,
    verification: Make,
    draft: Callable[[int], Draft],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = opened()
    monkeypatch.setattr(os, "posix_fallocate", lambda *_: None)
    store.append(verification(1))
    monkeypatch.setattr(os, "posix_fallocate", refuse)
    sequence = 1
    while not store.full:
        sequence += 1
        store.append(verification(sequence))
    with pytest.raises(CannotSave) as refused:
        store.append(verification(sequence + 1))
    assert refused.value.message.id == "store.full"
    store.append(draft(sequence + 1))
    monkeypatch.undo()
    store.append(verification(sequence + 2))
    assert not store.full
    store.close()
    assert len(looked()) == sequence + 2


def test_a_new_day_on_a_full_disk_goes_on_in_the_old_segment(
    segment: Path, folder: Path, passphrase: Passphrase, verification: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Tomorrow:
        def now(self) -> datetime:
            return datetime(2026, 11, 23).astimezone()

    store = open_store(folder, desk="d", clock=Tomorrow(), passphrase=passphrase, step=SMALLEST_STEP)
    with monkeypatch.context() as patched:
        patched.setattr(os, "posix_fallocate", refuse)
        store.append(verification(ENTRIES + 1))
        assert store.full
    assert not (folder / "segment-00000002").exists()
    store.append(verification(ENTRIES + 2))
    store.close()
    assert not store.full
    assert len(read_store(folder, passphrase)) == ENTRIES + 2
    assert (folder / "segment-00000002").exists()


def test_what_does_not_fit_in_a_frame_is_not_begun(opened: Open) -> None:
    store = opened()
    with pytest.raises(ValueError, match="frame"):
        store._journal.append(bytes(1024 * 1024))
    store.close()


# The place


def test_the_store_is_for_its_owner_only(folder: Path, segment: Path, opened: Open, looked: Look) -> None:
    assert folder.stat().st_mode & 0o777 == 0o700
    for path in folder.iterdir():
        assert path.stat().st_mode & 0o777 == 0o600
    for path, mode in ((folder, 0o750), (segment, 0o640), (folder / "keys", 0o604)):
        path.chmod(mode)
        for opening in (opened, looked):
            with pytest.raises(StoreUnavailable) as refused:
                opening()
            assert refused.value.message.id == "store.open_to_others"
            assert refused.value.message.parameters["file"] == str(path)
        path.chmod(mode & 0o700)
    assert len(looked()) == ENTRIES


def test_an_empty_directory_is_closed_to_others(folder: Path, opened: Open) -> None:
    folder.mkdir(mode=0o755)
    opened().close()
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs"])
def test_a_network_file_system_is_refused(
    folder: Path, opened: Open, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = tmp_path / "mountinfo"
    line = f"36 35 98:0 / {str(tmp_path).replace('t', chr(92) + '164')} rw - {kind} server:/export rw\n"
    mounts.write_text("22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n" + line, encoding="utf-8")
    monkeypatch.setattr("idtui.store.place.MOUNTS", mounts)
    with pytest.raises(StoreUnavailable) as refused:
        opened()
    assert refused.value.message.parameters["kind"] == kind
    monkeypatch.setattr("idtui.store.place.MOUNTS", tmp_path / "none")
    opened().close()


def test_a_place_that_cannot_hold_a_store_is_refused(tmp_path: Path, opened: Open, looked: Look) -> None:
    with pytest.raises(StoreUnavailable):
        looked()
    (tmp_path / "store").write_text("a file")
    for opening in (opened, looked):
        with pytest.raises(StoreUnavailable):
            opening()


def test_a_wrong_passphrase_changes_nothing(segment: Path, folder: Path, opened: Open) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(WrongPassphrase):
        read_store(folder, Passphrase("another", LEAST))
    with pytest.raises(WrongPassphrase):
        read_store(folder, None)
    (folder / "tries").unlink()
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_segments_without_their_keys_are_not_taken_for_a_new_store(
    segment: Path, folder: Path, opened: Open
) -> None:
    (folder / "keys").unlink()
    before = segment.read_bytes()
    with pytest.raises(StoreUnavailable):
        opened()
    assert segment.read_bytes() == before


# The system calls


def test_write_then_sync_before_append_returns(
    opened: Open, verification: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = opened()
    store.append(verification(1))
    calls: list[str] = []
    write, sync = os.pwrite, os.fdatasync

    def writing(descriptor: int, data: bytes, offset: int) -> int:
        calls.append("write")
        return write(descriptor, data, offset)

    def syncing(descriptor: int) -> None:
        calls.append("fdatasync")
        sync(descriptor)

    monkeypatch.setattr(os, "pwrite", writing)
    monkeypatch.setattr(os, "fdatasync", syncing)
    store.append(verification(2))
    calls.append("saved")
    assert calls == ["write", "fdatasync", "saved"]
    store.close()


def test_a_torn_tail_is_durable_elsewhere_before_it_is_cut(
    segment: Path, folder: Path, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = segment.read_bytes()
    segment.write_bytes(data[: ends(data)[-1] - 1])
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
    wanted = ["sync torn-00000001-1", f"sync {folder.name}", "cut", "sync segment-00000001"]
    assert [call for call in calls if "holder" not in call][-4:] == wanted


@pytest.mark.parametrize("short", [True, False])
def test_a_full_disk_keeps_nothing_of_the_entry_and_all_of_the_others(
    segment: Path,
    opened: Open,
    looked: Look,
    verification: Make,
    monkeypatch: pytest.MonkeyPatch,
    *,
    short: bool,
) -> None:
    store = opened()
    store.append(verification(ENTRIES + 1))
    whole = segment.read_bytes()
    write, failures = os.pwrite, iter([True])

    def full(descriptor: int, data: bytes, offset: int) -> int:
        if next(failures, False):
            if short:
                return write(descriptor, data[: len(data) // 2], offset)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(descriptor, data, offset)

    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", full)
        with pytest.raises(CannotSave) as failed:
            store.append(verification(ENTRIES + 2))
    assert failed.value.message.parameters["reason"] == os.strerror(errno.ENOSPC)
    assert segment.read_bytes() == whole
    assert store.next_sequence() == ENTRIES + 2
    store.append(verification(ENTRIES + 2))
    store.close()
    assert len(looked()) == ENTRIES + 2


def test_after_a_failed_sync_the_journal_stops_and_never_syncs_again(
    segment: Path, opened: Open, verification: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = opened()
    store.append(verification(ENTRIES + 1))
    whole = segment.read_bytes()
    tries: list[int] = []

    def failing(descriptor: int) -> None:
        tries.append(descriptor)
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fdatasync", failing)
        with pytest.raises(CannotSave):
            store.append(verification(ENTRIES + 2))
    with pytest.raises(CannotSave) as stopped:
        store.append(verification(ENTRIES + 2))
    assert stopped.value.message.id == "store.stopped"
    assert len(tries) == 1
    store.close()
    assert segment.read_bytes() == whole
    again = opened()
    again.append(verification(ENTRIES + 2))
    again.close()


def test_when_taking_back_fails_too_the_journal_stops(
    segment: Path, opened: Open, verification: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = opened()
    store.append(verification(ENTRIES + 1))
    write = os.pwrite
    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", lambda fd, data, offset: write(fd, data[:10], offset))
        patched.setattr(SegmentFile, "erase", refuse)
        with pytest.raises(CannotSave):
            store.append(verification(ENTRIES + 2))
    with pytest.raises(CannotSave):
        store.append(verification(ENTRIES + 2))
    store.close()
    again = opened()
    assert len(again) == ENTRIES + 1
    assert 4 <= again.dropped <= 10
    again.close()
