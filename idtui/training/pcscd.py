"""A PC/SC daemon of our own with two virtual slots: for tests, benchmarks and a look with other programs.

It knows only the virtual reader, listens on a socket of its own and touches nothing of the machine's
daemon. Programs reach it with `PCSCLITE_CSOCK_NAME`, set before they load the PC/SC library.
"""

import errno
import os
import random
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from idtui.training.vpcd import VirtualSlot

DAEMON = "pcscd"
DRIVER = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")

PORTS = range(20_000, 32_000, 2)
"""Below the range from which systems lend ports to clients; the driver takes a pair."""

START = 5.0
"""Seconds allowed to the daemon to open its reader."""

STOP = 1.0
"""Seconds allowed to the daemon to end before it is killed."""

_HAND_OVER = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execvp(sys.argv[2], sys.argv[2:])
"""
"""The daemon takes its listening socket as file 3, as from systemd (sd_listen_fds(3))."""


def missing() -> str:
    """Name the part without which no private daemon can run, or return an empty string."""
    if shutil.which(DAEMON, path=_search_path()) is None:
        return "pcscd is not installed"
    if not DRIVER.exists():
        return "the virtual reader driver (vsmartcard-vpcd) is not installed"
    return ""


class PrivatePcscd:
    """The daemon and its two slots; `folder` is an existing private directory with a short path.

    Without `readers` it is a machine with the service and nothing plugged in.
    """

    def __init__(self, folder: Path, *, readers: bool = True) -> None:
        self._folder = folder.absolute()
        self.socket_path = str(self._folder / "pcscd.comm")
        self.log = self._folder / "pcscd.log"
        port = _free_pair()
        self.slots = (VirtualSlot(port), VirtualSlot(port + 1))
        self._port = port
        self._process: subprocess.Popen[bytes] | None = None
        conf = self._folder / "conf"
        conf.mkdir()
        self._readers = readers
        if not readers:
            return
        (conf / "vpcd").write_text(
            f'FRIENDLYNAME "Virtual reader {port}"\n'
            f"DEVICENAME /dev/null:0x{port:04X}\n"
            f"LIBPATH {DRIVER}\n"
            f"CHANNELID 0x{port:04X}\n"
        )

    @property
    def environment(self) -> dict[str, str]:
        """The environment for a program that is to use this daemon."""
        return {**os.environ, "PCSCLITE_CSOCK_NAME": self.socket_path}

    def start(self) -> None:
        """Start the daemon and wait until its reader is open. Raises `TimeoutError` with where its log is."""
        Path(self.socket_path).unlink(missing_ok=True)
        daemon = [DAEMON, "--foreground", "-c", str(self._folder / "conf")]
        with socket.socket(socket.AF_UNIX) as listener, self.log.open("ab") as log:
            listener.bind(self.socket_path)
            listener.listen(16)
            number = listener.fileno()
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and the system's daemon
                [sys.executable, "-c", _HAND_OVER, str(number), *daemon],
                pass_fds=[number],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, "PATH": _search_path()},
            )
        if self._readers:
            self._await_reader()

    def stop(self) -> None:
        """End the daemon, by force if it does not go by itself; its log stays."""
        self._end(subprocess.Popen.terminate)

    def kill(self) -> None:
        """End the daemon without warning, as a crash does."""
        self._end(subprocess.Popen.kill)

    def _end(self, signal: Callable[[subprocess.Popen[bytes]], None]) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        signal(process)
        try:
            process.wait(STOP)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _await_reader(self) -> None:
        deadline = time.monotonic() + START
        while _is_free(self._port):
            if time.monotonic() > deadline:
                raise TimeoutError(f"pcscd opened no reader; see {self.log}")
            time.sleep(0.01)


def _search_path() -> str:
    return os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin"))


def _free_pair() -> int:
    for port in random.sample(PORTS, len(PORTS)):
        if _is_free(port) and _is_free(port + 1):
            return port
    raise OSError(errno.EADDRINUSE, "no free pair of ports")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("", port))
        except OSError:
            return False
    return True
