"""`idtui support`: useful to who helps, and nothing in it that could be a person, a secret or a path."""

import json
import stat
import zipfile
from pathlib import Path
from typing import Any

import pytest
from cli_calls import Idtui

from idtui.bootstrap import examine
from idtui.cli.exits import Exit
from idtui.cli.support import check_document, environment_document, settings_document
from idtui.config import Config
from idtui.desk.checks import bad, ok
from idtui.domain.text import say
from idtui.seal.recovery import new_pair

CANARIES = ("SPECIMENCANARY", "Gedeoncanary", "85073003328", "850730", "opcanary", "deskcanary", "usercanary")
SECRET = "passcanary and more words"
CLAIM = (
    b'{"niss": "85073003328", "means": "eid", "entry": "manual", "reason": "pre.reader_unavailable",'
    b' "name": "SPECIMENCANARY", "given_names": "Gedeoncanary"}\n'
)


def documents(file: Path) -> dict[str, Any]:
    with zipfile.ZipFile(file) as archive:
        return {name: json.loads(archive.read(name)) for name in archive.namelist()}


def content(file: Path) -> bytes:
    with zipfile.ZipFile(file) as archive:
        return b"\n".join(
            [*map(str.encode, archive.namelist()), *(archive.read(one) for one in archive.namelist())]
        )


@pytest.fixture
def used_desk(idtui: Idtui, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """A desk whose every free text is a canary, with a torn frame and a recovery key."""
    monkeypatch.setattr(examine, "_reader_checks", lambda _config: [ok("reader.service", say("saved"))])
    home = tmp_path / "usercanary"
    home.mkdir()
    for name in ("HOME", "USER", "LOGNAME", "SSH_CONNECTION", "LC_ALL", "TERM"):
        monkeypatch.setenv(name, f"{home}/opcanary")
    (tmp_path / "passphrase").write_text(SECRET)
    (tmp_path / "public.pem").write_text(new_pair()[1])
    (tmp_path / "config.toml").write_text(
        f"desk = 'deskcanary'\noperator = 'opcanary'\nstore = '{home}/store'\nhub = 'http://127.0.0.1:9/opcanary'\n"
        f"reader = 'opcanary'\nroots = ['{home}/usercanary.der']\nundo_seconds = 7\n"
    )
    options = ("--config", str(tmp_path / "config.toml"), "--passphrase-file", str(tmp_path / "passphrase"))
    assert idtui("record", *options, stdin=CLAIM * 2 + b"{}\n").code == Exit.USAGE
    change = ("--new-passphrase-file", str(tmp_path / "passphrase"))
    key = ("--recovery-key", str(tmp_path / "public.pem"))
    assert idtui("journal", "rekey", *options, *change, *key).code == Exit.DONE
    (home / "store" / "torn-00000001-1").write_bytes(b"torn")
    (home / "store" / "opcanary").touch(0o600)
    return options


@pytest.mark.parametrize("unlocked", [True, False])
def test_no_person_no_secret_and_no_path_gets_in(
    idtui: Idtui, used_desk: tuple[str, ...], tmp_path: Path, unlocked: bool
) -> None:
    file = tmp_path / "bundle.zip"
    options = used_desk if unlocked else used_desk[:2]
    assert idtui("support", *options, "--output", str(file)).code == Exit.DONE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    inside = content(file)
    keys = Path(tmp_path / "usercanary/store/keys").read_bytes()
    sealed = [part for part in keys.split(b'"') if len(part) > 30]
    assert sealed
    for secret in (*map(str.encode, CANARIES), b"passcanary", b"BEGIN", bytes(tmp_path), *sealed):
        assert secret not in inside, secret
    found = documents(file)
    assert found["store.json"]["entries"] == ({"verification": 2} if unlocked else "locked")
    assert len(json.dumps(found)) > 2000, "it says something"


def test_it_tells_versions_checks_settings_and_shapes(
    idtui: Idtui, used_desk: tuple[str, ...], tmp_path: Path
) -> None:
    file = tmp_path / "bundle.zip"
    ran = idtui("support", *used_desk, "--output", str(file), "--json")
    assert ran.lines == [{"file": str(file)}]
    found = documents(file)
    assert "textual" in found["program.json"]["packages"]
    assert found["configuration.json"]["undo_seconds"] == 7
    assert (found["configuration.json"]["hub"], found["configuration.json"]["site"]) == ("set", "not set")
    (segment,) = found["store.json"]["segments"]
    assert segment["frames"] == {"entry": 2, "open": 1}
    assert (found["store.json"]["torn"], found["store.json"]["unknown"]) == ([4], 1)
    assert found["store.json"]["mode"] == "0700"
    checks = {check["id"]: check for check in found["doctor.json"]}
    assert checks["program.idtui"]["with"]["name"] == "idtui"
    assert checks["store.directory"]["with"] == {"directory": "..."}
    assert checks["terminal.locale"]["with"] == {"locale": "...", "lang": "fr"}
    assert found["terminal.json"]["TERM"] == "strange"


def test_a_file_that_is_there_is_not_overwritten_and_no_store_is_no_hindrance(
    idtui: Idtui, used_desk: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "bundle.zip"
    file.write_text("mine")
    assert idtui("support", *used_desk, "--output", str(file)).code == Exit.USAGE
    assert file.read_text() == "mine"
    monkeypatch.chdir(tmp_path)
    ran = idtui("support", *used_desk, "--store", str(tmp_path / "none"))
    (made,) = tmp_path.glob("idtui-support-*.zip")
    assert (ran.code, made.name in ran.out) == (Exit.DONE, True)
    assert documents(made)["store.json"] == {"unreadable": "FileNotFoundError"}


def test_only_what_is_known_to_be_harmless_is_said() -> None:
    nested = bad(
        "journal.entries", say("saved", time="SPECIMEN", why=say("failure.removed"), n=3), say("saved")
    )
    assert check_document(nested)["with"] == {"time": "...", "why": "failure.removed", "n": 3}
    settings = settings_document(Config(operator="SPECIMEN", lang="fr", roots=("x",)))
    assert (settings["operator"], settings["lang"], settings["roots"]) == ("set", "fr", "set")
    given = {"TERM": "xterm", "LANG": "SPECIMEN someone", "USER": "SPECIMEN"}
    told = environment_document(given)
    told.pop("terminals")
    assert told == {"TERM": "xterm", "LANG": "strange", "ssh": False, "tmux": False}
