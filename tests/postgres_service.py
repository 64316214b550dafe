"""A private PostgreSQL on loopback: started, killed, followed by a standby and promoted."""

import os
import random
import select
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

import psycopg

PATIENCE = 60.0
ACCOUNT = "postgres"


def programs() -> Path | None:
    """Return the folder of the newest PostgreSQL of this machine."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    return found[-1] if found else None


class Postgres:
    """One server in a folder of its own. As root it runs as the user postgres, since it refuses root."""

    def __init__(self, standby_of: "Postgres | None" = None) -> None:
        found = programs()
        assert found is not None
        self._programs = found
        self.folder = Path(tempfile.mkdtemp(prefix="idtui-pg-"))
        self._data = self.folder / "data"
        self._account = ACCOUNT if os.geteuid() == 0 else None
        if self._account:
            shutil.chown(self.folder, ACCOUNT, ACCOUNT)
        self.port = _free_port()
        if standby_of is None:
            self._run(
                "initdb", "-D", str(self._data), "-A", "trust", "-U", ACCOUNT, "-E", "UTF8", "--no-sync"
            )
        else:
            source = f"host=127.0.0.1 port={standby_of.port} user={ACCOUNT} application_name=standby"
            self._run("pg_basebackup", "-D", str(self._data), "-d", source, "-R", "--no-sync", "-c", "fast")
        self.start()

    def start(self) -> None:
        """Start it and wait until it takes connections."""
        options = (
            f"-p {self.port} -c unix_socket_directories= -c listen_addresses=127.0.0.1 -c max_connections=200"
        )
        log = str(self.folder / "log")
        try:
            self._run("pg_ctl", "-D", str(self._data), "-o", options, "-l", log, "-w", "start")
        except subprocess.CalledProcessError:
            raise AssertionError(Path(log).read_text()[-2000:]) from None

    def kill(self) -> None:
        """End the server and all its processes as a kill -9 of each would."""
        server = self._pid()
        children = [int(pid) for pid in Path(f"/proc/{server}/task/{server}/children").read_text().split()]
        for pid in (server, *children):
            _signal(pid, signal.SIGKILL)
        for pid in (server, *children):
            _gone(pid)
        # Where nobody reaps orphans the dead server would be taken for a running one.
        (self._data / "postmaster.pid").unlink()

    def freeze(self, number: signal.Signals) -> None:
        """SIGSTOP or SIGCONT every process of it."""
        server = self._pid()
        children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
        for pid in (server, *map(int, children)):
            _signal(pid, number)

    def stop(self) -> None:
        """End it, whatever state it is in, and remove its folder."""
        if (self._data / "postmaster.pid").exists():
            self._run("pg_ctl", "-D", str(self._data), "-m", "immediate", "-w", "stop", check=False)
        shutil.rmtree(self.folder)

    def promote(self) -> None:
        """Make a standby the primary."""
        self._run("pg_ctl", "-D", str(self._data), "-w", "promote")

    def do(self, statement: str) -> list[tuple[object, ...]]:
        """Run one statement as its owner, outside a transaction; return the rows."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def url(self, database: str) -> str:
        """Return the address of a database of it."""
        return f"postgresql://{ACCOUNT}@127.0.0.1:{self.port}/{database}"

    def _pid(self) -> int:
        return int((self._data / "postmaster.pid").read_text().split("\n")[0])

    def _run(self, program: str, *arguments: str, check: bool = True) -> None:
        subprocess.run(
            [str(self._programs / program), *arguments],
            check=check,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self.folder,
            timeout=PATIENCE,
            user=self._account,
            group=self._account,
        )


def _free_port() -> int:
    """Return a port below those of outgoing connections, which could take it while the server is down."""
    for port in random.SystemRandom().sample(range(20_000, 30_000), 100):
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return port
    raise AssertionError("no free port")


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _gone(pid: int) -> None:
    """Wait until a process that was killed is gone; it is not our child."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        select.select([descriptor], [], [], PATIENCE)
    finally:
        os.close(descriptor)
