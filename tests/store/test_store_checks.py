"""What doctor says of a store: where it stands, who may read it, what it holds, whether time went back."""

import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from idtui.desk.checks import Check, CheckState
from idtui.domain.entries import Entry
from idtui.domain.errors import JournalDamaged, WrongPassphrase
from idtui.domain.text import Message, say
from idtui.store.chain import Finding, Flaw, Verdict
from idtui.store.checks import clock_checks, directory_checks, journal_checks
from idtui.store.damage import Damage
from idtui.store.desk_store import DeskStore
from idtui.store.errors import StoreMissing, StoreUnavailable
from idtui.store.index import StoredEntries
from idtui.store.place import file_system

OK, WARNING, BAD = CheckState.OK, CheckState.WARNING, CheckState.BAD
MOMENT = datetime(2026, 11, 22, 2, 30, tzinfo=UTC)

Make = Callable[[int], Entry]


@pytest.fixture
def mounts(tmp_path: Path) -> Path:
    """A table of mounts where everything lies on one local disk."""
    path = tmp_path / "mounts"
    path.write_text("22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n", encoding="utf-8")
    return path


@pytest.fixture
def filled(opened: Callable[[], DeskStore], verification: Make) -> StoredEntries:
    store = opened()
    for sequence in (1, 2):
        store.append(verification(sequence))
    store.close()
    return store


def the(checks: list[Check], name: str) -> Check:
    (check,) = (check for check in checks if check.id == name)
    return check


def test_a_store_in_order_has_nothing_to_tell(filled: StoredEntries, folder: Path, mounts: Path) -> None:
    found = list(directory_checks(folder, mounts))
    assert {check.state for check in found} == {OK}
    assert the(found, "store.directory").finding == say("doctor.store.directory", directory=str(folder))
    assert the(found, "store.file_system").finding == say("doctor.store.file_system", kind="ext4")


def test_a_directory_that_can_be_made_is_as_good(tmp_path: Path, mounts: Path) -> None:
    directory = tmp_path / "not" / "yet"
    found = list(directory_checks(directory, mounts))
    assert {check.state for check in found} == {OK}
    assert the(found, "store.directory").finding == say("doctor.store.to_be_made", directory=str(directory))
    assert not directory.exists()


def test_a_file_in_the_way_is_named(tmp_path: Path, mounts: Path) -> None:
    (tmp_path / "file").touch()
    found = list(directory_checks(tmp_path / "file" / "store", mounts))
    check = the(found, "store.directory")
    assert check.state is BAD
    assert check.finding == say("doctor.store.not_a_directory", path=str(tmp_path / "file"))


@pytest.mark.parametrize("made", [True, False])
def test_a_directory_that_cannot_be_written_is_bad(
    folder: Path, mounts: Path, monkeypatch: pytest.MonkeyPatch, made: bool
) -> None:
    if made:
        folder.mkdir(mode=0o700)
    real = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: real(path, mode) and not mode & os.W_OK)
    check = the(list(directory_checks(folder, mounts)), "store.directory")
    standing = folder if made else folder.parent
    assert (check.state, check.finding) == (BAD, say("doctor.store.not_writable", path=str(standing)))


def test_what_others_may_read_is_named(filled: StoredEntries, folder: Path, mounts: Path) -> None:
    segment = next(folder.glob("segment-*"))
    segment.chmod(0o640)
    check = the(list(directory_checks(folder, mounts)), "store.owner")
    assert (check.state, check.finding) == (BAD, say("doctor.store.open", path=str(segment), mode="0640"))
    folder.chmod(0o755)
    check = the(list(directory_checks(folder, mounts)), "store.owner")
    assert check.finding == say("doctor.store.open", path=str(folder), mode="0755")


def test_a_running_desk_is_no_fault(opened: Callable[[], DeskStore], folder: Path, mounts: Path) -> None:
    store = opened()
    (folder / "holder").chmod(0o644)
    assert the(list(directory_checks(folder, mounts)), "store.owner").state is OK
    store.close()


def test_a_store_of_another_user_is_named(
    folder: Path, mounts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.mkdir(mode=0o700)
    monkeypatch.setattr(os, "geteuid", lambda: folder.stat().st_uid + 1)
    check = the(list(directory_checks(folder, mounts)), "store.owner")
    assert (check.state, check.finding) == (BAD, say("doctor.store.owner", path=str(folder)))


@pytest.mark.parametrize(("free", "state"), [(64 * 1024**2 - 1, WARNING), (64 * 1024**2, OK)])
def test_little_space_is_warned_of(
    tmp_path: Path, mounts: Path, monkeypatch: pytest.MonkeyPatch, free: int, state: CheckState
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=free))
    assert the(list(directory_checks(tmp_path, mounts)), "store.space").state is state


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        ("ext4", OK),
        ("xfs", OK),
        ("nfs4", BAD),
        ("cifs", BAD),
        ("fuse.sshfs", BAD),
        ("tmpfs", WARNING),
        ("btrfs", WARNING),
        ("zfs", WARNING),
    ],
)
def test_a_file_system_is_judged_by_its_type(
    folder: Path, mounts: Path, kind: str, state: CheckState
) -> None:
    with mounts.open("a", encoding="utf-8") as table:
        table.write(f"36 22 0:40 / {folder.parent} rw - {kind} server:/share rw\n")
    assert the(list(directory_checks(folder, mounts)), "store.file_system").state is state


