import ast
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from terminal_session import Terminal

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted((ROOT / "idtui").rglob("*.py"))
TRACKED = subprocess.run(
    ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
    cwd=ROOT,
    capture_output=True,
    text=True,
    check=False,
).stdout.splitlines()


def name_of(module: Path) -> str:
    return str(module.relative_to(ROOT))


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_a_module_says_what_it_is_for_and_fits_in_a_head(module: Path) -> None:
    source = module.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(source)), "no docstring"
    assert source.startswith('"""'), "the first line says what the module is for"
    assert len(source.splitlines()) <= 400


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_names_say_what_is_inside(module: Path) -> None:
    assert not {"utils", "helpers", "manager", "misc", "common"} & set(module.with_suffix("").parts)


@pytest.mark.skipif(not TRACKED, reason="not a git checkout")
def test_no_committed_file_holds_an_address_of_a_package_index() -> None:
    locks = [ROOT / name for name in TRACKED if re.match(r"requirements.*\.(txt|in)$", name)]
    assert len(locks) >= 3
    for lock in locks:
        text = lock.read_text(encoding="utf-8")
        assert not re.search(r"://|--(extra-)?index|--default-index|--find-links", text), lock
    forbidden = {"uv.lock", "package-lock.json", "npm-shrinkwrap.json", "poetry.lock", "pip.conf"}
    assert not forbidden & {Path(name).name for name in TRACKED}


def test_the_base_install_stays_small() -> None:
    wanted, found = ["idtui"], set[str]()
    while wanted:
        name = canonicalize_name(wanted.pop())
        if name not in found:
            found.add(name)
            asked = (Requirement(line) for line in metadata.requires(name) or ())
            wanted += [one.name for one in asked if not one.marker or one.marker.evaluate({"extra": ""})]
    assert 10 < len(found - {"idtui"}) <= 32


def loaded_by(*arguments: str) -> set[str]:
    """Return the top-level modules in memory after a command line ran."""
    code = (
        "import sys, runpy, contextlib, io\n"
        f"sys.argv = ['idtui', *{arguments!r}]\n"
        "out = io.StringIO()\n"
        "quiet = contextlib.redirect_stdout(out), contextlib.redirect_stderr(out)\n"
        "with contextlib.suppress(SystemExit), quiet[0], quiet[1]:\n"
        "    runpy.run_module('idtui', run_name='__main__')\n"
        "print('\\n'.join(sorted(sys.modules)))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return set(result.stdout.split())


HEAVY = {
    "textual",
    "rich",
    "tinydb",
    "smartcard",
    "cryptography",
    "httpx",
    "sqlalchemy",
    "uvicorn",
    "starlette",
}


@pytest.mark.parametrize(
    ("arguments", "allowed"),
    [
        (("--help",), set()),
        (("keys",), set()),
        (("card", "--help"), set()),
        (("sync", "--help"), set()),
        (("doctor", "--help"), set()),
        (("list", "--store", "/nonexistent/idtui"), {"cryptography"}),
        (("hub", "status", "--database", "sqlite:///nonexistent/hub.sqlite"), {"sqlalchemy"}),
    ],
)
def test_a_command_loads_only_the_rooms_it_needs(arguments: tuple[str, ...], allowed: set[str]) -> None:
    assert loaded_by(*arguments) & HEAVY <= allowed


LATE = {
    *(
        "smartcard",
        "tinydb",
        "httpx",
        "joserfc",
        "PIL",
        "zxingcpp",
        "pyzbar",
        "segno",
        "holidays",
        "zoneinfo",
    ),
    *("tomllib", "uvicorn", "starlette", "sqlalchemy"),
    *("cryptography.x509", "cryptography.hazmat.primitives.asymmetric"),
    *("idtui.devices.pcsc", "idtui.devices.eid", "idtui.sync.session", "idtui.hub", "idtui.training"),
}
"""What a desk loads only behind its first picture, or when it is asked for."""

UNTIL_ITS_PICTURE = """
import os, sys
from pathlib import Path
from idtui.__main__ import main
from idtui.bootstrap import desks

def run_until_shown(desk, *others):
    from idtui.ui.screens.desk import DeskScreen

    def started(screen):
        Path(os.environ["TOLD"]).write_text("\\n".join(sys.modules))
        screen.app.leave(0)

    DeskScreen._start = started
    return shown(desk, *others)

shown, desks._run = desks._run, run_until_shown
sys.exit(main())
"""
"""The real desk, ended when its first picture is up, behind which it would start its devices."""


def test_a_desk_shows_its_first_picture_before_it_loads_what_can_come_later(tmp_path: Path) -> None:
    (tmp_path / "passphrase").write_text("specimen\n", encoding="utf-8")
    options = ["--store", str(tmp_path / "desk"), "--passphrase-file", str(tmp_path / "passphrase")]
    command = [sys.executable, "-c", UNTIL_ITS_PICTURE, "desk", "--lang", "en", *options]
    environment = {"TOLD": str(tmp_path / "told"), "XDG_CONFIG_HOME": str(tmp_path)}
    with Terminal(command, environment=environment) as terminal:
        assert terminal.wait() == 0
    loaded = set((tmp_path / "told").read_text(encoding="utf-8").split())
    assert {"textual.app", "idtui.store.desk_store", "idtui.desk.locking"} <= loaded
    assert LATE & loaded == set()


@pytest.mark.parametrize(
    ("room", "statement"),
    [
        ("domain/niss.py", "import socket"),
        ("domain/ladder.py", "import idtui.desk.service"),
        ("desk/service.py", "import idtui.store"),
        ("store/__init__.py", "import textual"),
        ("sync/__init__.py", "import idtui.store"),
        ("words/__init__.py", "import tinydb"),
        ("ui/__init__.py", "import idtui.devices"),
        ("training/__init__.py", "import smartcard"),
    ],
)
def test_a_planted_forbidden_import_breaks_a_contract(room: str, statement: str, tmp_path: Path) -> None:
    for module in MODULES:
        copy = tmp_path / module.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(module.read_text(encoding="utf-8"), encoding="utf-8")
    planted = tmp_path / "idtui" / room
    planted.write_text(planted.read_text(encoding="utf-8") + f"\n{statement}\n", encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lint = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    environment = {"PYTHONPATH": str(tmp_path), "PATH": "/usr/bin:/bin"}
    result = subprocess.run(lint, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode != 0
    assert "BROKEN" in result.stdout
