"""The journal's first form, text without encryption: read as it is, and brought into today's form once.

    segment-00000001    a header line, then frames
    header              "idtui-journal" SP <format version> LF
    frame               <CRC-32, 8 hex digits> SP <sequence, from 1> SP <JSON> LF

The checksum covers sequence and JSON.
"""

import os
import re
import shutil
import zlib
from collections.abc import Callable
from datetime import date
from pathlib import Path

import msgspec

from idtui.domain.errors import JournalDamaged
from idtui.domain.text import say
from idtui.seal.aead import seal
from idtui.seal.passphrase import Passphrase
from idtui.store import vault
from idtui.store.durable import sync_directory, write_new
from idtui.store.frames import MAGIC
from idtui.store.history import History
from idtui.store.history import replay as replay_sealed
from idtui.store.journal import Journal
from idtui.store.segment_file import path_of, segment_files
from idtui.store.vault import Vault
from idtui.store.watch import Work, passed

HEADER = b"idtui-journal 1\n"
_ANY_HEADER = re.compile(rb"idtui-journal ([0-9]{1,9})\n")
_CRC_DIGITS = 8
# Overlapping, and not only at line starts: a damaged line feed must not hide the frame after it.
_FRAME_ANYWHERE = re.compile(rb"(?=([0-9a-f]{8} [0-9]+ [^\n]*)\n)")
_WORKSHOP = "migrating"


class Replay(msgspec.Struct, frozen=True):
    """What a segment holds: its payloads in order, where the good part ends, how many bytes follow it."""

    payloads: list[bytes]
    length: int
    tail: int


def found_in(directory: Path) -> bool:
    """Say whether the store in this directory is in the first form, also when a migration was cut short."""
    try:
        with path_of(directory, 1).open("rb") as segment:
            begin = segment.read(len(HEADER))
    except OSError:
        return False
    sealed = begin.startswith(MAGIC) or vault.exists(directory)
    return begin.startswith(b"idtui-journal ") or not sealed


def framed(sequence: int, payload: bytes) -> bytes:
    """Return the frame of a payload, which must hold no line feed."""
    body = b"%d %s" % (sequence, payload)
    return b"%08x %s\n" % (zlib.crc32(body), body)


def _unframed(line: bytes) -> tuple[int, bytes] | None:
    """Return sequence and payload of a line without its line feed; None when the checksum does not fit."""
    checksum, body = line[:_CRC_DIGITS], line[_CRC_DIGITS + 1 :]
    if line[_CRC_DIGITS : _CRC_DIGITS + 1] != b" " or checksum != b"%08x" % zlib.crc32(body):
        return None
    sequence, _, payload = body.partition(b" ")
    return (int(sequence), payload) if sequence.isdigit() else None


def replay(data: bytes) -> Replay:
    """Return the longest valid prefix of a segment.

    What follows it is a torn tail when no whole frame comes after. Raises `JournalDamaged` when one does,
    when frames are missing, and for a format this version does not know.
    """
    if not data.startswith(HEADER):
        if HEADER.startswith(data):
            return Replay([], 0, len(data))
        raise _strange_header(data)
    payloads: list[bytes] = []
    start = len(HEADER)
    while (end := data.find(b"\n", start)) >= 0:
        frame = _unframed(data[start:end])
        if frame is None or frame[0] != len(payloads) + 1:
            break
        payloads.append(frame[1])
        start = end + 1
    later = (_unframed(match[1]) for match in _FRAME_ANYWHERE.finditer(data, start))
    if readable := sum(frame is not None for frame in later):
        raise JournalDamaged(
            say("store.damaged", saved=len(payloads), readable=readable, offset=start, segment=1)
        )
    return Replay(payloads, start, len(data) - start)


def _strange_header(data: bytes) -> JournalDamaged:
    if other := _ANY_HEADER.match(data):
        return JournalDamaged(say("store.newer_format", version=int(other[1])))
    return JournalDamaged(say("store.no_header"))


def migrate(directory: Path, passphrase: Passphrase, today: Callable[[], date], step: int) -> Path | None:
    """Bring the store into today's form; return the file an unfinished frame was moved to, if there was one.

    The sealed journal is built and read back beside the old one; the renaming of its first segment over the
    old file is the last step and the switch. Cut short before, it is done again from the start.
    Raises `JournalDamaged`, writing nothing, `CannotSave` and OSError.
    """
    data = path_of(directory, 1).read_bytes()
    found = replay(data)
    workshop = _empty_workshop(directory)
    keys = Vault.create(workshop, passphrase)
    journal = Journal(workshop, keys, History(), today, step)
    try:
        for done, payload in enumerate(found.payloads):
            passed(Work.SEALING, done, len(found.payloads))
            journal.append(payload)
    finally:
        journal.close()
    passed(Work.SEALING, len(found.payloads), len(found.payloads))
    files = segment_files(workshop)
    if replay_sealed(files, keys).entries != found.payloads:
        raise JournalDamaged(say("store.migration_differs"))
    for path in (workshop / vault.NAME, *(path for number, path in files if number > 1)):
        path.rename(directory / path.name)
    torn = _seal_torn(directory, keys, data[found.length :])
    sync_directory(directory)
    if files:
        os.replace(path_of(workshop, 1), path_of(directory, 1))  # noqa: PTH105  # the switch stands in the open
    else:
        path_of(directory, 1).unlink()
    sync_directory(directory)
    workshop.rmdir()
    return torn


def _empty_workshop(directory: Path) -> Path:
    """Return an empty directory to build in; what a migration cut short left behind goes."""
    workshop = directory / _WORKSHOP
    if workshop.exists():
        shutil.rmtree(workshop)
    for number, path in segment_files(directory):
        if number > 1:
            path.unlink()
    (directory / vault.NAME).unlink(missing_ok=True)
    workshop.mkdir(mode=0o700)
    sync_directory(directory)
    return workshop


def _seal_torn(directory: Path, keys: Vault, tail: bytes) -> Path | None:
    """Seal what earlier openings moved aside in clear, and move this tail aside sealed."""
    aside = {path: path.read_bytes() for path in directory.glob("torn-*")}
    path = directory / f"torn-{1:08}-{len(aside) + 1}"
    if tail:
        aside[path] = tail
    for name, content in aside.items():
        name.unlink(missing_ok=True)
        write_new(name, seal(keys.torn_key(), content, b""))
    return path if tail else None
