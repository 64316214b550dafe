"""`idtui doctor`: every check with its fix, one exit code for what is broken first, and no id left bare."""

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any, TextIO

import msgspec
import pytest
from cli_calls import Idtui, Ran, serving

from idtui import __version__
from idtui.bootstrap import examine, here
from idtui.cli import terminal, versions
from idtui.cli.doctor import exit_code
from idtui.cli.exits import Exit
from idtui.config import Config
from idtui.desk.checks import Check, CheckState, Examination, bad, ok
from idtui.domain.text import say
from idtui.training.authority import Applet, TrainingAuthority
from idtui.ui.paint.picture import LEAST_HEIGHT, LEAST_WIDTH
from idtui.words import LANGUAGES

Store = tuple[str, ...]
CLAIM = b'{"niss": "85073003328", "means": "eid", "entry": "manual", "reason": "pre.reader_unavailable"}\n'
OK, WARNING, BAD = CheckState.OK, CheckState.WARNING, CheckState.BAD


class Document(msgspec.Struct):
    """What `--json` promises."""

    checks: list[dict[str, str | None]]
    worst: str

    def __getitem__(self, name: str) -> dict[str, str | None]:
        (check,) = (check for check in self.checks if check["id"] == name)
        return check


def document(ran: Ran) -> Document:
    (line,) = ran.out.splitlines()
    return msgspec.json.decode(line, type=Document)


