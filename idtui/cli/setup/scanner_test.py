"""A scan looked at closely: what arrived, how fast, what stands around it, for which keyboard."""

import os
import re
import select
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from idtui.cli.setup.dialogue import Dialogue
from idtui.cli.setup.plan import Plan
from idtui.config import Scanning
from idtui.desk import wedge
from idtui.desk.commands import DIGITS
from idtui.domain import niss
from idtui.domain.text import Message, clean, say

SILENCE = 0.4
"""Seconds without a byte after which a scan is over."""

TYPED = 0.05
"""Seconds between two characters from which it looks typed by hand (scanners stay under; terminal.md 10)."""

LONGEST = 4096

_SUFFIXES = {b"\r\n": "CR LF", b"\r": "CR", b"\n": "LF", b"\t": "Tab"}
_AIM = re.compile(r"\][A-Za-z][0-9A-Za-z]")
"""An AIM symbology identifier (ISO/IEC 15424), which a scanner may send in front."""

_LONG_NUMBER = re.compile(r"\d{11,}")
"""Digits that may hold a national number."""


@dataclass(frozen=True, slots=True)
class Burst:
    """Bytes that came together, seconds from the first to the last, and the longest gap between two."""

    came: bytes
    seconds: float
    longest_gap: float


@dataclass(frozen=True, slots=True)
class Scan:
    """What one scan sent: the text between `prefix` and `suffix`, and seconds from first to last byte.

    `layout` is `azerty` where the text reads as digits typed for a US keyboard on a Belgian one, which
    `meant` then gives.
    """

    prefix: str
    text: str
    suffix: str
    seconds: float
    length: int
    layout: str
    meant: str
    controls: bool

    @property
    def by_hand(self) -> bool:
        """Whether it came as slowly as a person types."""
        return self.seconds > TYPED * max(self.length - 1, 1)


def judge(came: bytes, seconds: float) -> Scan:
    """Take apart what a scanner sent in that time."""
    suffix = next((end for end in _SUFFIXES if came.endswith(end)), b"")
    text = came.removesuffix(suffix).decode("utf-8", "replace")
    prefix = found[0] if (found := _AIM.match(text)) else ""
    text = text.removeprefix(prefix)
    meant = "".join(DIGITS.get(letter, letter) for letter in text)
    unshifted = sum(letter in DIGITS and not letter.isdigit() for letter in text)
    shifted = unshifted > 0 and not any(letter.isdigit() for letter in text)
    return Scan(
        prefix=prefix,
        text=text,
        suffix=_SUFFIXES.get(suffix, ""),
        seconds=seconds,
        length=len(came),
        layout="azerty" if shifted else "same",
        meant=meant if shifted else "",
        controls=any(ord(letter) < 32 or ord(letter) == 127 for letter in text),
    )


def told(scan: Scan) -> Iterator[Message]:
    """Yield what there is to say; of a number that may be a national one two digits are shown."""
    milliseconds = round(scan.seconds * 1000)
    yield say("setup.scanner.came", text=_shown(scan.text), count=scan.length, milliseconds=milliseconds)
    if scan.by_hand:
        yield say("setup.scanner.by_hand")
    yield (
        say("setup.scanner.prefix", prefix=clean(scan.prefix))
        if scan.prefix
        else say("setup.scanner.no_prefix")
    )
    yield say("setup.scanner.suffix", suffix=scan.suffix) if scan.suffix else say("setup.scanner.no_suffix")
    if scan.controls:
        yield say("setup.scanner.controls")
    if scan.layout == "azerty":
        yield say("setup.scanner.azerty", meant=_shown(scan.meant))


def _shown(text: str) -> str:
    return clean(_LONG_NUMBER.sub(lambda run: run[0][:2] + "*" * (len(run[0]) - 2), text), 80)


def ask(dialogue: Dialogue, plan: Plan) -> Plan:
    """Wait for a scan and say what arrived; Enter alone goes on. The plan stays as it is."""
    dialogue.tell(say("setup.scanner.scan"))
    burst = listen(sys.stdin.fileno())
    if burst.came.strip():
        for message in told(judge(burst.came, burst.seconds)):
            dialogue.tell(message)
    return plan


def listen(descriptor: int) -> Burst:
    """Wait on a terminal for a scan, byte for byte as it comes, or for Enter alone."""
    with _raw(descriptor):
        return _burst(descriptor)


def at_desk(burst: Burst, scanning: Scanning, *, hold: float) -> Iterator[Message]:
    """Yield what a desk with these settings makes of the scan; the number with only its year readable."""
    scan = wedge.judge(burst.came.decode("utf-8", "replace"), scanning.wedge.prefix, scanning.layout)
    if why := scan.found.why:
        yield why
    else:
        yield say("ui.niss", niss=niss.masked(scan.found.niss))
        yield say(f"scan.symbology.{scan.found.symbology}")
    if scan.found.layout:
        yield say("scan.layout.used", name=clean(scan.found.layout))
    if scan.remark:
        yield scan.remark
    gap, longest = round(burst.longest_gap * 1000), round(hold * 1000)
    yield say("doctor.scanner.gap", gap=gap, hold=longest)
    if burst.longest_gap > hold and not scanning.wedge.prefix:
        yield say("doctor.scanner.slow")


@contextmanager
def _raw(descriptor: int) -> Iterator[None]:
    """Hand over bytes as they come, unseen and unchanged, but for the keys that end a program."""
    before = termios.tcgetattr(descriptor)
    raw = termios.tcgetattr(descriptor)
    raw[0] &= ~(termios.ICRNL | termios.INLCR | termios.IGNCR | termios.IXON)
    raw[3] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN)
    termios.tcsetattr(descriptor, termios.TCSANOW, raw)
    try:
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSANOW, before)


def _burst(descriptor: int) -> Burst:
    """Return what comes until a pause."""
    came = os.read(descriptor, LONGEST)
    begun = ended = time.monotonic()
    longest = 0.0
    while len(came) < LONGEST and select.select([descriptor], [], [], SILENCE)[0]:
        more = os.read(descriptor, LONGEST)
        if not more:
            break
        now = time.monotonic()
        came, longest, ended = came + more, max(longest, now - ended), now
    return Burst(came, ended - begun, longest)
