"""What the machine observed against what may be recorded: readings to take, reasons that can be true."""

from idtui.domain import rules
from idtui.domain.path import Settings, State
from idtui.domain.reading import CardFailure, ReaderState, Reading, Remark
from idtui.domain.rules import Reason
from idtui.domain.text import Message, say


def refusal_of(reading: Reading, settings: Settings) -> Message | None:
    """Say why this reading cannot be taken, or None when Enter may take it."""
    verdict = reading.verdict
    if verdict.problems:
        return say("reading.refused", problem=say(f"problem.{verdict.problems[0]}"))
    if Remark.NOT_YET_VALID in verdict.remarks:
        return say("reading.not_yet_valid", date=str(reading.identity.valid_from))
    if Remark.EXPIRED_CARD in verdict.remarks and not settings.accept_expired:
        return say("reading.expired", date=str(reading.identity.valid_to))
    return None


def acceptable(state: State) -> bool:
    """Whether the reading on the screen may be taken."""
    return state.reading is not None and refusal_of(state.reading, state.settings) is None


DEFECTIVE = frozenset({CardFailure.MUTE, CardFailure.BROKEN_CHIP, CardFailure.UNEXPECTED_ANSWER})
"""Failures that speak of the chip itself; the others speak of the reader, of another program or of haste."""


def chip_fault(state: State) -> str | None:
    """Name in one word what was wrong with the chip or what it holds; None when nothing was."""
    if state.failure in DEFECTIVE:
        return str(state.failure)
    if state.reading is not None and state.reading.verdict.problems:
        return str(state.reading.verdict.problems[0])
    return None


def against(state: State, reason: Reason) -> tuple[str, ...]:
    """Return the ids of what the machine observed that speaks against a reason."""
    observed: list[str] = []
    reading = state.own_reading
    if reason in (Reason.READER_UNAVAILABLE, Reason.NO_CONNECTION) and state.reader is ReaderState.READY:
        observed.append("observed.reader_ready")
    if reason is Reason.NO_CONNECTION and state.link:
        observed.append("observed.hub_answers")
    chip_works = reading is not None and reading.verdict.verified
    if reason is Reason.NO_CHIP_OR_DEFECTIVE and chip_works and state.document in rules.CARDS:
        observed.append("observed.chip_read")
    if not rules.REASON_ROWS[reason].document_shown and reading:
        observed.append("observed.card_seen")
    if reason is Reason.OUTSIDE_HOURS and state.outside_hours is False:
        observed.append("observed.in_hours")
    return tuple(observed)


def supports(state: State, reason: Reason) -> bool:
    """Whether something the machine observed speaks for a reason."""
    if against(state, reason):
        return False
    if reason is Reason.READER_UNAVAILABLE:
        return state.reader not in (ReaderState.READY, ReaderState.UNKNOWN)
    if reason is Reason.NO_CONNECTION:
        return state.link is False
    if reason is Reason.NO_CHIP_OR_DEFECTIVE:
        return chip_fault(state) is not None
    if reason is Reason.OUTSIDE_HOURS:
        return state.outside_hours is True and not state.no_document
    if not rules.REASON_ROWS[reason].document_shown:
        return state.no_document
    return False


def reasons(state: State) -> tuple[Reason, ...]:
    """Return the reasons lawful at this moment: supported by the evidence, silent on it, against it."""

    def place(reason: Reason) -> int:
        if supports(state, reason):
            return 0
        return 2 if against(state, reason) else 1

    return tuple(sorted((row.reason for row in rules.reasons_at(state.moment)), key=place))
