"""The door of a locked desk: checked against the keys of the store, off the thread that takes keys."""

import queue
import threading
from pathlib import Path

import pytest
from desk_fakes import HandClock

from idtui.desk.events import DoorOpened, DoorStaysShut, Event
from idtui.domain.text import say
from idtui.seal.passphrase import LEAST, Passphrase
from idtui.store import door as door_module
from idtui.store.desk_store import open_store
from idtui.store.door import StoreDoor
from idtui.store.tries import pause_before_next

RIGHT = "correct horse"
DEADLINE = 20.0


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    folder = tmp_path / "desk"
    store = open_store(folder, desk="desk-1", clock=HandClock(), passphrase=Passphrase(RIGHT, LEAST))
    store.close()
    return folder


class Asked:
    """A door and what it answered."""

    def __init__(self, directory: Path) -> None:
        self.answers: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.door = StoreDoor(directory)
        self.door.start(self.answers.put)

    def __call__(self, passphrase: str) -> Event:
        self.door.ask(passphrase)
        return self.answers.get(timeout=DEADLINE)


def test_the_passphrase_of_the_store_opens_also_while_a_desk_holds_it(directory: Path) -> None:
    store = open_store(directory, desk="desk-1", clock=HandClock(), passphrase=Passphrase(RIGHT, LEAST))
    try:
        assert Asked(directory)(RIGHT) == DoorOpened()
    finally:
        store.close()


def test_wrong_ones_wait_longer_each_time_and_the_right_one_clears_the_count(directory: Path) -> None:
    asked = Asked(directory)
    assert asked("wrong") == DoorStaysShut(say("lock.wrong", seconds=1))
    assert pause_before_next(directory) == 0.25
    assert asked("") == DoorStaysShut(say("lock.wrong", seconds=1))
    assert pause_before_next(directory) == 0.5
    assert asked.door.ask(RIGHT) == 0.5
    assert asked.answers.get(timeout=DEADLINE) == DoorOpened()
    assert pause_before_next(directory) == 0.0


def test_the_tries_of_a_door_count_for_an_opening_and_the_other_way_round(directory: Path) -> None:
    (directory / "tries").write_text("9", encoding="ascii")
    asked = Asked(directory)
    assert asked.door.ask(RIGHT) == 30.0
    asked.door.stop()


def test_asking_blocks_nobody_and_a_try_that_waits_is_given_up_at_the_end(directory: Path) -> None:
    (directory / "tries").write_text("9", encoding="ascii")
    asked = Asked(directory)
    assert asked.door.ask(RIGHT) == 30.0
    (waiting,) = [thread for thread in threading.enumerate() if thread.name == "door"]
    assert waiting.daemon
    asked.door.stop()
    waiting.join(DEADLINE / 2)
    assert not waiting.is_alive()
    assert asked.answers.empty()
    assert pause_before_next(directory) == 30.0


def test_keys_that_cannot_be_read_are_told_and_count_as_no_try(directory: Path) -> None:
    (directory / "keys").write_bytes(b"idtui-keys 1\nnot keys at all\n")
    assert Asked(directory)(RIGHT) == DoorStaysShut(say("store.keys_damaged"))
    (directory / "keys").unlink()
    answer = Asked(directory)(RIGHT)
    assert isinstance(answer, DoorStaysShut)
    assert answer.why.id.startswith("store.")
    assert pause_before_next(directory) == 0.0


def test_whatever_goes_wrong_the_next_try_is_possible(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object) -> None:
        raise MemoryError(RIGHT)

    asked = Asked(directory)
    with monkeypatch.context() as patched:
        patched.setattr(door_module, "check_passphrase", broken)
        assert asked(RIGHT) == DoorStaysShut(say("lock.failed", kind="MemoryError"))
    assert asked(RIGHT) == DoorOpened()
