"""`make bench`: measure, and write docs/performance.md; with the name of a part, only that part of it."""

import argparse
import datetime as dt
import os
import platform
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

from benchmarks import barcodes, cards, delivery, hub, store, terminal  # noqa: E402  # after the path is set
from benchmarks.row import Row  # noqa: E402  # likewise

PAGE = ROOT / "docs" / "performance.md"
PARTS = {
    "cards": cards,
    "barcodes": barcodes,
    "terminal": terminal,
    "store": store,
    "hub": hub,
    "delivery": delivery,
}
SECTION = "\n## "
INTRODUCTION = """# Performance

Written by `make bench`; `python benchmarks/run.py PART...` measures only the parts named, and leaves the
others as they stand. Every figure of ours stands beside a named peer measured in the same run on the same
machine: the ratio is what counts, seconds depend on the machine and its load (processes that wanted to run in
the minute before a part began, and before it ended). A goal is judged here, never in a test.
"""


def main() -> None:
    """Measure the parts one after the other; each is on the page as soon as it is measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", nargs="*", help=f"only these: {', '.join(PARTS)}")
    wanted = parser.parse_args().part or list(PARTS)
    if unknown := set(wanted) - PARTS.keys():
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    for part in wanted:
        print(f"measuring {part} ...", file=sys.stderr)
        section = _measured(part)
        print(section)
        sections = {**_on_page(), part: section}
        ordered = [f"{SECTION}{name}\n\n{sections[name]}\n" for name in PARTS if name in sections]
        PAGE.write_text(INTRODUCTION + "".join(ordered), encoding="utf-8")


def _on_page() -> dict[str, str]:
    """Return what the page says of each part."""
    split = [section.partition("\n") for section in PAGE.read_text(encoding="utf-8").split(SECTION)[1:]]
    return {name: body.strip() for name, _, body in split}


def _measured(part: str) -> str:
    today, before = dt.datetime.now().astimezone().date(), os.getloadavg()[0]
    rows = [_line(row) for row in PARTS[part].rows()]
    load = f"load {before:.1f} to {os.getloadavg()[0]:.1f}"
    where = f"{today}, {os.cpu_count()} cores, Python {platform.python_version()}, {load}."
    return "\n".join(
        [
            f"{where} {getattr(PARTS[part], 'NOTE', '')}".rstrip() + "\n",
            "| what | ours | peer | ratio | goal |",
            "|---|--:|--:|--:|---|",
            *rows,
        ]
    )


def _line(row: Row) -> str:
    peer = f"{row.peer} {_figure(row.peer_value, row.unit)}".strip()
    ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
    return f"| {row.name} | {_figure(row.ours, row.unit)} | {peer} | {ratio} | {row.goal} |"


def _figure(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    return f"{value:,.0f} {unit}" if value >= 100 or value == int(value) else f"{value:.3g} {unit}"


if __name__ == "__main__":
    main()
