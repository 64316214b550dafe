"""The journal on the screen: found, seen whole, withdrawn, corrected, sent again; nothing is ever edited."""

from datetime import timedelta

import pytest
from desk_fakes import GOOD, LATE_EVENING, HandCourier, Made, MemoryJournal

from idtui.desk import mending
from idtui.desk.events import BatchAnswered, Receipt, Refusal
from idtui.desk.panels import Listing, Prompt, Sheet
from idtui.desk.stamp import Stamp
from idtui.desk.standing import Followers, Standing
from idtui.desk.state import Tone
from idtui.domain.changes import Changes, WithdrawnWhy
from idtui.domain.entries import Correction, Verification, Withdrawal
from idtui.domain.episode import EpisodeKind
from idtui.domain.errors import IdtuiError, NotUnderstood, RuleForbids
from idtui.domain.rules import EntryType, HowVerified, Means, Reason
from idtui.domain.text import say

NISS = "85073003328"
OTHER = "17073003384"


def worked() -> Made:
    """Return a desk that recorded a card and two typed numbers today."""
    made = Made(courier=HandCourier()).started()
    made.cards.show(GOOD)
    return made.keys("enter", "n", *NISS, "l", "x", "n", *OTHER, "g", "d")


def listing(made: Made) -> Listing:
    panel = made.desk.state.panel
    assert isinstance(panel, Listing)
    return panel


def sheet(made: Made) -> Sheet:
    panel = made.desk.state.panel
    assert isinstance(panel, Sheet)
    return panel


def states(made: Made) -> list[object]:
    return [row.right[0] for row in listing(made).rows]


def told(made: Made) -> tuple[str, Tone]:
    notice = made.desk.state.notice
    assert notice is not None
    return notice.message.id, notice.tone


def test_todays_entries_stand_newest_first_with_their_state() -> None:
    made = worked()
    first = made.journal.kept[0]
    made.desk.handle(BatchAnswered((Receipt(first.id),)))
    made.keys("j")
    assert [row.id for row in listing(made).rows] == [entry.id for entry in made.journal.kept[2::-1]]
    assert states(made) == [say("state.waiting"), say("state.waiting"), say("state.received")]


def test_yesterdays_entries_are_not_listed_but_what_the_hub_refused_then_is() -> None:
    made = worked()
    made.keys("o")
    made.desk.handle(BatchAnswered((), (Refusal(made.journal.kept[1].id, 400, "no such visit"),)))
    made.clock.moment += timedelta(days=1)
    made.keys("j")
    assert [row.id for row in listing(made).rows] == [made.journal.kept[1].id]
    assert states(made) == [say("state.parked")]


@pytest.mark.parametrize(
    ("query", "found"), [("SPEC", 1), ("specimen ali", 1), ("8507", 1), ("!(àè", 1), ("zz", 0)]
)
def test_typing_searches_by_name_and_number_also_on_the_unshifted_azerty_row(query: str, found: int) -> None:
    made = worked().keys("j", *query)
    assert len(listing(made).shown) == found
    made.keys("escape")
    assert listing(made).query == ""
    made.keys("escape")
    assert made.desk.state.panel is None


def test_keys_move_within_the_list() -> None:
    made = worked().keys("j")
    for key, place in [("down", 1), ("down", 2), ("down", 2), ("up", 1), ("end", 2), ("pageup", 0)]:
        made.keys(key)
        assert listing(made).place == place
    made.keys("tab")
    assert told(made) == ("why_not.no_such_key_here", Tone.REFUSED)


def test_an_empty_list_says_so_and_enter_takes_nothing() -> None:
    made = Made().started().keys("j", "enter")
    assert listing(made).rows == ()
    assert told(made)[0] == "why_not.nothing_listed"


def test_a_receipt_shows_in_the_open_list_and_the_place_stays() -> None:
    made = worked().keys("o", "j", "down")
    selected = listing(made).selected
    made.desk.handle(BatchAnswered(tuple(Receipt(entry.id) for entry in made.journal.kept[:3])))
    assert states(made) == [say("state.received")] * 3
    assert listing(made).selected is not None
    assert selected is not None
    assert listing(made).selected.id == selected.id  # type: ignore[union-attr]  # asserted above


