import csv
import json
import os
from datetime import timedelta
from pathlib import Path

import pytest
from cli_calls import PASSPHRASE, Idtui, serving
from tinydb import TinyDB, where

from idtui.bootstrap import here
from idtui.cli.exits import Exit
from idtui.domain.text import say
from idtui.seal.recovery import new_pair
from idtui.store.frames import scan
from idtui.words import words

Store = tuple[str, ...]
CLAIM = b'{"niss": "85073003328", "means": "eid", "entry": "manual", "reason": "pre.reader_unavailable"}\n'
NAMED = b'{"niss": "85073003328", "means": "eid", "entry": "manual", "reason": "pre.reader_unavailable", '
HOSTILE = NAMED + b'"name": "=SPECIMEN,\\"x\\"", "given_names": "\\u001b[2J"}\n'


@pytest.fixture
def filled(idtui: Idtui, store: Store) -> Store:
    """Record three entries."""
    assert idtui("record", *store, stdin=CLAIM * 3).code == Exit.DONE
    return store


def segment_of(store: Store) -> Path:
    return Path(store[1]) / "segment-00000001"


def last_frame_end(path: Path) -> int:
    return scan(path.read_bytes()).frames[-1].end


def test_a_new_store_says_that_it_has_no_recovery_key(idtui: Idtui, store: Store) -> None:
    sentence = words("en")(say("store.created"))
    assert sentence in idtui("record", *store, stdin=CLAIM).err
    assert sentence not in idtui("record", *store, stdin=CLAIM).err


def test_info_counts(idtui: Idtui, filled: Store) -> None:
    ran = idtui("journal", "info", *filled, "--json")
    (counted,) = ran.lines
    head = counted.pop("head")
    assert counted == {
        "records": 3,
        "segments": 1,
        "dropped_tail_bytes": 0,
        "waiting": 3,
        "parked": 0,
        "due": 0,
        "damaged": 0,
    }
    assert isinstance(head, dict)
    assert (head["segment"], head["sequence"], len(head["hash"])) == (1, 4, 64)


def test_info_tells_of_an_unfinished_frame_before_and_after_it_was_moved(idtui: Idtui, filled: Store) -> None:
    path = segment_of(filled)
    os.truncate(path, last_frame_end(path) - 1)
    before = idtui("journal", "info", *filled, "--json").lines[0]
    assert before["records"] == 2
    assert isinstance(before["dropped_tail_bytes"], int)
    assert before["dropped_tail_bytes"] > 0
    assert idtui("record", *filled, stdin=CLAIM).code == Exit.DONE
    after = idtui("journal", "info", *filled, "--json").lines[0]
    assert after == {**before, "records": 3, "waiting": 3, "segments": 2, "head": after["head"]}


def test_verify_needs_no_key_and_names_what_the_head_knows(
    idtui: Idtui, filled: Store, tmp_path: Path
) -> None:
    head = tmp_path / "head.json"
    head.write_text(idtui("journal", "info", *filled, "--json").out, encoding="utf-8")
    bare = filled[:2]
    Path(bare[1], "keys").rename(tmp_path / "keys")
    for options in ((), ("--head", str(head))):
        ran = idtui("journal", "verify", *bare, *options, "--json")
        assert (ran.code, ran.lines[0]["ok"], ran.lines[0]["frames"]) == (Exit.DONE, True, 4)
    path = segment_of(filled)
    os.truncate(path, scan(path.read_bytes()).frames[-2].end)
    assert idtui("journal", "verify", *bare).code == Exit.DONE
    ran = idtui("journal", "verify", *bare, "--head", str(head), "--json")
    assert (ran.code, ran.lines[0]["findings"]) == (
        Exit.DAMAGED,
        [{"first": 4, "last": 4, "flaw": "truncated"}],
    )
    alone = tmp_path / "alone.json"
    alone.write_text(json.dumps(json.loads(head.read_text())["head"]))
    assert idtui("journal", "verify", *bare, "--head", str(alone)).code == Exit.DAMAGED
    alone.write_text("rubbish")
    assert idtui("journal", "verify", *bare, "--head", str(alone)).code == Exit.USAGE
    assert idtui("journal", "verify", "--store", str(tmp_path / "none")).code == Exit.NO_CARD


