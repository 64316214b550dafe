"""Scans at the desk, wherever it stands."""

from datetime import UTC, datetime, timedelta

import pytest
import told_visits
from desk_fakes import ALICE, FORGED, GOOD, LATE_EVENING, HandVisits, Made, MemoryJournal

from idtui.desk.events import CameraEnded, CodeScanned, ScanCutShort
from idtui.desk.panels import Listing, Prompt, Sheet
from idtui.desk.ports import Post
from idtui.desk.state import Overlay, Tone
from idtui.domain.entries import Verification
from idtui.domain.path import Phase, Settings
from idtui.domain.rules import EntryType, Means
from idtui.domain.scan import Found, Miss
from idtui.domain.symbology import Symbology
from idtui.domain.text import say
from idtui.domain.visit import Visit, VisitKind

NISS = "85073003328"
STICKER = Found(niss=NISS, count=1, alone=True, symbology=Symbology.CODE_128)
WITH_APP = Settings(hospital_app=True)


def scan(made: Made, found: Found = STICKER) -> Made:
    made.desk.handle(CodeScanned(found))
    return made


def refused(made: Made) -> str:
    notice = made.desk.state.notice
    assert notice is not None
    assert notice.tone is Tone.REFUSED
    return notice.message.id


def kinds(made: Made) -> list[str]:
    return [entry.kind for entry in made.journal.kept]


def test_a_code_and_the_key_of_its_support_are_a_verification_with_its_symbology() -> None:
    made = scan(Made().started()).keys("v")
    (entry,) = made.journal.kept
    assert isinstance(entry, Verification)
    assert (entry.means, entry.entry, entry.niss) == (Means.VIGNETTE, EntryType.BARCODE, NISS)
    assert entry.evidence.symbology is Symbology.CODE_128


def test_the_zone_of_a_card_asks_for_the_reason_as_a_typed_number_does() -> None:
    made = scan(Made().started(), Found(niss=NISS, count=1, symbology=Symbology.MRZ))
    assert made.desk.state.ladder.phase is Phase.REASON
    assert made.desk.state.notice is not None
    assert made.desk.state.notice.message.id == "zone.counts_as_typed"
    (entry,) = made.keys("c").journal.kept
    assert isinstance(entry, Verification)
    assert (entry.means, entry.entry, entry.niss) == (Means.EID, EntryType.MANUAL, NISS)
    assert entry.evidence.symbology is Symbology.MRZ


@pytest.mark.parametrize("miss", Miss)
def test_a_code_without_one_number_is_refused_with_its_why(miss: Miss) -> None:
    made = scan(Made().started(), Found(miss=miss))
    assert refused(made) == f"scan.miss.{miss}"
    assert made.desk.state.ladder.phase is Phase.WAITING


def test_a_scan_that_stops_is_said() -> None:
    made = Made().started()
    made.desk.handle(ScanCutShort())
    assert refused(made) == "scan.cut_short"


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ([*"n17"], "why_not.other_number"),
        (["p", *NISS], "why_not.code_not_now"),
        (["f"], "why_not.code_not_now"),
        (["f", "n"], "why_not.code_not_now"),
    ],
)
def test_what_is_being_finished_is_not_replaced_by_a_code(keys: list[str], why: str) -> None:
    made = Made().started().keys(*keys)
    before = made.desk.state.ladder
    assert refused(scan(made)) == why
    assert made.desk.state.ladder == before


def test_a_code_does_not_take_the_place_of_a_good_card() -> None:
    made = Made().started()
    made.cards.show(GOOD)
    assert refused(scan(made)) == "why_not.reading_at_hand"


def test_a_code_replaces_the_number_being_typed_and_says_so() -> None:
    made = scan(Made().started().keys("n", *"8507"))
    assert made.desk.state.ladder.phase is Phase.SCANNED
    assert made.desk.state.notice is not None
    assert made.desk.state.notice.message == say("niss.replaced_by_code")


def test_a_remark_on_the_scanner_is_told() -> None:
    made = Made().started()
    made.desk.handle(CodeScanned(STICKER, say("scan.corrected.belgian")))
    assert made.desk.state.notice is not None
    assert made.desk.state.notice.message.id == "scan.corrected.belgian"


