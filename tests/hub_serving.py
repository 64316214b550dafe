"""`idtui hub serve` as a process of its own, and waiting for what no event tells of."""

import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

PATIENCE = 60.0


class Serving:
    """`idtui hub serve` as a process of its own, its standard error read as it comes."""

    def __init__(self, database: str, *options: str) -> None:
        command = [sys.executable, "-m", "idtui", "hub", "serve", "--database", database, "--port", "0"]
        self.process = subprocess.Popen(
            [*command, *options, "--lang", "en"], stderr=subprocess.PIPE, text=True
        )
        self.lines: list[str] = []
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._read)
        self._thread.start()
        assert self._ready.wait(PATIENCE), self.lines

    @property
    def base(self) -> str:
        return next(match[1] for line in self.lines if (match := re.search(r"(https?://\S+)/fhir", line)))

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append(line)
            if "/fhir" in line and "Receiving" in line:
                self._ready.set()
        self._ready.set()

    def workers(self) -> set[int]:
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return {int(pid) for pid in path.read_text().split()}

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        code = self.process.wait(PATIENCE)
        self._thread.join(PATIENCE)
        assert self.process.stderr is not None
        self.process.stderr.close()
        return code


@contextmanager
def serving(database: str, *options: str) -> Iterator[Serving]:
    hub = Serving(database, *options)
    try:
        yield hub
    finally:
        if hub.process.poll() is None:
            hub.end(signal.SIGKILL)


def replaced(hub: Serving, victim: int) -> bool:
    return len(hub.workers() - {victim}) == 2


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds that no event tells of, with a deadline."""
    waiting = threading.Event()
    for _ in range(int(PATIENCE / 0.05)):
        if holds():
            return
        waiting.wait(0.05)
    raise AssertionError("did not come to hold")
