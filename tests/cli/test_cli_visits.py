import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from cli_calls import Idtui, serving

from idtui.cli.exits import Exit

TABLE = "visit;kind;niss;name\nV1;ambulatory;85073003328;Specimen\nV2;walk;;\nV3;emergency;;\n"


@pytest.fixture
def database(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'hub.db'}"


@pytest.fixture
def table(tmp_path: Path) -> str:
    file = tmp_path / "visits.csv"
    file.write_text(TABLE, encoding="utf-8")
    return str(file)


def test_the_hub_takes_a_file_and_names_the_row_it_left_out(idtui: Idtui, database: str, table: str) -> None:
    ran = idtui("hub", "visits", "import", table, "--database", database, "--json")
    assert ran.lines == [{"read": 2, "changed": 2, "bad": [{"place": 3, "problem": "visits.bad.word"}]}]
    assert ran.code == Exit.USAGE
    again = idtui("hub", "visits", "import", table, "--database", database)
    assert "2 visits read, 2 new or changed." in again.out
    assert "Line or entry 3: kind must be one of: ambulatory, hospitalisation, emergency." in again.err
    assert "Specimen" not in again.err + again.out


def test_a_file_that_is_not_there_is_told(idtui: Idtui, database: str, tmp_path: Path) -> None:
    ran = idtui("hub", "visits", "import", str(tmp_path / "none.csv"), "--database", database)
    assert (ran.code, "cannot be read" in ran.err) == (Exit.USAGE, True)


def test_the_listener_runs_as_a_command_and_ends_when_told(database: str) -> None:
    message = (
        "MSH|^~\\&|A|B|C|D|20261122083000||ADT^A04|M1|P|2.5\rPID|1\r" + "PV1|1|O" + "|" * 17 + "V1\r"
    ).encode()
    command = [
        sys.executable,
        "-m",
        "idtui",
        "hub",
        "mllp",
        "--port",
        "0",
        "--database",
        database,
        "--lang",
        "en",
    ]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as hub:
        assert hub.stderr is not None
        found = re.search(r"127\.0\.0\.1:(\d+)", hub.stderr.readline())
        assert found
        with socket.create_connection(("127.0.0.1", int(found[1])), timeout=30) as line:
            line.sendall(b"\x0b" + message + b"\x1c\r")
            assert b"MSA|AA|M1" in line.recv(4096)
        hub.terminate()
        assert hub.wait(30) == 0


Store = tuple[str, ...]


def test_a_desk_imports_a_round_and_lists_it_with_its_age(idtui: Idtui, store: Store, table: str) -> None:
    ran = idtui("visits", "import", table, *store, "--json")
    assert ran.code == Exit.USAGE
    assert ran.lines == [{"read": 2, "changed": 2, "bad": [{"place": 3, "problem": "visits.bad.word"}]}]
    listed = idtui("visits", "list", *store)
    assert "Visits imported 0 h 0 min ago." in listed.err
    (first, second) = listed.out.splitlines()
    assert first.split("  ") == ["-", "V1", "Specimen", "85.**.**-***.**", "ambulatory", "planned", "-"]
    assert second.split("  ")[1] == "V3"
    as_json = idtui("visits", "list", *store, "--json").lines
    assert [(line["number"], line["niss"]) for line in as_json] == [("V1", "85.**.**-***.**"), ("V3", None)]
    assert idtui("visits", "list", *store, "--day", "2020-01-01").out == ""


def test_visits_are_sealed_and_no_entries(idtui: Idtui, store: Store, table: str) -> None:
    idtui("visits", "import", table, *store)
    for file in Path(store[1]).iterdir():
        assert b"Specimen" not in file.read_bytes()
    assert idtui("journal", "info", *store, "--json").lines[0]["records"] == 0


def test_a_desk_fetches_the_day_from_the_hub_and_keeps_it_when_the_hub_is_away(
    idtui: Idtui, store: Store, database: str, table: str
) -> None:
    assert idtui("visits", "fetch", *store).code == Exit.USAGE
    idtui("hub", "visits", "import", table, "--database", database)
    with serving(database) as hub:
        assert idtui("visits", "fetch", *store, "--hub", hub, "--json").lines == [{"visits": 2}]
    away = idtui("visits", "fetch", *store, "--hub", hub)
    assert (away.code, "Those this desk knows stay." in away.err) == (Exit.WAITING, True)
    listed = idtui("visits", "list", *store)
    assert "Visits from the hub, 0 h 0 min old." in listed.err
    assert len(listed.out.splitlines()) == 2


def test_there_is_nothing_to_list_without_a_store_or_visits(idtui: Idtui, store: Store) -> None:
    assert idtui("visits", "list", *store).code == Exit.NO_CARD
    idtui("record", *store)
    empty = idtui("visits", "list", *store)
    assert (empty.code, empty.out, "knows no visits" in empty.err) == (Exit.DONE, "", True)
