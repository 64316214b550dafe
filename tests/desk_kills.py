"""A desk of real processes that records and sends, killed at drawn moments, and what must hold after."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from hub_serving import PATIENCE, Serving, until

from idtui.domain.entries import Receipts, Verification
from idtui.hub.database import Database
from idtui.hub.desks import Desks, State
from idtui.seal.passphrase import LEAST, Passphrase
from idtui.store.desk_store import open_store, read_store

CLAIMS = 60
"""What a recording process is given to record: more than it lives to do."""

CLAIM = {"niss": "85073003328", "means": "eid", "entry": "manual", "reason": "pre.reader_unavailable"}
LONGEST_SENDING = 0.6
"""Seconds a sending process lives at most after it began to watch."""

TRIES = 10
"""Sendings at most until nothing waits."""


class _Now:
    def now(self) -> datetime:
        return datetime.now(UTC)


class KilledDesk:
    """One desk enrolled at a hub: `idtui record` and `idtui sync --watch`, each with a process of its own."""

    def __init__(self, folder: Path, hub: Serving, database: str) -> None:
        self._store = folder / "store"
        self._passphrase = Passphrase("a passphrase for tests", LEAST)
        self._secret = folder / "secret"
        self._secret.write_text("a passphrase for tests\n", encoding="utf-8")
        self._claims = folder / "claims"
        self._claims.write_text(f"{json.dumps(CLAIM)}\n" * CLAIMS, encoding="utf-8")
        self._hub = hub
        self._database = database
        self.acknowledged: set[str] = set()
        open_store(self._store, desk="desk-1", clock=_Now(), passphrase=self._passphrase).close()
        self._enrol()

    def record(self, answers: int) -> None:
        """Record, and kill the process some moment after so many answers; remember what was acknowledged."""
        with (
            self._claims.open("rb") as claims,
            subprocess.Popen(
                self._command("record", "--json"),
                stdin=claims,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            ) as process,
        ):
            assert process.stdout is not None
            lines = [process.stdout.readline() for _ in range(answers)]
            process.kill()
            lines += list(process.stdout)
        whole = [json.loads(line) for line in lines if line.endswith("\n")]
        self.acknowledged.update(told["id"] for told in whole)

    def send(self, seconds: float, meanwhile: Callable[[], None]) -> None:
        """Send, do something else meanwhile, and kill the process so many seconds after it began to watch."""
        with subprocess.Popen(
            self._command("sync", "--watch"), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        ) as process:
            assert process.stderr is not None
            process.stderr.readline()
            threading.Event().wait(seconds / 2)  # the moment of the kill is what is drawn
            meanwhile()
            threading.Event().wait(seconds / 2)
            process.kill()

    def deliver(self) -> None:
        """Send until nothing waits; what was killed may need a moment to be back."""
        for _ in range(TRIES):
            done = subprocess.run(
                self._command("sync"), capture_output=True, text=True, timeout=PATIENCE, check=False
            )
            if done.returncode == 0:
                return
        raise AssertionError(done.stderr)

    def check(self) -> tuple[int, int]:
        """Require every entry here, there and receipted exactly once; return how many, and acknowledged."""
        view = read_store(self._store, self._passphrase)
        entries = list(view.entries())
        made = {entry.id for entry in entries if isinstance(entry, Verification)}
        received = Counter(one for entry in entries if isinstance(entry, Receipts) for one in entry.entries)
        assert self.acknowledged <= made
        assert (list(view.unsent()), list(view.parked())) == ([], [])
        assert received == Counter(made)
        opened = Database(self._database)
        with opened.engine.connect() as connection:
            held = Counter(connection.exec_driver_sql("SELECT id FROM observation").scalars())
        opened.close()
        assert held == Counter(made)
        return len(made), len(self.acknowledged)

    def _enrol(self) -> None:
        asked = subprocess.run(
            self._command("sync", "--enrol", "--json"), capture_output=True, timeout=PATIENCE, check=False
        )
        opened = Database(self._database)
        Desks(opened).decide(json.loads(asked.stdout)["code"], State.APPROVED, "it-1")
        opened.close()

    def _command(self, *command: str) -> list[str]:
        where = ["--store", str(self._store), "--desk", "desk-1", "--passphrase-file", str(self._secret)]
        idtui = [sys.executable, "-m", "idtui", *command, *where, "--lang", "en"]
        return [*idtui, "--hub", f"{self._hub.base}/fhir"] if command[0] == "sync" else idtui


def kill_worker(hub: Serving, drawn: random.Random) -> Callable[[], None]:
    """Return what kills one worker of a hub."""

    def kill() -> None:
        until(lambda: bool(hub.workers()))
        os.kill(drawn.choice(sorted(hub.workers())), signal.SIGKILL)

    return kill


def kills(
    folder: Path,
    hub: Serving,
    database: str,
    *,
    rounds: int,
    seed: int,
    others: Sequence[Callable[[], None]] = (),
) -> str:
    """Kill a recording and a sending process each round, and one of the others; return counts.

    Raises AssertionError for anything lost or doubled.
    """
    drawn = random.Random(seed)
    desk = KilledDesk(folder, hub, database)
    idle: Sequence[Callable[[], None]] = [lambda: None]
    for _ in range(rounds):
        desk.record(drawn.randrange(1, CLAIMS // 2))
        desk.send(drawn.uniform(0, LONGEST_SENDING), drawn.choice([*idle, *others]))
    desk.deliver()
    made, acknowledged = desk.check()
    return f"{2 * rounds} kills of the desk, {made:,} entries, {acknowledged:,} of them acknowledged"
