"""What a hub tells a desk, as specimens: a reading and a pending of another desk, the quota."""

from desk_fakes import ALICE

from idtui.domain.elsewhere import Elsewhere, Question
from idtui.domain.quota import Shift, Tally
from idtui.domain.rules import EntryType, Means, Reason

ABOUT_ALICE = Question(niss=ALICE.niss, since="2026-11-22")
READ = Elsewhere(
    id="019ab000-0000-7000-8000-000000000001",
    kind="verification",
    desk="Onthaal 1",
    operator="Janssens",
    care_at="2026-11-22T14:02:00+01:00",
    verified_at="2026-11-22T13:02:00+00:00",
    niss=ALICE.niss,
    name="SPECIMEN",
    given_names="Alice Geldige",
    entry_type="chip",
)
DUE = Elsewhere(
    id="019ab000-0000-7000-8000-000000000002",
    kind="pending",
    desk="Onthaal 1",
    operator="Janssens",
    care_at="2026-11-20T04:10:00+01:00",
    verified_at="2026-11-20T04:15:00+01:00",
    visit="V0093121",
    episode="hospitalisation",
    admitted_at="2026-11-20T04:10:00+01:00",
    niss=ALICE.niss,
)
HOSPITAL = (
    Tally(desk="A", month=1, shift=Shift.EARLY, means=Means.EID, entry=EntryType.CHIP, count=95),
    Tally(
        desk="B",
        month=2,
        shift=Shift.NIGHT,
        means=Means.NONE,
        entry=EntryType.MANUAL,
        reason=Reason.NO_DOCUMENT_IDENTITY_VERIFIED,
        count=5,
    ),
)
