import importlib
import re
import shlex
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from cli_calls import Idtui, serving

from idtui import __version__
from idtui.cli import ROOMS
from idtui.cli.exits import Exit, exit_of
from idtui.domain.errors import IdtuiError
from idtui.words import LANGUAGES

Store = tuple[str, ...]
CLAIM = b'{"niss": "85073003328", "means": "eid", "entry": "manual", "reason": "pre.reader_unavailable"}\n'
NOBODY = "http://127.0.0.1:9/fhir"
ROOT = Path(__file__).resolve().parents[2]
COMMANDS = [
    ("desk",),
    ("demo",),
    ("setup",),
    ("support",),
    ("card",),
    ("scan",),
    ("record",),
    ("list",),
    ("sync",),
    ("hub", "serve"),
    ("hub", "status"),
    ("hub", "migrate"),
    ("hub", "desk", "add"),
    ("hub", "desk", "list"),
    ("hub", "desk", "approve"),
    ("hub", "desk", "revoke"),
    ("doctor",),
    ("keys",),
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("command", COMMANDS, ids="-".join)
def test_help_has_examples_in_every_language(idtui: Idtui, command: tuple[str, ...], language: str) -> None:
    ran = idtui(*command, "--lang", language, "--help")
    assert ran.code == 0
    assert f"idtui {' '.join(command)}" in ran.out
    assert not re.search(
        r"\b(cli|ui|hub)\.[a-z.]+\b(?<!hub\.sqlite)", ran.out.replace("idtui-hub.sqlite", "")
    )


def test_version(idtui: Idtui) -> None:
    assert idtui("--version").out == f"idtui {__version__}\n"


@pytest.mark.parametrize(
    "argv", [("nonsense",), ("card", "--wait", "-1"), ("list", "--day", "yesterday"), ("hub",)]
)
def test_wrong_usage_ends_with_2(idtui: Idtui, argv: tuple[str, ...]) -> None:
    assert idtui(*argv).code == Exit.USAGE


@pytest.mark.parametrize("argv", [(), ("--training",), ("desk", "--training")])
def test_the_desk_without_a_terminal_names_the_way_on(idtui: Idtui, argv: tuple[str, ...]) -> None:
    ran = idtui(*argv)
    assert ran.code == Exit.USAGE
    assert "idtui demo" in ran.err


def test_an_empty_or_missing_store_lists_nothing(idtui: Idtui, store: Store) -> None:
    ran = idtui("list", *store)
    assert (ran.code, ran.out) == (Exit.NO_CARD, "")
    assert store[1] in ran.err


def test_list_by_day_and_state(idtui: Idtui, store: Store) -> None:
    (entry,) = idtui("record", *store, stdin=CLAIM).lines
    day = str(entry["recorded_at"])[:10]
    assert len(idtui("list", *store, "--json", "--day", day).lines) == 1
    assert idtui("list", *store, "--json", "--day", "2001-01-01").lines == []
    assert len(idtui("list", *store, "--json", "--unsent").lines) == 1
    assert idtui("list", *store, "--json", "--parked").lines == []
    assert idtui("list", *store, "--json", "--pending").lines == []


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("desk = ", "config.toml"),
        ('colour = "blue"', "colour"),
        ("undo_seconds = 'x'", "undo_seconds"),
        ("lock_minutes = -1", "lock_minutes"),
        ('lang = "xx"', "lang"),
        ("roots = [1]", "roots"),
        ('site = "our hospital"', "site"),
    ],
)
def test_a_wrong_configuration_names_file_and_field(
    idtui: Idtui, tmp_path: Path, content: str, named: str
) -> None:
    file = tmp_path / "config.toml"
    file.write_text(content, encoding="utf-8")
    ran = idtui("list", "--config", str(file))
    assert ran.code == Exit.USAGE
    assert named in ran.err
    assert str(file) in ran.err


