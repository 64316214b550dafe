from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from idtui.domain.entries import Draft
from idtui.store import chain
from idtui.store.chain import Finding, Flaw, Head, Verdict, verify
from idtui.store.desk_store import DeskStore
from idtui.store.frames import HEADER, framed, scan
from idtui.store.segment_file import segment_files

Open = Callable[[], DeskStore]
IN_SEGMENT = 6
SEGMENTS = 3
FRAMES = SEGMENTS * (IN_SEGMENT + 1)


@pytest.fixture
def journal(folder: Path, opened: Open, head: Callable[[int], dict[str, Any]]) -> list[Path]:
    store = opened()
    for sequence in range(1, SEGMENTS * IN_SEGMENT + 1):
        if sequence % IN_SEGMENT == 1 and sequence > 1:
            store._journal._begin_segment()
        store.append(Draft(**head(sequence), digits="850730"))
    store.close()
    return sorted(folder.glob("segment-*"))


@pytest.fixture
def last(journal: list[Path], folder: Path) -> Head:
    head = verify(segment_files(folder)).head
    assert head
    return head


def frames_of(path: Path) -> list[bytes]:
    data = path.read_bytes()
    return [data[frame.start : frame.end] for frame in scan(data).frames]


def sequence_of(segment: int, frame: int) -> int:
    return segment * (IN_SEGMENT + 1) + frame + 1


def write(path: Path, frames: list[bytes]) -> None:
    path.write_bytes(b"".join(frames) + bytes(100))


def check(folder: Path, head: Head | None, *expected: Finding) -> Verdict:
    verdict = verify(segment_files(folder), head)
    assert verdict.findings == expected
    return verdict


def one(sequence: int, flaw: Flaw) -> Finding:
    return Finding(sequence, sequence, flaw)