def harm(path: Path, frame: int) -> None:
    data = bytearray(path.read_bytes())
    data[scan(bytes(data)).frames[frame].start + 70] ^= 1
    path.write_bytes(data)


def test_damage_is_told_with_8_until_it_is_acknowledged_and_recording_goes_on(
    idtui: Idtui, filled: Store
) -> None:
    harm(segment_of(filled), 1)
    told = words("en")(say("warning.damaged", count=1, first=2, last=2))
    for command in (("list",), ("journal", "info"), ("journal", "export")):
        ran = idtui(*command, *filled)
        assert (ran.code, told in ran.err) == (Exit.DAMAGED, True)
        assert ran.out
    assert idtui("journal", "info", *filled, "--json").lines[0]["damaged"] == 1
    recorded = idtui("record", *filled, stdin=CLAIM)
    assert (recorded.code, told in recorded.err) == (Exit.DONE, True)
    acknowledged = idtui("journal", "acknowledge", *filled, "--operator", "Peeters", "--json")
    assert (acknowledged.code, acknowledged.lines) == (Exit.DONE, [{"damaged": 1, "by": "Peeters"}])
    for command in (("list",), ("journal", "info"), ("journal", "export"), ("record",)):
        ran = idtui(*command, *filled)
        assert (ran.code, told in ran.err) == (Exit.DONE, False)
    assert idtui("journal", "info", *filled, "--json").lines[0]["damaged"] == 1
    verified = idtui("journal", "verify", *filled, "--json")
    assert verified.code == Exit.DAMAGED
    assert verified.lines[0]["findings"] == [{"first": 2, "last": 2, "flaw": "changed"}]


def test_nothing_to_acknowledge_is_said_so(idtui: Idtui, filled: Store) -> None:
    assert (
        idtui("journal", "acknowledge", "--store", str(segment_of(filled).parent / "none")).code
        == Exit.NO_CARD
    )
    ran = idtui("journal", "acknowledge", *filled)
    assert (ran.code, ran.out) == (Exit.DONE, words("en")(say("journal.acknowledged", count=0)) + "\n")


def test_everything_that_is_whole_can_be_exported_from_a_damaged_journal(
    idtui: Idtui, filled: Store, tmp_path: Path
) -> None:
    recorded = idtui("list", *filled, "--json").lines
    assert idtui("record", *filled, stdin=CLAIM).code == Exit.DONE
    path = segment_of(filled)
    data = bytearray(path.read_bytes())
    frames = scan(bytes(data)).frames
    for damaged, kept in ((2, [0, 2, 3]), (0, [3])):
        position = frames[damaged].start + 70
        data[position] ^= 1
        path.write_bytes(data)
        data[position] ^= 1
        ran = idtui("journal", "export", *filled)
        assert ran.code == Exit.DAMAGED
        assert [int(str(entry["sequence"])) - 1 for entry in ran.lines] == kept
        assert ran.lines[0]["id"] in {entry["id"] for entry in recorded} or kept == [3]


def test_export_as_json_lines_and_csv(idtui: Idtui, store: Store) -> None:
    recorded = idtui("record", *store, stdin=CLAIM + HOSTILE).lines
    assert idtui("journal", "export", *store).lines == recorded
    rows = list(csv.DictReader(idtui("journal", "export", *store, "--csv").out.splitlines()))
    assert [row["id"] for row in rows] == [entry["id"] for entry in recorded]
    assert rows[1]["name"] == '\'=SPECIMEN,"x"'
    assert "\x1b" not in rows[1]["given_names"]


def test_stock_tinydb_opens_its_export(idtui: Idtui, filled: Store, tmp_path: Path) -> None:
    file = tmp_path / "export.json"
    assert idtui("journal", "export", *filled, "--tinydb", str(file)).code == Exit.DONE
    assert file.stat().st_mode & 0o777 == 0o600
    with TinyDB(file) as database:
        table = database.table("entries")
        assert table.count(where("niss") == "85073003328") == 3
        assert [document.doc_id for document in table] == [1, 2, 3]
    assert idtui("journal", "export", *filled, "--tinydb", str(file)).code == Exit.USAGE


