from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest

from idtui.domain.visit import Visit, VisitKind, VisitSource, VisitState
from idtui.hub import visits
from idtui.hub.embedded import EmbeddedHub

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def hub() -> Iterator[EmbeddedHub]:
    hub = EmbeddedHub()
    hub.start()
    yield hub
    hub.stop()


def get(hub: EmbeddedHub, path: str) -> httpx.Response:
    return httpx.get(hub.url.removesuffix("/fhir") + path, trust_env=False)


def test_a_desk_asks_for_the_visits_of_a_day(hub: EmbeddedHub) -> None:
    visit = Visit(
        number="V1",
        kind=VisitKind.AMBULATORY,
        state=VisitState.PLANNED,
        source=VisitSource.CSV,
        told_at=NOON,
        appointment_at=NOON,
    )
    visits.store(hub._database.engine, [visit])
    found = get(hub, "/desk/visits?day=2026-11-22")
    assert (found.status_code, found.headers["content-type"]) == (200, "application/json")
    assert [one["number"] for one in found.json()["visits"]] == ["V1"]
    assert get(hub, "/desk/visits?day=2026-11-23").json() == {"visits": []}


@pytest.mark.parametrize("question", ["", "?day=", "?day=today", "?day=2026-13-01"])
def test_a_day_that_is_none_is_refused(hub: EmbeddedHub, question: str) -> None:
    refused = get(hub, f"/desk/visits{question}")
    assert (refused.status_code, refused.json()["resourceType"]) == (400, "OperationOutcome")
