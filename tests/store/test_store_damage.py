from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from idtui.domain.entries import Draft, Receipts, Verification
from idtui.domain.errors import JournalDamaged
from idtui.seal.passphrase import Passphrase
from idtui.store.chain import Finding, Flaw, verify
from idtui.store.desk_store import DeskStore, open_store
from idtui.store.frames import FIRST, FORMAT, HEADER, Kind, framed, header, scan
from idtui.store.index import StoredEntries
from idtui.store.segment_file import SMALLEST_STEP, segment_files
from idtui.store.vault import Vault

Open = Callable[[], DeskStore]
Look = Callable[[], StoredEntries]
Make = Callable[[int], Verification]
Head = Callable[[int], dict[str, Any]]
ENTRIES = 12
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def segment(folder: Path, opened: Open, verification: Make) -> Path:
    """Fill one segment: `open` is frame 1, entry n is frame n + 1."""
    store = opened()
    for sequence in range(1, ENTRIES + 1):
        store.append(verification(sequence))
    store.close()
    return folder / "segment-00000001"


def ends(path: Path) -> list[int]:
    return [frame.end for frame in scan(path.read_bytes()).frames]


def harm(path: Path, frame: int) -> None:
    """Flip a bit in the body of a frame, counted from 1."""
    data = bytearray(path.read_bytes())
    start = scan(bytes(data)).frames[frame - 1].start
    data[start + HEADER.size + 3] ^= 1
    path.write_bytes(data)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def sequences(view: StoredEntries) -> list[int]:
    return [entry.sequence for entry in view.entries()]


# What is found


def test_every_single_bit_flip_is_found(segment: Path, looked: Look) -> None:
    whole = segment.read_bytes()
    opening, *_, last_but_one, last = ends(segment)
    for position in range(0, last, 3):
        flipped = bytearray(whole)
        flipped[position] ^= 1 << (position % 8)
        segment.write_bytes(flipped)
        try:
            found = looked()
        except JournalDamaged:
            assert position == 4, "only the version byte makes it a newer format"
            continue
        assert bool(found.damage) == (position < last_but_one)
        assert len(found) == (0 if position < opening else ENTRIES - 1)


def test_looking_at_damage_reads_the_rest_and_writes_nothing(
    segment: Path, folder: Path, opened: Open, looked: Look
) -> None:
    harm(segment, 8)
    before = contents(folder)
    for view in (looked(), opened()):
        assert sequences(view) == [1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12]
        assert view.damage.findings == (Finding(8, 8, Flaw.CHANGED),)
        assert (view.damage.frames, view.damage.is_named, view.damage.is_seen) == (1, False, False)
        if isinstance(view, DeskStore):
            view.close()
    assert contents(folder) == before


@pytest.mark.parametrize(("lost", "kept"), [(0, 0), (1, 11), (9, 11)])
def test_a_frame_missing_from_the_middle_is_damage(segment: Path, looked: Look, lost: int, kept: int) -> None:
    data = segment.read_bytes()
    bounds = [0, *ends(segment)]
    segment.write_bytes(data[: bounds[lost]] + data[bounds[lost + 1] :])
    assert looked().damage.findings[0] == Finding(lost + 1, lost + 1, Flaw.REMOVED)
    assert len(looked()) == kept


def test_a_frame_repeated_is_damage_and_counts_once(segment: Path, looked: Look) -> None:
    data = segment.read_bytes()
    after = ends(segment)
    segment.write_bytes(data[: after[-1]] + data[after[-2] : after[-1]])
    assert looked().damage.findings == (Finding(13, 13, Flaw.INSERTED),)
    assert looked().damage.frames == 0
    assert sequences(looked()) == list(range(1, ENTRIES + 1))


def test_a_frame_out_of_its_place_is_damage_and_is_read(segment: Path, looked: Look) -> None:
    data = segment.read_bytes()
    bounds = [0, *ends(segment)]
    first, second = (data[bounds[at] : bounds[at + 1]] for at in (5, 6))
    segment.write_bytes(data[: bounds[5]] + second + first + data[bounds[7] :])
    assert looked().damage.findings == (Finding(6, 6, Flaw.REORDERED),)
    assert sequences(looked()) == list(range(1, ENTRIES + 1))


@pytest.mark.parametrize("hidden", [1, 2])
def test_a_segment_missing_is_damage(  # noqa: PLR0917  # fixtures, by name
    segment: Path, folder: Path, opened: Open, verification: Make, looked: Look, hidden: int
) -> None:
    for sequence in (1, 2):
        store = opened()
        store._journal._begin_segment()
        store.append(verification(ENTRIES + sequence))
        store.close()
    assert not looked().damage
    (folder / f"segment-{hidden:08}").unlink()
    assert looked().damage.findings[0].flaw is Flaw.REMOVED
    assert sequences(looked()) == {1: [13, 14], 2: [*range(1, 13), 14]}[hidden]