@pytest.fixture
def reader_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader has tests of its own; here it is well."""
    well = ok("reader.service", say("doctor.reader.service"))
    monkeypatch.setattr(examine, "_reader_checks", lambda _config: [well])


def test_json_names_every_check_and_the_worst(idtui: Idtui, store: Store, reader_in_order: None) -> None:
    idtui("record", *store, stdin=CLAIM)
    ran = idtui("doctor", *store, "--json")
    found = document(ran)
    assert (ran.code, found.worst, ran.err) == (Exit.DONE, "warning", "")
    assert all(set(check) == {"id", "state", "finding", "fix"} for check in found.checks)
    assert all((check["fix"] is None) == (check["state"] == "ok") for check in found.checks)
    assert found["program.idtui"]["finding"] == f"idtui {__version__}"
    assert "entries: 1, waiting: 1" in str(found["journal.entries"]["finding"])
    assert found["hub.address"]["state"] == "warning"
    groups = [str(check["id"]).partition(".")[0] for check in found.checks]
    assert list(dict.fromkeys(groups)) == [
        "program", "terminal", "clock", "reader", "codes", "trust", "store", "journal", "hub",
    ]  # fmt: skip


def test_no_patient_data_is_shown(idtui: Idtui, store: Store, reader_in_order: None) -> None:
    idtui("record", *store, stdin=CLAIM)
    for option in ((), ("--json",)):
        out = idtui("doctor", *store, *option).out
        assert "85073003328" not in re.sub(r"\D", "", out)


@pytest.mark.parametrize("language", LANGUAGES)
def test_people_get_headings_and_one_line_a_check(
    idtui: Idtui, store: Store, reader_in_order: None, language: str
) -> None:
    ran = idtui("doctor", *store, "--lang", language)
    lines = ran.out.splitlines()
    assert not re.search(r"\bdoctor\.|[{}]", ran.out), "an id or a parameter is left bare"
    assert len([line for line in lines if not line.startswith(" ")]) == 9
    for line in lines:
        if line.startswith(" "):
            assert re.match(r"  (ok|!|!!) +\S", line)
            assert ("->" in line) == ("!" in line[:4])


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        ((), Exit.DONE),
        (("reader.service",), Exit.NO_READER),
        (("reader.failed", "hub.answer"), Exit.NO_READER),
        (("journal.entries",), Exit.DAMAGED),
        (("journal.clock",), Exit.USAGE),
        (("journal.passphrase",), Exit.WRONG_PASSPHRASE),
        (("store.owner", "journal.entries"), Exit.CANNOT_SAVE),
        (("hub.answer",), Exit.WAITING),
        (("clock.machine", "reader.service"), Exit.USAGE),
        (("trust.extra",), Exit.USAGE),
    ],
)
def test_the_exit_code_says_what_is_broken_first(broken: tuple[str, ...], code: Exit) -> None:
    checks = [ok("program.idtui", say("saved")), *(bad(name, say("saved"), say("saved")) for name in broken)]
    assert exit_code(tuple(checks)) is code


def test_a_damaged_journal_ends_with_8(idtui: Idtui, store: Store, reader_in_order: None) -> None:
    idtui("record", *store, stdin=CLAIM * 2)
    segment = next(Path(store[1]).glob("segment-*"))
    whole = bytearray(segment.read_bytes())
    whole[40] ^= 1
    segment.write_bytes(whole)
    ran = idtui("doctor", *store, "--json")
    assert (ran.code, document(ran).worst) == (Exit.DAMAGED, "bad")
    assert document(ran)["journal.entries"]["state"] == "bad"


def test_without_the_passphrase_the_chain_is_checked_and_a_wrong_one_ends_with_10(
    idtui: Idtui, store: Store, tmp_path: Path, reader_in_order: None
) -> None:
    idtui("record", *store, stdin=CLAIM)
    ran = idtui("doctor", "--store", store[1], "--json")
    assert ran.code == Exit.DONE
    assert "chain whole; frames: 2." in str(document(ran)["journal.entries"]["finding"])
    wrong = tmp_path / "wrong"
    wrong.write_text("another passphrase\n", encoding="utf-8")
    ran = idtui("doctor", "--store", store[1], "--passphrase-file", str(wrong), "--json")
    found = document(ran)
    assert ran.code == Exit.WRONG_PASSPHRASE
    assert (found["journal.passphrase"]["state"], found["journal.entries"]["state"]) == ("bad", "ok")
    segment = next(Path(store[1]).glob("segment-*"))
    whole = bytearray(segment.read_bytes())
    whole[40] ^= 1
    segment.write_bytes(whole)
    ran = idtui("doctor", "--store", store[1], "--json")
    assert (ran.code, document(ran)["journal.entries"]["state"]) == (Exit.DAMAGED, "bad")


def test_a_store_that_cannot_be_ends_with_14(idtui: Idtui, tmp_path: Path, reader_in_order: None) -> None:
    (tmp_path / "file").touch()
    ran = idtui("doctor", "--store", str(tmp_path / "file" / "store"), "--json")
    assert ran.code == Exit.CANNOT_SAVE
    assert str(tmp_path / "file") in str(document(ran)["store.directory"]["finding"])


def test_a_hub_that_is_away_ends_with_7_and_one_that_is_there_does_not(
    idtui: Idtui, store: Store, tmp_path: Path, reader_in_order: None
) -> None:
    assert idtui("doctor", *store, "--json", "--hub", "http://127.0.0.1:9/fhir").code == Exit.WAITING
    with serving(f"sqlite:///{tmp_path / 'hub.sqlite'}") as address:
        ran = idtui("doctor", *store, "--json", "--hub", address)
    assert (ran.code, document(ran)["hub.conditional_create"]["state"]) == (Exit.DONE, "ok")


def test_a_configured_root_stands_loudly_in_the_table(
    idtui: Idtui, store: Store, tmp_path: Path, reader_in_order: None
) -> None:
    root = tmp_path / "root.der"
    root.write_bytes(TrainingAuthority().signers(Applet.V1_8).root.der)
    file = tmp_path / "config.toml"
    file.write_text(f"roots = ['{root}']\n", encoding="utf-8")
    extra = document(idtui("doctor", *store, "--json", "--config", str(file)))["trust.extra"]
    assert extra["state"] == "warning"
    assert str(root) in str(extra["finding"])
    assert "CONFIGURATION" in str(extra["finding"])


def test_an_old_clock_is_bad(
    idtui: Idtui, store: Store, reader_in_order: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    idtui("record", *store, stdin=CLAIM)
    now = here.CLOCK.now()
    monkeypatch.setattr(here.SystemClock, "now", lambda _self: now.replace(year=2001))
    ran = idtui("doctor", *store, "--json")
    found = document(ran)
    assert ran.code == Exit.USAGE
    assert (found["clock.machine"]["state"], found["journal.clock"]["state"]) == ("bad", "bad")


def test_a_room_that_fails_is_named_by_the_type_of_its_error(
    idtui: Idtui, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_config: object) -> list[Check]:
        raise ImportError("SPECIMEN")

    monkeypatch.setattr(examine, "_reader_checks", broken)
    ran = idtui("doctor", *store, "--json")
    assert ran.code == Exit.NO_READER
    assert "ImportError" in str(document(ran)["reader.failed"]["finding"])
    assert "SPECIMEN" not in ran.out + ran.err


def run_doctor(environment: dict[str, str], *options: str) -> tuple[subprocess.CompletedProcess[str], float]:
    command = [sys.executable, "-m", "idtui", "doctor", "--json", "--lang", "en", *options]
    begun = time.monotonic()
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    return ran, time.monotonic() - begun


@pytest.fixture
def surroundings(tmp_path: Path) -> Callable[[str], dict[str, str]]:
    """The environment of a child on another machine's card reader service."""
    return lambda path: {
        **os.environ,
        "XDG_CONFIG_HOME": str(tmp_path),
        "PCSCLITE_CSOCK_NAME": path,
    }


