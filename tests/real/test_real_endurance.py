"""A sample of the insertions and restarts of `make torture`, and the judgement on what a process holds."""

import os
import random
from collections.abc import Callable

import pytest
from reader_endurance import ENOUGH_ROUNDS, Endurance, Load, Violation, judged, loads_of
from real_parts import Watcher

from idtui.training.authority import TrainingAuthority
from idtui.training.pcscd import PrivatePcscd

SEED = 20261122


@pytest.mark.real
@pytest.mark.xdist_group("pcscd")
@pytest.mark.parametrize(
    ("turn", "rounds"), [(Endurance.insert_and_remove, 12), (Endurance.restart, 4)], ids=["cards", "restarts"]
)
def test_each_is_told_and_nothing_piles_up(
    pcscd: PrivatePcscd,
    watcher: Watcher,
    authority: TrainingAuthority,
    turn: Callable[[Endurance], float],
    rounds: int,
) -> None:
    endurance = Endurance(pcscd, watcher, authority, random.Random(SEED))
    loads = [load for _, load in loads_of(watcher.process, rounds, lambda: turn(endurance))]
    assert judged(loads).startswith("descriptors ")


QUIET = Load(descriptors=10, sockets=1, threads=4, memory=30_000_000)


def test_a_process_that_holds_what_it_held_is_flat() -> None:
    assert "sockets 1 to 1" in judged([QUIET] * ENOUGH_ROUNDS)


@pytest.mark.parametrize("what", ["descriptors", "sockets", "threads", "memory"])
def test_what_grows_is_named(what: str) -> None:
    step = 4096 if what == "memory" else 1
    growing = [
        Load(**{**vars(QUIET), what: getattr(QUIET, what) + number * step}) for number in range(ENOUGH_ROUNDS)
    ]
    with pytest.raises(Violation, match=f"^{what} grew"):
        judged(growing)


def test_what_is_held_for_a_moment_is_no_leak() -> None:
    busy = Load(descriptors=12, sockets=3, threads=6, memory=30_000_000)
    assert "threads 4 to 4" in judged([QUIET, busy, busy] * ENOUGH_ROUNDS)


def test_the_load_of_this_process_is_seen() -> None:
    before = Load.of(os.getpid())
    reading, writing = os.pipe()
    assert Load.of(os.getpid()).descriptors == before.descriptors + 2
    os.close(reading)
    os.close(writing)
    assert before.threads >= 1
    assert before.memory > 1_000_000