def test_a_frame_with_a_right_hash_and_a_wrong_seal_is_damage(segment: Path, looked: Look) -> None:
    data = segment.read_bytes()
    after = ends(segment)
    last = scan(data).frames[-1]
    head = header(Kind.ENTRY, segment=1, sequence=13, nonce=last.nonce, length=32, previous=last.previous)
    segment.write_bytes(data[: after[-2]] + framed(head, bytes(32)))
    assert looked().damage.findings == (Finding(13, 13, Flaw.UNREADABLE),)
    assert len(looked()) == ENTRIES - 1
    alone = header(Kind.ENTRY, segment=1, sequence=1, nonce=0, length=32, previous=FIRST)
    segment.write_bytes(framed(alone, bytes(32)))
    assert looked().damage.findings == (Finding(1, 1, Flaw.UNREADABLE),)


def test_a_false_beginning_of_a_run_hides_nothing(segment: Path, looked: Look) -> None:
    """Anybody can write an `open` frame: only what a run opens proves it."""
    data = segment.read_bytes()
    false = framed(
        header(Kind.OPEN, segment=1, sequence=5, nonce=0, length=32, previous=FIRST), bytes(32)
    ) + framed(header(Kind.OPEN, segment=9, sequence=6, nonce=0, length=32, previous=FIRST), bytes(32))
    after = ends(segment)
    segment.write_bytes(data[: after[3]] + false + data[after[3] :])
    assert sequences(looked()) == list(range(1, ENTRIES + 1))
    assert looked().damage


def test_a_false_end_cannot_run_the_counting_away(
    segment: Path, opened: Open, looked: Look, verification: Make
) -> None:
    data = segment.read_bytes()
    far = header(Kind.OPEN, segment=1, sequence=2**63, nonce=0, length=32, previous=FIRST)
    segment.write_bytes(data[: ends(segment)[-1]] + framed(far, bytes(32)))
    store = opened()
    store.append(verification(store.next_sequence()))
    assert store._journal._sequence < 100
    store.close()
    assert len(looked()) == ENTRIES + 1


def test_a_beginning_that_follows_from_nothing_is_damage(segment: Path, folder: Path) -> None:
    data = segment.read_bytes()
    body = data[HEADER.size : HEADER.size + 32]
    first = framed(header(Kind.OPEN, segment=1, sequence=1, nonce=0, length=32, previous=b"x" * 32), body)
    segment.write_bytes(first)
    assert verify(segment_files(folder)).findings == (Finding(1, 1, Flaw.CHANGED),)


def test_an_empty_segment_behind_damage_needs_no_key(segment: Path, folder: Path, looked: Look) -> None:
    """A process may be ended between the making of a segment and the first frame in it."""
    harm(segment, 8)
    empty = folder / "segment-00000002"
    empty.write_bytes(bytes(SMALLEST_STEP))
    empty.chmod(0o600)
    assert len(looked()) == ENTRIES - 1


# Going on


def test_the_desk_goes_on_in_a_new_segment_that_names_the_damage(
    segment: Path, folder: Path, opened: Open, looked: Look, verification: Make
) -> None:
    harm(segment, 8)
    harmed = segment.read_bytes()
    store = opened()
    store.append(verification(13))
    assert store.damage.is_named
    store.close()
    assert segment.read_bytes().rstrip(b"\0") == harmed.rstrip(b"\0"), "something was cut away"
    assert verify(segment_files(folder)).findings == (Finding(8, 8, Flaw.CHANGED),)
    assert sequences(looked()) == [1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13]
    again = opened()
    assert (again.damage.is_named, again.damage.is_seen) == (True, False)
    again.append(verification(14))
    again.close()
    assert [path.name for _, path in segment_files(folder)] == ["segment-00000001", "segment-00000002"]


def test_damage_is_told_until_somebody_has_seen_it_and_new_damage_anew(
    segment: Path, folder: Path, opened: Open, looked: Look, verification: Make
) -> None:
    harm(segment, 8)
    store = opened()
    store.acknowledge(by="Peeters", at=NOON)
    store.close()
    assert looked().damage.is_seen
    assert looked().damage.notes[-1].by == "Peeters"
    assert looked().damage.findings == (Finding(8, 8, Flaw.CHANGED),)
    store = opened()
    store.append(verification(13))
    store.append(verification(14))
    store.close()
    harm(folder / "segment-00000002", 4)
    view = looked()
    assert view.damage.findings == (Finding(8, 8, Flaw.CHANGED), Finding(17, 17, Flaw.CHANGED))
    assert (view.damage.is_named, view.damage.is_seen) == (False, False)
    store = opened()
    store.append(verification(store.next_sequence()))
    store.close()
    assert (folder / "segment-00000003").exists()


