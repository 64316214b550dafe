"""A model of power cuts: system calls are recorded, then any subset of what was not synced is lost.

The store runs for real while the calls it makes are noted. For a cut after any call an image of the disk is
built: what was synced is there; of the rest every 512-byte sector, every change of a length and every change
of a name is there or not, by the toss of a coin. The store must open on that image with everything that was
acknowledged, unchanged, and must go on.
"""

import itertools
import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from idtui.domain.entries import Draft, Entry, Pending, Receipts
from idtui.domain.entries import Evidence as Observed
from idtui.domain.episode import Episode
from idtui.domain.errors import IdtuiError
from idtui.seal.passphrase import LEAST, Passphrase
from idtui.store.codec import encode
from idtui.store.desk_store import DeskStore, open_store, read_store
from idtui.store.segment_file import SMALLEST_STEP

SECTOR = 512
OLD = Passphrase("old", LEAST)
NEW = Passphrase("new", LEAST)
START = datetime(2026, 11, 1, 9, tzinfo=UTC)

Call = tuple[Any, ...]
Scenario = Callable[["Play"], None]


class Violation(Exception):
    """Something acknowledged is lost, something stored was changed, or the store does not open."""


class Clock:
    """A day that the scenario sets."""

    day = 0

    def now(self) -> datetime:
        return START + timedelta(days=self.day)


@dataclass
class Play:
    """One run of a scenario: it works on `directory`, and notes in `log` what was acknowledged."""

    directory: Path
    log: list[Call] = field(default_factory=list)
    clock: Clock = field(default_factory=Clock)
    payloads: dict[str, bytes] = field(default_factory=dict)

    def open(self, passphrase: Passphrase = OLD) -> DeskStore:
        return open_store(
            self.directory, desk="d", clock=self.clock, passphrase=passphrase, step=SMALLEST_STEP
        )

    def save(self, store: DeskStore, kind: type[Any] = Draft, **fields: Any) -> Entry:  # noqa: ANN401  # fields of any kind
        entry: Entry = new_entry(store, self.clock, kind, **fields)
        self.payloads[entry.id] = encode(entry)
        store.append(entry)
        self.log.append(("saved", entry.id))
        return entry


def new_entry(store: DeskStore, clock: Clock, kind: type[Any] = Draft, **fields: Any) -> Any:  # noqa: ANN401  # see above
    sequence = store.next_sequence()
    given = fields or {"digits": "8" * (sequence * 97 % 900)}
    return kind(
        id=f"00000000-0000-7000-8000-{sequence:012}",
        sequence=sequence,
        site="",
        desk="d",
        operator="o",
        recorded_at=clock.now(),
        **given,
    )


def append(play: Play) -> None:
    for _ in range(2):
        store = play.open()
        for _ in range(6):
            play.save(store)
        store.close()


def rotate(play: Play) -> None:
    store = play.open()
    for play.clock.day in range(4):
        play.save(store)
        play.save(store)
    store.close()


def rekey(play: Play) -> None:
    store = play.open()
    play.save(store)
    play.log.append(("locks", OLD, NEW))
    store.rekey(NEW)
    play.log.append(("locks", NEW))
    play.save(store)
    store.close()


def purge(play: Play) -> None:
    store = play.open()
    gone = play.save(store)
    pending = play.save(store, Pending, care_at=START, episode=Episode(), evidence=Observed())
    play.clock.day = 40
    receipt = play.save(store, Receipts, entries=(pending.id,))
    play.clock.day = 80
    play.save(store)
    play.log.append(("going", {gone.id}))
    assert store.purge(play.clock.now() - timedelta(days=31), by=("a", "b"), at=play.clock.now()) == 2
    assert receipt.sequence
    play.save(store)
    store.close()


ENDING = ("pwrite", "fdatasync", "posix_fallocate", "fsync", "replace")
"""Calls of a save at which a desk may be ended."""


def takeover(play: Play) -> None:
    """One desk after the other is ended in mid-save, before or after a system call; the last goes on."""
    for call, done in itertools.product(ENDING, (False, True)):
        store = play.open()
        if call in {"pwrite", "fdatasync"}:
            play.save(store)
        else:
            play.clock.day += 1
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(os, call, _ended_in(getattr(os, call), done=done))
            with pytest.raises(Ended):
                play.save(store)
        store._lock.release()
    store = play.open()
    play.save(store)
    store.close()


class Ended(BaseException):
    """The process is gone: nothing of it runs any more."""


