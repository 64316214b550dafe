import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hub_records import FIRST_READING, NISS, entry_id, record
from told_visits import visit

from idtui.desk.events import (
    Event,
    FirstReadingTold,
    FirstReadingUnknown,
    LookupFailed,
    QuotaTold,
    ReadElsewhere,
    VisitsTold,
    WorklistTold,
)
from idtui.domain.elsewhere import FirstReading, Question
from idtui.domain.quota import Shift
from idtui.domain.rules import Means
from idtui.domain.visit import VisitKind, VisitSource
from idtui.hub import visits as hub_visits
from idtui.hub.embedded import EmbeddedHub
from idtui.sync import asking
from idtui.sync.asking import NoAnswer
from idtui.sync.background import HubBackground
from idtui.sync.errors import HubAddressRefused
from idtui.sync.lookup import HubLookup, first_reading, read_elsewhere, tallies, worklist
from idtui.sync.session import Road
from idtui.sync.visits import fetch

DEADLINE = 60.0
ABOUT = Question(niss=NISS)


@pytest.fixture
def hub() -> Iterator[EmbeddedHub]:
    hub = EmbeddedHub()
    hub.start()
    yield hub
    hub.stop()


def test_a_desk_learns_what_another_desk_read(hub: EmbeddedHub) -> None:
    hub._database.store(
        [record(1, visit="V1", name="a\u009b2J"), record(2, "pending", niss=None, alias="Unknown 1")]
    )
    (found,) = read_elsewhere(Road(hub.url), Question(niss=NISS, since="2026-11-22"))
    assert (found.id, found.kind, found.desk, found.means) == (entry_id(1), "verification", "desk-1", "eid")
    assert (found.niss, found.visit, found.entry_type) == (NISS, "V1", "chip")
    assert found.name == "a\N{REPLACEMENT CHARACTER}2J"
    assert read_elsewhere(Road(hub.url), Question(niss=NISS, since="2026-11-23")) == ()
    by_visit = read_elsewhere(Road(hub.url), Question(visit="V1"))
    assert [(one.kind, one.alias) for one in by_visit] == [("pending", "Unknown 1"), ("verification", None)]


def test_worklist_and_quota_come_from_the_hub(hub: EmbeddedHub) -> None:
    hub._database.store([record(1, "pending", visit="V2", niss=None, alias="Unknown 1"), record(2)])
    (due,) = worklist(Road(hub.url))
    assert (due.id, due.alias, due.visit, due.niss) == (entry_id(1), "Unknown 1", "V2", None)
    (counted,) = tallies(Road(hub.url), 2026)
    assert (counted.month, counted.shift, counted.count) == (11, Shift.EARLY, 1)
    assert tallies(Road(hub.url), 2025) == ()


def test_a_first_reading_comes_from_the_hub(hub: EmbeddedHub) -> None:
    assert first_reading(Road(hub.url), NISS) is None
    hub._database.store(FIRST_READING)
    assert first_reading(Road(hub.url), NISS) == FirstReading(date(2025, 3, 4), "desk-2", Means.FOREIGNER)
    posted: queue.Queue[Event] = queue.Queue()
    background = HubBackground(Road(hub.url))
    background.start(posted.put)
    background.ask_first_reading(NISS)
    told = posted.get(timeout=DEADLINE)
    assert isinstance(told, FirstReadingTold)
    assert (told.niss, told.reading is not None) == (NISS, True)


def test_a_first_reading_is_asked_by_a_post_with_the_token_and_cleaned() -> None:
    said = b'{"reading": {"day": "2025-03-04", "desk": "a\\u009b2J", "means": "eid"}}'
    with answering(200, said) as (url, came):
        found = first_reading(Road(url, bearer="t"), NISS)
    assert found is not None
    assert found.desk == "a\N{REPLACEMENT CHARACTER}2J"
    assert came[0].startswith("POST /desk/first-reading HTTP")
    assert NISS in came[1]
    assert came[2] == "Bearer t"


@pytest.mark.parametrize(
    "said",
    [
        b"{}",
        b'{"reading": {}}',
        b'{"reading": {"day": "2025-13-04", "desk": "d", "means": "eid"}}',
        b'{"reading": {"day": "2025-03-04", "desk": "d", "means": "vignette"}}',
        b'{"reading": {"day": "2025-03-04", "desk": "d", "means": "passport"}}',
    ],
)
def test_a_first_reading_that_is_none_vouches_for_nobody(said: bytes) -> None:
    posted: queue.Queue[Event] = queue.Queue()
    with answering(200, said) as (url, _):
        with pytest.raises(NoAnswer):
            first_reading(Road(url), NISS)
        HubLookup(Road(url), posted.put).ask_first_reading(NISS)
        assert isinstance(posted.get(timeout=DEADLINE), FirstReadingUnknown)


def test_without_a_hub_nobody_is_vouched_for() -> None:
    posted: queue.Queue[Event] = queue.Queue()
    HubLookup(Road("http://127.0.0.1:9/fhir"), posted.put).ask_first_reading(NISS)
    assert isinstance(posted.get(timeout=DEADLINE), FirstReadingUnknown)


