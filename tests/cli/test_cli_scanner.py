"""`idtui doctor --scanner` on a pty."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from terminal_session import Terminal

NUMBER = "85073003328"

Doctor = Callable[..., Terminal]


@pytest.fixture
def doctor(tmp_path: Path) -> Doctor:
    """Start it with a configuration and a home of its own."""

    def start(*options: str, config: str = "") -> Terminal:
        (tmp_path / "config.toml").write_text(config, encoding="utf-8")
        command = [sys.executable, "-m", "idtui", "doctor", "--scanner", "--lang", "en"]
        terminal = Terminal([*command, "--config", str(tmp_path / "config.toml"), *options], size=(200, 30))
        terminal.until_text("Scan")
        return terminal

    return start


@pytest.mark.parametrize(
    ("came", "told"),
    [
        (f"]C0{NUMBER}\r", ("]C0", "85.**.**-***.**", "Code 128")),
        ('!(àè"àà""é!\r', ("85.**.**-***.**", "QWERTY")),
        ("85073003329\r", ("check",)),
        ("hello\t", ("no NISS", "Tab")),
    ],
)
def test_it_tells_what_arrived_and_what_the_desk_makes_of_it(
    doctor: Doctor, came: str, told: tuple[str, ...]
) -> None:
    with doctor() as terminal:
        terminal.send(came)
        assert terminal.wait() == 0
        for words in told:
            assert words in terminal.text()
        assert NUMBER not in terminal.text()


def test_a_layout_of_the_site_is_tried(doctor: Doctor) -> None:
    layout = '[[scan.layout]]\nname = "specimen"\npattern = "SP(?P<niss>[0-9]{11})[0-9]{5}"\n'
    with doctor(config=layout) as terminal:
        terminal.send(f"SP{NUMBER}12345\r")
        assert terminal.wait() == 0
        assert "specimen" in terminal.text()


def test_enter_alone_is_nothing_read(doctor: Doctor) -> None:
    with doctor() as terminal:
        terminal.send("\r")
        assert terminal.wait() == 5


def test_without_a_terminal_it_is_a_usage_error() -> None:
    command = [sys.executable, "-m", "idtui", "doctor", "--scanner", "--lang", "en"]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert "terminal" in done.stderr
