import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from idtui.domain.entries import Draft
from idtui.domain.errors import JournalDamaged
from idtui.seal.aead import unseal
from idtui.store.codec import encode
from idtui.store.desk_store import DeskStore, is_locked, read_store
from idtui.store.first_form import HEADER, framed, replay
from idtui.store.index import StoredEntries

Open = Callable[[], DeskStore]
Look = Callable[[], StoredEntries]
ENTRIES = 20
CANARY = "85073003328"


@pytest.fixture
def payloads(head: Callable[[int], dict[str, Any]]) -> list[bytes]:
    return [encode(Draft(**head(sequence), digits=CANARY)) for sequence in range(1, ENTRIES + 1)]


@pytest.fixture
def segment(folder: Path, payloads: list[bytes]) -> Path:
    """Write a store of the first form as its writer did."""
    folder.mkdir(mode=0o700)
    path = folder / "segment-00000001"
    path.write_bytes(HEADER + b"".join(framed(number, payload) for number, payload in enumerate(payloads, 1)))
    path.chmod(0o600)
    return path


def ends_of_frames(data: bytes) -> list[int]:
    return [index + 1 for index, byte in enumerate(data) if byte == ord("\n")]


def assert_sealed(folder: Path) -> None:
    for path in folder.rglob("*"):
        assert path.is_dir() or CANARY.encode() not in path.read_bytes(), path.name
    assert {path.name for path in folder.iterdir()} <= {
        "keys",
        "lock",
        "segment-00000001",
        "torn-00000001-1",
        "torn-00000001-2",
        "migrating",  # empty, when the power went at the very last call
    }


def test_it_is_read_as_it_is_without_a_passphrase(segment: Path, folder: Path) -> None:
    before = segment.read_bytes()
    assert not is_locked(folder)
    assert len(read_store(folder)) == ENTRIES
    assert segment.read_bytes() == before
    assert list(folder.iterdir()) == [segment]


def test_opening_seals_it_once_and_loses_nothing(
    segment: Path, folder: Path, opened: Open, looked: Look, payloads: list[bytes]
) -> None:
    store = opened()
    assert store.created
    assert [encode(entry) for entry in store.entries()] == payloads
    store.close()
    assert is_locked(folder)
    assert_sealed(folder)
    sealed = segment.read_bytes()
    again = opened()
    assert not again.created
    again.close()
    assert segment.read_bytes() == sealed
    assert [encode(entry) for entry in looked().entries()] == payloads


@pytest.mark.parametrize("content", [b"", HEADER[:5], HEADER])
def test_an_empty_one_becomes_an_empty_store(
    segment: Path, opened: Open, looked: Look, content: bytes
) -> None:
    segment.write_bytes(content)
    opened().close()
    assert len(looked()) == 0
    assert not segment.exists()


def test_an_unfinished_frame_and_what_was_moved_aside_before_are_sealed_too(
    segment: Path, folder: Path, opened: Open
) -> None:
    whole = segment.read_bytes()
    segment.write_bytes(whole[:-1])
    (folder / "torn-00000001-1").write_bytes(whole[-100:])
    store = opened()
    assert len(store) == ENTRIES - 1
    assert store.torn == folder / "torn-00000001-2"
    assert store.dropped
    torn = unseal(store.vault.torn_key(), store.torn.read_bytes(), b"")
    assert whole[:-1].endswith(torn)
    store.close()
    assert_sealed(folder)


class Cut(Exception):
    """The power goes."""


CALLS = ("pwrite", "fdatasync", "fsync", "rename", "replace", "unlink", "mkdir", "rmdir")


def test_segments_of_a_migration_cut_short_are_made_anew(
    segment: Path, folder: Path, opened: Open, looked: Look, payloads: list[bytes]
) -> None:
    left = folder / "segment-00000002"
    left.write_bytes(b"of the first try")
    left.chmod(0o600)
    opened().close()
    assert [encode(entry) for entry in looked().entries()] == payloads
    assert not left.exists()


def test_cut_short_at_any_call_it_is_done_again(
    segment: Path, folder: Path, opened: Open, looked: Look, payloads: list[bytes]
) -> None:
    first_form = segment.read_bytes()
    calls = 0
    while True:
        calls += 1
        with pytest.MonkeyPatch.context() as patched:
            left = calls

            def cutting(call: Callable[..., Any]) -> Callable[..., Any]:
                def cut(*args: Any, **options: Any) -> Any:  # noqa: ANN401  # as wide as the calls it stands for
                    nonlocal left
                    left -= 1
                    if not left:
                        raise Cut
                    return call(*args, **options)

                return cut

            for name in CALLS:
                patched.setattr(os, name, cutting(getattr(os, name)))
            try:
                opened().close()
            except Cut:
                pass
            else:
                break
        for _ in range(2):
            view = read_store(folder) if not is_locked(folder) else looked()
            assert [encode(entry) for entry in view.entries()] == payloads
            opened().close()
        assert_sealed(folder)
        for path in folder.iterdir():
            path.rmdir() if path.is_dir() else path.unlink()
        segment.write_bytes(first_form)
        segment.chmod(0o600)
    assert calls > 2 * ENTRIES


@pytest.mark.parametrize("garbage", [bytes(512), random.Random(7).randbytes(512)])
def test_every_truncation_and_garbage_keeps_what_ended_before(segment: Path, garbage: bytes) -> None:
    whole = segment.read_bytes()
    after = ends_of_frames(whole)
    for cut in range(len(HEADER), len(whole) + 1):
        found = replay(whole[:cut])
        assert len(found.payloads) == sum(end <= cut for end in after) - 1
        assert found.length == max(end for end in after if end <= cut)
    for end in after:
        assert replay(whole[:end] + garbage).length == end


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
    assert {path.name for path in folder.iterdir()} <= {"segment-00000001", "lock"}


@pytest.mark.parametrize("lost", [0, 9])
def test_a_frame_missing_or_repeated_is_damage(segment: Path, lost: int) -> None:
    header, *frames = segment.read_bytes().splitlines(keepends=True)
    for changed in ([*frames[:lost], *frames[lost + 1 :]], [*frames, frames[-1]]):
        with pytest.raises(JournalDamaged):
            replay(header + b"".join(changed))


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"idtui-journal 2\n\x00\x01", "store.newer_format"), (b"SQLite format 3\x00", "store.no_header")],
)
def test_a_foreign_file_is_refused_without_writing(
    segment: Path, folder: Path, opened: Open, content: bytes, message: str
) -> None:
    segment.write_bytes(content)
    with pytest.raises(JournalDamaged) as refused:
        opened()
    assert refused.value.message.id == message
    assert segment.read_bytes() == content
    assert {path.name for path in folder.iterdir()} <= {"segment-00000001", "lock"}
