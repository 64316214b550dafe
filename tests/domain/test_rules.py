from itertools import product

import pytest

from idtui.domain import rules
from idtui.domain.rules import EntryType, Means, Moment, Reason, Road

# The boundary of the law for hospitals, written out a second time and by hand.
READ = {
    (means, entry)
    for means, entries in {
        Means.EID: "chip barcode datamatrix",
        Means.FOREIGNER: "chip barcode datamatrix",
        Means.ISI_PLUS: "barcode datamatrix",
        Means.INSURED_ATTESTATION: "barcode datamatrix",
        Means.VIGNETTE: "barcode",
    }.items()
    for entry in entries.split()
}
SHOWN = {Means.EID, Means.FOREIGNER, Means.LOSS_THEFT, Means.ISI_PLUS, Means.INSURED_ATTESTATION}
PRE_SHOWN = {Reason.NO_CHIP_OR_DEFECTIVE, Reason.READER_UNAVAILABLE, Reason.NO_CONNECTION}
POST_SHOWN = {Reason.SOFTWARE_DOWN, Reason.OUTSIDE_HOURS}


def lawful(means: Means, entry: EntryType, reason: Reason | None, moment: Moment) -> bool:
    if reason is None:
        if (means, entry) in READ:
            return True
        at_care = {(Means.ITSME, EntryType.ITSME), (Means.HOSPITAL_APP, EntryType.HOSPITAL_APP)}
        return (means, entry) in at_care and moment is Moment.BEFORE
    if entry is EntryType.MANUAL and moment is Moment.BEFORE:
        return (means in SHOWN and reason in PRE_SHOWN) or (
            means is Means.NONE and reason is Reason.NO_DOCUMENT_IDENTITY_VERIFIED
        )
    if entry is EntryType.MANUAL_AFTERWARDS and moment is Moment.AFTER:
        return (means in SHOWN and reason in POST_SHOWN) or (
            means is Means.NONE and reason is Reason.NO_DOCUMENT
        )
    return False


@pytest.mark.parametrize("moment", Moment)
@pytest.mark.parametrize("reason", [None, *Reason])
def test_only_what_the_law_knows_goes_together(reason: Reason | None, moment: Moment) -> None:
    for means, entry in product(Means, EntryType):
        permitted = rules.permitting(means, entry, reason, moment) is not None
        assert permitted is lawful(means, entry, reason, moment), (means, entry)


def test_every_combination_is_permitted_by_one_row_only() -> None:
    for means, entry, reason, moment in product(Means, EntryType, [None, *Reason], Moment):
        rows = [
            row
            for row in rules.ALLOWED
            if means in row.means and entry in row.entries and reason in row.reasons and moment in row.moments
        ]
        assert len(rows) <= 1


def test_the_legal_order_is_that_of_the_texts() -> None:
    assert rules.LEGAL_RUNGS == (Road.CARD, Road.LOSS_THEFT, Road.ISI_PLUS, Road.INSURED_ATTESTATION)
    assert [rung.rule for rung in rules.LADDER if rung.order] == ["R-20", "R-21", "R-22", "R-23"]
    assert rules.LADDER[-1].road is Road.NISS  # the only one with a quota comes last


@pytest.mark.parametrize(
    ("shown", "closed"),
    [
        (Means.EID, 0),
        (Means.FOREIGNER, 0),
        (Means.LOSS_THEFT, 1),
        (Means.ISI_PLUS, 2),
        (Means.INSURED_ATTESTATION, 3),
        (Means.NONE, 4),
        (Means.ITSME, 4),
    ],
)
def test_a_lower_document_closes_the_rungs_above(shown: Means, closed: int) -> None:
    assert rules.closed_by_shown(shown) == rules.LEGAL_RUNGS[:closed]


def test_each_moment_offers_its_own_closed_list() -> None:
    assert [row.rule for row in rules.reasons_at(Moment.BEFORE)] == ["R-40", "R-41", "R-42", "R-43"]
    assert [row.rule for row in rules.reasons_at(Moment.AFTER)] == ["R-45", "R-46", "R-47"]
