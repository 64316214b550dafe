"""A desk of fakes on a real terminal, moved from outside by lines on a file descriptor.

Started as `desk_program.py CONTROL_FD REPORT_FD LANGUAGE PROFILE`; lines: `good`, `forged`, `hostile N`,
`photo FILE`, `remove`, `crash`, `thread-crash`. At the end one JSON object goes to REPORT_FD: what the
journal kept. `DESK_PREFIX` and `DESK_HOLD` set the scanner, `DESK_STORE` names a folder for a real store of
1,000 entries, `DESK_VISIT` a visit that is known.
"""

import json
import os
import sys
import threading
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from idtui.ui.profile import Profile, prepare_environment

if TYPE_CHECKING:
    from desk_fakes import HandVisits

    from idtui.store.desk_store import DeskStore

CANARY = "85073003328"


FILL = 1_000


def filled_store(folder: Path) -> "DeskStore":
    """Return a store of 1,000 typed numbers of other days."""
    from desk_fakes import LATE_EVENING, HandClock

    from idtui.domain.entries import Evidence, Verification
    from idtui.domain.episode import Episode
    from idtui.domain.niss import check_number
    from idtui.domain.rules import EntryType, Means, Reason
    from idtui.seal.passphrase import LEAST, Passphrase
    from idtui.store.desk_store import open_store

    store = open_store(folder, desk="desk-1", clock=HandClock(), passphrase=Passphrase("specimen", LEAST))
    for number in range(FILL):
        nine, at = 850730000 + number % 998 + 1, LATE_EVENING - timedelta(days=2) + timedelta(seconds=number)
        entry = Verification(
            id=f"00000000-0000-7000-8000-{number:012}",
            sequence=store.next_sequence(),
            site="71000000",
            desk="desk-1",
            operator="op-1",
            recorded_at=at,
            care_at=at,
            verified_at=at,
            niss=f"{nine}{check_number(nine, born_2000_or_later=False):02}",
            episode=Episode(),
            means=Means.NONE,
            entry=EntryType.MANUAL,
            reason=Reason.NO_DOCUMENT_IDENTITY_VERIFIED,
            evidence=Evidence(),
        )
        store.append(entry)
    return store


def known_visits(number: str | None) -> "HandVisits | None":
    """Return visits of which one is known by that number; None where no number is given."""
    from desk_fakes import LATE_EVENING, HandVisits
    from told_visits import visit

    return HandVisits(visit(number, told_at=LATE_EVENING, admitted_at=LATE_EVENING)) if number else None


def main() -> int:
    control, report, language, profile = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
    settled = prepare_environment(Profile(profile))

    from desk_fakes import FORGED, GOOD, HOSTILE, HandCourier, Made, MemoryJournal, everywhere

    from idtui.desk.events import Event, PhotoRead
    from idtui.desk.ports import Journal
    from idtui.desk.wedge import Wedge, WedgeSettings
    from idtui.domain.path import Settings
    from idtui.domain.reading import Photo
    from idtui.ui.app import run
    from idtui.words import words

    folder = os.environ.get("DESK_STORE")
    journal: Journal = filled_store(Path(folder)) if folder else MemoryJournal()
    before = len(journal.entries())
    made = Made(
        courier=HandCourier(),
        journal=journal,  # type: ignore[arg-type]  # the real store stands in for that in memory
        settings=Settings(hospital_app=bool(folder)),
        visits=known_visits(os.environ.get("DESK_VISIT")),
    )
    hold = os.environ.get("DESK_HOLD")
    settings = WedgeSettings(prefix=os.environ.get("DESK_PREFIX", ""), hold=float(hold) if hold else None)
    wedge = Wedge(settings, from_afar="SSH_CONNECTION" in os.environ)

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
    code = run(made.desk, words(language), settled, made.clock.now, wedge)
    told = ("kind", "digits", "means", "entry", "reason", "rule")
    kept = [
        {name: value for name in told if (value := getattr(entry, name, None)) is not None}
        for entry in journal.entries()[before:]
    ]
    closed = isinstance(journal, MemoryJournal) and journal.closed
    os.write(report, json.dumps({"kept": kept, "closed": closed}).encode())
    return code


if __name__ == "__main__":
    sys.exit(main())