def test_an_entry_is_seen_whole() -> None:
    made = worked().keys("j", "down", "down", "enter")
    labels = [field.label.id for field in sheet(made).fields]
    assert labels[:2] == ["field.state", "field.patient"]
    assert {"field.means", "field.care_at", "field.verified_at", "field.episode", "field.observed"} <= set(
        labels
    )
    made.keys("escape")
    assert listing(made).place == 2


@pytest.mark.parametrize(("key", "why"), [("p", "wrong_patient"), ("d", "entered_twice"), ("s", "no_care")])
def test_an_entry_is_withdrawn_with_a_reason(key: str, why: str) -> None:
    made = worked().keys("j", "enter", "t", key)
    withdrawal = made.journal.kept[-1]
    assert isinstance(withdrawal, Withdrawal)
    assert (withdrawal.withdraws, withdrawal.why) == (made.journal.kept[2].id, why)
    assert told(made) == ("change.withdrawn", Tone.DONE)
    assert states(made)[:2] == [say("state.waiting"), say("state.withdrawn")]
    assert listing(made).place == 1, "on the entry that was withdrawn"
    made.keys("enter", "t")
    assert told(made) == ("change.already_withdrawn", Tone.REFUSED)


def test_a_corrected_visit_is_a_new_entry_and_a_correction() -> None:
    made = worked().keys("j", "enter", "c", "v", *"V0093121", "enter")
    new, correction = made.journal.kept[-2:]
    assert isinstance(new, Verification)
    assert new.episode.visit == "V0093121"
    assert isinstance(correction, Correction)
    assert (correction.replaces, correction.by, correction.why) == (made.journal.kept[2].id, new.id, "visit")
    assert [entry.sequence for entry in made.journal.kept] == [1, 2, 3, 4, 5]
    assert told(made) == ("change.corrected", Tone.DONE)
    assert Followers(made.journal).of(made.journal.kept[2]) is Standing.CORRECTED


def test_withdrawing_the_corrected_entry_does_not_bring_back_the_wrong_one() -> None:
    made = worked().keys("j", "enter", "c", "v", *"V1", "enter")
    old, new = made.journal.kept[2], made.journal.kept[3]
    stamp = Stamp(made.desk.state.station, made.clock, made.journal)
    mending.withdraw(made.journal, stamp, new.id, WithdrawnWhy.WRONG_PATIENT)
    followers = Followers(made.journal)
    assert (followers.of(old), followers.of(new)) == (Standing.CORRECTED, Standing.WITHDRAWN)


def test_an_emergency_contact_becomes_a_stay() -> None:
    made = worked().keys("j", "enter", "c", "e", "h", *"04:10", "enter")
    new = made.journal.kept[-2]
    assert isinstance(new, Verification)
    assert new.episode.kind is EpisodeKind.HOSPITALISATION
    assert new.episode.admitted_at is not None
    assert new.episode.admitted_at.astimezone(LATE_EVENING.tzinfo).hour == 4


def test_a_moment_that_is_none_is_told_and_can_be_mended() -> None:
    made = worked().keys("j", "enter", "c", "d", *"25:00", "enter")
    assert told(made) == ("change.moment.wrong", Tone.REFUSED)
    assert isinstance(made.desk.state.panel, Prompt)
    made.keys(*["backspace"] * 5, *"23:59", "enter")
    assert told(made) == ("claim.future", Tone.REFUSED)
    made.keys(*["backspace"] * 5, *"22:10", "enter")
    assert told(made) == ("change.corrected", Tone.DONE)


def test_a_reason_is_corrected_only_where_a_number_was_typed() -> None:
    made = worked().keys("j", "down", "down", "enter", "c", "r")
    assert told(made) == ("change.no_reason", Tone.REFUSED)
    made.keys("escape", "escape", "home", "down", "enter", "c", "r", "c")
    new = made.journal.kept[-2]
    assert isinstance(new, Verification)
    assert new.reason is Reason.NO_CHIP_OR_DEFECTIVE
    assert new.evidence.contradicted == ()


