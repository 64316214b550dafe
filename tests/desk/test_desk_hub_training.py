"""Training's own hub is asked as a real one: worklist, quota, readings of the hospital, a first reading."""

import queue
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from idtui.bootstrap.desks import training_stage
from idtui.config import Config
from idtui.desk.events import CodeScanned, Event, FirstReadingUnknown, QuotaTold, WorklistTold
from idtui.domain.consulting import FirstRead
from idtui.domain.entries import Verification
from idtui.domain.quota import Share
from idtui.domain.rules import Means
from idtui.domain.scan import Found
from idtui.seal.passphrase import Passphrase
from idtui.sync.session import deliver
from idtui.training.stage import Stage

PATIENCE = 30.0
NISS = "85073003328"
Until = Callable[[Callable[[], bool]], list[Event]]


@pytest.fixture
def events() -> "queue.Queue[Event]":
    return queue.Queue()


@pytest.fixture
def stage(tmp_path: Path, events: "queue.Queue[Event]") -> Iterator[Stage]:
    config = Config(desk="desk-1", operator="op-1", undo_seconds=0, hospital_app=True)
    stage = training_stage(config, tmp_path / "desk", Passphrase.random())
    stage.desk.start(events.put, lambda: None)
    yield stage
    stage.desk.stop()


@pytest.fixture
def until(stage: Stage, events: "queue.Queue[Event]") -> Until:
    def wait(holds: Callable[[], bool]) -> list[Event]:
        came: list[Event] = []
        while not holds():
            came.append(events.get(timeout=PATIENCE))
            stage.desk.handle(came[-1])
        return came

    return wait


def keys(stage: Stage, *pressed: str) -> None:
    for key in pressed:
        stage.desk.key(key, key if len(key) == 1 else None)


def put_off_and_typed(stage: Stage) -> None:
    keys(stage, "r", *"bed4", "enter", "n", *NISS, "g", "d")


def test_worklist_and_quota_of_the_hospital_are_told(stage: Stage, until: Until) -> None:
    put_off_and_typed(stage)
    keys(stage, "o")
    until(lambda: stage.desk.state.delivery.waiting == 0)
    stage.desk.tick()
    until(lambda: stage.desk.state.quota is not None and stage.desk.state.quota.hospital.total > 0)
    assert stage.desk.state.quota is not None
    assert stage.desk.state.quota.hospital == stage.desk.state.quota.own == Share(0, 1)
    assert stage.desk.state.shared_at is not None
    assert stage.desk.state.shared == (), "what this desk put off is its own"


def test_what_another_desk_put_off_and_read_is_told(stage: Stage, until: Until) -> None:
    put_off_and_typed(stage)
    other = [replace(entry, desk="desk-2") for entry in stage.journal.unsent()]
    typed = next(entry for entry in other if isinstance(entry, Verification))
    hub = stage.network.opened()
    deliver(hub.url, [replace(one, id=f"{one.id[:-3]}abc") for one in other if one is not typed])
    deliver(hub.url, [replace(typed, id=f"{typed.id[:-3]}abd", means=Means.EID, entry="chip", reason=None)])
    stage.desk.tick()
    until(lambda: bool(stage.desk.state.shared))
    (due,) = stage.desk.state.shared
    assert (due.desk, due.alias) == ("desk-2", "bed4") or due.episode.visit == "bed4"
    keys(stage, "n", *NISS)
    until(lambda: bool(stage.desk.state.elsewhere))
    assert {one.desk for one in stage.desk.state.elsewhere} == {"desk-2"}
    keys(stage, "escape", "escape", "k")
    stage.desk.handle(CodeScanned(Found(niss=NISS, count=1)))
    until(lambda: stage.desk.state.ladder.first_read is FirstRead.READ)


def test_with_the_network_cut_nothing_is_told_and_the_application_says_so(
    stage: Stage, until: Until, events: "queue.Queue[Event]"
) -> None:
    stage.network.cut = True
    stage.desk.tick()
    keys(stage, "k")
    stage.desk.handle(CodeScanned(Found(niss=NISS, count=1)))
    came = until(lambda: stage.desk.state.ladder.first_read is FirstRead.SILENT)
    assert any(isinstance(event, FirstReadingUnknown) for event in came)
    assert stage.network.hub is None, "a hub that is away is not even started"
    stage.network.cut = False
    stage.clock.skip(timedelta(minutes=6))
    stage.desk.tick()
    told = until(lambda: stage.desk.state.shared_at is not None)
    assert any(isinstance(event, WorklistTold) for event in told)
    assert any(isinstance(event, QuotaTold) for event in (*told, events.get(timeout=PATIENCE)))


def test_a_desk_that_ends_at_once_leaves_no_hub_behind(tmp_path: Path) -> None:
    stage = training_stage(Config(desk="desk-1"), tmp_path / "desk", Passphrase.random())
    stage.desk.start(lambda _event: None, lambda: None)
    stage.desk.tick()
    stage.desk.stop()
    hub = stage.network.hub
    assert hub is None or not hub._thread.is_alive()
