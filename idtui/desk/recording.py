"""From an outcome of the ladder, or a claim on the command line, to the entry that is kept."""

import re
from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from idtui.desk.stamp import Stamp
from idtui.domain import niss, rules
from idtui.domain.deadlines import MARGIN_BEFORE_ADMISSION, counts_for_stay
from idtui.domain.entries import Consultation, Evidence, Exemption, Pending, Verification
from idtui.domain.episode import VISIT, Coverage, Episode
from idtui.domain.errors import NotUnderstood, RuleForbids
from idtui.domain.path import Deferred, Exempted, KnownAs, Outcome
from idtui.domain.reading import PartialDate, Sex
from idtui.domain.rules import EntryType, HowVerified, Means, Moment, Reason
from idtui.domain.text import clean, say


def verification(
    stamp: Stamp,
    outcome: Outcome,
    episode: Episode,
    *,
    care_at: datetime,
    verified_at: datetime,
    coverage: Coverage | None = None,
) -> Verification:
    """Return the entry of a finished path."""
    identity = outcome.identity or outcome.confirmed
    return Verification(
        **stamp.head(),
        care_at=care_at,
        verified_at=verified_at,
        niss=outcome.niss,
        name=identity.name if identity else None,
        given_names=identity.given_names if identity else None,
        birth_date=identity.birth_date if identity else None,
        sex=outcome.identity.sex if outcome.identity else None,
        episode=episode,
        coverage=coverage,
        means=outcome.means,
        entry=outcome.entry,
        reason=outcome.reason,
        serial=outcome.serial,
        document_shown=outcome.document_shown,
        declined=outcome.declined,
        evidence=outcome.evidence,
        verdict=outcome.verdict,
    )


def exemption(
    stamp: Stamp,
    exempted: Exempted,
    known: KnownAs,
    *,
    episode: Episode,
    care_at: datetime,
    coverage: Coverage | None = None,
) -> Exemption:
    """Return the entry of an exemption (C-2); who it is may be known by visit or alias only."""
    return Exemption(
        **stamp.head(),
        care_at=care_at,
        rule=exempted.rule,
        episode=episode,
        niss=known.niss,
        alias=known.alias,
        document_shown=exempted.paper,
        coverage=coverage,
    )


def pending(stamp: Stamp, deferred: Deferred, episode: Episode, care_at: datetime) -> Pending:
    """Return the entry of a verification that is still due."""
    return Pending(
        **stamp.head(),
        care_at=care_at,
        episode=replace(episode, visit=deferred.visit or episode.visit),
        niss=deferred.niss,
        alias=deferred.alias,
        declined=deferred.declined,
        evidence=deferred.evidence,
    )


