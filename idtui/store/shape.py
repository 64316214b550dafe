"""The shape of a store, for support: sizes and counts of files and frames, read without any key."""

from collections import Counter
from pathlib import Path

import msgspec

from idtui.store.frames import Kind, scan
from idtui.store.segment_file import segment_files

PARTS = ("keys", "lock", "holder", "tries")


class SegmentShape(msgspec.Struct, frozen=True):
    """One segment: its bytes, its whole frames by kind, the bytes of an unfinished frame behind them."""

    number: int
    bytes: int
    frames: dict[str, int]
    tail: int


class StoreShape(msgspec.Struct, frozen=True):
    """A directory: its segments, the bytes of its other known files, how many it does not know."""

    segments: tuple[SegmentShape, ...]
    parts: dict[str, int]
    torn: tuple[int, ...]
    unknown: int


def shape_of(directory: Path) -> StoreShape:
    """Look at the files; names of unknown ones stay unsaid. Raises OSError."""
    segments = segment_files(directory)
    torn = sorted(directory.glob("torn-*"))
    parts = {name: (directory / name).stat().st_size for name in PARTS if (directory / name).exists()}
    known = len(segments) + len(torn) + len(parts)
    return StoreShape(
        segments=tuple(_segment(number, path) for number, path in segments),
        parts=parts,
        torn=tuple(path.stat().st_size for path in torn),
        unknown=sum(1 for _ in directory.iterdir()) - known,
    )


def _segment(number: int, path: Path) -> SegmentShape:
    data = path.read_bytes()
    found = scan(data)
    kinds = Counter(Kind(frame.kind).name.lower() for frame in found.frames)
    return SegmentShape(number, len(data), dict(sorted(kinds.items())), found.tail)
