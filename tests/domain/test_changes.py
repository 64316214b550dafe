"""What a person may correct of an entry, what follows from it, and what is refused with its rule."""

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from msgspec.structs import replace

from idtui.domain.changes import Changes, CorrectedWhy, corrected
from idtui.domain.entries import Declined, Draft, Entry, Evidence, Exemption, Verification
from idtui.domain.episode import Episode, EpisodeKind
from idtui.domain.errors import IdtuiError, NotUnderstood, RuleForbids
from idtui.domain.reading import ReaderState
from idtui.domain.rules import EntryType, HowVerified, Means, Reason, Why
from idtui.domain.text import say

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=timezone(timedelta(hours=1)))
CARE = NOW - timedelta(hours=2)
HOUR = timedelta(hours=1)
HEAD: dict[str, Any] = {
    "id": "an-id",
    "sequence": 1,
    "site": "71000000",
    "desk": "d",
    "operator": "o",
    "recorded_at": CARE,
}

CHIP = Verification(
    **HEAD,
    care_at=CARE,
    verified_at=CARE,
    niss="85073003328",
    episode=Episode(visit="V1"),
    means=Means.EID,
    entry=EntryType.CHIP,
    evidence=Evidence(reader=ReaderState.READY, hub_reachable=True),
)
TYPED = replace(
    CHIP,
    entry=EntryType.MANUAL,
    reason=Reason.READER_UNAVAILABLE,
    document_shown=Means.EID,
    evidence=Evidence(reader=ReaderState.NO_READER),
)
NOTHING_SHOWN = replace(
    TYPED,
    means=Means.NONE,
    document_shown=None,
    reason=Reason.NO_DOCUMENT_IDENTITY_VERIFIED,
    declined=(Declined(means=Means.EID, why=Why.NOT_SHOWN),),
)
EXEMPT = Exemption(**HEAD, care_at=CARE, episode=Episode(visit="V1"), rule="R-3")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        (Changes(visit="V2"), CorrectedWhy.VISIT),
        (Changes(visit="V2", kind=EpisodeKind.AMBULATORY), CorrectedWhy.EPISODE),
        (Changes(visit="V2", admitted_at=CARE), CorrectedWhy.EPISODE),
        (Changes(kind=EpisodeKind.AMBULATORY, care_at=CARE), CorrectedWhy.CARE_AT),
        (Changes(care_at=CARE, reason=Reason.OUTSIDE_HOURS), CorrectedWhy.REASON),
    ],
)
def test_a_correction_is_named_for_what_weighs_most(changes: Changes, why: CorrectedWhy) -> None:
    assert changes.why is why


def test_changing_nothing_is_no_correction() -> None:
    with pytest.raises(NotUnderstood, match=r"change\.nothing"):
        _ = Changes().why


def test_what_is_not_named_stays_as_it_was() -> None:
    assert corrected(CHIP, Changes(), NOW) == {"episode": CHIP.episode, "care_at": CARE}
    assert corrected(CHIP, Changes(visit=""), NOW)["episode"] == Episode()
    assert corrected(EXEMPT, Changes(care_at=CARE - HOUR), NOW)["care_at"] == CARE - HOUR
    assert corrected(CHIP, Changes(care_at=NOW), NOW)["care_at"] == NOW


def test_a_stay_has_its_admission_and_loses_it_when_it_is_none() -> None:
    stay = corrected(CHIP, Changes(kind=EpisodeKind.HOSPITALISATION, admitted_at=NOW), NOW)["episode"]
    assert stay == Episode(visit="V1", kind=EpisodeKind.HOSPITALISATION, admitted_at=NOW)
    assert isinstance(stay, Episode)
    stayed = replace(CHIP, episode=stay)
    assert corrected(stayed, Changes(visit="V2"), NOW)["episode"] == replace(stay, visit="V2")
    left = corrected(stayed, Changes(kind=EpisodeKind.AMBULATORY), NOW)["episode"]
    assert left == Episode(visit="V1")


def test_a_reason_brings_its_own_way_of_typing_document_and_refusals() -> None:
    asked = Changes(reason=Reason.NO_DOCUMENT_IDENTITY_VERIFIED, how_verified=HowVerified.COMPANION)
    fields = corrected(TYPED, asked, NOW)
    assert (fields["reason"], fields["entry"]) == (Reason.NO_DOCUMENT_IDENTITY_VERIFIED, EntryType.MANUAL)
    assert (fields["means"], fields["document_shown"]) == (Means.NONE, Means.NONE)
    declined = fields["declined"]
    assert isinstance(declined, tuple)
    assert [one.why for one in declined] == [Why.NOT_SHOWN] * 4
    assert fields["evidence"] == replace(TYPED.evidence, how_verified=HowVerified.COMPANION)