def test_a_journal_without_damage_has_nothing_to_acknowledge(
    segment: Path, folder: Path, opened: Open
) -> None:
    before = contents(folder)
    store = opened()
    store.acknowledge(by="Peeters", at=NOON)
    store.close()
    assert contents(folder) == before


def test_the_sequence_of_an_entry_that_cannot_be_read_is_not_used_again(
    segment: Path, opened: Open, looked: Look, verification: Make
) -> None:
    """Entries 11 and 12 are lost before an `open` frame with nothing behind it to tell their numbers."""
    store = opened()
    store._journal._begin_run(store._journal._live)  # type: ignore[arg-type]  # it was opened
    store.close()
    harm(segment, 12)
    harm_last(segment)
    lost = {11, 12}
    store = opened()
    assert sequences(store) == list(range(1, 11))
    assert store.next_sequence() not in lost
    number = store.next_sequence()
    store.append(verification(number))
    assert store.next_sequence() == number + 1
    store.close()
    assert sequences(looked()) == [*range(1, 11), number]
    again = opened()
    assert again.next_sequence() == number + 1
    assert again.damage.findings == (Finding(12, 13, Flaw.CHANGED),)
    again.close()


def harm_last(segment: Path) -> None:
    """Flip a bit in frame 13; the scan ends before frame 12 by now."""
    data = bytearray(segment.read_bytes())
    frame = data.rindex(b"IDTJ", 0, data.rindex(b"IDTJ"))
    data[frame + HEADER.size] ^= 1
    segment.write_bytes(data)


def test_what_lost_its_receipt_is_sent_again_as_itself(
    folder: Path, opened: Open, looked: Look, verification: Make, head: Head
) -> None:
    store = opened()
    entry = verification(1)
    store.append(entry)
    store.append(Receipts(**head(2), entries=(entry.id,)))
    store.append(Draft(**head(3), digits=""))
    assert list(store.unsent()) == []
    store.close()
    harm(folder / "segment-00000001", 3)
    assert list(looked().unsent()) == [entry]


def test_a_torn_tail_behind_damage_is_moved_aside(
    segment: Path, folder: Path, opened: Open, looked: Look, verification: Make
) -> None:
    harm(segment, 8)
    cut = segment.read_bytes().rstrip(b"\0")[:-1]
    segment.write_bytes(cut)
    store = opened()
    assert store.torn
    assert store.torn.read_bytes() == cut[cut.rindex(b"IDTJ") :]
    store.append(verification(12))
    store.close()
    assert sequences(looked()) == [1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12]
    assert looked().damage.findings == (Finding(8, 8, Flaw.CHANGED),)


def test_a_key_that_is_missing_is_no_damage_to_go_on_from(
    segment: Path, folder: Path, opened: Open, looked: Look, passphrase: Passphrase
) -> None:
    """It can be put back from a backup; whoever went on could not."""
    harm(segment, 8)
    keys = Vault.unlock(folder, passphrase)
    keys._write(keys._with(segments={}))
    for opening in (opened, looked):
        with pytest.raises(JournalDamaged) as refused:
            opening()
        assert refused.value.message.id == "store.key_missing"


def test_a_newer_format_behind_damage_is_refused(
    segment: Path, folder: Path, opened: Open, verification: Make
) -> None:
    store = opened()
    store._journal._begin_segment()
    store.append(verification(13))
    store.close()
    harm(segment, 8)
    second = folder / "segment-00000002"
    data = bytearray(second.read_bytes())
    data[4] = FORMAT + 1
    second.write_bytes(data)
    before = contents(folder)
    with pytest.raises(JournalDamaged) as refused:
        opened()
    assert refused.value.message.id == "store.newer_format"
    assert contents(folder) == before


def test_nothing_is_purged_before_the_damage_was_seen(
    folder: Path, passphrase: Passphrase, head: Head
) -> None:
    class Clock:
        day = 0

        def now(self) -> datetime:
            return NOON + timedelta(days=self.day)

    clock = Clock()

    def opened() -> DeskStore:
        return open_store(folder, desk="d", clock=clock, passphrase=passphrase, step=SMALLEST_STEP)

    def save(store: DeskStore) -> None:
        store.append(Draft(**{**head(store.next_sequence()), "recorded_at": clock.now()}, digits=""))

    store = opened()
    for clock.day in (0, 1, 40):
        save(store)
        save(store)
        save(store)
    store.close()
    harm(folder / "segment-00000002", 3)
    store = opened()
    before, by = clock.now() - timedelta(days=31), ("a", "b")
    assert store.purge(before, by=by, at=clock.now()) == 0
    store.acknowledge(by="a", at=clock.now())
    assert store.purge(NOON + timedelta(hours=1), by=by, at=clock.now()) == 1
    store.close()
    store = opened()
    assert store.damage.is_seen, "the purge forgot who had seen it"
    clock.day = 80
    save(store)
    assert store.purge(before, by=by, at=clock.now()) == 1
    store.close()
    again = opened()
    assert not again.damage
    again.close()