def _ended_in(call: Callable[..., object], *, done: bool) -> Callable[..., None]:
    def ended(*given: object) -> None:
        if done:
            call(*given)
        raise Ended

    return ended


SCENARIOS: dict[str, Scenario] = {
    "append": append,
    "rotate": rotate,
    "rekey": rekey,
    "purge": purge,
    "takeover": takeover,
}


def record(scenario: Scenario, directory: Path) -> Play:
    """Play a scenario and return it with the log of its system calls and acknowledgements."""
    play = Play(directory)
    directory.mkdir(mode=0o700)
    with pytest.MonkeyPatch.context() as patched:
        _Recorder(play, patched)
        play.log.append(("locks", OLD))
        scenario(play)
    return play


class _Recorder:
    """Notes the system calls on files below the directory; files are numbered, names point to them."""

    def __init__(self, play: Play, patched: pytest.MonkeyPatch) -> None:
        self._root = str(play.directory)
        self._note = play.log.append
        self._numbers = itertools.count(1)
        self._by_name: dict[str, int] = {}
        self._open_files: dict[int, int | str] = {}
        for name in ("pwrite", "ftruncate", "posix_fallocate", "fdatasync", "fsync"):
            patched.setattr(os, name, self._on_descriptor(name, getattr(os, name)))
        for name in ("open", "close", "replace", "rename", "unlink"):
            patched.setattr(os, name, getattr(self, f"_{name}")(getattr(os, name)))

    def _on_descriptor(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def noted(descriptor: int, *given: Any) -> Any:  # noqa: ANN401  # as the call it stands for
            result = call(descriptor, *given)
            if descriptor in self._open_files:
                self._note((name, self._open_files[descriptor], *given))
            return result

        return noted

    def _open(self, call: Callable[..., int]) -> Callable[..., int]:
        def noted(path: Any, flags: int, *more: Any, **named: Any) -> int:  # noqa: ANN401  # see above
            name = os.fspath(path)
            descriptor = call(path, flags, *more, **named)
            if name == self._root:
                self._open_files[descriptor] = name
            elif name.startswith(self._root) and not name.endswith("lock"):
                if name not in self._by_name:
                    self._by_name[name] = next(self._numbers)
                    self._note(("link", self._by_name[name], name))
                self._open_files[descriptor] = self._by_name[name]
            return descriptor

        return noted

    def _close(self, call: Callable[[int], None]) -> Callable[[int], None]:
        def noted(descriptor: int) -> None:
            self._open_files.pop(descriptor, None)
            call(descriptor)

        return noted

    def _rename(self, call: Callable[..., None]) -> Callable[..., None]:
        def noted(source: Any, target: Any) -> None:  # noqa: ANN401  # see above
            call(source, target)
            number = self._by_name.pop(os.fspath(source))
            self._by_name[os.fspath(target)] = number
            self._note(("rename", number, os.fspath(source), os.fspath(target)))

        return noted

    _replace = _rename

    def _unlink(self, call: Callable[..., None]) -> Callable[..., None]:
        def noted(path: Any, **named: Any) -> None:  # noqa: ANN401  # see above
            call(path, **named)
            if self._by_name.pop(os.fspath(path), None):
                self._note(("unlink", os.fspath(path)))

        return noted


@dataclass
class _File:
    content: bytes = b""
    pending: list[Call] = field(default_factory=list)


@dataclass
class _Disk:
    """What is durable, and what is on its way there."""

    files: dict[int, _File] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)
    pending: list[Call] = field(default_factory=list)

    def do(self, call: Call) -> None:
        match call:
            case ("fdatasync" | "fsync", int(number)):
                file = self.files[number]
                file.content, file.pending = _applied(file, lambda: True), []
            case ("fsync", str()):
                self.names, self.pending = _renamed(self.names, self.pending, lambda: True), []
            case ("link", int(number), _):
                self.files[number] = _File()
                self.pending.append(call)
            case ("rename" | "unlink", *_):
                self.pending.append(call)
            case ("pwrite" | "ftruncate" | "posix_fallocate", int(number), *_):
                self.files[number].pending.append(call)

    def image(self, drawn: random.Random) -> dict[str, bytes]:
        """Return the files of the disk after the cut."""
        chance = drawn.choice((0.1, 0.5, 0.9))
        kept = lambda: drawn.random() < chance  # noqa: E731  # one coin, tossed many times
        names = _renamed(self.names, self.pending, kept)
        contents = {number: _applied(file, kept) for number, file in self.files.items()}
        return {name: contents[number] for name, number in names.items()}


