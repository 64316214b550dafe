"""What may be changed of an entry: why it is withdrawn, and which of its fields a person corrects.

An entry is never edited. A correction is a new entry and a `Correction` that says which one it replaces;
what the machine observed and what a chip said are never corrected, only withdrawn.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec.structs import replace

from idtui.domain import outcome, rules
from idtui.domain.deadlines import MARGIN_BEFORE_ADMISSION, counts_for_stay
from idtui.domain.entries import Consultation, Declined, Entry, Evidence, Exemption, Pending, Verification
from idtui.domain.episode import VISIT, Episode, EpisodeKind
from idtui.domain.errors import NotUnderstood, RuleForbids
from idtui.domain.reading import ReaderState
from idtui.domain.rules import EntryType, HowVerified, Means, Moment, Reason
from idtui.domain.text import Private, say


class WithdrawnWhy(StrEnum):
    """Why a person withdraws an entry. The texts name no list: these words are ours."""

    UNDO = "undo"
    WRONG_PATIENT = "wrong_patient"
    ENTERED_TWICE = "entered_twice"
    NO_CARE = "no_care"
    """The care did not take place."""
    OTHER = "other"


class CorrectedWhy(StrEnum):
    """What a correction is about."""

    VISIT = "visit"
    EPISODE = "episode"
    CARE_AT = "care_at"
    REASON = "reason"
    COMPLETED = "completed"
    """A pending whose verification was made."""
    SENT_AGAIN = "sent_again"
    """Refused by the hub, and sent anew with the same content."""


CHANGEABLE = (Verification, Exemption, Consultation, Pending)
"""Kinds that a person may correct or withdraw; corrections and withdrawals themselves stand."""


class Changes(Private, frozen=True, kw_only=True):
    """The fields to be corrected; None leaves one as it is. Moments have an offset."""

    visit: str | None = None
    kind: EpisodeKind | None = None
    admitted_at: datetime | None = None
    care_at: datetime | None = None
    reason: Reason | None = None
    how_verified: HowVerified | None = None

    @property
    def why(self) -> CorrectedWhy:
        """The word for the correction; raises `NotUnderstood` when nothing is to be changed."""
        if self.reason is not None:
            return CorrectedWhy.REASON
        if self.care_at is not None:
            return CorrectedWhy.CARE_AT
        if self.kind is not None or self.admitted_at is not None:
            return CorrectedWhy.EPISODE
        if self.visit is not None:
            return CorrectedWhy.VISIT
        raise NotUnderstood(say("change.nothing"))


def corrected(
    entry: Entry, changes: Changes, now: datetime, margin: timedelta = MARGIN_BEFORE_ADMISSION
) -> dict[str, object]:
    """Return the fields of the entry as they should be, all but its head.

    A reading becomes that of a stay when it was made at most `margin` before the admission (C-6). Raises
    `NotUnderstood` for a field this kind does not have, `RuleForbids` for what the law does not know.
    """
    if not isinstance(entry, CHANGEABLE):
        raise NotUnderstood(say("change.kind"))
    episode = _episode(entry.episode, changes, now)
    if isinstance(entry, Verification) and (changes.kind or changes.admitted_at) and episode.admitted_at:
        _check_read_for_stay(entry.verified_at, episode.admitted_at, margin)
    fields: dict[str, object] = {"episode": episode}
    care_at = changes.care_at or entry.care_at
    if care_at > now:
        raise RuleForbids("C-6", say("claim.future"))
    fields["care_at"] = care_at
    if isinstance(entry, Verification):
        fields |= _verified(entry, changes)
    elif changes.reason or changes.how_verified:
        raise NotUnderstood(say("change.no_reason"))
    return fields


def _episode(episode: Episode, changes: Changes, now: datetime) -> Episode:
    if changes.visit and not VISIT.fullmatch(changes.visit):
        raise NotUnderstood(say("claim.bad_field", field="episode.visit"))
    visit = episode.visit if changes.visit is None else changes.visit or None
    kind = changes.kind or episode.kind
    admitted_at = changes.admitted_at or episode.admitted_at
    if kind is not EpisodeKind.HOSPITALISATION:
        admitted_at = None
    elif admitted_at is None:
        raise NotUnderstood(say("change.admission_missing"))
    if admitted_at and admitted_at > now:
        raise RuleForbids("C-6", say("claim.future"))
    return replace(episode, visit=visit, kind=kind, admitted_at=admitted_at)


def _check_read_for_stay(read_at: datetime, admitted_at: datetime, margin: timedelta) -> None:
    if not counts_for_stay(read_at, admitted_at, margin):
        raise RuleForbids("C-6", say("change.read_too_early", hours=margin // timedelta(hours=1)))


def _verified(entry: Verification, changes: Changes) -> Mapping[str, object]:
    if changes.reason is None:
        if changes.how_verified:
            raise NotUnderstood(say("change.no_reason"))
        _check_moment(entry.entry, changes.care_at or entry.care_at, entry.verified_at)
        return {}
    if entry.entry not in rules.TYPED:
        raise NotUnderstood(say("change.no_reason"))
    row = rules.REASON_ROWS[changes.reason]
    typed = EntryType.MANUAL if row.moment is Moment.BEFORE else EntryType.MANUAL_AFTERWARDS
    means = (entry.document_shown or entry.means) if row.document_shown else Means.NONE
    if row.asks_how != (changes.how_verified is not None):
        raise NotUnderstood(say("change.how_missing" if row.asks_how else "change.how_not_asked"))
    if rules.permitting(means, typed, changes.reason, row.moment) is None:
        raise RuleForbids(
            row.rule, say("why_not.nothing_was_shown", reason=say(f"reason.{row.reason}"), rule=row.rule)
        )
    _check_moment(typed, changes.care_at or entry.care_at, entry.verified_at)
    return {
        "reason": changes.reason,
        "entry": typed,
        "means": means,
        "document_shown": means,
        "declined": entry.declined if means is entry.means else _declined(means),
        "evidence": replace(
            entry.evidence,
            how_verified=changes.how_verified,
            contradicted=_against(entry.evidence, changes.reason),
        ),
    }


def _declined(means: Means) -> tuple[Declined, ...]:
    return outcome.declined(means, unreadable=rules.is_readable(means))


def _check_moment(entry: EntryType, care_at: datetime, verified_at: datetime) -> None:
    if entry is EntryType.MANUAL_AFTERWARDS and verified_at < care_at:
        raise RuleForbids("R-44", say("claim.not_afterwards"))


def _against(evidence: Evidence, reason: Reason) -> tuple[str, ...]:
    """Return what the machine observed then that speaks against the reason given now."""
    observed = []
    if reason in (Reason.READER_UNAVAILABLE, Reason.NO_CONNECTION) and evidence.reader is ReaderState.READY:
        observed.append("observed.reader_ready")
    if reason is Reason.NO_CONNECTION and evidence.hub_reachable:
        observed.append("observed.hub_answers")
    return tuple(observed)
