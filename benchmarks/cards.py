"""Reading a card through the real pcscd and a zero-delay virtual reader: what we add, and beside peers.

The rows "at real byte times" are calculated (the bytes on the contacts at the speed of the card's answer to
reset, see `byte_times`) plus measured (what our program adds to its bare APDU loop). No real card was read.
"""

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.row import Row, not_run
from idtui.training import pcscd
from idtui.training.authority import Applet, TrainingAuthority
from idtui.training.cards import GOOD, make_card
from idtui.training.pcscd import PrivatePcscd
from idtui.training.people import GEDEON

ROUNDS = 100
"""Readings a median is taken of."""

STARTS = 7
"""Whole processes a median is taken of."""

LOOP = Path(__file__).with_name("card_loop.py")
LIMIT = 120.0

EXTRAS = {"address": "address extra", "photo": "photo of 3,000 bytes extra"}

OURS = """
import sys
from datetime import date
from pathlib import Path
from idtui.devices.eid import Trust
from idtui.devices.once import read_once
from idtui.devices.pcsc import PcscCards
cards = PcscCards(Trust.pinned().with_root(Path(sys.argv[1]).read_bytes()), date.today)
assert read_once(cards, 5.0, address=True).reading.verdict.verified
"""
PYTHONBEID = """
from pythonbeid import CardReader
with CardReader() as reader:
    assert reader.read_informations()["national_number"]
"""


def rows() -> list[Row]:
    """Measure, and return the rows; a missing part gives a row that says so."""
    if reason := pcscd.missing():
        return [not_run("card read", reason)]
    authority = TrainingAuthority()
    return [row for applet in GOOD for row in _of_applet(authority, applet)]


def _of_applet(authority: TrainingAuthority, applet: Applet) -> list[Row]:
    """Measure the card of one applet in a daemon of its own, which has seen no other."""
    name = f"applet {applet}"
    with tempfile.TemporaryDirectory(prefix="idtui-") as folder:
        root = Path(folder) / "root.der"
        root.write_bytes(authority.signers(applet).root.der)
        daemon = PrivatePcscd(Path(folder))
        daemon.start()
        try:
            daemon.slots[0].insert(make_card(authority, GOOD[applet], GEDEON, datetime.now(UTC).date()))
            return [*_readings(name, daemon, root), *_whole_processes(name, daemon, root)]
        finally:
            daemon.slots[0].remove()
            daemon.stop()


def _readings(name: str, daemon: PrivatePcscd, root: Path) -> list[Row]:
    command = [sys.executable, "-m", f"benchmarks.{LOOP.stem}", str(ROUNDS), str(root)]
    finished = subprocess.run(
        command, env=daemon.environment, capture_output=True, text=True, timeout=LIMIT, check=True
    )
    measured = json.loads(finished.stdout)
    identity, proof = measured["identity"], measured["proof"]
    full, bare = identity["full"], identity["bare"]
    found = [
        Row(
            name=f"card read, verified, root cached, {name}: over the bare APDU loop",
            ours=full - bare,
            unit="ms",
            peer="bare APDU loop of the same commands",
            peer_value=bare,
            ratio=full / bare,
            goal="<= 5 ms over it",
        ),
        Row(
            name=f"APDUs for identity, signature and certificate, {name}",
            ours=identity["apdus"],
            unit="APDUs",
            goal="<= 12",
        ),
        _at_byte_times(f"card read, verified, root cached, {name}", identity, "<= 15 % over it"),
        *(
            _at_byte_times(f"{title}, {name}, {measured[part]['apdus']} APDUs", measured[part])
            for part, title in EXTRAS.items()
        ),
    ]
    if proof["apdus"] > identity["apdus"]:
        found.append(_at_byte_times(f"card read with the proof of the chip, {name}", proof))
    return found


def _at_byte_times(name: str, part: dict[str, float], goal: str = "") -> Row:
    """Return the row of a part on a real card: the time of its bytes, and what our program adds."""
    wire = part["wire"] * 1000
    ours = wire + max(0.0, part["full"] - part["bare"])
    usb = f"with 6 ms per APDU for USB {(wire + part['usb'] * 1000):.0f} ms"
    return Row(
        name=f"{name}: at real byte times, calculated + measured ({usb})",
        ours=ours,
        unit="ms",
        peer="bytes on the contacts, calculated",
        peer_value=wire,
        ratio=ours / wire,
        goal=goal,
    )


def _whole_processes(name: str, daemon: PrivatePcscd, root: Path) -> list[Row]:
    """Compare whole programs: ours verifies identity and address, the peers verify nothing."""
    title = f"start, read identity and address, end, {name}"
    ours = _median_run(daemon, [sys.executable, "-c", OURS, str(root)])
    peers: dict[str, list[str]] = {"pythonbeid": [sys.executable, "-c", PYTHONBEID]}
    if eidenv := shutil.which("eidenv"):
        peers["OpenSC eidenv"] = [eidenv]
    found = []
    for peer, command in peers.items():
        theirs = _median_run(daemon, command)
        found.append(
            Row(
                name=title,
                ours=ours,
                unit="ms",
                peer=f"{peer} (verifies nothing)",
                peer_value=theirs,
                ratio=ours / theirs,
            )
        )
    if eidenv is None:
        found.append(not_run(f"{title}, beside OpenSC eidenv", "eidenv is not installed"))
    return found


def _median_run(daemon: PrivatePcscd, command: Sequence[str]) -> float:
    """Return the median milliseconds of a whole process; eidenv ends 1 after every Belgian card it read."""
    taken = []
    for _ in range(STARTS):
        begun = time.perf_counter()
        finished = subprocess.run(
            command, env=daemon.environment, capture_output=True, timeout=LIMIT, check=False
        )
        taken.append(time.perf_counter() - begun)
        if b"Traceback" in finished.stderr or b"Failed" in finished.stderr:
            raise RuntimeError(f"{command[0]} did not read the card")
    return statistics.median(taken) * 1000


if __name__ == "__main__":
    for row in rows():
        print(row)