def test_a_second_look_is_taken_only_when_the_first_finds_something(
    journal: list[Path], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[int] = []

    def counted(files: list[tuple[int, Path]], head: Head | None = None) -> Verdict:
        looks.append(1)
        return verify(files, head)

    monkeypatch.setattr(chain, "verify", counted)
    assert chain.verify_beside_writer(segment_files(folder)).findings == ()
    assert len(looks) == 1
    journal[1].unlink()
    assert chain.verify_beside_writer(segment_files(folder)).findings
    assert len(looks) == 3


def test_an_untouched_chain_is_whole_with_and_without_its_head(
    journal: list[Path], folder: Path, last: Head
) -> None:
    assert last.sequence == FRAMES
    assert check(folder, last).frames == FRAMES
    assert check(folder, None).head == last


def test_a_journal_that_went_on_since_is_whole(
    journal: list[Path], folder: Path, last: Head, opened: Open, head: Callable[[int], dict[str, Any]]
) -> None:
    store = opened()
    store.append(Draft(**head(SEGMENTS * IN_SEGMENT + 1), digits=""))
    store.close()
    assert check(folder, last).frames == FRAMES + 2


def test_every_changed_frame_is_named(journal: list[Path], folder: Path, last: Head) -> None:
    for segment, path in enumerate(journal):
        frames = frames_of(path)
        for number, frame in enumerate(frames):
            for position in (40, len(frame) // 2, len(frame) - 1):
                changed = bytearray(frame)
                changed[position] ^= 4
                write(path, [*frames[:number], bytes(changed), *frames[number + 1 :]])
                check(folder, last, one(sequence_of(segment, number), Flaw.CHANGED))
        write(path, frames)


def test_a_change_with_a_fitting_hash_of_its_own_is_named(
    journal: list[Path], folder: Path, last: Head
) -> None:
    for segment, path in enumerate(journal):
        frames = frames_of(path)
        for number, frame in enumerate(frames):
            forged = framed(frame[: HEADER.size], bytes(len(frame) - HEADER.size - 32))
            write(path, [*frames[:number], forged, *frames[number + 1 :]])
            check(folder, last, one(sequence_of(segment, number), Flaw.CHANGED))
        write(path, frames)


def test_every_removed_frame_is_named(journal: list[Path], folder: Path, last: Head) -> None:
    for segment, path in enumerate(journal):
        frames = frames_of(path)
        for number in range(len(frames)):
            write(path, [*frames[:number], *frames[number + 1 :]])
            sequence = sequence_of(segment, number)
            check(folder, last, one(sequence, Flaw.TRUNCATED if sequence == FRAMES else Flaw.REMOVED))
        write(path, frames)


def test_a_removed_segment_is_named(journal: list[Path], folder: Path, last: Head) -> None:
    for number, path in enumerate(journal):
        whole = path.read_bytes()
        path.unlink()
        flaw = Flaw.TRUNCATED if number == SEGMENTS - 1 else Flaw.REMOVED
        check(folder, last, Finding(sequence_of(number, 0), sequence_of(number, IN_SEGMENT), flaw))
        path.write_bytes(whole)
    for path in journal:
        path.unlink()
    check(folder, last, Finding(1, FRAMES, Flaw.TRUNCATED))


def test_every_inserted_frame_is_named(journal: list[Path], folder: Path, last: Head) -> None:
    for path in journal:
        frames = frames_of(path)
        copied = frames[3]
        sequence = int.from_bytes(copied[16:24])
        for number in range(len(frames) + 1):
            write(path, [*frames[:number], copied, *frames[number:]])
            verdict = verify(segment_files(folder), last)
            assert {(finding.first, finding.flaw) for finding in verdict.findings} & {
                (sequence, Flaw.INSERTED)
            }
            assert all(finding.first == finding.last == sequence for finding in verdict.findings)
        write(path, frames)


def test_garbage_between_frames_is_named(journal: list[Path], folder: Path, last: Head) -> None:
    frames = frames_of(journal[1])
    write(journal[1], [*frames[:3], b"garbage", *frames[3:]])
    check(folder, last, one(sequence_of(1, 3), Flaw.INSERTED))


def test_swapped_frames_are_named(journal: list[Path], folder: Path, last: Head) -> None:
    for segment, path in enumerate(journal):
        frames = frames_of(path)
        for number in range(len(frames) - 1):
            swapped = [*frames[:number], frames[number + 1], frames[number], *frames[number + 2 :]]
            write(path, swapped)
            check(folder, last, one(sequence_of(segment, number), Flaw.REORDERED))
        write(path, frames)


def test_swapped_segments_are_named(journal: list[Path], folder: Path, last: Head) -> None:
    journal[0].rename(folder / "aside")
    journal[1].rename(journal[0])
    (folder / "aside").rename(journal[1])
    (finding,) = verify(segment_files(folder), last).findings
    assert finding == Finding(1, 2 * (IN_SEGMENT + 1), Flaw.REORDERED)


def test_every_cut_end_is_named_by_the_head_alone(journal: list[Path], folder: Path, last: Head) -> None:
    frames = frames_of(journal[-1])
    for kept in range(len(frames)):
        write(journal[-1], frames[:kept])
        first = sequence_of(SEGMENTS - 1, kept)
        check(folder, last, Finding(first, FRAMES, Flaw.TRUNCATED))
        check(folder, None)
        cut = frames[kept][:-5]
        journal[-1].write_bytes(b"".join(frames[:kept]) + cut)
        check(folder, last, Finding(first, FRAMES, Flaw.TRUNCATED))
        assert check(folder, None).tail == len(cut.rstrip(b"\0")), "zeros at the end count as unused space"


def test_a_chain_rewritten_to_its_end_is_found_by_the_head(
    journal: list[Path], folder: Path, last: Head
) -> None:
    frames = frames_of(journal[-1])
    previous = frames[-3][-32:]
    for number in (-2, -1):
        frames[number] = framed(frames[number][:32] + previous, bytes(50))
        frames[number] = framed(
            frames[number][:12] + (50).to_bytes(4) + frames[number][16:32] + previous, bytes(50)
        )
        previous = frames[number][-32:]
    write(journal[-1], frames)
    check(folder, None)
    check(folder, last, one(FRAMES, Flaw.CHANGED))


def test_a_look_beside_a_writer_asks_for_the_head_as_well(
    journal: list[Path], folder: Path, last: Head
) -> None:
    write(journal[-1], frames_of(journal[-1])[:-1])
    assert chain.verify_beside_writer(segment_files(folder)).findings == ()
    (cut,) = chain.verify_beside_writer(segment_files(folder), last).findings
    assert (cut.last, cut.flaw) == (last.sequence, Flaw.TRUNCATED)


def test_a_journal_that_is_gone_is_named_by_its_head(folder: Path, last: Head) -> None:
    assert verify([], last) == Verdict(0, None, 0, (Finding(1, last.sequence, Flaw.TRUNCATED),))
    assert verify([]) == Verdict(0, None, 0, ())
    assert segment_files(folder)[-1][0] == last.segment