def test_rekey_and_recover(idtui: Idtui, filled: Store, tmp_path: Path) -> None:
    private, public = new_pair()
    (tmp_path / "private.pem").write_text(private)
    (tmp_path / "public.pem").write_text(public)
    (tmp_path / "second").write_text("second")
    (tmp_path / "third").write_text("third\n")
    change = ("--new-passphrase-file", str(tmp_path / "second"))
    with_key = ("--recovery-key", str(tmp_path / "public.pem"))
    ran = idtui("journal", "rekey", *filled, *change, *with_key, "--json")
    assert (ran.code, ran.lines) == (Exit.DONE, [{"rekeyed": True, "recovery_key": True}])
    assert idtui("list", *filled).code == Exit.WRONG_PASSPHRASE
    (Path(filled[1]) / "tries").unlink()
    new = (*filled[:2], "--passphrase-file", str(tmp_path / "second"))
    assert len(idtui("list", *new, "--json").lines) == 3
    recover = ("journal", "recover", *filled[:2], "--new-passphrase-file", str(tmp_path / "third"))
    assert idtui(*recover, "--recovery-key", str(tmp_path / "public.pem")).code == Exit.USAGE
    assert idtui(*recover, "--recovery-key", str(tmp_path / "private.pem")).code == Exit.DONE
    assert len(idtui("list", *new[:3], str(tmp_path / "third"), "--json").lines) == 3


def test_a_purge_names_two_people(idtui: Idtui, filled: Store) -> None:
    for second in ("Peeters", ""):
        ran = idtui("journal", "purge", *filled, "--operator", "Peeters", "--second", second)
        assert ran.code == Exit.USAGE
    ran = idtui("journal", "purge", *filled, "--operator", "Peeters", "--second", "Janssens", "--json")
    assert (ran.code, ran.lines) == (Exit.DONE, [{"purged": 0}])
    wrong = ("--second", "Janssens", "--older-than", "0")
    assert idtui("journal", "purge", *filled, "--operator", "Peeters", *wrong).code == Exit.USAGE


def test_a_purge_makes_no_store(idtui: Idtui, store: Store) -> None:
    assert idtui("journal", "purge", *store, "--due").code == Exit.NO_CARD
    two = ("--operator", "Peeters", "--second", "Janssens")
    assert idtui("journal", "purge", *store, *two).code == Exit.NO_CARD
    assert not Path(store[1]).exists()


