"""`make bench`: measure, print the table, and write it to docs/performance.md with date and machine."""

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
INTRODUCTION = """# Performance

Written by `make bench`. Every figure of ours stands beside a named peer measured in the same run on the same
machine: the ratio is what counts, seconds depend on the machine. A goal is judged here, never in a test.
"""


def main() -> None:
    """Run every benchmark, one after the other, and write the page."""
    today = dt.datetime.now().astimezone().date()
    lines = [
        INTRODUCTION,
        f"{today}, {os.cpu_count()} cores, Python {platform.python_version()}.\n",
        "| what | ours | peer | ratio | goal |",
        "|---|--:|--:|--:|---|",
    ]
    for measured in (cards, barcodes, terminal, store, hub, delivery):
        print(f"measuring {measured.__name__.rpartition('.')[2]} ...", file=sys.stderr)
        lines += [_line(row) for row in measured.rows()]
    page = "\n".join(lines) + "\n"
    PAGE.write_text(page, encoding="utf-8")
    print(page)


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
