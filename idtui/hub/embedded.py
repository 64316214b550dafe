"""A hub inside this process, for training mode and tests: own thread, free port, database of its own."""

import tempfile
import threading
from dataclasses import replace
from pathlib import Path

from idtui.domain.text import say
from idtui.hub.database import Database, HubStatus
from idtui.hub.errors import HubUnavailable
from idtui.hub.itsme.redirect import Line
from idtui.hub.itsme.relay import RedirectRelay
from idtui.hub.itsme.transactions import Transactions
from idtui.hub.server import Service, hub_of, opened, port_of, server
from idtui.hub.watch import Board, Log, Watch

_SECONDS_TO_START = 10.0


class EmbeddedHub:
    """A hub from `start` to `stop`; what it took is gone with `stop`. Training asks for no tokens."""

    def __init__(
        self,
        *,
        training: bool = True,
        tokens: bool = False,
        log: Log | None = None,
        itsme: Path | None = None,
    ) -> None:
        self._training = training
        self._tokens = tokens
        self._log = log
        self._itsme = itsme
        self._port = 0
        self._line: Line | None = None

    @property
    def url(self) -> str:
        """Where desks send their batches."""
        return f"http://127.0.0.1:{self._port}/fhir"

    def simulate(self, line: Line) -> None:
        """Await phones through a simulated itsme instead of a contract; before `start`."""
        self._line = line

    def start(self) -> None:
        """Begin to take batches; raises `HubUnavailable`."""
        self._folder = tempfile.TemporaryDirectory(prefix="idtui-hub-")
        service = Service(
            f"sqlite:///{Path(self._folder.name) / 'hub.db'}",
            training=self._training,
            tokens=self._tokens,
            itsme=self._itsme,
        )
        self._database = Database(service.database)
        self._listening = opened(service)
        self._port = port_of(self._listening)
        started = threading.Event()
        self.hub = hub_of(service, self._database, Watch(Board(), log=self._log), self._port)
        if self._line:
            relay = RedirectRelay(Transactions(self._database), self._line, f"http://127.0.0.1:{self._port}")
            self.hub = replace(self.hub, itsme=relay)
        self._server = server(self.hub, started.set, service)
        self._thread = threading.Thread(
            target=self._server.run, args=([self._listening],), name="hub", daemon=True
        )
        self._thread.start()
        if not started.wait(_SECONDS_TO_START):
            self.stop()
            raise HubUnavailable(say("hub.does_not_start"))

    def status(self) -> HubStatus:
        """Count what it holds."""
        return self._database.status()

    def stop(self) -> None:
        """End the server and remove its database."""
        self._server.should_exit = True
        self._thread.join()
        self._listening.close()
        self._database.close()
        self._folder.cleanup()
