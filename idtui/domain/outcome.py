"""The end of a path turned into one lawful verification: means, entry type, what was declined, evidence."""

from msgspec.structs import replace

from idtui.domain import rules
from idtui.domain.entries import Declined, Evidence, RecordedVerdict
from idtui.domain.observed import against, chip_fault
from idtui.domain.path import Confirmed, Deferred, KnownAs, Outcome, State, means_of
from idtui.domain.reading import Reading
from idtui.domain.rules import EntryType, HowVerified, Means, Reason, Why
from idtui.domain.scan import Found
from idtui.domain.symbology import Symbology


def _observed(state: State) -> Evidence:
    """Return what the machine observed, whatever the means."""
    return Evidence(reader=state.reader, reader_name=state.reader_name or None, hub_reachable=state.link)


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
        evidence=replace(
            _observed(state),
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


def from_code(state: State, code: Found, means: Means) -> Outcome:
    """Return the verification by a code on this support (R-22, R-23, R-31, R-55)."""
    return Outcome(
        means=means,
        entry=code.entry,
        moment=state.moment,
        niss=code.niss,
        serial=code.serial if means in rules.NUMBERED else None,
        document_shown=means if means is not Means.VIGNETTE else Means.NONE,
        declined=_declined(state, means),
        evidence=replace(
            _observed(state),
            symbology=None if code.symbology is Symbology.UNKNOWN else code.symbology,
            card_failure=chip_fault(state),
        ),
    )


def from_app(state: State) -> Outcome:
    """Return the verification by the hospital's application (R-48, R-49)."""
    return Outcome(
        means=Means.HOSPITAL_APP,
        entry=EntryType.HOSPITAL_APP,
        moment=state.moment,
        niss=state.number,
        document_shown=Means.NONE,
        declined=_declined(state, Means.HOSPITAL_APP),
        evidence=_observed(state),
    )


def from_phone(state: State, confirmed: Confirmed) -> Outcome:
    """Return the verification by itsme, after staff compared name and birth date (R-34)."""
    return Outcome(
        means=Means.ITSME,
        entry=EntryType.ITSME,
        moment=state.moment,
        niss=confirmed.niss,
        confirmed=confirmed,
        document_shown=Means.NONE,
        declined=_declined(state, Means.ITSME),
        evidence=replace(_observed(state), acr=confirmed.acr or None),
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
        declined=_declined(state, shown, unreadable=rules.is_readable(shown)),
        evidence=replace(
            _observed(state),
            symbology=Symbology.MRZ if state.zone and state.zone == state.digits else None,
            how_verified=how,
            card_failure=chip_fault(state),
            attested_on=state.attested_on,
            contradicted=against(state, reason),
        ),
    )


def deferred(state: State, known: KnownAs) -> Deferred:
    """Return the verification that is still due, with what was seen and said so far."""
    return Deferred(
        niss=known.niss,
        visit=known.visit,
        alias=known.alias,
        declined=_declined(state, Means.NONE) if state.no_document else (),
        evidence=replace(_observed(state), card_failure=chip_fault(state)),
    )


def _declined(state: State, used: Means, *, unreadable: bool = False) -> tuple[Declined, ...]:
    """Return why each legal means above the one used was not, and whether that one could not be read."""
    chip_failed = chip_fault(state) is not None
    return declined(
        used,
        chip_failed=chip_failed and (unreadable or not state.no_document),
        unreadable=unreadable,
        detainee=state.detainee,
    )


def declined(
    used: Means, *, chip_failed: bool = False, unreadable: bool = False, detainee: bool = False
) -> tuple[Declined, ...]:
    """Return why each legal means above the one used was not, and the one used if `unreadable`."""
    above = rules.closed_by_shown(used)
    unused = [
        Declined(means=rung.means[0], why=_why(rung.means[0], used, chip_failed, detainee))
        for rung in rules.LADDER
        if rung.road in above
    ]
    if unreadable:
        failed = used in rules.CARDS and chip_failed
        unused.append(Declined(means=used, why=Why.CHIP_FAILED if failed else Why.NOT_READABLE))
    return tuple(unused)


def _why(means: Means, used: Means, chip_failed: bool, detainee: bool) -> Why:
    if detainee:
        return Why.IN_PRISON
    if means in rules.CARDS and used is Means.LOSS_THEFT:
        return Why.LOST
    return Why.CHIP_FAILED if means in rules.CARDS and chip_failed else Why.NOT_SHOWN
