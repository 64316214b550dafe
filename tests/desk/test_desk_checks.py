"""Checks of every room gathered side by side: in order, in time, whatever fails or hangs."""

import threading
import time
from collections.abc import Iterator

from idtui.desk.checks import Check, CheckState, Examination, bad, gather, ok, warning, worst
from idtui.domain.text import say

PATIENCE = 30.0
GOOD = ok("a.one", say("saved"))
POOR = warning("b.one", say("saved"), say("saved"))
BROKEN = bad("c.one", say("saved"), say("saved"))


def examination(group: str, *checks: Check) -> Examination:
    return Examination(group, lambda: checks)


def test_checks_come_in_the_order_of_the_examinations() -> None:
    slow = threading.Event()

    def first() -> Iterator[Check]:
        assert slow.wait(PATIENCE), "the second examination waits for the first"
        yield GOOD

    def second() -> Iterator[Check]:
        yield POOR
        slow.set()

    assert gather([Examination("a", first), Examination("b", second)], PATIENCE) == (GOOD, POOR)


def test_one_that_fails_keeps_what_it_found_and_names_the_type_only() -> None:
    def fails() -> Iterator[Check]:
        yield GOOD
        raise OSError("SPECIMEN 85073003328")

    found = gather([Examination("a", fails), examination("b", POOR)], PATIENCE)
    assert [(check.id, check.state) for check in found] == [
        ("a.one", CheckState.OK),
        ("a.failed", CheckState.BAD),
        ("b.one", CheckState.WARNING),
    ]
    assert found[1].finding == say("doctor.failed", kind="OSError")
    assert "SPECIMEN" not in repr(found)


def test_one_that_hangs_is_left_to_itself_and_the_others_are_told() -> None:
    let_go = threading.Event()

    def hangs() -> Iterator[Check]:
        yield GOOD
        let_go.wait(PATIENCE)
        yield BROKEN

    begun = time.monotonic()
    try:
        found = gather([Examination("a", hangs), examination("b", POOR)], 0.05)
    finally:
        let_go.set()
    assert time.monotonic() - begun < PATIENCE / 2
    assert [check.id for check in found] == ["a.one", "a.hangs", "b.one"]
    assert found[1].state is CheckState.BAD


def test_the_worst_state_counts() -> None:
    assert worst(()) is CheckState.OK
    assert worst((GOOD, GOOD)) is CheckState.OK
    assert worst((GOOD, POOR, GOOD)) is CheckState.WARNING
    assert worst((BROKEN, POOR)) is CheckState.BAD


def test_the_group_is_what_stands_before_the_point() -> None:
    assert GOOD.group == "a"
