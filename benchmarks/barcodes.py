"""Numbers read in drawn pictures of codes, beside pyzbar alone, zxing-cpp alone, and zxing-cpp with retries.

The seed is drawn at each run and printed; `--seed N --each N` repeats one with so many pictures a condition.
"""

import argparse
import secrets
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from random import Random

from PIL.Image import Image, Resampling
from PIL.ImageFilter import MedianFilter, UnsharpMask

from benchmarks.code_pictures import CONDITIONS, FORMATS, number, picture, without_code
from benchmarks.row import Row
from idtui.devices.codes.child import PICTURE_BUDGET, look
from idtui.devices.codes.readers import Seen, every, zbar
from idtui.domain.scan import Code, find, one_of
from idtui.domain.symbology import Symbology

EACH = 3
"""Pictures of each symbology under each condition."""

WITHOUT = 200
"""Pictures without a code."""

OURS = "ours"
TURNS = (15, -15, 30, -30, 45)
Read = Callable[[Image], str]


def _number(seen: Iterable[Seen]) -> str:
    return one_of(find(Code(one.data.decode("latin-1"), one.symbology)) for one in seen).niss


def _ours(drawn: Image) -> str:
    return one_of(find(raw.code()) for raw in look(drawn, PICTURE_BUDGET)).niss


def _retried(drawn: Image) -> str:
    """Read with zxing-cpp: as it is, median, turned, then enlarged and sharpened."""
    tries: tuple[Callable[[], Image], ...] = (
        lambda: drawn,
        lambda: drawn.filter(MedianFilter(3)),
        *(partial(drawn.rotate, turn, Resampling.BICUBIC, expand=True, fillcolor=255) for turn in TURNS),
        lambda: drawn.resize((2 * drawn.width, 2 * drawn.height), Resampling.BICUBIC).filter(UnsharpMask()),
    )
    return next(filter(None, (_number(every(one())) for one in tries)), "")


READERS: dict[str, Read] = {
    OURS: _ours,
    "pyzbar alone": lambda drawn: _number(zbar(drawn)),
    "zxing-cpp alone": lambda drawn: _number(every(drawn)),
    "zxing-cpp with retries": _retried,
}


def rows(seed: int | None = None, each: int = EACH, without: int = WITHOUT) -> list[Row]:
    """Measure, and return a row for each symbology and peer, wrong numbers, false hits and times."""
    seed = secrets.randbelow(10**6) if seed is None else seed
    print(f"seed of the pictures of codes: {seed}", file=sys.stderr)
    draw = Random(seed)
    hits: Counter[tuple[Symbology, str]] = Counter()
    below: Counter[str] = Counter()
    wrong, seconds = 0, list[float]()
    for symbology in FORMATS:
        for condition in CONDITIONS:
            read, faults, taken = _cell(symbology, condition, each, draw)
            wrong += faults
            seconds += taken
            hits.update({(symbology, name): count for name, count in read.items()})
            below.update(name for name in READERS if read[name] > read[OURS])
    total = each * len(CONDITIONS)
    false = sum(bool(_ours(without_code(draw))) for _ in range(without))
    note = f"above; 0 wrong; {total} pictures, seed {seed}"
    return [
        *(
            Row(
                name=f"numbers read in pictures of {symbology}",
                ours=100 * hits[symbology, OURS] / total,
                unit="%",
                peer=peer,
                peer_value=100 * hits[symbology, peer] / total,
                ratio=hits[symbology, OURS] / hits[symbology, peer] if hits[symbology, peer] else None,
                goal=note,
            )
            for symbology in FORMATS
            for peer in READERS
            if peer != OURS
        ),
        Row("conditions of a symbology in which any peer read more", sum(below.values()), "", goal="0"),
        Row(f"wrong numbers in {total * len(FORMATS)} pictures with a code", wrong, "", goal="0"),
        Row(f"numbers in {without} pictures without a code", false, "", goal="0"),
        _time("median", statistics.median(seconds)),
        _time("95th of 100", statistics.quantiles(seconds, n=20)[-1]),
    ]


def _time(which: str, seconds: float) -> Row:
    return Row(f"processor time of a picture with a code, {which}", 1000 * seconds, "ms")


def _cell(
    symbology: Symbology, condition: str, each: int, draw: Random
) -> tuple[Counter[str], int, list[float]]:
    """Return what each reader read right, how many numbers of ours are wrong, and our seconds."""
    read: Counter[str] = Counter()
    wrong, seconds = 0, []
    for _ in range(each):
        text = number(draw)
        drawn = picture(symbology, text, condition, draw)
        for name, reader in READERS.items():
            begun = time.process_time()
            given = reader(drawn)
            if name == OURS:
                seconds.append(time.process_time() - begun)
                wrong += given not in ("", text)
            read[name] += given == text
    return read, wrong, seconds


def main(arguments: Sequence[str]) -> None:
    """Print the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--each", type=int, default=EACH)
    parser.add_argument("--without", type=int, default=WITHOUT)
    asked = parser.parse_args(arguments)
    for row in rows(asked.seed, asked.each, asked.without):
        print(row)


if __name__ == "__main__":
    main(sys.argv[1:])