def test_the_innermost_and_last_mount_counts(tmp_path: Path) -> None:
    table = tmp_path / "mounts"
    mounted = (
        ("/", "ext4"), ("/srv/with\\040blank", "nfs"), ("/srv", "xfs"), ("/home", "btrfs"), ("/home", "zfs"),
    )  # fmt: skip
    lines = (f"36 22 8:1 / {point} rw shared:1 - {kind} source rw\n" for point, kind in mounted)
    table.write_text("".join(lines), encoding="utf-8")
    kinds = {
        path: file_system(Path(path), table)
        for path in ("/srv/with blank/x", "/srv", "/srv/with", "/home/y", "/homes", "/")
    }
    assert list(kinds.values()) == ["nfs", "xfs", "xfs", "zfs", "ext4", "ext4"], kinds
    assert file_system(Path("/"), tmp_path / "none") == ""


def test_the_journal_tells_what_it_holds(filled: StoredEntries) -> None:
    found = list(journal_checks(lambda: filled, unasked, MOMENT))
    assert {check.state for check in found} == {OK}
    assert found[0].finding == say("doctor.journal.entries", entries=2, waiting=2, parked=0)


def test_refused_entries_are_warned_of(filled: StoredEntries, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filled, "parked", filled.unsent)
    check = next(iter(journal_checks(lambda: filled, unasked, MOMENT)))
    assert (check.state, check.fix) == (WARNING, say("doctor.journal.parked.fix"))


def test_a_clock_before_the_newest_entry_is_bad(filled: StoredEntries) -> None:
    newest = filled.entries()[-1].recorded_at
    for now, state in ((newest, OK), (newest - timedelta(seconds=1), BAD)):
        assert the(list(journal_checks(lambda: filled, unasked, now)), "journal.clock").state is state


@pytest.mark.parametrize(("year", "state"), [(1970, BAD), (2023, BAD), (2024, OK), (2026, OK)])
def test_a_clock_that_was_never_set_is_bad(year: int, state: CheckState) -> None:
    (check,) = clock_checks(datetime(year, 12, 31, 23, 59, tzinfo=UTC))
    assert check.state is state


def raising(error: Exception) -> Callable[[], StoredEntries]:
    def read() -> StoredEntries:
        raise error

    return read


def unasked() -> Verdict:
    raise AssertionError("the chain was asked for although the journal could be read or judged")


def test_a_damaged_a_missing_and_a_closed_journal_are_told_apart() -> None:
    damaged = JournalDamaged(say("store.no_header"))
    closed = StoreUnavailable(say("store.unavailable", directory="/x", reason="Permission denied"))
    missing = StoreMissing(Path("/x"))
    found = [
        check
        for error in (damaged, closed, missing)
        for check in journal_checks(raising(error), unasked, MOMENT)
    ]
    assert [(check.id, check.state) for check in found] == [
        ("journal.entries", BAD),
        ("store.journal", BAD),
        ("journal.entries", OK),
    ]
    assert found[0].finding == damaged.message


def test_damage_that_nobody_acknowledged_is_told_and_an_empty_journal_has_no_order() -> None:
    damage = Damage((Finding(3, 4, Flaw.CHANGED),))
    (told,) = journal_checks(lambda: StoredEntries(damage=damage), unasked, MOMENT)
    assert (told.id, told.state) == ("journal.entries", BAD)
    assert told.finding == say("doctor.journal.quarantined", count=2)
    seen = StoredEntries(damage=damage.noted(at=MOMENT, by="Peeters"))
    (empty,) = journal_checks(lambda: seen, unasked, MOMENT)
    assert (empty.id, empty.state) == ("journal.entries", OK)


BROKEN = (Finding(3, 4, Flaw.CHANGED), Finding(6, 6, Flaw.REMOVED))


@pytest.mark.parametrize(
    ("findings", "state", "finding"),
    [
        ((), OK, say("doctor.journal.sealed", frames=7)),
        (BROKEN, BAD, say("doctor.journal.broken", sequence=3)),
    ],
)
def test_without_the_passphrase_the_chain_is_judged(
    findings: tuple[Finding, ...], state: CheckState, finding: Message
) -> None:
    def checked(reason: str) -> list[Check]:
        locked = raising(WrongPassphrase(say(reason)))
        return list(journal_checks(locked, lambda: Verdict(7, None, 0, findings), MOMENT))

    (check,) = checked("store.passphrase_needed")
    assert (check.id, check.state, check.finding) == ("journal.entries", state, finding)
    wrong, same = checked("store.wrong_passphrase")
    assert (wrong.id, wrong.state) == ("journal.passphrase", BAD)
    assert same == check
