"""The end of a path turned into one lawful verification: means, entry type, what was declined, evidence."""

from idtui.domain import rules
from idtui.domain.entries import Declined, Evidence, RecordedVerdict
from idtui.domain.observed import against, chip_fault
from idtui.domain.path import Deferred, KnownAs, Outcome, State, means_of
from idtui.domain.reading import Reading
from idtui.domain.rules import EntryType, HowVerified, Means, Reason, Why


def from_chip(state: State, reading: Reading) -> Outcome:
    """Return the verification by the card just read."""
    identity, verdict, signer = reading.identity, reading.verdict, reading.signer
    return Outcome(
        means=means_of(identity),
        entry=EntryType.CHIP,
        moment=state.moment,
        niss=identity.niss,
        identity=identity,
        serial=identity.card_number,
        document_shown=means_of(identity),
        evidence=Evidence(
            reader=state.reader,
            reader_name=state.reader_name or None,
            hub_reachable=state.link,
            root=signer.root or None,
            certificate_sha256=signer.certificate_sha256 or None,
            key=signer.key or None,
            digest=signer.digest or None,
            card_applet=reading.applet or None,
        ),
        verdict=RecordedVerdict(
            verified=verdict.verified,
            problems=verdict.problems,
            remarks=verdict.remarks,
            specimen=verdict.specimen,
        ),
    )


def typed(state: State, reason: Reason, how: HowVerified | None) -> Outcome:
    """Return the verification by a NISS typed for this reason."""
    shown = state.document if rules.REASON_ROWS[reason].document_shown else Means.NONE
    return Outcome(
        means=shown,
        entry=EntryType.MANUAL_AFTERWARDS if state.care_over else EntryType.MANUAL,
        moment=state.moment,
        niss=state.digits,
        reason=reason,
        document_shown=shown,
        declined=declined(shown, chip_fault(state)),
        evidence=Evidence(
            reader=state.reader,
            reader_name=state.reader_name or None,
            hub_reachable=state.link,
            how_verified=how,
            card_failure=chip_fault(state),
            contradicted=against(state, reason),
        ),
    )


def deferred(state: State, known: KnownAs) -> Deferred:
    """Return the verification that is still due, with what was seen and said so far."""
    return Deferred(
        niss=known.niss,
        visit=known.visit,
        alias=known.alias,
        declined=declined(Means.NONE) if state.no_document else (),
        evidence=Evidence(
            reader=state.reader,
            reader_name=state.reader_name or None,
            hub_reachable=state.link,
            card_failure=chip_fault(state),
        ),
    )


def declined(shown: Means, failed: str | None = None) -> tuple[Declined, ...]:
    """Return why each legal means down to the one shown was not used.

    Those above it were not shown; the one shown could not be read, its chip `failed` where that was seen.
    """
    above = rules.closed_by_shown(shown)
    unused = [Declined(means=rung.means[0], why=Why.NOT_SHOWN) for rung in rules.LADDER if rung.road in above]
    if shown is not Means.NONE:
        chip_failed = shown in rules.CARDS and failed is not None
        unused.append(Declined(means=shown, why=Why.CHIP_FAILED if chip_failed else Why.NOT_READABLE))
    return tuple(unused)
