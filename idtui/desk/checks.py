"""What `idtui doctor` finds: one record per check, gathered from every room within a deadline."""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum

import msgspec

from idtui.domain.text import Message, say


class CheckState(StrEnum):
    """How a check came out, best first."""

    OK = "ok"
    WARNING = "warning"
    """The desk works, but not as it should or not for long."""
    BAD = "bad"
    """Something the desk needs does not work."""


class Check(msgspec.Struct, frozen=True):
    """One finding and, where something is wrong, its fix in one line.

    `id` is `<group>.<name>`, stable for other programs; both messages are free of patient data.
    """

    id: str
    state: CheckState
    finding: Message
    fix: Message | None = None

    @property
    def group(self) -> str:
        """The part of the machine it is about: what stands before the first point of the id."""
        return self.id.partition(".")[0]


def ok(check_id: str, finding: Message) -> Check:
    """Return a check that found nothing wrong."""
    return Check(check_id, CheckState.OK, finding)


def warning(check_id: str, finding: Message, fix: Message) -> Check:
    """Return a check that found something that should be otherwise."""
    return Check(check_id, CheckState.WARNING, finding, fix)


def bad(check_id: str, finding: Message, fix: Message) -> Check:
    """Return a check that found something broken."""
    return Check(check_id, CheckState.BAD, finding, fix)


class Examination(msgspec.Struct, frozen=True):
    """The checks of one group, not begun yet; `run` yields them in order and may fail or hang."""

    group: str
    run: Callable[[], Iterable[Check]]


def worst(checks: Iterable[Check]) -> CheckState:
    """Return the worst state among the checks; `OK` when there are none."""
    order = list(CheckState)
    return max((check.state for check in checks), key=order.index, default=CheckState.OK)


def gather(examinations: Sequence[Examination], seconds: float) -> tuple[Check, ...]:
    """Run all examinations side by side and return their checks in the order given, within `seconds`.

    One that fails or is not done in time keeps what it found until then and ends in a bad check, which
    names the type of the error only: its text may quote what must not be shown.
    """
    deadline = time.monotonic() + seconds
    under_way = [_UnderWay(examination) for examination in examinations]
    return tuple(check for one in under_way for check in one.found_by(deadline, seconds))


class _UnderWay:
    """An examination in a thread of its own, left to itself when it hangs."""

    def __init__(self, examination: Examination) -> None:
        self._examination = examination
        self._found: list[Check] = []
        self._thread = threading.Thread(target=self._run, name="doctor", daemon=True)
        self._thread.start()

    def found_by(self, deadline: float, seconds: float) -> list[Check]:
        self._thread.join(max(0.0, deadline - time.monotonic()))
        if not self._thread.is_alive():
            return self._found
        finding = say("doctor.hangs", seconds=f"{seconds:g}")
        return [*self._found, bad(f"{self._examination.group}.hangs", finding, say("doctor.hangs.fix"))]

    def _run(self) -> None:
        try:
            for check in self._examination.run():
                self._found.append(check)  # one by one: what comes next may hang
        except Exception as error:  # noqa: BLE001  # doctor is for machines on which anything may be broken
            finding = say("doctor.failed", kind=type(error).__name__)
            self._found.append(bad(f"{self._examination.group}.failed", finding, say("doctor.failed.fix")))
