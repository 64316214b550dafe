"""What the machine observed against what may be recorded: readings to take, reasons that can be true."""

from idtui.domain import rules
from idtui.domain.path import Settings, State
from idtui.domain.reading import ReaderState, Reading, Remark
from idtui.domain.rules import Means, Reason
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


def against(state: State, reason: Reason) -> tuple[str, ...]:
    """Return the ids of what the machine observed that speaks against a reason."""
    observed: list[str] = []
    if reason in (Reason.READER_UNAVAILABLE, Reason.NO_CONNECTION) and state.reader is ReaderState.READY:
        observed.append("observed.reader_ready")
    if reason is Reason.NO_CONNECTION and state.link:
        observed.append("observed.hub_answers")
    chip_works = state.reading is not None and state.reading.verdict.verified
    if reason is Reason.NO_CHIP_OR_DEFECTIVE and state.shown is Means.EID and chip_works:
        observed.append("observed.chip_read")
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
        return state.failure is not None or state.reading is not None
    if reason in (Reason.NO_DOCUMENT_IDENTITY_VERIFIED, Reason.NO_DOCUMENT):
        return state.nothing_shown
    return False


def reasons(state: State) -> tuple[Reason, ...]:
    """Return the reasons lawful at this moment, those the evidence supports first."""
    rows = rules.reasons_at(state.moment)
    return tuple(sorted((row.reason for row in rows), key=lambda reason: not supports(state, reason)))
