"""Entries carried to the hub in a sealed file, and its answers carried back."""

from pathlib import Path

import pytest
from cli_calls import Idtui

from idtui.seal.recovery import new_pair

Store = tuple[str, ...]
CLAIM = (
    b'{"niss":"85073003328","means":"none","entry":"manual","reason":"pre.no_document_identity_verified"}\n'
)


class Hospital:
    """A desk without a network, its hub, and the stick between them."""

    def __init__(self, idtui: Idtui, store: Store, folder: Path) -> None:
        self.idtui = idtui
        private, public = new_pair()
        (folder / "hub.pem").write_text(public, encoding="utf-8")
        (folder / "private.pem").write_text(private, encoding="utf-8")
        (folder / "config.toml").write_text(f'hub_key = "{folder / "hub.pem"}"\n', encoding="utf-8")
        self.desk = (*store, "--config", str(folder / "config.toml"))
        self.database = f"sqlite:///{folder / 'hub.sqlite'}"
        self.private = folder / "private.pem"
        self.stick = folder / "stick"
        self.stick.mkdir()

    def out(self, name: str = "round") -> Path:
        assert self.idtui("sync", *self.desk, "--to", str(self.stick / name)).code == 0
        return self.stick / name

    def intake(self, file: Path, *more: str) -> tuple[int, list[dict[str, object]], str]:
        ran = self.idtui(
            *("hub", "intake", str(file), "--private", str(self.private), "--database", self.database),
            *("--unsigned", "--json", *more),
        )
        return ran.code, ran.lines, ran.err

    def back(self, file: Path) -> tuple[int, list[dict[str, object]]]:
        ran = self.idtui("sync", *self.desk, "--from", str(file), "--json")
        return ran.code, ran.lines

    def records(self) -> object:
        return self.idtui("hub", "status", "--database", self.database, "--json").lines[0]["records"]


@pytest.fixture
def hospital(idtui: Idtui, store: Store, tmp_path: Path) -> Hospital:
    hospital = Hospital(idtui, store, tmp_path)
    assert idtui("record", *hospital.desk, stdin=CLAIM * 3).code == 0
    return hospital


def test_entries_wait_until_the_answers_are_back_and_are_stored_once(hospital: Hospital) -> None:
    file = hospital.out()
    assert {entry["state"] for entry in hospital.idtui("list", *hospital.desk, "--json").lines} == {"waiting"}
    code, lines, _ = hospital.intake(file)
    assert (code, lines[0]["entries"], hospital.records()) == (0, 3, 3)
    assert hospital.intake(file, "--answers", str(hospital.stick / "again"))[0] == 0
    assert hospital.records() == 3
    done = {"received": 3, "parked": 0, "waiting": 0}
    assert hospital.back(hospital.stick / "round.answers") == (0, [done])
    assert hospital.back(hospital.stick / "again") == (0, [{**done, "received": 0}])


def test_what_is_recorded_meanwhile_goes_on_waiting(hospital: Hospital) -> None:
    file = hospital.out()
    hospital.idtui("record", *hospital.desk, stdin=CLAIM)
    hospital.intake(file)
    assert hospital.back(hospital.stick / "round.answers") == (
        7,
        [{"received": 3, "parked": 0, "waiting": 1}],
    )


def test_the_file_shows_nothing_and_replaces_nothing(hospital: Hospital) -> None:
    file = hospital.out()
    before = file.read_bytes()
    assert b"85073003328" not in before
    assert file.stat().st_mode & 0o777 == 0o600
    second = hospital.idtui("sync", *hospital.desk, "--to", str(file))
    assert (second.code, file.read_bytes()) == (2, before)
    assert "already" in second.err
    assert [one.name for one in hospital.stick.iterdir()] == ["round"]
    hospital.intake(file)
    assert hospital.intake(file)[0] == 2, "the answers are there already"


def test_every_damaged_byte_of_either_file_is_found_and_changes_nothing(hospital: Hospital) -> None:
    file = hospital.out()
    hospital.intake(file)
    answers = hospital.stick / "round.answers"
    for original in (file, answers):
        whole = original.read_bytes()
        for place in range(0, len(whole), 97):
            damaged = hospital.stick / "damaged"
            damaged.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
            if original is file:
                assert hospital.intake(damaged)[0] == 2
            else:
                assert hospital.back(damaged)[0] == 2
    assert hospital.back(answers)[0] == 0


def test_another_hub_and_another_desk_cannot_read_it(hospital: Hospital, tmp_path: Path) -> None:
    file = hospital.out()
    hospital.intake(file)
    (tmp_path / "private.pem").write_text(new_pair()[0], encoding="utf-8")
    code, _, words = hospital.intake(file, "--answers", str(tmp_path / "no"))
    assert code == 2
    assert "another hub" in words
    other = (*hospital.desk, "--store", str(tmp_path / "other"))
    assert hospital.idtui("sync", *other, "--from", str(hospital.stick / "round.answers")).code == 2


def test_what_is_missing_or_cannot_be_written_is_said(hospital: Hospital, store: Store) -> None:
    assert hospital.idtui("sync", *store, "--to", str(hospital.stick / "x")).code == 2, "no key of the hub"
    gone = hospital.idtui("sync", *hospital.desk, "--to", str(hospital.stick / "gone" / "x"))
    assert gone.code == 14
    assert hospital.back(hospital.stick / "missing")[0] == 2
    assert list(hospital.stick.iterdir()) == []