@pytest.mark.parametrize("content", [None, b"no certificate"])
def test_a_root_that_is_no_certificate_is_named(idtui: Idtui, tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "root.der"
    if content:
        file.write_bytes(content)
    ran = idtui("card", "--root", str(file))
    assert ran.code == Exit.USAGE
    assert str(file) in ran.err


def test_a_configuration_that_was_named_must_exist(idtui: Idtui, tmp_path: Path) -> None:
    assert idtui("list", "--config", str(tmp_path / "none.toml")).code == Exit.USAGE


def test_options_win_over_the_configuration(idtui: Idtui, tmp_path: Path, store: Store) -> None:
    file = tmp_path / "config.toml"
    file.write_text('desk = "Configured"\noperator = "Configured"\nlang = "nl"\n', encoding="utf-8")
    ran = idtui("record", *store, "--config", str(file), "--desk", "Given", stdin=CLAIM)
    assert (ran.lines[0]["desk"], ran.lines[0]["operator"]) == ("Given", "Configured")
    assert "niet" in ran.err


def test_sync_without_a_hub_says_so(idtui: Idtui, store: Store) -> None:
    ran = idtui("sync", *store)
    assert ran.code == Exit.USAGE
    assert "--hub" in ran.err


def test_sync_to_another_machine_is_refused_in_this_version(idtui: Idtui, store: Store) -> None:
    ran = idtui("sync", *store, "--hub", "http://198.51.100.1/fhir")
    assert ran.code == Exit.USAGE
    assert "198.51.100.1" in ran.err


def test_entries_wait_while_the_hub_is_away_and_arrive_once(
    idtui: Idtui, store: Store, tmp_path: Path
) -> None:
    idtui("record", *store, stdin=CLAIM * 3)
    away = idtui("sync", *store, "--json", "--hub", NOBODY)
    assert (away.code, away.lines) == (Exit.WAITING, [{"received": 0, "parked": 0, "waiting": 3}])
    database = f"sqlite:///{tmp_path / 'hub.sqlite'}"
    with serving(database) as address:
        there = idtui("sync", *store, "--json", "--hub", address)
        assert (there.code, there.lines) == (Exit.DONE, [{"received": 3, "parked": 0, "waiting": 0}])
        again = idtui("sync", *store, "--json", "--hub", address)
        assert again.lines == [{"received": 0, "parked": 0, "waiting": 0}]
        status = idtui("hub", "status", "--database", database, "--json")
        assert status.lines == [{"records": 3, "desks": 1, "waiting": 0}]
    assert {entry["state"] for entry in idtui("list", *store, "--json").lines} == {"received"}


def test_a_real_hub_refuses_training_entries_and_they_are_parked(
    idtui: Idtui, store: Store, tmp_path: Path
) -> None:
    idtui("record", *store, "--training", stdin=CLAIM)
    with serving(f"sqlite:///{tmp_path / 'hub.sqlite'}") as address:
        ran = idtui("sync", *store, "--training", "--json", "--hub", address)
    assert (ran.code, ran.lines) == (Exit.REFUSED, [{"received": 0, "parked": 1, "waiting": 0}])
    (parked,) = idtui("list", *store, "--json", "--parked").lines
    assert parked["state"] == "parked"


def test_keys_page_is_up_to_date_and_a_stale_one_is_found(idtui: Idtui, tmp_path: Path) -> None:
    assert idtui("keys", "--check", str(ROOT / "docs/keys.md")).code == Exit.DONE
    stale = tmp_path / "keys.md"
    stale.write_text(idtui("keys").out.replace("Enter", "Return"), encoding="utf-8")
    ran = idtui("keys", "--check", str(stale))
    assert ran.code == Exit.INTERNAL
    assert "Return" in ran.err


def test_a_missing_page_is_named(idtui: Idtui) -> None:
    ran = idtui("keys", "--check", "/nonexistent/keys.md")
    assert ran.code == Exit.USAGE
    assert "/nonexistent/keys.md" in ran.err


def test_a_hub_on_a_file_that_is_no_database_says_so(idtui: Idtui, tmp_path: Path) -> None:
    file = tmp_path / "hub.sqlite"
    file.write_bytes(b"no database at all" * 100)
    assert idtui("hub", "serve", "--database", f"sqlite:///{file}", "--port", "0").code == Exit.USAGE


def test_training_does_not_touch_the_configured_store(idtui: Idtui, tmp_path: Path, store: Store) -> None:
    file = tmp_path / "config.toml"
    file.write_text(f'store = "{store[1]}"\n', encoding="utf-8")
    idtui("record", "--config", str(file), *store[2:], stdin=CLAIM)
    trained = idtui("record", "--config", str(file), "--training", stdin=CLAIM)
    assert trained.lines[0]["training"] is True
    assert [entry["training"] for entry in idtui("list", *store, "--json").lines] == [False]


def test_a_store_is_of_training_or_it_is_not(idtui: Idtui, tmp_path: Path, store: Store) -> None:
    idtui("record", *store, stdin=CLAIM)
    ran = idtui("record", *store, "--training", stdin=CLAIM)
    assert (ran.code, ran.out) == (Exit.USAGE, "")
    other = ("--store", str(tmp_path / "other"), *store[2:])
    idtui("record", *other, "--training", stdin=CLAIM)
    assert idtui("record", *other, stdin=CLAIM).code == Exit.USAGE


def test_a_reader_of_the_output_that_leaves_is_no_success(store: Store) -> None:
    place = shlex.join(store)
    recording = f"{sys.executable} -m idtui record {place} 2>/dev/null"
    command = f"{recording} | head -1; exit ${{PIPESTATUS[0]}}"
    ran = subprocess.run(
        ["bash", "-c", command], input=CLAIM * 500, capture_output=True, check=False, timeout=60
    )
    assert ran.returncode == 141
    full = f"{sys.executable} -m idtui list {place} >/dev/full"
    ran = subprocess.run(["bash", "-c", full], capture_output=True, check=False, timeout=60)
    assert ran.returncode == Exit.CANNOT_SAVE


def test_no_standard_input_is_said(store: Store) -> None:
    for command in ("desk", "record"):
        closed = f"{sys.executable} -m idtui {command} {shlex.join(store)} <&-"
        ran = subprocess.run(["bash", "-c", closed], capture_output=True, text=True, check=False, timeout=60)
        assert ran.returncode == Exit.USAGE
        assert "Traceback" not in ran.stderr


def test_an_internal_error_shows_places_and_no_values(idtui: Idtui, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_console: object) -> int:
        raise ValueError("SPECIMEN 85073003328")

    monkeypatch.setattr("idtui.cli.pages.show_keys", broken)
    ran = idtui("keys")
    assert ran.code == Exit.INTERNAL
    assert "ValueError" in ran.err
    assert "broken" in ran.err
    assert "SPECIMEN" not in ran.err


EXITS = {
    "RuleForbids": 12,
    "NotUnderstood": 2,
    "CannotSave": 14,
    "WrongPassphrase": 10,
    "StoreHeld": 9,
    "JournalDamaged": 8,
    "StoreUnavailable": 14,
    "AppendOnly": 2,
    "NotMapped": 2,
    "HubAddressRefused": 2,
    "HubRefuses": 11,
    "HubUnreachable": 7,
    "HubUnavailable": 2,
    "ReaderUnusable": 2,
    "NoCard": 2,
    "NoCamera": 2,
}
"""Every planned error; those of the reader get their codes from `idtui card` itself."""


def test_every_planned_error_has_its_exit_code() -> None:
    rooms = [f"idtui.{room}" for room in ("domain.errors", "store.errors", "sync.errors", "hub.errors")]
    rooms += ["idtui.devices.once", "idtui.devices.codes.camera"]
    for room in rooms:
        importlib.import_module(room)
    kinds = {kind.__name__: kind for kind in IdtuiError.__subclasses__() if kind.__module__ in rooms}
    assert {name: int(exit_of(kind.__new__(kind))) for name, kind in kinds.items()} == EXITS


def test_the_demo_checks_every_step(idtui: Idtui) -> None:
    ran = idtui("demo", "--lang", "en")
    assert ran.code == 0
    for expected in ("verified", "refused", "duplicate", "receipts"):
        assert expected in ran.out


def test_card_in_training_needs_no_reader(idtui: Idtui) -> None:
    ran = idtui("card", "--training", "--json", "--address")
    assert ran.code == Exit.DONE
    document = ran.lines[0]
    assert (document["verdict"], document["specimen"]) == ("verified", True)
    assert document["address"] is not None


def test_card_without_a_service_ends_with_4(tmp_path: Path) -> None:
    environment = {
        "PCSCLITE_CSOCK_NAME": str(tmp_path / "nobody"),
        "PATH": "/usr/bin:/bin",
        "LANG": "en_GB.UTF-8",
    }
    ran = subprocess.run(
        [sys.executable, "-m", "idtui", "card", "--json"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == Exit.NO_READER
    assert msgspec.json.decode(ran.stdout, type=dict[str, object])["verdict"] is None
    assert len(ran.stderr.splitlines()) == 1


def test_every_command_stands_in_the_table_of_its_room(idtui: Idtui) -> None:
    positional, _, _ = idtui("--help").out.partition("options:")
    built = set(re.findall(r"^    (\w+)", positional, re.MULTILINE))
    assert built == {name for names in ROOMS.values() for name in names}
