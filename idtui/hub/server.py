"""The hub as a process: where it listens, who may reach it, how it ends."""

import logging
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from idtui.domain.text import clean, say
from idtui.hub.database import Database
from idtui.hub.desks import Desks
from idtui.hub.errors import HubUnavailable
from idtui.hub.heads_in_time import HeadInTime
from idtui.hub.intake import Intake
from idtui.hub.itsme.ciba import CibaQr
from idtui.hub.itsme.contract import keys, load
from idtui.hub.itsme.openid import OpenId
from idtui.hub.itsme.redirect import Redirect
from idtui.hub.itsme.relay import QrRelay, RedirectRelay, Relay
from idtui.hub.itsme.transactions import Transactions
from idtui.hub.tokens import Tokens
from idtui.hub.watch import Board, Log, Watch
from idtui.hub.web import Hub, application
from idtui.sync.session import is_loopback

_SECONDS_TO_FINISH = 2
_QUEUE = 512
_SECONDS_TO_KEEP = 20
"""An idle connection; a busy desk must not find it closed under its next batch."""
_MOST_CONNECTIONS = 500
_LAST_PORT = 65_535


@dataclass(frozen=True, slots=True)
class Service:
    """How a hub is to be run.

    `tokens`: whether a desk has to prove itself; without, only on loopback. `certificate` and `key` are PEM
    files for TLS. `proxy` is the address of a reverse proxy that does TLS. `addresses` are the base addresses
    by which desks call this hub, needed beyond loopback. `itsme` is the file of the contract with itsme.
    """

    database: str
    host: str = "127.0.0.1"
    port: int = 0
    training: bool = False
    tokens: bool = True
    certificate: Path | None = None
    key: Path | None = None
    proxy: str = ""
    addresses: tuple[str, ...] = ()
    workers: int = 1
    itsme: Path | None = None
    log: Log | None = None

    @property
    def scheme(self) -> str:
        """`https` with a certificate."""
        return "https" if self.certificate else "http"


def serve(service: Service, ready: Callable[[int], object] | None = None) -> None:
    """Run one worker until SIGINT or SIGTERM. `ready` is told the port once connections are taken.

    Raises `HubUnavailable` for what would not be safe or possible, and for an unusable database.
    """
    with opened(service) as listening:
        run_worker(service, listening, Board(), 0, lambda: ready and ready(port_of(listening)))


def opened(service: Service) -> socket.socket:
    """Check that a service is safe and possible, and return the socket it is to listen on."""
    _check(service)
    return listen(service.host, service.port)


def run_worker(
    service: Service, listening: socket.socket, board: Board, worker: int, started: Callable[[], object]
) -> None:
    """Run one worker on a socket until it is told to end."""
    database = Database(service.database)
    try:
        hub = hub_of(service, database, Watch(board, worker, service.log), port_of(listening))
        server(hub, started, service).run([listening])
    finally:
        database.close()


def hub_of(service: Service, database: Database, watch: Watch, port: int) -> Hub:
    """Put the parts of a hub together."""
    desks = Desks(database)
    addresses = service.addresses or tuple(
        f"{service.scheme}://{host}:{port}" for host in ("127.0.0.1", "localhost", "[::1]")
    )
    tokens = Tokens(desks, addresses) if service.tokens else None
    relay = relay_of(service.itsme, database) if service.itsme else None
    return Hub(Intake(database, service.training), watch, desks, tokens, service.proxy, relay)


def relay_of(file: Path, database: Database) -> Relay:
    """Return the way to patients' phones by the contract in a file; raises `HubUnavailable`."""
    contract = load(file)
    openid = OpenId(contract, keys(contract))
    if contract.road == "ciba_qr":
        return QrRelay(Transactions(database), CibaQr(openid))
    return RedirectRelay(Transactions(database), Redirect(openid), contract.address)


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that takes connections."""
    if not 0 <= port <= _LAST_PORT:
        raise HubUnavailable(say("hub.no_such_port", port=port))
    try:
        listening = socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=_QUEUE
        )
    except OSError as error:
        reason = clean(error.strerror or "")
        raise HubUnavailable(say("hub.port_unavailable", port=port, reason=reason)) from error
    # asyncio does so only where the socket names its protocol (Python 3.11): the second half of each answer
    # waited 40 ms for the first to be acknowledged.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def port_of(listening: socket.socket) -> int:
    """Return the port a socket listens on."""
    port: int = listening.getsockname()[1]
    return port


def server(hub: Hub, started: Callable[[], object], service: Service) -> uvicorn.Server:
    """Return the server, to be run on a socket of `listen`; `started` is called when it is up."""
    # Without a handler of its own uvicorn's errors would reach the terminal.
    logging.getLogger("uvicorn").addHandler(logging.NullHandler())
    return uvicorn.Server(
        uvicorn.Config(
            application(hub, started),
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,  # who may speak for another address is decided in web
            ws="none",
            http=HeadInTime,
            timeout_keep_alive=_SECONDS_TO_KEEP,
            limit_concurrency=_MOST_CONNECTIONS,
            timeout_graceful_shutdown=_SECONDS_TO_FINISH,
            ssl_certfile=service.certificate,
            ssl_keyfile=service.key,
        )
    )


def _check(service: Service) -> None:
    if service.itsme:
        keys(load(service.itsme))
    local = is_loopback(service.host)
    if not local and (service.training or not service.tokens):
        raise HubUnavailable(say("hub.loopback_without_tokens", host=clean(service.host)))
    if not local and not (service.certificate or service.proxy):
        raise HubUnavailable(say("hub.needs_tls", host=clean(service.host)))
    if service.tokens and not service.addresses and (not local or service.proxy):
        raise HubUnavailable(say("hub.needs_address"))
    if service.certificate:
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(service.certificate, service.key)
        except OSError as error:  # ssl.SSLError is one
            reason = clean(error.strerror or "")
            raise HubUnavailable(say("hub.certificate_unusable", reason=reason)) from None
