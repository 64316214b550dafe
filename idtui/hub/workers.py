"""Several workers of one hub: processes that share the socket; one that dies is started again."""

import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from types import FrameType

from idtui.hub.database import Database
from idtui.hub.server import Service, opened, port_of, run_worker
from idtui.hub.watch import Board

_SECONDS_TO_END = 5.0
_SECONDS_BETWEEN_STARTS = 1.0
"""A worker that dies at once is not started again faster than this."""

_ENDINGS = (signal.SIGTERM, signal.SIGINT)
_FORK = multiprocessing.get_context("fork")


def supervise(service: Service, ready: Callable[[int], object]) -> None:
    """Run the workers of a service until SIGINT or SIGTERM, which ends this process too.

    `ready` is told the port once the first worker takes connections. Raises `HubUnavailable` as `serve`.
    """
    Database(service.database).close()  # what makes it unusable is said once, not by each worker
    with opened(service) as listening:
        supervisor = _Supervisor(service, listening)
        ended_by = supervisor.run(lambda: ready(port_of(listening)))
    signal.raise_signal(ended_by)


class _Supervisor:
    def __init__(self, service: Service, listening: socket.socket) -> None:
        self._service = service
        self._listening = listening
        self._board = Board(service.workers)
        self._workers: dict[int, BaseProcess] = {}
        self._started_at = dict.fromkeys(range(service.workers), 0.0)
        self._up, self._up_of_worker = _FORK.Pipe(duplex=False)
        # Workers read the end of this one: it ends with the supervisor, however that ends.
        self._alive, self._alive_of_supervisor = os.pipe()
        self._ending: int | None = None

    def run(self, ready: Callable[[], object]) -> signal.Signals:
        """Keep the workers alive until a signal, and return which."""
        woken, wake = os.pipe()
        os.set_blocking(wake, False)
        before_wake = signal.set_wakeup_fd(wake)
        before = {number: signal.signal(number, self._end) for number in _ENDINGS}
        try:
            self._keep(woken, ready)
        finally:
            self._stop()
            for number, handler in before.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(before_wake)
            for descriptor in (woken, wake, self._alive, self._alive_of_supervisor):
                os.close(descriptor)
        return signal.Signals(self._ending or signal.SIGTERM)

    def _keep(self, woken: int, ready: Callable[[], object]) -> None:
        waiting_for_first = True
        while self._ending is None:
            pause = self._start_missing()
            sentinels = [worker.sentinel for worker in self._workers.values()]
            happened = wait([woken, self._up, *sentinels], pause)
            if self._up in happened:
                self._up.recv_bytes()
                if waiting_for_first:
                    ready()
                waiting_for_first = False
            for number, worker in list(self._workers.items()):
                if worker.sentinel in happened:
                    worker.join()
                    del self._workers[number]

    def _start_missing(self) -> float | None:
        """Start the workers that are due, and return the seconds until the next one is; None for none."""
        soonest = None
        for number in self._started_at.keys() - self._workers.keys():
            due = self._started_at[number] + _SECONDS_BETWEEN_STARTS - time.monotonic()
            if due > 0:
                soonest = due if soonest is None else min(soonest, due)
                continue
            self._started_at[number] = time.monotonic()
            worker = _FORK.Process(target=self._work, args=(number,), name=f"hub-{number}")
            worker.start()
            self._workers[number] = worker
        return soonest

    def _work(self, number: int) -> None:
        """Be a worker."""
        signal.set_wakeup_fd(-1)
        for ending in _ENDINGS:
            signal.signal(ending, signal.SIG_DFL)
        os.close(self._alive_of_supervisor)
        threading.Thread(target=_end_with_supervisor, args=(self._alive,), daemon=True).start()
        run_worker(
            self._service, self._listening, self._board, number, lambda: self._up_of_worker.send_bytes(b"up")
        )

    def _stop(self) -> None:
        for worker in self._workers.values():
            worker.terminate()
        deadline = time.monotonic() + _SECONDS_TO_END
        for worker in self._workers.values():
            worker.join(max(0.0, deadline - time.monotonic()))
            if worker.is_alive():
                worker.kill()
                worker.join()

    def _end(self, number: int, _: FrameType | None) -> None:
        self._ending = number


def _end_with_supervisor(alive: int) -> None:
    os.read(alive, 1)
    os.kill(os.getpid(), signal.SIGTERM)
