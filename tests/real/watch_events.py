"""Child of the tests: runs the real reader port and prints one JSON line per event.

The PC/SC library takes its socket from the environment once per process, hence a process of its own.
Lines on standard input ask for the address or the photo of a contact: `address 1`; the end of input stops.
"""

import argparse
import ctypes
import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from idtui.desk.events import Event
from idtui.devices.eid import Trust
from idtui.devices.pcsc import PcscCards


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", type=Path, action="append", default=[])
    parser.add_argument("--silence", type=float, default=3.0)
    parser.add_argument("--prove-chip", action="store_true")
    parser.add_argument("--without-library", action="store_true")
    arguments = parser.parse_args()
    if arguments.without_library:
        ctypes.CDLL = absent  # type: ignore[misc, assignment]  # a machine without the library
    trust = Trust.pinned()
    for root in arguments.root:
        trust = trust.with_root(root.read_bytes())
    cards = PcscCards(
        trust, lambda: datetime.now(UTC).date(), silence=arguments.silence, prove_chip=arguments.prove_chip
    )
    cards.start(tell)
    for line in sys.stdin:
        what, contact = line.split()
        {"address": cards.read_address, "photo": cards.read_photo}[what](int(contact))
    cards.stop()
    if arguments.without_library and "smartcard" in sys.modules:
        sys.exit("pyscard was imported without its library")


def absent(name: str) -> None:
    raise OSError(f"{name}: cannot open shared object file")


def tell(event: Event) -> None:
    event_as_json = msgspec.json.encode({"event": type(event).__name__, **msgspec.structs.asdict(event)})
    sys.stdout.write(event_as_json.decode() + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