def test_a_service_and_a_hub_that_never_answer_are_named_in_time(
    store: Store, surroundings: Callable[[str], dict[str, str]]
) -> None:
    with (
        tempfile.TemporaryDirectory(prefix="idtui-") as folder,
        socket.socket(socket.AF_UNIX) as silent,
        socket.create_server(("127.0.0.1", 0)) as hub,
    ):
        silent.bind(f"{folder}/comm")
        silent.listen()
        address = f"http://127.0.0.1:{hub.getsockname()[1]}/fhir"
        ran, seconds = run_doctor(surroundings(f"{folder}/comm"), *store, "--hub", address)
    assert seconds < 50, "ten times the five that are promised"
    assert (ran.returncode, ran.stderr) == (Exit.NO_READER, "")
    found = msgspec.json.decode(ran.stdout, type=Document)
    assert "did not answer" in str(found["reader.service"]["finding"])
    assert found["hub.answer"]["state"] == "bad"


def test_a_missing_service_is_named_with_its_fix(
    store: Store, surroundings: Callable[[str], dict[str, str]], tmp_path: Path
) -> None:
    ran, _ = run_doctor(surroundings(str(tmp_path / "nobody")), *store)
    assert (ran.returncode, ran.stderr) == (Exit.NO_READER, "")
    check = msgspec.json.decode(ran.stdout, type=Document)["reader.socket"]
    assert check["state"] == "bad"
    assert "pcscd" in str(check["finding"])
    assert "ssh -R" in str(check["fix"])


def test_a_terminal_without_our_letters_is_a_finding_and_no_crash(
    store: Store, surroundings: Callable[[str], dict[str, str]], tmp_path: Path
) -> None:
    plain = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    ran, _ = run_doctor({**surroundings(str(tmp_path / "nobody")), **plain}, *store, "--lang", "fr")
    assert (ran.returncode, ran.stderr) == (Exit.NO_READER, "")
    assert msgspec.json.decode(ran.stdout, type=Document)["terminal.encoding"]["state"] == "warning"
    assert "?" in ran.stdout


class Stream(StringIO):
    """A stream that may be a terminal."""

    def __init__(self, encoding: str = "utf-8", *, terminal: bool = True) -> None:
        super().__init__()
        self._told = encoding
        self._terminal = terminal

    @property
    def encoding(self) -> str:  # type: ignore[override]  # StringIO declares a plain attribute
        return self._told

    def isatty(self) -> bool:
        return self._terminal

    def fileno(self) -> int:
        return 1