def _applied(file: _File, kept: Callable[[], bool]) -> bytes:
    content, size = bytearray(file.content), len(file.content)
    for call in file.pending:
        match call:
            case ("pwrite", _, bytes(data), int(offset)):
                if offset + len(data) > size and kept():
                    size = offset + len(data)
                _write_sectors(content, data, offset, kept)
            case ("ftruncate", _, int(length)) if kept():
                size = length
                del content[length:]
            case ("posix_fallocate", _, int(offset), int(length)) if kept():
                size = max(size, offset + length)
    return bytes(content[:size].ljust(size, b"\0"))


def _write_sectors(content: bytearray, data: bytes, offset: int, kept: Callable[[], bool]) -> None:
    start = 0
    while start < len(data):
        end = min(len(data), start + SECTOR - (offset + start) % SECTOR)
        if kept():
            if len(content) < offset + end:
                content.extend(bytes(offset + end - len(content)))
            content[offset + start : offset + end] = data[start:end]
        start = end


def _renamed(names: dict[str, int], pending: list[Call], kept: Callable[[], bool]) -> dict[str, int]:
    names = dict(names)
    for call in pending:
        if not kept():
            continue
        match call:
            case ("link", int(number), str(name)):
                names[name] = number
            case ("rename", int(number), str(source), str(target)):
                names.pop(source, None)
                names[target] = number
            case ("unlink", str(name)):
                names.pop(name, None)
    return names


def cuts(play: Play, draws: int, drawn: random.Random) -> Iterator[tuple[dict[str, bytes], list[Call]]]:
    """Yield images of cuts at random moments, each with the log up to the cut."""
    for _ in range(draws):
        until = drawn.randrange(1, len(play.log) + 1)
        disk = _Disk()
        for call in play.log[:until]:
            disk.do(call)
        yield disk.image(drawn), play.log[:until]


def check(play: Play, image: dict[str, bytes], log: list[Call], place: Path) -> None:
    """Open the store on an image, go on with it, and raise `Violation` unless all is well."""
    saved = {call[1] for call in log if call[0] == "saved"}
    saved -= set().union(*(call[1] for call in log if call[0] == "going"))
    locks = [call[1:] for call in log if call[0] == "locks"][-1]
    with materialised(play, image, place) as directory:
        if "keys" not in {Path(name).name for name in image} and not saved:
            return
        found: dict[str, bytes] | None = None
        for passphrase in locks:
            (directory / "tries").unlink(missing_ok=True)
            try:
                found = _go_on(play, directory, passphrase)
                break
            except IdtuiError as error:
                reason = error.message.id
        if found is None:
            raise Violation(reason)
    if lost := saved - found.keys():
        raise Violation(f"{len(lost)} lost")
    if any(play.payloads.get(entry_id, payload) != payload for entry_id, payload in found.items()):
        raise Violation("changed")


def _go_on(play: Play, directory: Path, passphrase: Passphrase) -> dict[str, bytes]:
    """Open, add an entry, read everything back; return what was there before by id."""
    store = open_store(directory, desk="d", clock=play.clock, passphrase=passphrase, step=SMALLEST_STEP)
    before = {entry.id: encode(entry) for entry in store.entries()}
    if store.damage:
        raise Violation("damaged")
    store.append(new_entry(store, play.clock))
    store.close()
    if len(read_store(directory, passphrase)) != len(before) + 1:
        raise Violation("does not go on")
    return before


@contextmanager
def materialised(play: Play, image: dict[str, bytes], place: Path) -> Iterator[Path]:
    """Put the image on a real disk for a while."""
    place.mkdir(mode=0o700)
    try:
        for name, content in image.items():
            path = place / Path(name).relative_to(play.directory)
            path.write_bytes(content)
            path.chmod(0o600)
        yield place
    finally:
        for path in place.iterdir():
            path.unlink()
        place.rmdir()


def run(scenario: Scenario, draws: int, drawn: random.Random, place: Path) -> int:
    """Play a scenario and cut the power `draws` times; return how many cuts came after an acknowledgement.

    Raises `Violation`.
    """
    play = record(scenario, place / "played")
    after = 0
    for image, log in cuts(play, draws, drawn):
        check(play, image, log, place / "cut")
        after += any(call[0] == "saved" for call in log)
    return after
