import socket
from pathlib import Path

import pytest
from cli_calls import Idtui, serving
from hub_records import record

from idtui.cli.exits import Exit
from idtui.hub.database import Database

Store = tuple[str, ...]
TYPED = b'{"niss": "85073003328", "means": "eid", "entry": "manual", "reason": "pre.reader_unavailable", '
YEAR_2025 = TYPED + b'"care_at": "2025-03-01T23:00:00+01:00", "verified_at": "2025-03-01T23:00:00+01:00"}\n'


@pytest.fixture
def database(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'hub.db'}"


def keep(database: str, *numbers: int, kind: str = "verification") -> None:
    hub = Database(database)
    hub.store([record(number, kind, visit=f"V{number}", niss="17073003384") for number in numbers])
    hub.close()


def test_the_quota_of_a_desk_and_year(idtui: Idtui, store: Store) -> None:
    idtui("record", *store, stdin=YEAR_2025 * 2)
    (told,) = idtui("quota", *store, "--year", "2025", "--json").lines
    assert {name: told[name] for name in ("year", "from", "unit", "read", "typed")} == {
        "year": 2025,
        "from": "store",
        "unit": "verification",
        "read": 0,
        "typed": 2,
    }
    assert (told["typed_percent"], told["limit_percent"]) == (100.0, 10)
    assert (told["more_typed"], told["reads_owed"]) == (0, 18)
    assert told["by_month"] == {"03": {"read": 0, "typed": 2}}
    assert told["by_shift"] == {"night": {"read": 0, "typed": 2}}
    assert told["by_reason"] == {"pre.reader_unavailable": {"read": 0, "typed": 2}}
    ran = idtui("quota", *store, "--year", "2025")
    assert "over the limit of 10 %: 18 more readings bring it back" in ran.out
    assert "     read      typed  shift\n        0          2  night (22-6)\n" in ran.out
    assert "        0          2  card reader unavailable" in ran.out, "reasons in words"
    assert "0 verifications by reading, 0 by typed NISS" in idtui("quota", *store, "--year", "2031").out
    assert idtui("quota", *store, "--year", "soon").code == Exit.USAGE


def test_the_quota_of_the_hospital(idtui: Idtui, database: str) -> None:
    keep(database, *range(1, 40))
    with serving(database) as hub:
        ran = idtui("quota", "--from", "hub", "--hub", hub, "--year", "2026")
        assert "39 verifications by reading, 0 by typed NISS" in ran.out
        assert "limit 5 %: 2 more possible" in ran.out
        (told,) = idtui("quota", "--from", "hub", "--hub", hub, "--year", "2026", "--json").lines
    assert told["by_desk"] == {"desk-1": {"read": 39, "typed": 0}}
    assert idtui("quota", "--from", "hub", "--hub", hub).code == Exit.WAITING
    assert idtui("quota", "--from", "hub").code == Exit.USAGE
    assert "the whole hospital" in idtui("quota", "--help").out


def test_what_the_hospital_still_owes(idtui: Idtui, database: str) -> None:
    keep(database, 1, 2, kind="pending")
    with serving(database) as hub:
        lines = idtui("list", "--from", "hub", "--hub", hub, "--json").lines
        assert [(one["visit"], one["niss"]) for one in lines] == [
            ("V1", "17.**.**-***.**"),
            ("V2", "17.**.**-***.**"),
        ]
        shown = idtui("list", "--pending", "--from", "hub", "--hub", hub).out.splitlines()
        assert shown[0].split("  ")[2:] == ["V1", "-", "17.**.**-***.**", "desk-1"]
    away = idtui("list", "--from", "hub", "--hub", hub)
    assert (away.code, away.out, "no usable answer" in away.err) == (Exit.WAITING, "", True)


def test_a_hospital_that_owes_nothing_is_told_so(idtui: Idtui, database: str) -> None:
    with serving(database) as hub:
        ran = idtui("list", "--from", "hub", "--hub", hub)
    assert (ran.code, ran.out, "Nothing is due" in ran.err) == (Exit.DONE, "", True)


def test_the_feed_is_written_line_by_line(idtui: Idtui, database: str, tmp_path: Path) -> None:
    keep(database, 1, 2)
    assert [line["sequence"] for line in idtui("hub", "feed", "--database", database).lines] == [1, 2]
    assert [
        line["sequence"] for line in idtui("hub", "feed", "--database", database, "--since", "1").lines
    ] == [2]
    file = tmp_path / "feed.csv"
    assert idtui("hub", "feed", "--database", database, "--format", "csv", "-o", str(file)).code == Exit.DONE
    assert (len(file.read_text().splitlines()), file.stat().st_mode & 0o777) == (3, 0o600)
    again = idtui("hub", "feed", "--database", database, "-o", str(file))
    assert (again.code, "could not be written" in again.err) == (Exit.CANNOT_SAVE, True)
    assert idtui("hub", "feed", "--database", database, "--format", "hl7").out.count("ZIV|1|A|") == 2


@pytest.mark.parametrize(
    "wrong", [("--to", "nowhere"), ("--to", "127.0.0.1:0"), ("--to", "127.0.0.1:9", "-o", "x")]
)
def test_a_destination_that_is_none_is_refused(idtui: Idtui, database: str, wrong: tuple[str, ...]) -> None:
    assert idtui("hub", "feed", "--database", database, *wrong).code == Exit.USAGE


def test_a_receiver_that_is_away_is_told_and_the_feed_waits(idtui: Idtui, database: str) -> None:
    keep(database, 1)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    away = idtui("hub", "feed", "--database", database, "--to", f"127.0.0.1:{port}", "--json")
    assert (away.code, away.lines[0]["accepted"]) == (Exit.WAITING, 0)
    assert "Sending stopped at number 0" in away.err