def test_a_scan_fills_the_question_who_and_confirms_nothing() -> None:
    made = scan(Made().started().keys("r"))
    panel = made.desk.state.panel
    assert isinstance(panel, Prompt)
    assert (panel.typed, kinds(made)) == (NISS, [])
    assert kinds(made.keys("enter")) == ["pending"]


def test_a_scan_searches_a_list() -> None:
    made = scan(Made().started().keys("n", *NISS, "r", "l"))
    panel = made.desk.state.panel
    assert isinstance(panel, Listing)
    assert (panel.query, len(panel.shown)) == (NISS, 1)


@pytest.mark.parametrize("keys", ["enter", "enter c", "enter c v"])
def test_a_sheet_or_another_question_refuses_a_scan(keys: str) -> None:
    made = scan(Made().started()).keys("v", "j", *keys.split())
    before = made.desk.state.panel
    assert refused(scan(made)) == "scan.not_asked"
    assert made.desk.state.panel == before


def test_a_scan_closes_the_help_and_counts() -> None:
    assert scan(Made().started().keys("h")).desk.state.ladder.phase is Phase.SCANNED


def test_a_code_finds_its_pending_and_its_reading_of_today() -> None:
    made = scan(Made().started().keys("n", *NISS, "r"))
    assert made.desk.state.completing is not None
    made.keys("v")
    assert kinds(made) == ["pending", "verification", "correction"]
    scan(made)
    assert made.desk.state.completing is None
    assert made.desk.state.earlier is not None
    assert kinds(made.keys("c"))[3:] == ["consultation"]


@pytest.mark.parametrize("key", ["v", "i", "s"])
def test_a_code_is_taken_for_ten_minutes(key: str) -> None:
    made = scan(Made().started())
    made.clock.moment += timedelta(minutes=11)
    assert refused(made.keys(key)) == "why_not.reading_too_old"
    assert kinds(made) == []
    assert kinds(scan(made).keys(key)) == ["verification"]


def test_the_app_counts_only_for_whom_a_document_was_read() -> None:
    journal = MemoryJournal()
    made = scan(Made(journal=journal, settings=WITH_APP).started().keys("k"))
    assert refused(made.keys("enter")) == "why_not.never_read"
    made = Made(journal=journal, settings=WITH_APP).started()
    made.cards.show(GOOD)
    made.keys("enter")
    made.cards.remove()
    made.clock.moment += timedelta(days=400)
    scan(made.keys("k"), Found(niss=GOOD.identity.niss, count=1)).keys("enter")
    assert kinds(made) == ["verification", "verification"]
    made.keys("k", "n", *GOOD.identity.niss, "enter")
    assert kinds(made) == ["verification"] * 3


def test_a_withdrawn_reading_vouches_for_nobody() -> None:
    made = Made(settings=WITH_APP).started()
    made.cards.show(GOOD)
    made.keys("enter", "u")
    made.cards.remove()
    assert refused(made.keys("k", "n", *GOOD.identity.niss, "enter")) == "why_not.never_read"


# Labels of the hospital


def visit(number: str, niss: str | None = None) -> Visit:
    moment = LATE_EVENING
    return told_visits.visit(number, VisitKind.EMERGENCY, told_at=moment, admitted_at=moment, niss=niss)


KNOWN = (visit("V0093121", ALICE.niss), visit("V0093177", NISS), visit("0093178"))


def label(*numbers: str, miss: Miss = Miss.NONE) -> Found:
    return Found(miss=miss, labels=numbers)


def at_desk(*visits: Visit) -> Made:
    return Made(visits=HandVisits(*(visits or KNOWN))).started()


def records(made: Made) -> list[str]:
    return [entry.kind for entry in made.recorded]


def opened(made: Made) -> str | None:
    return made.desk.state.care.episode.visit


@pytest.mark.parametrize("miss", [Miss.NONE, Miss.LABEL, Miss.EMBEDDED, Miss.CHECK])
def test_a_label_at_the_idle_desk_opens_its_visit_and_says_so(miss: Miss) -> None:
    made = scan(at_desk(), label("V0093177", miss=miss))
    assert made.desk.state.care.visit == KNOWN[1]
    assert made.desk.state.notice is not None
    assert made.desk.state.notice.message == say("visit.scanned", visit="V0093177")
    assert records(made) == []


