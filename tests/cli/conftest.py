from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest
from cli_calls import PASSPHRASE, Idtui, Ran

from idtui.cli import run
from idtui.seal.passphrase import LEAST


@pytest.fixture
def idtui(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Idtui:
    """Run a command in this process on a store of its own, in English, without the user's configuration."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr("idtui.cli.passphrase.COST", LEAST)
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    for name in ("LC_ALL", "LC_MESSAGES", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)

    def call(*argv: str, stdin: bytes = b"") -> Ran:
        monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(stdin)))
        try:
            code = run([*argv])
        except SystemExit as ended:  # argparse ends by itself on wrong usage and --help
            code = int(ended.code or 0)
        out, err = capfd.readouterr()
        return Ran(code, out, err)

    return call


@pytest.fixture
def store(tmp_path: Path) -> tuple[str, ...]:
    """Name a store that is not there yet, and its passphrase."""
    secret = tmp_path / "passphrase"
    secret.write_text(PASSPHRASE.text + "\n", encoding="utf-8")
    return ("--store", str(tmp_path / "store"), "--passphrase-file", str(secret))