@pytest.fixture
def delivered_long_ago(idtui: Idtui, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Record and deliver three entries 32 days ago, and record one that waits today."""
    now = here.CLOCK.now()
    monkeypatch.setattr(here.SystemClock, "now", lambda _self: now - timedelta(days=32))
    assert idtui("record", *store, stdin=CLAIM * 3).code == Exit.DONE
    with serving(f"sqlite:///{tmp_path / 'hub.sqlite'}") as address:
        assert idtui("sync", *store, "--hub", address).code == Exit.DONE
    monkeypatch.setattr(here.SystemClock, "now", lambda _self: now)
    keep = tmp_path / "keep.toml"
    keep.write_text("purge_after_days = 0")
    assert idtui("record", *store, "--config", str(keep), stdin=CLAIM).code == Exit.DONE
    return store


def records(idtui: Idtui, store: Store) -> tuple[object, object]:
    counted = idtui("journal", "info", *store, "--json").lines[0]
    return counted["records"], counted["due"]


def test_what_is_due_is_told_and_purged_by_a_timer(idtui: Idtui, delivered_long_ago: Store) -> None:
    store = delivered_long_ago
    assert records(idtui, store) == (5, 1)
    checks = {check["id"]: check for check in json.loads(idtui("doctor", *store, "--json").out)["checks"]}
    assert checks["journal.retention"]["finding"] == "kept: 31 days; due: 4 entries, 1 segments."
    both = ("--due", "--older-than", "3")
    assert idtui("journal", "purge", *store, *both).code == Exit.USAGE
    assert idtui("journal", "purge", *store, "--due", "--second", "J").code == Exit.USAGE
    ran = idtui("journal", "purge", *store, "--due", "--json")
    assert (ran.code, ran.lines) == (Exit.DONE, [{"purged": 1}])
    assert records(idtui, store) == (2, 0), "the newest receipt is carried, one entry waits"
    assert idtui("journal", "purge", *store, "--due", "--json").lines == [{"purged": 0}]
    assert idtui("journal", "verify", *store).code == Exit.DONE


def test_what_is_due_goes_at_the_next_writing_start_unless_the_hospital_keeps_it(
    idtui: Idtui, delivered_long_ago: Store, tmp_path: Path
) -> None:
    store = delivered_long_ago
    keep = ("--config", str(tmp_path / "keep.toml"))
    assert idtui("journal", "purge", *store, *keep, "--due", "--json").lines == [{"purged": 0}]
    assert "key of 1 segment was destroyed" not in idtui("record", *store, *keep, stdin=b"").err
    ran = idtui("record", *store, stdin=b"")
    assert (ran.code, "key of 1 segment was destroyed" in ran.err) == (Exit.DONE, True)
    assert records(idtui, store) == (2, 0)


def test_a_purge_that_cannot_be_written_is_told_and_stops_no_work(
    idtui: Idtui, delivered_long_ago: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("idtui.store.vault.replace", full)
    ran = idtui("record", *delivered_long_ago, stdin=CLAIM)
    assert (ran.code, "No space left" in ran.err) == (Exit.DONE, True)
    assert records(idtui, delivered_long_ago) == (6, 1)


# Where the passphrase comes from


def test_the_passphrase_by_descriptor(idtui: Idtui, filled: Store) -> None:
    ours, theirs = os.pipe()
    os.write(theirs, PASSPHRASE.text.encode())
    os.close(theirs)
    assert len(idtui("list", *filled[:2], "--passphrase-fd", str(ours), "--json").lines) == 3
    os.close(ours)
    assert idtui("list", *filled[:2], "--passphrase-fd", str(ours)).code == Exit.USAGE


def test_the_passphrase_on_standard_input_or_as_a_credential(
    idtui: Idtui, filled: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = PASSPHRASE.text.encode() + b"\r\n"
    assert len(idtui("list", *filled[:3], "-", "--json", stdin=line).lines) == 3
    assert idtui("record", *filled[:3], "-", stdin=line).code == Exit.USAGE
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert idtui("list", *filled[:2]).code == Exit.WRONG_PASSPHRASE
    (tmp_path / "idtui-passphrase").write_text(PASSPHRASE.text)
    assert len(idtui("list", *filled[:2], "--json").lines) == 3


def test_without_or_with_a_wrong_or_empty_passphrase_the_store_stays_locked(
    idtui: Idtui, filled: Store, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong"
    for content in ("other", ""):
        wrong.write_text(content)
        assert idtui("list", *filled[:3], str(wrong)).code == Exit.WRONG_PASSPHRASE
    assert idtui("list", *filled[:2]).code == Exit.WRONG_PASSPHRASE
    assert idtui("list", *filled[:3], str(tmp_path / "none")).code == Exit.USAGE
    assert (Path(filled[1]) / "tries").read_text() == "1"
    assert idtui("record", "--store", str(tmp_path / "new"), stdin=CLAIM).code == Exit.WRONG_PASSPHRASE
    assert not (tmp_path / "new").exists()


def test_a_person_chooses_and_types_it_on_the_terminal(
    idtui: Idtui, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    answers = iter(["one", "two"])
    monkeypatch.setattr("getpass.getpass", lambda _: next(answers))
    assert idtui("record", *store[:2], stdin=CLAIM).code == Exit.USAGE
    answers = iter(["one", "one"])
    assert idtui("record", *store[:2], stdin=CLAIM).code == Exit.DONE
    answers = iter(["one"])
    assert len(idtui("list", *store[:2], "--json").lines) == 1


def test_training_needs_none_and_its_store_opens_again(idtui: Idtui, store: Store) -> None:
    bare = (*store[:2], "--training")
    for count in (1, 2):
        assert idtui("record", *bare, stdin=CLAIM).code == Exit.DONE
        assert len(idtui("list", *bare, "--json").lines) == count
    assert idtui("list", *store[:2]).code == Exit.WRONG_PASSPHRASE
