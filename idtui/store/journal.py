"""The append-only journal under the store: frames made durable one by one, in segments with own keys.

`frames` has the format by bytes. A new segment with a new key is begun at the first write of a calendar day,
at 4 MiB, after a torn tail and after damage; each writing run seals with a key of its own, so that a
directory put back from a backup never uses a key and nonce twice. Payloads are bytes here; `codec` knows
what they say.
"""

import contextlib
import itertools
from collections.abc import Callable
from datetime import date
from pathlib import Path

from idtui.domain.errors import CannotSave
from idtui.domain.text import say
from idtui.seal.aead import KEY_BYTES, TAG_BYTES, CountedSeal, new_key
from idtui.store.durable import cannot_save, sync_directory, write_new
from idtui.store.frames import FIRST, LONGEST_BODY, OVERHEAD, Kind, framed, header
from idtui.store.history import History, run_key
from idtui.store.segment_file import SEGMENT_BYTES, SegmentFile, reserve_of
from idtui.store.vault import Vault

_OPEN_FRAME = OVERHEAD + KEY_BYTES


class Journal:
    """The journal of one desk, open for writing. The caller holds the store's lock.

    `dropped` is the number of bytes of a torn tail that the opening moved to the file `torn`. While
    the journal is `full`, what was begun still fits and new work is refused.
    """

    def __init__(
        self, directory: Path, vault: Vault, history: History, today: Callable[[], date], step: int
    ) -> None:
        """Go on after `history`; writes nothing but to move a torn tail aside. Raises OSError."""
        self.dropped = 0
        self.torn: Path | None = None
        self._full = False
        self._directory = directory
        self._vault = vault
        self._today = today
        self._step = step
        self._stopped = False
        self._cipher: CountedSeal | None = None
        self._nonce = 0
        self._sequence = history.head.sequence if history.head else 0
        self._previous = history.head.digest if history.head else FIRST
        self._live: SegmentFile | None = None
        if last := history.last:
            self._live = SegmentFile.open(directory, last.number, last.length)
            if last.tail:
                self._move_tail_aside(self._live, last.tail)
            elif not history.damage.is_named:
                self._live.leave()

    @property
    def full(self) -> bool:
        """Whether no more space could be taken. While it is so the disk is asked again each time."""
        if self._full and self._live:
            with contextlib.suppress(OSError):
                self._live.extend(self._step)
                self._full = False
        return self._full

    @property
    def segment(self) -> int:
        """The number of the last segment, 0 when there is none."""
        return self._live.number if self._live else self._vault.purged

    @property
    def frames(self) -> int:
        """The sequence of the last frame."""
        return self._sequence

    @property
    def head(self) -> bytes:
        """The hash of the last frame, on which all frames before it depend."""
        return self._previous

    def append(self, payload: bytes, *, kind: Kind = Kind.ENTRY, begun: bool = False) -> None:
        """Write the next frame and make it durable; `begun` work may use the reserve of a full disk.

        Raises `CannotSave` and keeps nothing. After a failed sync nothing more is accepted until the
        journal is opened again: the kernel may have dropped the pages and would call the next sync good.
        """
        if self._stopped:
            raise CannotSave(say("store.stopped"))
        length = len(payload) + TAG_BYTES
        if length > LONGEST_BODY:
            raise ValueError(f"{len(payload)} bytes do not fit in one frame")
        live = self._with_room(length + OVERHEAD, begun=begun)
        cipher = self._cipher or self._begin_run(live)
        head = self._header(kind, live, length)
        number, self._nonce = self._nonce, self._nonce + 1
        self._write(live, framed(head, cipher.seal(number, payload, head)))

    def close(self) -> None:
        """Let go of the file."""
        self._stopped = True
        if self._live:
            self._live.close()

    def _with_room(self, size: int, *, begun: bool) -> SegmentFile:
        """Return the segment to write to: the live one, longer if need be, or a new one."""
        needed = size + (0 if self._cipher else _OPEN_FRAME)
        try:
            if self._live is None or self._is_over(self._live, needed):
                live = self._begin_segment()
            else:
                live = self._live
                while live.room < needed + reserve_of(self._step):
                    live.extend(self._step)
        except OSError as error:
            if self._live is None or self._live.room < needed:
                raise cannot_save(error) from error
            if self._full and not begun:
                raise CannotSave(say("store.full")) from error
            self._full = True
            return self._live
        self._full = False
        return live

    def _is_over(self, live: SegmentFile, needed: int) -> bool:
        return (
            not live.room
            or live.length + needed > SEGMENT_BYTES
            or self._vault.day_of(live.number) != self._today().isoformat()
        )

    def _begin_segment(self) -> SegmentFile:
        """Make key and file of the next segment; the one before gives its unused space back."""
        number = self.segment + 1
        self._vault.add(number, self._today().isoformat())
        live = SegmentFile.create(self._directory, number, self._step)
        if self._live:
            with contextlib.suppress(OSError):  # its zeros may stay: the next segment is there
                self._live.cut()
            self._live.close()
        self._live, self._cipher = live, None
        return live

    def _begin_run(self, live: SegmentFile) -> CountedSeal:
        """Write the `open` frame from which the keys of the next frames come."""
        opening = new_key()
        self._nonce = 0
        self._write(live, framed(self._header(Kind.OPEN, live, len(opening)), opening))
        self._cipher = CountedSeal(run_key(self._vault.key_of(live.number), opening))
        return self._cipher

    def _header(self, kind: Kind, live: SegmentFile, length: int) -> bytes:
        return header(
            kind,
            segment=live.number,
            sequence=self._sequence + 1,
            nonce=self._nonce,
            length=length,
            previous=self._previous,
        )

    def _write(self, live: SegmentFile, frame: bytes) -> None:
        try:
            live.write(frame)
        except OSError as error:
            self._take_back(live, len(frame))
            raise cannot_save(error) from error
        try:
            live.sync(len(frame))
        except OSError as error:
            self._stopped = True
            self._take_back(live, len(frame))
            raise cannot_save(error) from error
        self._sequence += 1
        self._previous = frame[-len(FIRST) :]

    def _take_back(self, live: SegmentFile, written: int) -> None:
        try:
            live.erase(written)
        except OSError:
            self._stopped = True

    def _move_tail_aside(self, live: SegmentFile, tail: int) -> None:
        names = (self._directory / f"torn-{live.number:08}-{count}" for count in itertools.count(1))
        self.torn = next(name for name in names if not name.exists())
        try:
            write_new(self.torn, live.tail(tail))
            sync_directory(self._directory)
            live.cut()
        except OSError:
            live.close()
            raise
        self.dropped = tail
