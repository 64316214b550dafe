"""A hub inside this process, for training mode and tests: own thread, free port, database of its own."""

import tempfile
import threading
from pathlib import Path

from idtui.domain.text import say
from idtui.hub.database import Database, HubStatus
from idtui.hub.errors import HubUnavailable
from idtui.hub.intake import Intake
from idtui.hub.server import listen, port_of, server

_SECONDS_TO_START = 10.0


class EmbeddedHub:
    """A hub from `start` to `stop`; what it took is gone with `stop`."""

    def __init__(self, *, training: bool = True) -> None:
        self._training = training
        self._port = 0

    @property
    def url(self) -> str:
        """Where desks send their batches."""
        return f"http://127.0.0.1:{self._port}/fhir"

    def start(self) -> None:
        """Begin to take batches; raises `HubUnavailable`."""
        self._folder = tempfile.TemporaryDirectory(prefix="idtui-hub-")
        self._database = Database(f"sqlite:///{Path(self._folder.name) / 'hub.db'}")
        self._listening = listen("127.0.0.1", 0)
        self._port = port_of(self._listening)
        started = threading.Event()
        self._server = server(Intake(self._database, self._training), started.set)
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