def test_a_reason_that_asks_how_asks_how() -> None:
    made = worked().keys("j", "down", "enter", "c", "r", "g", "e")
    new = made.journal.kept[-2]
    assert isinstance(new, Verification)
    assert (new.means, new.evidence.how_verified) == (Means.NONE, HowVerified.COMPANION)
    assert len(new.declined) == 4


def test_what_the_hub_refused_is_sent_again_as_a_new_entry() -> None:
    made = worked().keys("o")
    made.desk.handle(BatchAnswered((), (Refusal(made.journal.kept[2].id, 403, "other desk"),)))
    made.keys("j", "enter", "o")
    old, (new, correction) = made.journal.kept[2], made.journal.kept[-2:]
    assert isinstance(new, Verification)
    assert isinstance(old, Verification)
    assert new.id != old.id
    assert new.niss == old.niss
    assert isinstance(correction, Correction)
    assert (correction.replaces, correction.by, correction.why) == (old.id, new.id, "sent_again")


def test_what_the_hub_contests_or_never_refused_is_not_sent_again() -> None:
    made = worked().keys("o")
    made.desk.handle(BatchAnswered((), (Refusal(made.journal.kept[2].id, 409, "other content"),)))
    made.keys("j", "enter", "o")
    assert told(made) == ("change.contested", Tone.REFUSED)
    made.keys("escape", "down", "enter", "o")
    assert told(made) == ("change.not_refused", Tone.REFUSED)


def test_a_store_that_refuses_is_told_and_the_sheet_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    made = worked().keys("j", "enter", "t")

    def full(_entry: object) -> None:
        raise IdtuiError(say("store.full"))

    monkeypatch.setattr(made.journal, "append", full)
    made.keys("p")
    assert told(made) == ("store.full", Tone.REFUSED)
    assert isinstance(made.desk.state.panel, Sheet)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        (Changes(), NotUnderstood),
        (Changes(kind=EpisodeKind.HOSPITALISATION), NotUnderstood),
        (Changes(care_at=LATE_EVENING + timedelta(hours=1)), RuleForbids),
        (Changes(kind=EpisodeKind.HOSPITALISATION, admitted_at=LATE_EVENING + timedelta(1)), RuleForbids),
        (Changes(reason=Reason.NO_DOCUMENT_IDENTITY_VERIFIED), NotUnderstood),
        (Changes(reason=Reason.READER_UNAVAILABLE, how_verified=HowVerified.OTHER), NotUnderstood),
        (Changes(how_verified=HowVerified.OTHER), NotUnderstood),
    ],
)
def test_a_correction_the_law_or_the_form_does_not_know_keeps_nothing(
    changes: Changes, error: type[IdtuiError]
) -> None:
    made = worked()
    stamp = Stamp(made.desk.state.station, made.clock, made.journal)
    with pytest.raises(error):
        mending.correct(made.journal, stamp, made.journal.kept[1].id, changes)
    assert len(made.journal.kept) == 3


def test_a_reason_after_care_makes_the_entry_one_typed_afterwards() -> None:
    made = worked()
    stamp = Stamp(made.desk.state.station, made.clock, made.journal)
    new = mending.correct(made.journal, stamp, made.journal.kept[1].id, Changes(reason=Reason.OUTSIDE_HOURS))
    assert isinstance(new, Verification)
    assert (new.entry, new.means) == (EntryType.MANUAL_AFTERWARDS, Means.EID)
    with pytest.raises(RuleForbids):  # nothing was shown, so no reason that says otherwise
        mending.correct(made.journal, stamp, made.journal.kept[2].id, Changes(reason=Reason.SOFTWARE_DOWN))


def test_corrections_and_unknown_ids_are_not_changed() -> None:
    made = worked().keys("j", "enter", "c", "v", *"V1", "enter")
    stamp = Stamp(made.desk.state.station, made.clock, made.journal)
    for entry_id in (made.journal.kept[-1].id, "unknown"):
        with pytest.raises(NotUnderstood):
            mending.withdraw(made.journal, stamp, entry_id, WithdrawnWhy.OTHER)


def test_the_desk_ends_with_a_list_open() -> None:
    assert Made(journal=MemoryJournal()).started().keys("j", "ctrl+q").desk.state.ended
