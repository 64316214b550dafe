"""What an administrator sees of a hub: a JSON line per request, counters for Prometheus; no patients."""

import os
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from multiprocessing.sharedctypes import RawArray

import msgspec

ROUTES = (
    *("fhir", "metadata", "desks", "token", "keys", "health", "metrics"),
    *("visits", "worklist", "quota", "first-reading", "search"),
    *("itsme", "itsme-answer", "itsme-forget", "itsme-keys", "itsme-link", "itsme-callback"),
)
ENTRIES = {
    HTTPStatus.CREATED: "created",
    HTTPStatus.OK: "known",
    HTTPStatus.BAD_REQUEST: "invalid",
    HTTPStatus.FORBIDDEN: "forbidden",
    HTTPStatus.CONFLICT: "conflict",
}
_CLASSES = ("2xx", "4xx", "5xx")
_NAMES = (
    *(
        f'idtui_hub_requests_total{{route="{route}",status="{status}"}}'
        for route in ROUTES
        for status in _CLASSES
    ),
    *(f'idtui_hub_entries_total{{outcome="{outcome}"}}' for outcome in ENTRIES.values()),
    *(f'idtui_hub_request_seconds_total{{route="{route}"}}' for route in ROUTES),
)
_PLACES = {name: place for place, name in enumerate(_NAMES)}

Log = Callable[[Mapping[str, object]], None]


class Board:
    """The counters of all workers, in memory they share; made before they start."""

    def __init__(self, workers: int = 1) -> None:
        self._workers = workers
        self._cells = RawArray("d", workers * len(_NAMES))

    def count(self, worker: int, name: str, amount: float) -> None:
        """Add to a counter of a worker; each worker writes its own cells only."""
        self._cells[worker * len(_NAMES) + _PLACES[name]] += amount

    def text(self) -> str:
        """Return the sums in Prometheus' text format."""
        lines: list[str] = []
        for place, name in enumerate(_NAMES):
            family = name.partition("{")[0]
            if f"# TYPE {family} counter" not in lines:
                lines.append(f"# TYPE {family} counter")
            total = sum(self._cells[worker * len(_NAMES) + place] for worker in range(self._workers))
            lines.append(f"{name} {total:.15g}")
        return "\n".join(lines) + "\n"


class Watch:
    """What one worker reports."""

    def __init__(self, board: Board, worker: int = 0, log: Log | None = None) -> None:
        self.board = board
        self._worker = worker
        self._log = log

    def entries(self, statuses: Counter[HTTPStatus]) -> dict[str, int]:
        """Count the entries of a batch, and return the counts for its line in the log."""
        counts = {ENTRIES[status]: count for status, count in sorted(statuses.items())}
        for outcome, count in counts.items():
            self.board.count(self._worker, f'idtui_hub_entries_total{{outcome="{outcome}"}}', count)
        return counts

    def request(self, route: str, status: int, seconds: float, facts: Mapping[str, object]) -> None:
        """Count a request and write its line; `facts` holds ids, counts and our own words only."""
        kind = _CLASSES[0 if status < 400 else 1 if status < 500 else 2]
        self.board.count(self._worker, f'idtui_hub_requests_total{{route="{route}",status="{kind}"}}', 1)
        self.board.count(self._worker, f'idtui_hub_request_seconds_total{{route="{route}"}}', seconds)
        if self._log:
            at = datetime.now(UTC).isoformat(timespec="milliseconds")
            told = {"route": route, "status": status, "ms": round(seconds * 1000, 1), **facts}
            self._log({"at": at, **told})


def to_descriptor(descriptor: int) -> Log:
    """Return a log of one JSON object a line; a line is one write, so that those of workers do not mix."""
    return lambda facts: _write(descriptor, msgspec.json.encode(facts) + b"\n")


def _write(descriptor: int, line: bytes) -> None:
    try:
        os.write(descriptor, line)
    except OSError:
        return  # a log that cannot be written must not stop the intake
