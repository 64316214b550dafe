"""The phone in training: the real desk, the real pages of the embedded hub, a simulated patient."""

import queue
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from desk_fakes import STATION, HandClock

from idtui.desk.events import Event
from idtui.domain.care import Care
from idtui.domain.entries import Verification
from idtui.domain.path import Phase, Settings
from idtui.domain.rules import Means
from idtui.domain.text import say
from idtui.seal.passphrase import Passphrase
from idtui.training.people import ZOE
from idtui.training.stage import Stage, set_stage

PATIENCE = 30.0
Until = Callable[[Callable[[], bool]], None]


@pytest.fixture
def events() -> "queue.Queue[Event]":
    return queue.Queue()


@pytest.fixture
def stage(tmp_path: Path, events: "queue.Queue[Event]") -> Iterator[Stage]:
    stage = set_stage(
        station=STATION,
        store=tmp_path / "desk",
        passphrase=Passphrase.random(),
        clock=HandClock(),
        usual=Care(),
        settings=Settings(),
        undo_window=timedelta(0),
    )
    stage.desk.start(events.put, lambda: None)
    yield stage
    stage.desk.stop()


@pytest.fixture
def until(stage: Stage, events: "queue.Queue[Event]") -> Until:
    def wait(holds: Callable[[], bool]) -> None:
        while not holds():
            stage.desk.handle(events.get(timeout=PATIENCE))

    return wait


def has_code(stage: Stage) -> bool:
    return bool(stage.desk.state.phone and stage.desk.state.phone.link)


def test_the_patient_confirms(stage: Stage, until: Until) -> None:
    before = dict(stage.desk.training_actions())
    assert not {before["t"], before["v"]} & {"training.phone_confirms", "training.phone_cancels"}
    stage.desk.key("t", "t")
    until(lambda: has_code(stage))
    stage.desk.key("ctrl+t")
    stage.desk.key("t", "t")
    until(lambda: stage.desk.state.ladder.phase is Phase.CONFIRMED)
    stage.desk.key("enter")
    entry = stage.journal.last("verification")
    assert isinstance(entry, Verification)
    assert (entry.niss, entry.means) == (ZOE.niss, Means.ITSME)


def test_the_patient_cancels(stage: Stage, until: Until) -> None:
    stage.desk.key("t", "t")
    until(lambda: has_code(stage))
    stage.desk.key("ctrl+t")
    stage.desk.key("v", "v")
    until(lambda: stage.desk.state.ladder.phase is Phase.WAITING)
    assert stage.desk.state.notice is not None
    assert stage.desk.state.notice.message == say("itsme.failed.cancelled")


def test_without_a_network_it_is_told_at_once(stage: Stage, until: Until) -> None:
    stage.network.cut = True
    stage.desk.key("t", "t")
    until(lambda: stage.desk.state.ladder.phase is Phase.WAITING)
    assert stage.desk.state.notice is not None
    assert stage.desk.state.notice.message == say("itsme.hub_unreachable")
