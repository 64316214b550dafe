"""What `idtui doctor` says of readers: library, socket, service, readers and cards, and the roots trusted."""

import os
import shutil
import stat
import subprocess
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import TypeVar

from idtui.desk.checks import Check, CheckState, bad, ok, warning
from idtui.devices.eid.certificate import parse_certificate, read_certificate_file
from idtui.devices.eid.roots import PINNED
from idtui.devices.pcsc import LIBRARY, NOT_READERS, load
from idtui.devices.pcsc_codes import Code, unsigned
from idtui.domain.text import Message, clean, say

SOCKET = Path("/run/pcscd/pcscd.comm")
"""Where pcsc-lite listens unless `PCSCLITE_CSOCK_NAME` says otherwise (pcscd(8))."""

LONGEST_SOCKET_PATH = 107
"""Bytes: `sun_path` of unix(7) less its closing zero."""

POLICIES = Path("/usr/share/polkit-1/actions")
"""Where a pcscd with polkit installs its policy: by default only the person at the machine may use it."""

ANSWER_SECONDS = 2.0
"""Seconds the service may take to answer: pcsc-lite has no time limit of its own, a frozen tunnel blocks."""

VERSION_SECONDS = 1.0
PREFIX = 16
"""Hexadecimal digits shown of a fingerprint."""

_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class Seen:
    """What the service answered: the code that ended the look, the readers, and the state of each slot."""

    code: int
    readers: tuple[str, ...] = ()
    slots: Mapping[str, int] = field(default_factory=dict)


def reader_checks(
    only: str,
    environment: Mapping[str, str],
    *,
    socket: Path = SOCKET,
    policies: Path = POLICIES,
    seconds: float = ANSWER_SECONDS,
) -> Iterator[Check]:
    """Check the way to a card from the library down to the slot; what depends on a failed step is left out.

    `only` is the part of a reader's name that the configuration asks for. The service may hang: it is given
    `seconds`.
    """
    scard = load()
    if scard is None:
        finding = say("doctor.reader.no_library", library=LIBRARY)
        yield bad("reader.pcsc_library", finding, say("doctor.reader.no_library.fix"))
        return
    yield ok(
        "reader.pcsc_library", say("doctor.reader.pcsc_library", library=LIBRARY, version=version("pyscard"))
    )
    yield from _daemon_version(environment)
    forwarded = environment.get("PCSCLITE_CSOCK_NAME", "")
    start = say("doctor.reader.no_service.fix")
    if forwarded:
        yield ok("reader.forwarded", say("doctor.reader.forwarded", path=clean(forwarded)))
        start = say("doctor.reader.forwarding.fix", path=clean(forwarded))
    at_socket = _socket(Path(forwarded) if forwarded else socket, start, forwarded=bool(forwarded))
    yield at_socket
    if at_socket.state is CheckState.BAD:
        return
    yield from _policy(policies, environment, forwarded=bool(forwarded))
    try:
        seen = _within(seconds, lambda: look(scard))
    except TimeoutError:
        finding = say("doctor.reader.service_hangs", seconds=f"{seconds:g}")
        yield bad("reader.service", finding, say("doctor.reader.service_hangs.fix"))
        return
    yield _service(seen.code, start)
    if _answers(seen.code):
        yield from _readers(scard, seen, only)


def look(scard: ModuleType) -> Seen:
    """Ask the service for its readers and what is in them, once, without touching a card."""
    code, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    if unsigned(code) != Code.SUCCESS:
        return Seen(unsigned(code))
    try:
        code, readers = scard.SCardListReaders(context, [])
        if unsigned(code) != Code.SUCCESS or not readers:
            return Seen(unsigned(code))
        query = [(reader, scard.SCARD_STATE_UNAWARE) for reader in readers]
        code, slots = scard.SCardGetStatusChange(context, 0, query)
        return Seen(unsigned(code), tuple(readers), {reader: state for reader, state, _atr in slots})
    finally:
        scard.SCardReleaseContext(context)


def _within(seconds: float, call: Callable[[], _Answer]) -> _Answer:
    """Return what `call` returns or raise what it raises; `TimeoutError` leaves its thread to itself."""
    answer: Future[_Answer] = Future()

    def run() -> None:
        try:
            answer.set_result(call())
        except BaseException as error:  # noqa: BLE001  # raised again where it is waited for
            answer.set_exception(error)

    threading.Thread(target=run, name="doctor-pcsc", daemon=True).start()
    return answer.result(seconds)


def _daemon_version(environment: Mapping[str, str]) -> Iterator[Check]:
    """Tell the version of the pcscd of this machine, where there is one."""
    path = os.pathsep.join((environment.get("PATH", os.defpath), "/usr/sbin"))
    daemon = shutil.which("pcscd", path=path)
    if daemon is None:
        return
    with suppress(OSError, subprocess.SubprocessError):
        told = subprocess.run(  # noqa: S603  # the system's own daemon, found where it is installed
            [daemon, "--version"], capture_output=True, timeout=VERSION_SECONDS, check=False
        )
        first = told.stdout.decode(errors="replace").partition("\n")[0].rstrip(".")
        yield ok("reader.pcscd", say("doctor.reader.pcscd", version=clean(first.rpartition(" ")[2], 20)))