def test_an_answer_is_posted_with_its_question_and_hides_the_patient(hub: EmbeddedHub) -> None:
    hub._database.store([record(1)])
    posted: queue.Queue[Event] = queue.Queue()
    HubLookup(Road(hub.url), posted.put).ask(ABOUT)
    event = posted.get(timeout=DEADLINE)
    assert isinstance(event, ReadElsewhere)
    assert (event.question, [one.id for one in event.entries]) == (ABOUT, [entry_id(1)])
    assert NISS not in repr(event)


def test_a_refresh_tells_visits_worklist_and_quota_also_of_a_contact_across_midnight(
    hub: EmbeddedHub,
) -> None:
    late = datetime(2026, 11, 21, 22, 10, tzinfo=UTC)
    across = visit("V1", VisitKind.EMERGENCY, told_at=late, source=VisitSource.HL7V2, admitted_at=late)
    hub_visits.store(hub._database.engine, [across])
    hub._database.store([record(1, "pending", visit="V2", niss=None, alias="Unknown 1"), record(2)])
    posted: queue.Queue[Event] = queue.Queue()
    background = HubBackground(Road(hub.url))
    background.start(posted.put)
    background.refresh(date(2026, 11, 22))
    told = [posted.get(timeout=DEADLINE) for _ in range(3)]
    assert [type(event) for event in told] == [VisitsTold, WorklistTold, QuotaTold]
    assert isinstance(told[0], VisitsTold)
    assert told[0].visits == (across,)
    background.ask(ABOUT)
    assert isinstance(posted.get(timeout=DEADLINE), ReadElsewhere)


def test_a_refresh_that_gets_no_answer_tells_nothing_and_ends() -> None:
    posted: queue.Queue[Event] = queue.Queue()
    background = HubBackground(Road("http://127.0.0.1:9/fhir"))
    background.start(posted.put)
    background.refresh(date(2026, 11, 22))
    assert background._refreshing is not None
    background._refreshing.join(DEADLINE)
    assert not background.busy
    assert posted.empty()


@contextmanager
def answering(
    status: int, body: bytes, wait: threading.Event | None = None
) -> Iterator[tuple[str, list[str]]]:
    """Answer every request so; give the address and the request lines and bodies that came."""
    came: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers.get("content-length", 0)))
            came.extend([self.requestline, content.decode(), self.headers.get("authorization", "")])
            if wait:
                wait.wait(DEADLINE)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST  # noqa: N815  # a name of the library

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/fhir", came
    finally:
        if wait:
            wait.set()
        server.shutdown()
        serving.join(DEADLINE)
        server.server_close()


def test_no_number_of_a_patient_stands_in_a_url_and_the_desk_proves_itself() -> None:
    with answering(200, b'{"type": "searchset"}') as (url, came):
        assert read_elsewhere(Road(url, bearer="t"), ABOUT) == ()
    assert came[0].startswith("POST /fhir/Observation/_search HTTP")
    assert NISS in came[1]
    assert came[2] == "Bearer t"


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b""),
        (200, b"[" * 3_000),
        (200, b'{"type": "history"}'),
        (200, b'{"type": "searchset", "entry": [{"resource": {}}]}'),
        (200, b'{"type": "searchset", "entry": [{"resource": {"code": 1}}]}'),
        (200, b'{"type": "searchset", "entry": [{"resource": {"component": [1]}}]}'),
        (302, b""),
        (404, b""),
        (500, b'{"resourceType": "OperationOutcome"}'),
    ],
)
def test_an_answer_that_is_none_is_no_answer(status: int, body: bytes) -> None:
    with answering(status, body) as (url, _):
        asks: tuple[Callable[[], object], ...] = (
            lambda: read_elsewhere(Road(url), ABOUT),
            lambda: worklist(Road(url)),
            lambda: tallies(Road(url), 2026),
            lambda: fetch(Road(url), date(2026, 11, 22)),
        )
        for ask in asks:
            with pytest.raises(NoAnswer):
                ask()


def test_an_endless_answer_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "LARGEST_ANSWER", 1_000)
    with answering(200, b" " * 2_000) as (url, _), pytest.raises(NoAnswer, match="bytes"):
        worklist(Road(url))


def test_a_hub_that_does_not_answer_costs_a_few_seconds_and_is_told() -> None:
    posted: queue.Queue[Event] = queue.Queue()
    with answering(200, b"", wait=threading.Event()) as (url, _):
        HubLookup(Road(url), posted.put, seconds=0.2).ask(ABOUT)
        assert posted.get(timeout=DEADLINE) == LookupFailed(ABOUT, "> 0.2 s")


def test_nothing_is_asked_of_a_foreign_address_or_about_nobody() -> None:
    posted: queue.Queue[Event] = queue.Queue()
    HubLookup(Road("http://hub.example/fhir"), posted.put).ask(ABOUT)
    assert isinstance(posted.get(timeout=DEADLINE), LookupFailed)
    with pytest.raises(HubAddressRefused):
        worklist(Road("http://hub.example/fhir"))
    with pytest.raises(ValueError, match="nobody"):
        read_elsewhere(Road("http://127.0.0.1:9/fhir"), Question())
