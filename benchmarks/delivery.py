"""A desk after a day offline: 10,000 entries delivered by `idtui sync`, and typing while that goes on.

The store is sealed, the hub a process of its own on SQLite, on the same machine. Typing is measured at the
real program on a pseudo-terminal: from the key written to the first byte that comes back.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from hub_serving import Serving, serving  # noqa: E402  # after the path is set
from terminal_session import Terminal  # noqa: E402  # likewise

from benchmarks.row import Row  # noqa: E402  # likewise
from benchmarks.terminal import CLAIM, IDTUI, UNLOCKED  # noqa: E402  # likewise

WAITING = 10_000
BATCH = 500
KEYS = 60
"""At most: what is typed once the last batch has gone is not counted."""

DIGITS = "0123456789"
PAUSE = 0.05
"""Seconds between two keys, as a person types."""


def rows() -> list[Row]:
    """Measure, and return the rows; about a minute."""
    return [_delivered(), *_typed()]


def _delivered() -> Row:
    with tempfile.TemporaryDirectory() as folder:
        store = _filled(Path(folder))
        with serving(f"sqlite:///{folder}/hub.db", "--without-tokens") as hub:
            began = time.perf_counter()
            command = [*IDTUI, "sync", *store, "--hub", f"{hub.base}/fhir", "--json"]
            done = subprocess.run(command, capture_output=True, check=True)
            taken = time.perf_counter() - began
            hub.end()
    assert json.loads(done.stdout) == {"received": WAITING, "parked": 0, "waiting": 0}
    return Row(f"{WAITING:,} waiting entries delivered after an offline day", taken, "s", goal="<= 15 s")


def _typed() -> list[Row]:
    """Return key to screen of the desk at rest and while it delivers, in one session each."""
    figures = {}
    for sending in (False, True):
        with (
            tempfile.TemporaryDirectory() as folder,
            serving(f"sqlite:///{folder}/hub.db", "--without-tokens") as hub,
        ):
            figures[sending] = _latencies(_filled(Path(folder)), hub, sending=sending)
            hub.end()
    rest, busy = (sorted(figures[sending]) for sending in (False, True))
    told = []
    for name, of in (("median", statistics.median), ("95 % within", _most)):
        ours, peer = of(busy) * 1000, of(rest) * 1000
        told.append(
            Row(
                f"key to screen while {WAITING:,} entries go, {name}",
                *(ours, "ms", "at rest", peer, ours / peer),
                goal=f"{len(busy)} keys before the last batch",
            )
        )
    return told


def _latencies(store: Sequence[str], hub: Serving, *, sending: bool) -> list[float]:
    configuration = Path(store[1]).with_name("config.toml")
    configuration.write_text(f'hub = "{hub.base}/fhir"\nundo_seconds = 3600\n', encoding="utf-8")
    command = [*IDTUI, "desk", *store, "--config", str(configuration)]
    environment = {"PCSCLITE_CSOCK_NAME": f"{store[1]}/no-service", "TEXTUAL_ANIMATIONS": "none"}
    with Terminal(command, environment=environment) as desk:
        desk.until_text("ctrl+q")
        desk.settle()
        if sending:
            desk.send("o")
        desk.send("n")
        desk.settle()
        taken = []
        for key in _keys():
            if sending and _sent(hub) == WAITING // BATCH:
                break
            taken.append(_key(desk, key))
        return taken


def _sent(hub: Serving) -> int:
    return sum('"route":"fhir"' in line for line in hub.lines)


def _keys() -> list[str]:
    """Return digits that are typed and taken back, so that no number becomes whole."""
    return [key for number in range(KEYS // 2) for key in (DIGITS[number % 10], "\x7f")]


def _key(desk: Terminal, key: str) -> float:
    before, began = len(desk.output), time.perf_counter()
    desk.send(key)
    desk.until(lambda: len(desk.output) > before, f"an answer to {key!r}")
    taken = time.perf_counter() - began
    desk.settle(PAUSE)
    return taken


def _filled(folder: Path) -> list[str]:
    """Make a store in which so many entries wait, and return the options that open it."""
    secret = folder / "secret"
    secret.write_text("only for this benchmark\n", encoding="utf-8")
    store = ["--store", str(folder / "store"), "--passphrase-file", str(secret), "--lang", "en"]
    subprocess.run([*UNLOCKED, "record", *store], input=CLAIM * WAITING, capture_output=True, check=True)
    return store


def _most(figures: Sequence[float]) -> float:
    return figures[int(len(figures) * 0.95)]


if __name__ == "__main__":
    for row in rows():
        print(row)
