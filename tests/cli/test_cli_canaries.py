"""A thousand patients are recorded, the desk crashes on one of them, and no trace may be legible anywhere."""

import base64
import codecs
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_calls import PASSPHRASE
from terminal_session import Terminal

from idtui.domain.niss import check_number

CANARIES = 1_000
NAME, NUMBER = "CANARY", "850730"
"""How every name and every NISS begins: to search for these finds any of them."""

CRASHING = """
import sys
from idtui.desk.service import Desk

def broken(desk, *given):
    patient = desk._journal.entries()[-1]
    name, niss = patient.name, patient.niss
    raise RuntimeError(f"{name} {niss}")

Desk.key = broken
from idtui.__main__ import main
sys.exit(main())
"""


def claims() -> Iterator[str]:
    for number in range(CANARIES):
        nine = int(NUMBER) * 1000 + number
        niss = f"{nine}{check_number(nine, born_2000_or_later=False):02}"
        yield (
            f'{{"niss": "{niss}", "name": "{NAME}{number:04}", "means": "eid", "entry": "manual", '
            '"reason": "pre.reader_unavailable"}\n'
        )


def written(text: str) -> Iterator[bytes]:
    """Yield the text as UTF-8, UTF-16, hexadecimal and base64 hold it, at any place in what is encoded."""
    plain = text.encode()
    yield plain
    for encoding in ("utf-16-le", "utf-16-be"):
        yield text.encode(encoding)
    for hexadecimal in (plain.hex(), text.encode("utf-16-le").hex()):
        yield from (hexadecimal.encode(), hexadecimal.upper().encode())
    for before in range(3):
        first, last = -(-before * 8 // 6), (before + len(plain)) * 8 // 6
        yield base64.b64encode(bytes(before) + plain)[first:last]


FORMS = tuple(form for text in (NAME, NUMBER) for form in written(text))


def traces(content: bytes) -> list[bytes]:
    return [form for form in FORMS if form in content]


@pytest.mark.parametrize("text", [f"{NAME}0007", f"{NUMBER}00788"])
def test_the_search_finds_a_canary_however_it_is_written(text: str) -> None:
    around = f"x{{{text}}}".encode()
    hidden = [around, around.decode().encode("utf-16"), codecs.encode(around, "hex")]
    hidden += [base64.b64encode(bytes(shift) + around) for shift in range(3)]
    assert all(traces(content) for content in hidden)
    assert not traces(os.urandom(1_000_000))


def test_no_patient_is_legible_in_any_file_or_after_a_crash(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(PASSPHRASE.text)
    places = {name: str(tmp_path / name) for name in ("HOME", "TMPDIR", "XDG_STATE_HOME", "XDG_CACHE_HOME")}
    for place in places.values():
        Path(place).mkdir()
    options = ["--store", str(tmp_path / "store"), "--passphrase-file", str(secret), "--lang", "en"]
    recorded = subprocess.run(
        [sys.executable, "-m", "idtui", "record", *options],
        input="".join(claims()),
        env={**os.environ, **places},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert recorded.stdout.count(NAME) == CANARIES, "record answers with what it kept"
    assert not traces(recorded.stderr.encode())
    with Terminal([sys.executable, "-c", CRASHING, "desk", *options], environment=places) as terminal:
        terminal.until_text("TO SEND")
        terminal.send("h")
        assert terminal.wait() == 1
        assert b"RuntimeError" in terminal.output
        assert not traces(terminal.output)
    files = [path for path in tmp_path.rglob("*") if path.is_file() and path != secret]
    assert {path.name for path in files} >= {"keys", "segment-00000001"}
    assert {path.name: traces(path.read_bytes()) for path in files if traces(path.read_bytes())} == {}