def test_a_reason_of_the_same_document_keeps_what_was_refused() -> None:
    refused = (Declined(means=Means.EID, why=Why.CHIP_FAILED),)
    fields = corrected(replace(TYPED, declined=refused), Changes(reason=Reason.NO_CHIP_OR_DEFECTIVE), NOW)
    assert (fields["means"], fields["document_shown"], fields["declined"]) == (Means.EID, Means.EID, refused)
    unshown = replace(TYPED, document_shown=None)
    assert corrected(unshown, Changes(reason=Reason.NO_CHIP_OR_DEFECTIVE), NOW)["means"] is Means.EID


def test_a_reason_after_care_is_typed_afterwards_and_not_before_the_care() -> None:
    after = Changes(reason=Reason.OUTSIDE_HOURS)
    assert corrected(TYPED, after, NOW)["entry"] is EntryType.MANUAL_AFTERWARDS
    with pytest.raises(RuleForbids, match=r"claim\.not_afterwards"):
        corrected(TYPED, Changes(reason=Reason.OUTSIDE_HOURS, care_at=CARE + HOUR), NOW)
    afterwards = replace(TYPED, entry=EntryType.MANUAL_AFTERWARDS, reason=Reason.OUTSIDE_HOURS)
    with pytest.raises(RuleForbids, match=r"claim\.not_afterwards"):
        corrected(afterwards, Changes(care_at=CARE + HOUR), NOW)
    assert corrected(afterwards, Changes(care_at=CARE - HOUR), NOW)["care_at"] == CARE - HOUR


@pytest.mark.parametrize(
    ("reason", "reader", "hub", "against"),
    [
        (Reason.READER_UNAVAILABLE, ReaderState.READY, True, ("observed.reader_ready",)),
        (Reason.READER_UNAVAILABLE, ReaderState.NO_READER, True, ()),
        (Reason.NO_CONNECTION, ReaderState.READY, True, ("observed.reader_ready", "observed.hub_answers")),
        (Reason.NO_CONNECTION, ReaderState.READY, False, ("observed.reader_ready",)),
        (Reason.NO_CONNECTION, ReaderState.NO_READER, True, ("observed.hub_answers",)),
        (Reason.NO_CHIP_OR_DEFECTIVE, ReaderState.READY, True, ()),
    ],
)
def test_what_was_observed_then_marks_the_reason_given_now(
    reason: Reason, reader: ReaderState, hub: bool, against: tuple[str, ...]
) -> None:
    entry = replace(TYPED, evidence=Evidence(reader=reader, hub_reachable=hub))
    evidence = corrected(entry, Changes(reason=reason), NOW)["evidence"]
    assert isinstance(evidence, Evidence)
    assert evidence.contradicted == against


@pytest.mark.parametrize(
    ("entry", "changes", "error", "word"),
    [
        (Draft(**HEAD, digits=""), Changes(visit="V2"), NotUnderstood, "change.kind"),
        (CHIP, Changes(care_at=NOW + HOUR), RuleForbids, "claim.future"),
        (CHIP, Changes(visit="V2\x1b"), NotUnderstood, "claim.bad_field"),
        (CHIP, Changes(kind=EpisodeKind.HOSPITALISATION), NotUnderstood, "change.admission_missing"),
        (
            CHIP,
            Changes(kind=EpisodeKind.HOSPITALISATION, admitted_at=NOW + HOUR),
            RuleForbids,
            "claim.future",
        ),
        (EXEMPT, Changes(reason=Reason.OUTSIDE_HOURS), NotUnderstood, "change.no_reason"),
        (EXEMPT, Changes(how_verified=HowVerified.OTHER), NotUnderstood, "change.no_reason"),
        (TYPED, Changes(how_verified=HowVerified.OTHER), NotUnderstood, "change.no_reason"),
        (CHIP, Changes(reason=Reason.OUTSIDE_HOURS), NotUnderstood, "change.no_reason"),
        (
            TYPED,
            Changes(reason=Reason.NO_DOCUMENT_IDENTITY_VERIFIED),
            NotUnderstood,
            "change.how_missing",
        ),
        (
            TYPED,
            Changes(reason=Reason.OUTSIDE_HOURS, how_verified=HowVerified.OTHER),
            NotUnderstood,
            "change.how_not_asked",
        ),
        (
            NOTHING_SHOWN,
            Changes(reason=Reason.READER_UNAVAILABLE),
            RuleForbids,
            "why_not.nothing_was_shown",
        ),
    ],
)
def test_what_is_refused_says_why(entry: Entry, changes: Changes, error: type[IdtuiError], word: str) -> None:
    with pytest.raises(error) as refused:
        corrected(entry, changes, NOW)
    assert refused.value.message.id == word


def test_a_reading_becomes_that_of_a_stay_only_within_the_margin() -> None:
    stay = Changes(kind=EpisodeKind.HOSPITALISATION, admitted_at=NOW)
    assert corrected(CHIP, stay, NOW, margin=2 * HOUR)["episode"] == Episode(
        kind=EpisodeKind.HOSPITALISATION, visit="V1", admitted_at=NOW
    )
    with pytest.raises(RuleForbids) as refused:
        corrected(CHIP, stay, NOW, margin=HOUR)
    assert refused.value.message == say("change.read_too_early", hours=1)
