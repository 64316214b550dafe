"""A desk of fakes on a real terminal, moved from outside by lines on a file descriptor.

Started as `desk_program.py CONTROL_FD REPORT_FD LANGUAGE PROFILE`; lines: `good`, `forged`, `hostile N`,
`photo FILE`, `remove`, `crash`, `thread-crash`. At the end one JSON object goes to REPORT_FD: what the
journal kept.
"""

import json
import os
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from idtui.ui.profile import Profile, prepare_environment

CANARY = "85073003328"


def main() -> int:
    control, report, language, profile = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
    settled = prepare_environment(Profile(profile))

    from desk_fakes import FORGED, GOOD, HOSTILE, HandCourier, Made, everywhere

    from idtui.desk.events import Event, PhotoRead
    from idtui.domain.reading import Photo
    from idtui.ui.app import run
    from idtui.words import words

    made = Made(courier=HandCourier())

    def crash(_event: Event | None = None, number: str = CANARY) -> None:
        raise ValueError(f"canary {number} SPECIMEN")

    def obey(order: str) -> None:
        match order.split():
            case ["good"]:
                made.cards.show(GOOD)
            case ["forged"]:
                made.cards.show(FORGED)
            case ["hostile", index]:
                made.cards.show(everywhere(HOSTILE[int(index)]))
            case ["photo", name]:
                made.cards.post(PhotoRead(made.cards.contact, Photo(Path(name).read_bytes())))
            case ["remove"]:
                made.cards.remove()
            case ["crash"]:
                made.desk.handle = crash  # type: ignore[assignment,method-assign]  # a planted bug
                made.cards.remove()
            case ["thread-crash"]:
                crash()

    def listen() -> None:
        with os.fdopen(control, encoding="utf-8") as orders:
            for order in orders:
                threading.Thread(target=obey, args=[order], daemon=True).start()

    threading.Thread(target=listen, daemon=True).start()
    code = run(made.desk, words(language), settled, made.clock.now)
    kept = [{"kind": entry.kind, "digits": getattr(entry, "digits", None)} for entry in made.journal.kept]
    os.write(report, json.dumps({"kept": kept, "closed": made.journal.closed}).encode())
    return code


if __name__ == "__main__":
    sys.exit(main())