def at_terminal(
    monkeypatch: pytest.MonkeyPatch, size: tuple[int, int] = (80, 24), out: TextIO | None = None, **names: str
) -> dict[str, Check]:
    monkeypatch.setattr(os, "get_terminal_size", lambda _descriptor: os.terminal_size(size))
    environment: dict[str, Any] = {"TERM": "xterm", "LANG": "nl_BE.UTF-8", **names}
    stream = Stream() if out is None else out
    return {check.id: check for check in terminal.checks(stream, Stream(), environment, "nl")}


@pytest.mark.parametrize(
    ("size", "state"),
    [
        ((80, 24), OK),
        ((132, 50), OK),
        ((79, 24), WARNING),
        ((80, 23), WARNING),
        ((60, 20), WARNING),
        ((59, 20), BAD),
        ((60, 19), BAD),
    ],
)
def test_the_size_of_the_window_is_judged(
    monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], state: CheckState
) -> None:
    assert at_terminal(monkeypatch, size)["terminal.size"].state is state


def test_the_least_size_is_that_of_the_desk() -> None:
    assert (LEAST_WIDTH, LEAST_HEIGHT) == terminal.LEAST


@pytest.mark.parametrize(("kind", "state"), [("xterm", OK), ("dumb", WARNING), ("", WARNING)])
def test_the_kind_of_terminal_is_judged(
    monkeypatch: pytest.MonkeyPatch, kind: str, state: CheckState
) -> None:
    assert at_terminal(monkeypatch, TERM=kind)["terminal.kind"].state is state


@pytest.mark.parametrize(
    ("encoding", "state"), [("utf-8", OK), ("UTF8", OK), ("ascii", WARNING), ("iso8859-1", WARNING)]
)
def test_letters_other_than_utf_8_are_warned_of(
    monkeypatch: pytest.MonkeyPatch, encoding: str, state: CheckState
) -> None:
    assert at_terminal(monkeypatch, out=Stream(encoding))["terminal.encoding"].state is state


def test_no_color_and_locale_are_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "terminal.colours" not in at_terminal(monkeypatch)
    found = at_terminal(monkeypatch, NO_COLOR="1", LC_ALL="C\x1b")
    assert found["terminal.colours"].state is OK
    assert found["terminal.locale"].finding == say(
        "doctor.terminal.locale", locale="C\N{REPLACEMENT CHARACTER}", lang="nl"
    )


def test_output_that_is_no_terminal_has_neither_kind_nor_size(monkeypatch: pytest.MonkeyPatch) -> None:
    found = at_terminal(monkeypatch, out=Stream(terminal=False))
    assert found["terminal.kind"].finding == say("doctor.terminal.none")
    assert "terminal.size" not in found


def test_a_library_that_is_missing_is_bad_and_one_of_an_extra_is_not_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    needed = ["msgspec>=0.22", "specimen-needed>=1", "specimen-extra>=1; extra == 'hub'"]
    monkeypatch.setattr(versions, "requires", lambda _name: needed)
    found = {check.id: check.state for check in versions.checks()}
    assert found == {
        "program.idtui": OK,
        "program.python": OK,
        "program.msgspec": OK,
        "program.specimen-needed": BAD,
    }


def test_what_the_command_adds_comes_first(reader_in_order: None, tmp_path: Path) -> None:
    first = ok("program.first", say("saved"))
    found = examine.checks(Config(store=tmp_path), None, Examination("program", lambda: [first]))
    assert [check.id for check in found[:3]] == ["program.first", "clock.machine", "reader.service"]


def test_after_wrong_passphrases_doctor_says_that_it_did_not_wait(
    idtui: Idtui, store: Store, reader_in_order: None
) -> None:
    idtui("record", *store, stdin=CLAIM)
    tries = Path(store[1]) / "tries"
    tries.write_text("4")
    found = document(idtui("doctor", *store, "--json"))
    assert found["journal.passphrase"]["state"] == "warning"
    assert "waits 2 s" in str(found["journal.passphrase"]["finding"])
    assert "chain whole" in str(found["journal.entries"]["finding"])
    assert tries.read_text() == "4"
