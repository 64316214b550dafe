import os
import re
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from cli_calls import PASSPHRASE

PATTERN = Path("/proc/sys/kernel/core_pattern")
CLAIM = b'{"niss": "85073003328", "means": "eid", "entry": "manual", "reason": "pre.reader_unavailable"}\n'
UNLIMITED = ["sh", "-c", 'ulimit -S -c "$(ulimit -H -c)"; exec "$@"', "sh"]
LOOK = """
import ctypes, sys
from idtui import __main__ as program
get = lambda: ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)
before = get()
sys.argv = ["idtui", "keys"]
program.main()
print(before, get())
"""
CRASH = "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"


def cores(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.startswith("core")]


def crashed(command: list[str], folder: Path, stdin: bytes = b"") -> None:
    """Run a program that is ended by SIGSEGV after its first answer line."""
    with subprocess.Popen(
        [*UNLIMITED, *command], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdin
        assert child.stdout
        child.stdin.write(stdin)
        child.stdin.flush()
        if stdin:
            assert child.stdout.readline()
            limits = Path(f"/proc/{child.pid}/limits").read_text()
            assert re.search(r"^Max core file size +0 +0 ", limits, re.MULTILINE)
            os.kill(child.pid, signal.SIGSEGV)
    assert child.returncode == -signal.SIGSEGV


def test_a_crash_leaves_no_core_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(PASSPHRASE.text)
    record = [sys.executable, "-m", "idtui", "record", "--store", str(tmp_path / "store")]
    crashed([*record, "--passphrase-file", str(tmp_path / "secret")], tmp_path, CLAIM)
    assert cores(tmp_path) == []


def test_a_program_without_that_care_leaves_one(tmp_path: Path) -> None:
    """The test above could fail: here a crash does leave a core file."""
    if PATTERN.read_text().startswith(("|", "/")):
        pytest.skip("core files of this machine go elsewhere")
    if resource.getrlimit(resource.RLIMIT_CORE)[1] == 0:
        pytest.skip("this machine allows no core file at all")
    crashed([sys.executable, "-c", CRASH], tmp_path)
    assert cores(tmp_path)


def test_no_other_process_of_the_account_may_look_into_the_memory() -> None:
    done = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "1 0"
