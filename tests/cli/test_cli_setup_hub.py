"""`idtui setup`: the hub's address, and the desk made known there, by options and on a terminal."""

import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_calls import PASSPHRASE, Idtui, serving
from terminal_session import Terminal

from idtui.bootstrap import stores
from idtui.cli.exits import Exit

Store = tuple[str, ...]
DESK = ("--site", "71000012", "--desk", "Admission 1")


@pytest.fixture
def database(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/hub.sqlite"


@pytest.fixture
def hub(database: str) -> Iterator[str]:
    with serving(database, tokens=True) as address:
        yield address


def test_a_desk_is_made_known_without_questions_and_as_often_as_one_likes(
    idtui: Idtui, store: Store, hub: str, database: str, tmp_path: Path
) -> None:
    make = ("setup", "--unattended", "--json", *store, *DESK, "--hub", hub, "--enrol")
    first = idtui(*make, "--recovery-new", str(tmp_path / "key.pem"))
    assert first.code == Exit.WAITING, first.err
    shown = first.lines[0]["hub"]
    assert isinstance(shown, dict)
    assert shown["state"] == "waiting"
    assert idtui("hub", "desk", "approve", shown["code"], "--database", database).code == Exit.DONE
    again = idtui(*make)
    assert again.lines[0]["hub"] == {**shown, "state": "approved"}
    assert again.code == Exit.DONE
    assert idtui("hub", "desk", "revoke", shown["code"], "--database", database).code == Exit.DONE
    assert idtui(*make).code == Exit.REFUSED


def test_a_hub_that_does_not_answer_undoes_nothing(idtui: Idtui, store: Store) -> None:
    ran = idtui("setup", "--unattended", *store, *DESK, "--hub", "http://127.0.0.1:9/fhir", "--enrol")
    assert ran.code == Exit.WAITING
    assert "idtui setup --only hub" in ran.err
    assert stores.exists(Path(store[1]))


def answer(terminal: Terminal, question: str, keys: str) -> None:
    """Type an answer when its question is there."""
    terminal.until(lambda: question in terminal.text(), question)
    terminal.send(keys)


def test_a_server_that_enrols_nobody_is_told_as_that(idtui: Idtui, store: Store, database: str) -> None:
    with serving(database) as address:
        ran = idtui("setup", "--unattended", *store, *DESK, "--hub", address, "--enrol")
    assert ran.code == Exit.REFUSED
    assert "enrols no desks" in ran.err


def test_nothing_is_made_known_without_the_passphrase(idtui: Idtui, store: Store, hub: str) -> None:
    idtui("setup", "--unattended", *store, *DESK)
    ran = idtui("setup", "--unattended", *DESK, "--hub", hub, "--enrol", "--replace")
    assert ran.code == Exit.WRONG_PASSPHRASE


def test_the_hub_alone_asks_address_and_passphrase(
    idtui: Idtui, store: Store, tmp_path: Path, hub: str
) -> None:
    idtui("setup", "--unattended", *store, *DESK)
    environment = {"XDG_CONFIG_HOME": str(tmp_path / "config"), "LANG": "en_GB.UTF-8", "LC_ALL": ""}
    command = [sys.executable, "-m", "idtui", "setup", "--only", "hub"]
    with Terminal(command, environment=environment, size=(100, 30)) as terminal:
        answer(terminal, "FHIR address", "http://hub.example/fhir\r")
        answer(terminal, "crosses a network in the clear", f"{hub}\r")
        answer(terminal, "known to the hub now [y]:", "\r")
        answer(terminal, "Passphrase:", f"{PASSPHRASE.text}\r")
        answer(terminal, "as .old", "y\r")
        assert terminal.wait() == Exit.WAITING
        assert "idtui hub desk approve " in terminal.output.decode()
    written = tomllib.loads((tmp_path / "config/idtui/config.toml").read_text())
    assert written["hub"] == hub


def test_without_a_store_only_the_address_is_asked(tmp_path: Path) -> None:
    environment = {
        "XDG_CONFIG_HOME": str(tmp_path / "config"), "XDG_DATA_HOME": str(tmp_path / "data"),
        "LANG": "en_GB.UTF-8", "LC_ALL": "",
    }  # fmt: skip
    command = [sys.executable, "-m", "idtui", "setup", "--only", "hub"]
    with Terminal(command, environment=environment, size=(100, 30)) as terminal:
        answer(terminal, "FHIR address", "https://hub.example/fhir\r")
        assert terminal.wait() == Exit.DONE
    assert [path.name for path in tmp_path.iterdir()] == ["config"]
