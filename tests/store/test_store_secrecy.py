import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from idtui.domain.entries import Draft, Parked, Verification
from idtui.domain.niss import check_number
from idtui.seal.passphrase import LEAST, Passphrase
from idtui.store.desk_store import DeskStore, read_store

Open = Callable[[], DeskStore]
Make = Callable[[int], Verification]
CANARIES = 300
CLAIM = b'{"niss": "85073003328", "means": "eid", "entry": "manual", "reason": "pre.reader_unavailable"}\n'


def niss_of(number: int) -> str:
    nine = 850730000 + number
    return f"{nine}{check_number(nine, born_2000_or_later=False):02}"


def test_no_name_and_no_number_stands_in_any_file(folder: Path, opened: Open, verification: Make) -> None:
    canaries: list[str] = []
    store = opened()
    for number in range(1, CANARIES + 1):
        canaries += [name := f"CANARY{number:04}", niss := niss_of(number)]
        store.append(replace(verification(number), name=name, niss=niss))
        if number % 50 == 0:
            store.close()
            store = opened()
    head: dict[str, Any] = {
        "site": "",
        "desk": "d",
        "operator": "o",
        "recorded_at": verification(1).recorded_at,
    }
    draft = Draft(id="draft", sequence=store.next_sequence(), digits=canaries[1], **head)
    store.append(draft)
    store.append(
        Parked(id="parked", sequence=draft.sequence + 1, entry="x", status=400, words=canaries[0], **head)
    )
    store.rekey(Passphrase("other", LEAST))
    store.close()
    segment = folder / "segment-00000001"
    os.truncate(segment, len(segment.read_bytes().rstrip(b"\0")) - 1)
    read_store(folder, Passphrase("other", LEAST))
    for path in folder.iterdir():
        content = path.read_bytes()
        assert not [canary for canary in canaries if canary.encode() in content], path.name


@pytest.mark.real
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_saved_is_said_after_the_kernel_says_synced(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("a passphrase for tests")
    trace = tmp_path / "trace"
    command = [sys.executable, "-m", "idtui", "record", "--store", str(tmp_path / "store")]
    traced = ["strace", "-f", "-o", str(trace), "-e", "trace=pwrite64,fdatasync,write"]
    subprocess.run(
        [*traced, *command, "--passphrase-file", str(secret)],
        input=CLAIM * 3,
        capture_output=True,
        check=True,
    )
    calls = re.findall(r"(pwrite64|fdatasync|write)\((\d+)[^\n]*= (\d+)", trace.read_text(encoding="latin-1"))
    order = [name for name, descriptor, _ in calls if name != "write" or descriptor == "1"]
    once = [name for name, _ in groupby(order[order.index("fdatasync") + 1 :])]
    assert once == ["pwrite64", "fdatasync", "write"] * 3