def consultation(
    stamp: Stamp, reading: str, number: str, episode: Episode, care_at: datetime
) -> Consultation:
    """Return the entry that says that an earlier reading, by its id, was consulted (R-27)."""
    return Consultation(**stamp.head(), care_at=care_at, reading=reading, episode=episode, niss=number)


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A verification another program asks to record: `idtui record`, one JSON object a line.

    Moments are ISO 8601 with offset and default to now; unknown fields are refused by the decoder.
    """

    kind: str = "verification"
    niss: str
    means: Means
    entry: EntryType
    reason: Reason | None = None
    how_verified: HowVerified | None = None
    episode: Episode = msgspec.field(default_factory=Episode)
    coverage: Coverage | None = None
    care_at: datetime | None = None
    verified_at: datetime | None = None
    name: str | None = None
    given_names: str | None = None
    birth_date: PartialDate | None = None
    sex: Sex | None = None
    serial: str | None = None
    operator: str | None = None

    def __repr__(self) -> str:
        return "Claim(hidden)"


def from_claim(
    stamp: Stamp, claim: Claim, now: datetime, margin: timedelta = MARGIN_BEFORE_ADMISSION
) -> Verification:
    """Return the entry of a claim, or raise `RuleForbids` or `NotUnderstood`; `margin` is that of C-6."""
    care_at, verified_at = _moments(claim, now)
    admitted_at = claim.episode.admitted_at
    if admitted_at and not counts_for_stay(verified_at, admitted_at, margin):
        raise RuleForbids("C-6", say("change.read_too_early", hours=margin // timedelta(hours=1)))
    number = niss.parse(claim.niss)
    if number is None:
        raise RuleForbids("R-32", say("claim.niss"))
    _check_rules(claim)
    _check_fields(claim, now)
    return Verification(
        **stamp.head(operator=clean(claim.operator) if claim.operator else None),
        care_at=care_at,
        verified_at=verified_at,
        niss=number.digits,
        name=_cleaned(claim.name),
        given_names=_cleaned(claim.given_names),
        birth_date=claim.birth_date,
        sex=claim.sex,
        episode=claim.episode,
        coverage=claim.coverage,
        means=claim.means,
        entry=claim.entry,
        reason=claim.reason,
        serial=_cleaned(claim.serial),
        document_shown=claim.means,
        evidence=Evidence(how_verified=claim.how_verified),
    )


def _moments(claim: Claim, now: datetime) -> tuple[datetime, datetime]:
    care_at, verified_at = claim.care_at or now, claim.verified_at or now
    for moment in (care_at, verified_at, claim.episode.admitted_at):
        if moment is not None and moment.tzinfo is None:
            raise NotUnderstood(say("claim.no_offset"))
    if verified_at > now or care_at > now:
        raise RuleForbids("C-6", say("claim.future"))
    if claim.entry is EntryType.MANUAL_AFTERWARDS and verified_at < care_at:
        raise RuleForbids("R-44", say("claim.not_afterwards"))
    return care_at, verified_at


def _check_rules(claim: Claim) -> None:
    if claim.kind != "verification":
        raise NotUnderstood(say("claim.kind", kind=clean(claim.kind)))
    if claim.entry not in rules.TYPED:
        raise RuleForbids("R-20", say("claim.not_typed", entry=claim.entry.value))
    if claim.reason is None:
        raise RuleForbids("C-4", say("claim.reason_missing"))
    row = rules.REASON_ROWS[claim.reason]
    moment = Moment.AFTER if claim.entry is EntryType.MANUAL_AFTERWARDS else Moment.BEFORE
    if row.moment is not moment:
        raise RuleForbids(
            "C-5", say("claim.reason_moment", reason=claim.reason.value, entry=claim.entry.value)
        )
    if claim.how_verified and not row.asks_how:
        raise RuleForbids("R-43", say("claim.how_not_asked", reason=claim.reason.value))
    if rules.permitting(claim.means, claim.entry, claim.reason, moment) is None:
        raise RuleForbids(
            row.rule, say("claim.not_together", means=claim.means.value, reason=claim.reason.value)
        )


_SHAPES = {
    "episode.visit": VISIT,
    "episode.billing_period": re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])", re.ASCII),
    "coverage.insurer": re.compile(r"[0-9]{3}", re.ASCII),
    "coverage.ct1": re.compile(r"[0-9]{3}", re.ASCII),
    "coverage.ct2": re.compile(r"[0-9]{3}", re.ASCII),
    "operator": re.compile(r".*\S.*"),
}
"""What the fields that travel as codes or numbers may look like."""

_OLDEST = 1850
"""No living patient was born before."""


def _check_fields(claim: Claim, now: datetime) -> None:
    """Refuse what a hub would refuse for ever, while the sender can still mend it."""
    for name, shape in _SHAPES.items():
        value = _field(claim, name)
        if value is not None and (not shape.fullmatch(value) or clean(value) != value):
            raise NotUnderstood(say("claim.bad_field", field=name))
    born = claim.birth_date
    if born and not (
        (born.year == 0 or _OLDEST <= born.year <= now.year) and 0 <= born.month <= 12 and 0 <= born.day <= 31
    ):
        raise NotUnderstood(say("claim.bad_field", field="birth_date"))


def _field(claim: Claim, name: str) -> str | None:
    value: object = claim
    for part in name.split("."):
        value = getattr(value, part, None)
    return value if isinstance(value, str) else None


def _cleaned(text: str | None) -> str | None:
    return None if text is None else clean(text)