def test_a_label_is_taken_however_the_keys_of_the_scanner_are_read() -> None:
    assert opened(scan(at_desk(), label("q0093177", "V0093177"))) == "V0093177"


def test_a_label_that_may_be_of_two_visits_opens_none() -> None:
    made = at_desk(visit("A1"), visit("Q1"))
    assert refused(scan(made, label("A1", "Q1"))) == "scan.visit_unknown"
    assert opened(made) is None


@pytest.mark.parametrize(
    ("miss", "why"),
    [
        (Miss.NONE, "scan.visit_unknown"),
        (Miss.LABEL, "scan.label_unknown"),
        (Miss.EMBEDDED, "scan.miss.embedded"),
        (Miss.CHECK, "scan.miss.check"),
    ],
)
def test_a_number_of_no_known_visit_is_refused_and_never_taken(miss: Miss, why: str) -> None:
    made = at_desk()
    before = made.desk.state
    assert refused(scan(made, label("V9999999", miss=miss))) == why
    assert (made.desk.state.care, made.desk.state.ladder) == (before.care, before.ladder)
    assert refused(scan(Made().started(), label("V0093177"))) == "scan.visit_unknown", "no visits are known"


def test_a_label_of_the_patient_on_the_screen_is_what_he_is_recorded_for() -> None:
    made = at_desk()
    made.cards.show(GOOD)
    scan(made, label("V0093121")).keys("enter")
    (entry,) = made.recorded
    assert isinstance(entry, Verification)
    assert entry.episode.visit == "V0093121"


@pytest.mark.parametrize("at_hand", ["card", "forged", "code"])
def test_a_label_of_somebody_else_asks_who_is_meant(at_hand: str) -> None:
    made = at_desk()
    if at_hand == "code":
        scan(made)
        other, kept = "V0093121", "v"
    else:
        made.cards.show(GOOD if at_hand == "card" else FORGED)
        other, kept = "V0093177", "enter"
    scan(made, label(other))
    assert isinstance(made.desk.state.panel, Sheet)
    assert made.desk.state.panel.title == say("visit.whom")
    made.keys("c")
    assert opened(made) is None, "the person at hand, without the visit"
    if at_hand != "forged":
        assert records(made.keys(kept)) == ["verification"]


def test_or_the_visit_of_the_label_stays_and_the_reading_goes() -> None:
    made = at_desk()
    made.cards.show(GOOD)
    scan(made, label("V0093177")).keys("d")
    assert (opened(made), made.desk.state.ladder.reading) == ("V0093177", None)
    assert records(made) == []


@pytest.mark.parametrize("keys", [["n"], ["n", *"850"], ["n", *NISS], ["f"], ["f", "n"]], ids="".join)
def test_a_label_waits_until_what_is_on_the_screen_is_finished(keys: list[str]) -> None:
    made = at_desk().keys(*keys)
    before = made.desk.state.ladder
    assert refused(scan(made, label("V0093177"))) == "why_not.code_not_now"
    assert (made.desk.state.ladder, opened(made)) == (before, None)


def test_in_the_list_of_visits_a_label_picks_its_own_and_else_stands_to_be_taken() -> None:
    assert opened(scan(at_desk().keys("d"), label("V0093177"))) == "V0093177"
    made = scan(at_desk().keys("d"), label("V9999999"))
    panel = made.desk.state.panel
    assert isinstance(panel, Listing)
    assert (panel.query, opened(made)) == ("V9999999", None)
    assert opened(made.keys("enter")) == "V9999999"


def test_where_no_visits_are_known_a_label_fills_the_question_for_one() -> None:
    made = scan(Made().started().keys("d"), label("V9999999"))
    assert opened(made) is None, "Enter takes it"
    assert opened(made.keys("enter")) == "V9999999"


def test_a_label_answers_the_question_who_only_when_its_visit_is_known() -> None:
    made = at_desk().keys("r")
    assert refused(scan(made, label("V9999999"))) == "scan.visit_unknown"
    scan(made, label("V0093177"))
    panel = made.desk.state.panel
    assert isinstance(panel, Prompt)
    assert panel.typed == "V0093177"


