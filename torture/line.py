"""The line cut after every byte of a request and an answer of three entries: `python torture/line.py`."""

import asyncio
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from line_faults import every_cut  # noqa: E402  # after the path is set


def main() -> int:
    """Cut everywhere and print the counts."""
    requests, answers = asyncio.run(every_cut())
    print(f"cut after every byte of a request ({requests:,}) and of an answer ({answers:,}): nothing lost")
    return 0


if __name__ == "__main__":
    sys.exit(main())