def _socket(path: Path, start: Message, *, forwarded: bool) -> Check:
    """Judge the socket of the service.

    A forwarded one that is open to all lends the reader to every user of the server. The one of this machine
    is open to all as installed (pcscd.socket); there polkit, where present, decides.
    """
    name = clean(str(path))
    if len(os.fsencode(path)) > LONGEST_SOCKET_PATH:
        finding = say("doctor.reader.socket_long", path=name, most=LONGEST_SOCKET_PATH)
        return bad("reader.socket", finding, say("doctor.reader.socket_long.fix"))
    try:
        mode = path.stat().st_mode
    except OSError:
        mode = 0
    if not stat.S_ISSOCK(mode):
        return bad("reader.socket", say("doctor.reader.no_socket", path=name), start)
    if not os.access(path, os.R_OK | os.W_OK):
        finding = say("doctor.reader.socket_refused", path=name)
        return bad("reader.socket", finding, say("doctor.reader.socket_refused.fix"))
    if forwarded and mode & stat.S_IWOTH:
        finding = say("doctor.reader.socket_open", path=name)
        return warning("reader.socket", finding, say("doctor.reader.socket_open.fix"))
    return ok("reader.socket", say("doctor.reader.socket", path=name))


def _policy(policies: Path, environment: Mapping[str, str], *, forwarded: bool) -> Iterator[Check]:
    """Warn where polkit guards the reader and this session is not at the machine itself."""
    if forwarded or not any(policies.glob("*pcsc*.policy")):
        return
    if environment.get("SSH_CONNECTION"):
        yield warning("reader.polkit", say("doctor.reader.polkit_remote"), say("doctor.reader.polkit.fix"))
    else:
        yield ok("reader.polkit", say("doctor.reader.polkit"))


def _answers(code: int) -> bool:
    return code in (Code.SUCCESS, Code.NO_READERS_AVAILABLE)


def _service(code: int, start: Message) -> Check:
    """Say what the code of the first failing call means, and what helps; `start` is how to have a service."""
    if _answers(code):
        return ok("reader.service", say("doctor.reader.service"))
    match code:
        case Code.NO_SERVICE:
            finding, fix = say("doctor.reader.no_service"), start
        case Code.SERVICE_STOPPED:
            finding, fix = say("doctor.reader.mismatch"), say("doctor.reader.mismatch.fix")
        case Code.NO_ACCESS | Code.SECURITY_VIOLATION:
            finding, fix = say("doctor.reader.refused"), say("doctor.reader.polkit.fix")
        case _:
            finding = say("doctor.reader.service_fails", code=f"{code:08X}")
            fix = say("doctor.reader.service_hangs.fix")
    return bad("reader.service", finding, fix)


def _readers(scard: ModuleType, seen: Seen, only: str) -> Iterator[Check]:
    """Name the readers, and say of each one the desk looks at whether a card is in it."""
    real = [name for name in seen.readers if not any(virtual in name.casefold() for virtual in NOT_READERS)]
    if not real:
        yield bad("reader.readers", say("doctor.reader.none"), say("doctor.reader.none.fix"))
        return
    wanted = [name for name in real if only.casefold() in name.casefold()]
    if not wanted:
        finding = say("doctor.reader.none_wanted", wanted=clean(only), names=clean(", ".join(real)))
        yield bad("reader.readers", finding, say("doctor.reader.none_wanted.fix"))
    for name in wanted:
        yield ok("reader.readers", say("doctor.reader.reader", name=clean(name)))
        yield _card(scard, clean(name), seen.slots.get(name, 0))


def _card(scard: ModuleType, name: str, state: int) -> Check:
    if state & scard.SCARD_STATE_MUTE:
        return warning("reader.card", say("doctor.reader.mute", name=name), say("doctor.reader.mute.fix"))
    present = state & scard.SCARD_STATE_PRESENT
    return ok("reader.card", say("doctor.reader.card" if present else "doctor.reader.no_card", name=name))


def trust_checks(files: Iterable[Path]) -> Iterator[Check]:
    """Tell every root that vouches for cards: those pinned, then, loudly, those of the configuration."""
    for root in PINNED:
        yield ok(
            "trust.pinned",
            say(
                "doctor.trust.pinned",
                name=root.name,
                fingerprint=root.certificate_sha256[:PREFIX],
                certainty=say(f"doctor.trust.certainty.{root.leaf.certainty}"),
            ),
        )
    for file in files:
        yield _extra_root(file)


def _extra_root(file: Path) -> Check:
    name = clean(str(file))
    try:
        certificate = parse_certificate(read_certificate_file(file.read_bytes()))
    except (OSError, ValueError):
        certificate = None
    if certificate is None or certificate.key is None:
        finding = say("doctor.trust.unreadable", file=name)
        return bad("trust.extra", finding, say("doctor.trust.unreadable.fix"))
    finding = say("doctor.trust.extra", file=name, fingerprint=certificate.sha256[:PREFIX])
    return warning("trust.extra", finding, say("doctor.trust.extra.fix"))
