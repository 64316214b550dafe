"""Numbers read in drawn pictures of codes, beside pyzbar alone, zxing-cpp alone, and zxing-cpp with retries.

Zones of cards stand beside tesseract alone, judged by the same check digits. The seed is drawn at each run
and printed; `--seed N --each N` repeats one with so many pictures a condition.
"""

import argparse
import resource
import secrets
import statistics
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from random import Random

from PIL.Image import Image, Resampling
from PIL.ImageFilter import MedianFilter, UnsharpMask

from benchmarks import zone_pictures
from benchmarks.code_pictures import CONDITIONS, FORMATS, number, picture, without_code
from benchmarks.row import Row, not_run
from idtui.devices.codes import letters, zone
from idtui.devices.codes.child import PICTURE_BUDGET, look
from idtui.devices.codes.readers import Seen, every, zbar
from idtui.domain import mrz
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
    return one_of(find(raw.code()) for raw in look(drawn, PICTURE_BUDGET, zone.look).codes).niss


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
    false, empty = _without(without, draw)
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
        *_times("with a code", seconds),
        *_times("without a code", empty),
        *_zones(each, draw, seed),
    ]


def _times(of: str, seconds: list[float]) -> tuple[Row, Row]:
    """Return rows for the processor time of a picture, that of programs it starts included."""
    what = f"processor time of a picture {of}"
    return (
        Row(f"{what}, median", 1000 * statistics.median(seconds), "ms"),
        Row(f"{what}, 95th of 100", 1000 * statistics.quantiles(seconds, n=20)[-1], "ms"),
    )


def _without(count: int, draw: Random) -> tuple[int, list[float]]:
    """Return in how many pictures without a code a number was found, and our seconds.

    One in five is a card whose zone has one wrong digit.
    """
    false, seconds = 0, []
    for index in range(count):
        if index % 5:
            drawn = without_code(draw)
        else:
            wrong = zone_pictures.wrong_text(number(draw), draw)
            drawn = zone_pictures.picture(wrong, draw.choice(tuple(CONDITIONS)), draw)
        begun = _processor()
        false += bool(_ours(drawn))
        seconds.append(_processor() - begun)
    return false, seconds


def _zones(each: int, draw: Random, seed: int) -> list[Row]:
    """Return rows for the zones read, beside tesseract alone; for wrong ones, and for the times."""
    if not letters.are_readable() or not zone_pictures.FONT.exists():
        return [
            not_run("numbers read in pictures of the zone of a card", "no tesseract-ocr or no fonts-ocr-b")
        ]
    right = peer = wrong = 0
    seconds = []
    for condition in CONDITIONS:
        for _ in range(each):
            text = number(draw)
            drawn = zone_pictures.picture(zone_pictures.text(text, draw), condition, draw)
            begun = _processor()
            given = _ours(drawn)
            seconds.append(_processor() - begun)
            right += given == text
            wrong += given not in ("", text)
            peer += find(Code(mrz.recognised(letters.read(drawn)) or "")).niss == text
    total = each * len(CONDITIONS)
    return [
        Row(
            name="numbers read in pictures of the zone of a card",
            ours=100 * right / total,
            unit="%",
            peer="tesseract alone",
            peer_value=100 * peer / total,
            ratio=right / peer if peer else None,
            goal=f"above; 0 wrong; {total} pictures, seed {seed}",
        ),
        Row(f"wrong numbers in {total} pictures of the zone of a card", wrong, "", goal="0"),
        *_times("of the zone of a card", seconds),
    ]


def _processor() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


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
            begun = _processor()
            given = reader(drawn)
            if name == OURS:
                seconds.append(_processor() - begun)
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