def test_a_label_searches_any_other_list_and_answers_no_sheet() -> None:
    made = scan(at_desk(), label("V0093177")).keys("r")
    assert records(made) == ["pending"]
    scan(made.keys("l"), label("V9999999"))
    panel = made.desk.state.panel
    assert isinstance(panel, Listing)
    assert (panel.query, panel.shown) == ("V9999999", ())
    made.keys("escape", "escape", "j", "enter")
    assert refused(scan(made, label("V0093177"))) == "scan.not_asked"


def test_a_label_takes_up_what_is_due_of_its_visit() -> None:
    made = scan(at_desk(), label("0093178")).keys("r")
    assert records(made) == ["pending"]
    scan(made, label("0093178"))
    assert made.desk.state.completing is not None


class HandCamera:
    """A camera that sees what a test says."""

    def __init__(self) -> None:
        self.post: Post | None = None

    def look(self, post: Post) -> None:
        self.post = post

    def stop(self) -> None:
        self.post = None


def looking() -> tuple[Made, HandCamera]:
    camera = HandCamera()
    made = Made(camera=camera).started().keys("b")
    assert made.desk.state.overlay is Overlay.CAMERA
    assert camera.post is not None
    return made, camera


def test_the_camera_shows_that_it_looks_until_it_has_seen_a_code() -> None:
    made, camera = looking()
    assert camera.post is not None
    camera.post(CodeScanned(STICKER))
    assert made.desk.state.overlay is Overlay.NONE
    assert made.desk.state.ladder.phase is Phase.SCANNED
    assert camera.post is None


def test_a_key_ends_the_camera_and_does_nothing_else() -> None:
    made, camera = looking()
    made.keys("escape")
    assert camera.post is None
    assert made.desk.state.overlay is Overlay.NONE
    assert made.desk.state.ladder.phase is Phase.WAITING


def test_what_is_wrong_with_the_camera_is_said() -> None:
    made, camera = looking()
    assert camera.post is not None
    camera.post(CameraEnded(say("camera.no_ffmpeg")))
    assert made.desk.state.overlay is Overlay.NONE
    assert refused(made) == "camera.no_ffmpeg"


def test_without_a_camera_its_key_says_so_and_stays_out_of_the_bar() -> None:
    made = Made().started()
    assert "camera" not in [command.id for command, _why in made.desk.commands()]
    assert refused(made.keys("b")) == "why_not.no_camera"


def test_the_end_of_the_desk_ends_the_camera() -> None:
    made, camera = looking()
    made.desk.stop()
    assert camera.post is None


@pytest.mark.parametrize(
    "keys",
    [
        ["p", *NISS],
        ["p", *NISS, "2"],
        ["p", *"8507", "k", *NISS[4:], "2", "1"],
        ["i", "n", *"8507"],
        ["k", "n", *"8507"],
        ["g", "n", *"8507"],
        ["g", "n", *NISS, "k"],
        ["x", "n", *"850"],
        ["n", *"850", "s"],
    ],
    ids="".join,
)
def test_a_draft_leads_back_to_where_it_was_left(keys: list[str]) -> None:
    made = Made(settings=WITH_APP).started().keys(*keys)
    left = made.desk.state.ladder
    made.desk.stop()
    again = Made(journal=made.journal, settings=WITH_APP).started().desk.state.ladder
    for name in ("phase", "digits", "day", "road", "shown", "detainee", "nothing_shown", "care_over"):
        assert getattr(again, name) == getattr(left, name), name
    assert again.attested_on == left.attested_on
    assert kinds(made) == ["draft"]


def test_a_restart_records_no_attestation_by_itself() -> None:
    made = Made().started()
    made.clock.moment = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
    made.keys("p", *NISS, "3", "9")  # no such day; nor may a restart make one of it
    made.desk.stop()
    again = Made(journal=made.journal).started()
    assert (again.desk.state.ladder.phase, again.desk.state.ladder.day) == (Phase.ATTESTED, "3")
    assert kinds(made) == ["draft"]
