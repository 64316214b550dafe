"""The boundaries of the law and what may go together: one table each, every row with both of its sides."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace
from rule_examples import AMBULATORY, DETAINED, MATRIX, READY, STICKER, due, ends, is_refused, stay, walk

from idtui.domain import path, rules
from idtui.domain.consulting import FirstRead
from idtui.domain.deadlines import counts_for_stay, expiry
from idtui.domain.episode import Coverage, Episode, EpisodeKind
from idtui.domain.path import Action, Phase, Scanned, Settings, Vouched
from idtui.domain.quota import Share, counts_as, limit_percent
from idtui.domain.reading import CardFailure, PartialDate
from idtui.domain.rules import EntryType, Means, Moment, Quota, Reason
from idtui.domain.scan import Found
from idtui.domain.scope import Paper, freed
from idtui.domain.symbology import Symbology

BRUSSELS = ZoneInfo("Europe/Brussels")
ANY_TIME = datetime(2026, 11, 22, 10, 0, tzinfo=BRUSSELS)
Holds = Callable[[], bool]


def at(day: str, hour: str = "12:00") -> datetime:
    """Return a moment of the wall clock in Brussels: day-month-year."""
    return datetime.strptime(f"{day} {hour}", "%d-%m-%Y %H:%M").replace(tzinfo=BRUSSELS)


def in_time(admitted: datetime, read: datetime) -> bool:
    """Whether a reading of a stay is within its 72 hours."""
    last = expiry(replace(due(EpisodeKind.HOSPITALISATION), episode=stay(admitted)))
    return last is not None and read <= last


def by_age(day: str) -> bool:
    born = PartialDate(2025, 11, 30)
    return freed(at(day), AMBULATORY, birth_date=born) == "R-18"


def by_ct1(*codes: str) -> list[bool]:
    return [freed(ANY_TIME, AMBULATORY, coverage=Coverage(ct1=code)) == "R-19" for code in codes]


def within(day: str, *, typed: int) -> bool:
    """Whether that many in a hundred may be typed in the year of a day."""
    limit = limit_percent(at(day).year)
    return limit is not None and Share(100 - typed, typed).within(limit)


def verifies(day: str, episode: Episode = AMBULATORY) -> bool:
    return freed(at(day), episode) is None


@dataclass(frozen=True)
class Boundary:
    """One row: its case, and what holds on its inner and on its outer side."""

    case: str
    inside: Holds
    outside: Holds


BOUNDARIES = (
    Boundary(
        "72 h after admission 10-3-2026 08:00",
        lambda: in_time(at("10-3-2026", "08:00"), at("13-3-2026", "08:00")),
        lambda: not in_time(at("10-3-2026", "08:00"), at("13-3-2026", "08:01")),
    ),
    Boundary(
        "72 h over summer-time start, admission 28-3-2026 12:00",
        lambda: in_time(at("28-3-2026"), at("31-3-2026", "13:00")),
        lambda: not in_time(at("28-3-2026"), at("31-3-2026", "13:01")),
    ),
    Boundary(
        "72 h over summer-time end, admission 24-10-2026 12:00",
        lambda: in_time(at("24-10-2026"), at("27-10-2026", "11:00")),
        lambda: not in_time(at("24-10-2026"), at("27-10-2026", "11:01")),
    ),
    Boundary(
        "under 3 months, born 30-11-2025",
        lambda: by_age("30-11-2025") and by_age("27-2-2026"),
        lambda: not by_age("28-2-2026") and not by_age("1-3-2026"),
    ),
    Boundary(
        "CT1 = 18X",
        lambda: by_ct1("180", "189") == [True] * 2,
        lambda: by_ct1("179", "190", "480", "481") == [False] * 4,
    ),
    Boundary(
        "quota year",
        lambda: within("31-12-2025", typed=10) and within("1-1-2026", typed=5),
        lambda: not within("31-12-2025", typed=11) and not within("1-1-2026", typed=6),
    ),
    Boundary(
        "in force",
        lambda: verifies("1-4-2024") and verifies("2-4-2024", stay(at("1-4-2024"))),
        lambda: not verifies("31-3-2024") and not verifies("2-4-2024", stay(at("31-3-2024"))),
    ),
)


@pytest.mark.parametrize("row", BOUNDARIES, ids=lambda row: row.case)
def test_a_boundary_lies_where_the_text_puts_it(row: Boundary) -> None:
    assert row.inside()
    assert row.outside()


# What may go together

CARDS = (Means.EID, Means.FOREIGNER)
CODED = (Means.ISI_PLUS, Means.INSURED_ATTESTATION)
CODES = (EntryType.BARCODE, EntryType.DATAMATRIX)
BEFORE, AFTER = (Moment.BEFORE,), (Moment.AFTER,)
NOT_READ = (Reason.NO_CHIP_OR_DEFECTIVE, Reason.READER_UNAVAILABLE, Reason.NO_CONNECTION)
NOT_READ_AFTER = (Reason.SOFTWARE_DOWN, Reason.OUTSIDE_HOURS)
NO_REASON = (None,)
DEAD_CHIP = replace(READY, phase=Phase.UNREADABLE, failure=CardFailure.MUTE)
CARD_CODE, APP = Action.CARD_CODE, Action.HOSPITAL_APP
AT_APP = walk(READY, APP, Scanned(MATRIX))


def always() -> bool:
    return True


@dataclass(frozen=True)
class Together:
    """One row: what goes together, how it counts, and the condition the row names, met and not met."""

    text: str
    means: tuple[Means, ...]
    entries: tuple[EntryType, ...]
    reasons: tuple[Reason | None, ...]
    moments: tuple[Moment, ...]
    quota: Quota
    met: Holds = always
    not_met: Holds = always


MANUAL, AFTERWARDS = (EntryType.MANUAL,), (EntryType.MANUAL_AFTERWARDS,)
TOGETHER = (
    Together(
        "eid, foreigner | chip; barcode/datamatrix only if the chip cannot be read | none | any | R",
        CARDS,
        (EntryType.CHIP, *CODES),
        NO_REASON,
        tuple(Moment),
        Quota.READ,
        lambda: ends(walk(DEAD_CHIP, Scanned(MATRIX)), CARD_CODE),
        lambda: is_refused(walk(READY, Scanned(MATRIX)), CARD_CODE),
    ),
    Together(
        "eid, foreigner | manual | R-40, R-41, R-42 | B | T", CARDS, MANUAL, NOT_READ, BEFORE, Quota.TYPED
    ),
    Together(
        "eid, foreigner | manual_afterwards | R-46, R-47 | A | T",
        CARDS,
        AFTERWARDS,
        NOT_READ_AFTER,
        AFTER,
        Quota.TYPED,
    ),
    Together(
        "loss_theft | manual | setting, default R-40 | B | setting, default T",
        (Means.LOSS_THEFT,),
        MANUAL,
        NOT_READ,
        BEFORE,
        Quota.TYPED,
        lambda: Settings().loss_theft_typed and Settings().loss_theft_reason is Reason.NO_CHIP_OR_DEFECTIVE,
        lambda: counts_as(Means.LOSS_THEFT, EntryType.MANUAL, loss_theft_typed=False) is Quota.READ,
    ),
    Together(
        "loss_theft | manual_afterwards | R-46, R-47 where true; else pending | A | T",
        (Means.LOSS_THEFT,),
        AFTERWARDS,
        NOT_READ_AFTER,
        AFTER,
        Quota.TYPED,
    ),
    Together(
        "isi_plus, insured_attestation | barcode, datamatrix | none | any | R",
        CODED,
        CODES,
        NO_REASON,
        tuple(Moment),
        Quota.READ,
    ),
    Together(
        "isi_plus, insured_attestation | manual | R-40 (no chip), R-41, R-42 | B | T",
        CODED,
        MANUAL,
        NOT_READ,
        BEFORE,
        Quota.TYPED,
    ),
    Together(
        "isi_plus, insured_attestation | manual_afterwards | R-46, R-47 | A | T",
        CODED,
        AFTERWARDS,
        NOT_READ_AFTER,
        AFTER,
        Quota.TYPED,
    ),
    Together(
        "vignette | barcode (Code 128) | none | any, also later | R",
        (Means.VIGNETTE,),
        (EntryType.BARCODE,),
        NO_REASON,
        tuple(Moment),
        Quota.READ,
        lambda: ends(walk(READY, Scanned(STICKER)), Action.VIGNETTE),
        lambda: is_refused(walk(READY, Scanned(MATRIX)), Action.VIGNETTE),
    ),
    Together(
        "itsme | itsme | none | at care; later not said | R",
        (Means.ITSME,),
        (EntryType.ITSME,),
        NO_REASON,
        BEFORE,
        Quota.READ,
        lambda: not is_refused(READY, Action.ITSME),
        lambda: is_refused(replace(READY, care_over=True), Action.ITSME),
    ),
    Together(
        "hospital_app | hospital_app | none | at care, conditions R-48 and R-49 met | R",
        (Means.HOSPITAL_APP,),
        (EntryType.HOSPITAL_APP,),
        NO_REASON,
        BEFORE,
        Quota.READ,
        lambda: ends(walk(AT_APP, Vouched(FirstRead.READ)), Action.ACCEPT),
        lambda: (
            is_refused(replace(READY, settings=Settings(hospital_app=False)), APP)
            and is_refused(walk(AT_APP, Vouched(FirstRead.NEVER)), Action.ACCEPT)
        ),
    ),
    Together(
        "none | manual | R-43, with how identity was verified | B | T",
        (Means.NONE,),
        MANUAL,
        (Reason.NO_DOCUMENT_IDENTITY_VERIFIED,),
        BEFORE,
        Quota.TYPED,
        lambda: rules.REASON_ROWS[Reason.NO_DOCUMENT_IDENTITY_VERIFIED].asks_how,
        lambda: not any(row.asks_how for row in rules.REASONS if row.rule != "R-43"),
    ),
    Together(
        "none | manual_afterwards | R-45 | A | T",
        (Means.NONE,),
        AFTERWARDS,
        (Reason.NO_DOCUMENT,),
        AFTER,
        Quota.TYPED,
    ),
)


def permitted(means: Means, entry: EntryType, reason: Reason | None, moment: Moment) -> Quota | None:
    row = rules.permitting(means, entry, reason, moment)
    return row.quota if row else None


@pytest.mark.parametrize("row", TOGETHER, ids=lambda row: row.text)
def test_what_may_go_together_and_nothing_beside_it(row: Together) -> None:
    inside = set(product(row.means, row.entries, row.reasons, row.moments))
    for one in product(row.means, row.entries, (None, *Reason), Moment):
        assert permitted(*one) is (row.quota if one in inside else None), one
    for means, entry in product(row.means, row.entries):
        assert counts_as(means, entry, loss_theft_typed=True) is row.quota
    assert row.met()
    assert row.not_met()


def test_what_stands_in_no_row_does_not_go_together() -> None:
    told = {pair for row in TOGETHER for pair in product(row.means, row.entries)}
    others = set(product(Means, EntryType)) - told
    assert others
    for (means, entry), reason, moment in product(others, (None, *Reason), Moment):
        assert permitted(means, entry, reason, moment) is None


def test_any_of_the_first_four_read_after_the_care_is_a_later_reading() -> None:
    read = [
        (row, one) for row in TOGETHER for one in product(row.means, row.entries) if row.reasons == NO_REASON
    ]
    legal = {means for rung in rules.LADDER if rung.order for means in rung.means}
    for row, (means, entry) in read:
        later = permitted(means, entry, None, Moment.AFTER)
        if means in legal:
            assert later is Quota.READ
        elif means is not Means.VIGNETTE:  # its own row says that it is read later as well
            assert later is None, row.text


# C-1 and C-2: nothing has to be verified

BABY = PartialDate(2026, 11, 1)
BEFORE_IN_FORCE = at("31-3-2024")
SCOPE: tuple[tuple[str, dict[str, object]], ...] = (
    ("R-12", {"paper": Paper.MEDIPRIMA}),
    ("R-12", {"insurer": "690"}),
    ("R-14", {"paper": Paper.FEDASIL}),
    ("R-14", {"insurer": "691"}),
    ("R-13", {"paper": Paper.FEDERATED}),
    ("R-11", {"care_at": BEFORE_IN_FORCE}),
    ("R-16", {"paper": Paper.LISTED_SERVICE}),
    ("R-18", {"birth_date": BABY}),
    ("R-19", {"ct1": "180"}),
    ("R-19", {"paper": Paper.EHIC}),
)
"""Each sign that frees and its rule, in the order of C-1."""


def freed_by(facts: dict[str, object]) -> str | None:
    care_at = facts.get("care_at", ANY_TIME)
    assert isinstance(care_at, datetime)
    born = facts.get("birth_date")
    if born and care_at is BEFORE_IN_FORCE:
        born = PartialDate(2024, 3, 1)
    coverage = Coverage(insurer=facts.get("insurer"), ct1=facts.get("ct1"))  # type: ignore[arg-type]  # text or None
    return freed(care_at, AMBULATORY, coverage=coverage, paper=facts.get("paper"), birth_date=born)  # type: ignore[arg-type]  # by name


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(one, other, id=f"{one[0]} {next(iter(one[1]))} before {other[0]} {next(iter(other[1]))}")
        for place, one in enumerate(SCOPE)
        for other in SCOPE[place + 1 :]
        if not one[1].keys() & other[1].keys()
    ],
)
def test_c_1_of_two_signs_the_earlier_one_names_the_rule(
    first: tuple[str, dict[str, object]], second: tuple[str, dict[str, object]]
) -> None:
    assert freed_by(second[1]) == second[0]
    assert freed_by(first[1] | second[1]) == first[0]


# C-6: a reading before the admission


def test_c_6_the_margin_before_an_admission_is_of_elapsed_hours() -> None:
    admitted, margin = at("29-3-2026", "12:00"), timedelta(hours=24)
    assert counts_for_stay(at("28-3-2026", "11:00"), admitted, margin)
    assert not counts_for_stay(at("28-3-2026", "10:59"), admitted, margin)
    admitted = at("25-10-2026", "12:00")
    assert counts_for_stay(at("24-10-2026", "13:00"), admitted, margin)
    assert not counts_for_stay(at("24-10-2026", "12:59"), admitted, margin)


# C-11: of which support a number is recorded

NUMBERED = Found(
    niss=MATRIX.niss,
    count=1,
    alone=True,
    symbology=Symbology.CODE_128,
    fields=(("card_number", "0123456789"),),
)
WITH_SERIAL = (Action.CARD_CODE, Action.ISI_PLUS)


@pytest.mark.parametrize("action", [*WITH_SERIAL, Action.INSURED_ATTESTATION, Action.VIGNETTE])
def test_c_11_only_cards_have_a_serial_number(action: Action) -> None:
    done = walk(DEAD_CHIP, Scanned(NUMBERED), action).outcome
    assert isinstance(done, path.Outcome)
    assert done.serial == ("0123456789" if action in WITH_SERIAL else None)


# C-16: an escorted detainee


def test_c_16_the_vignette_on_the_form_comes_before_the_typed_number() -> None:
    roads = [rung.road for rung in rules.LADDER]
    assert roads.index(rules.Road.VIGNETTE) < roads.index(rules.Road.NISS)
    for action in (Action.VIGNETTE, Action.NISS):
        assert not is_refused(DETAINED, action)
