"""Many cards and many restarts of the service with one reader port: each told, and nothing piles up."""

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import linear_regression
from typing import Any

from real_parts import Watcher

from idtui.training.authority import TrainingAuthority
from idtui.training.cards import GOOD, make_card
from idtui.training.pcscd import PrivatePcscd
from idtui.training.people import PEOPLE, Person

MOST_BYTES = 2048
"""Bytes of memory a round may add in the long run; a context or a thread that is kept costs more."""

ENOUGH_ROUNDS = 100
"""Below this, what the allocator takes at first hides the rest: memory is told and not judged."""


class Violation(Exception):
    """A card was not told rightly, or something piled up."""


@dataclass(frozen=True)
class Load:
    """What a process holds: descriptors (a PC/SC context is one socket), threads, bytes of memory."""

    descriptors: int
    sockets: int
    threads: int
    memory: int

    @classmethod
    def of(cls, process: int) -> "Load":
        """Look at a process."""
        folder = Path(f"/proc/{process}")
        targets = [target for link in (folder / "fd").iterdir() if (target := _target(link))]
        lines = (folder / "status").read_text(encoding="utf-8").splitlines()
        status = dict(line.split(":", 1) for line in lines)
        return cls(
            descriptors=len(targets),
            sockets=sum(target.startswith("socket:") for target in targets),
            threads=int(status["Threads"]),
            memory=int(status["RssAnon"].split()[0]) * 1024,
        )


def _target(descriptor: Path) -> str:
    """Return what a descriptor is open on; nothing when it was closed meanwhile."""
    try:
        return str(descriptor.readlink())
    except FileNotFoundError:
        return ""


def judged(loads: list[Load]) -> str:
    """Put into words how the load went on, of four rounds or more. Raises `Violation` when something grew.

    What was held at the quietest moment of the last quarter is compared with that of the second: the first
    is the warm-up. Memory is judged by its slope from there on.
    """
    quarter = len(loads) // 4
    steady = loads[quarter:]
    told, grown = [], []
    for what in ("descriptors", "sockets", "threads"):
        before, after = (
            min(getattr(load, what) for load in part)
            for part in (loads[quarter : 2 * quarter], loads[-quarter:])
        )
        told.append(f"{what} {before} to {after}")
        if after > before:
            grown.append(what)
    slope = linear_regression(range(len(steady)), [load.memory for load in steady]).slope
    ends = f"{steady[0].memory / 2**20:.1f} to {steady[-1].memory / 2**20:.1f} MiB"
    told.append(f"memory {ends}, {slope:+.0f} bytes a round")
    if slope > MOST_BYTES and len(loads) >= ENOUGH_ROUNDS:
        grown.append("memory")
    if grown:
        raise Violation(f"{', '.join(grown)} grew: {', '.join(told)}")
    return ", ".join(told)


class Endurance:
    """Rounds with the real reader port; each returns the seconds until the card was read."""

    def __init__(
        self, pcscd: PrivatePcscd, watcher: Watcher, authority: TrainingAuthority, drawn: random.Random
    ) -> None:
        self._pcscd = pcscd
        self._watcher = watcher
        self._drawn = drawn
        self._today = datetime.now(UTC).date()
        self._authority = authority
        self._contact = 0
        self._expect("ReaderChanged", state="ready")

    def insert_and_remove(self) -> float:
        """Put a card in, have identity and address read, and take it out."""
        took = self._insert()
        self._watcher.ask("address", self._contact)
        self._expect("AddressRead", contact=self._contact, problem=None)
        self._pcscd.slots[0].remove()
        self._expect("CardRemoved", contact=self._contact)
        return took

    def restart(self) -> float:
        """End the service, by request or without warning, with a card in the slot or not; then read one."""
        if self._drawn.random() < 0.5:
            self._insert()
            self._end()
            self._expect("CardRemoved", contact=self._contact)
        else:
            self._end()
        self._await_state("no_service")
        self._pcscd.slots[0].remove()
        begun = time.monotonic()
        self._pcscd.start()
        self._await_state("ready")
        self._insert()
        took = time.monotonic() - begun
        self._pcscd.slots[0].remove()
        self._expect("CardRemoved", contact=self._contact)
        return took

    def _end(self) -> None:
        self._drawn.choice((self._pcscd.stop, self._pcscd.kill))()

    def _insert(self) -> float:
        person: Person = self._drawn.choice(PEOPLE)
        kind = self._drawn.choice(list(GOOD.values()))
        self._contact += 1
        begun = time.monotonic()
        self._pcscd.slots[0].insert(make_card(self._authority, kind, person, self._today))
        self._expect("CardInserted", contact=self._contact)
        read = self._expect("CardRead", contact=self._contact)["reading"]
        took = time.monotonic() - begun
        if read["identity"]["niss"] != person.niss or read["verdict"]["problems"]:
            raise Violation(f"{kind}: {read['verdict']}")
        return took

    def _await_state(self, state: str) -> None:
        """Take states of the reader until this one: a service that ends in order lets go of it first."""
        while self._expect("ReaderChanged")["state"] != state:
            pass

    def _expect(self, name: str, **fields: object) -> dict[str, Any]:
        """Take the next event, which must be this one: nothing is left out, nothing told twice."""
        event = self._watcher.next()
        if event["event"] != name or not fields.items() <= event.items():
            raise Violation(f"{name} {fields} was due, not {event['event']}")
        return event


def loads_of(process: int, rounds: int, turn: Callable[[], float]) -> Iterator[tuple[float, Load]]:
    """Run rounds; yield what each took and what the process held after it."""
    for _ in range(rounds):
        took = turn()
        yield took, Load.of(process)
