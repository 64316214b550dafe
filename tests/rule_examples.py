"""One allowed and one refused example of every behaviour rule, and a change of its row that breaks one."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

import pytest
from msgspec.structs import replace

from idtui.domain import (
    consulting,
    deadlines,
    hours,
    ladder,
    observed,
    path,
    quota,
    refusals,
    rules,
    scope,
    series,
)
from idtui.domain.consulting import FirstRead
from idtui.domain.entries import Declined, Evidence, Pending, Verification
from idtui.domain.episode import Coverage, Episode, EpisodeKind, Series
from idtui.domain.path import Action, Digit, LadderEvent, Phase, Press, Settings, State
from idtui.domain.reading import PartialDate, ReaderState
from idtui.domain.rules import EntryType, Means, Moment, Quota, Reason, Road
from idtui.domain.scan import Found
from idtui.domain.scope import Paper
from idtui.domain.symbology import Symbology

NISS = "85073003328"
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=timezone(timedelta(hours=1)))
READY = State(reader=ReaderState.READY, now=NOW, settings=Settings(hospital_app=True, itsme=True))
AMBULATORY = Episode()
STICKER = Found(niss=NISS, count=1, alone=True, symbology=Symbology.CODE_128)
MATRIX = Found(niss=NISS, count=1, symbology=Symbology.DATAMATRIX)

Holds = Callable[[], bool]
Change = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class Example:
    """What the rule allows, what it refuses, and how its row is changed to prove that it does."""

    allowed: Holds
    refused: Holds
    change: Change


# What a path comes to


def walk(state: State, *events: LadderEvent | Action) -> State:
    for event in events:
        state = ladder.step(state, Press(event) if isinstance(event, Action) else event)
    return state


def typed(*, over: bool = False, state: State = READY) -> State:
    """Return a typed NISS waiting for its reason, before or after the care."""
    care = [Action.CARE_OVER] if over else []
    return walk(state, Action.NISS, *(Digit(digit) for digit in NISS), *care)


def ends(state: State, action: Action) -> bool:
    """Whether an action ends the path in what the table of the law permits."""
    done = walk(state, action).outcome
    return isinstance(done, path.Outcome) and bool(
        rules.permitting(done.means, done.entry, done.reason, done.moment)
    )


def is_refused(state: State, action: Action) -> bool:
    return refusals.why_not(state, action) is not None


def permits(means: Means, entry: EntryType, reason: Reason | None, moment: Moment) -> bool:
    return rules.permitting(means, entry, reason, moment) is not None


def counts(means: Means, entry: EntryType, reason: Reason | None, quota: Quota) -> bool:
    moment = Moment.AFTER if entry is EntryType.MANUAL_AFTERWARDS else Moment.BEFORE
    row = rules.permitting(means, entry, reason, moment)
    return row is not None and row.quota is quota


def frees(rule: str | None, **facts: object) -> bool:
    return scope.freed(NOW, AMBULATORY, **facts) == rule  # type: ignore[arg-type]  # facts by name


def limit(year: int) -> int:
    """Return the limit of a year; none of the years asked for is without."""
    return quota.limit_percent(year) or 0


def stay(admitted: datetime) -> Episode:
    return Episode(kind=EpisodeKind.HOSPITALISATION, admitted_at=admitted)


def head() -> dict[str, object]:
    return {"id": "a", "sequence": 1, "site": "", "desk": "d", "operator": "o", "recorded_at": NOW}


def read_now(entry: EntryType = EntryType.CHIP) -> Verification:
    """Return a verification of this moment, of a series."""
    return Verification(
        **head(),  # type: ignore[arg-type]  # who and where, by name
        care_at=NOW,
        verified_at=NOW,
        niss=NISS,
        episode=series.series_episode(Series.DIALYSIS, NOW),
        means=Means.EID,
        entry=entry,
        evidence=Evidence(),
    )


def in_series(kind: Series | None, period: str, niss: str = NISS) -> bool:
    episode = Episode(kind=EpisodeKind.SERIES, series=kind, billing_period=period)
    return series.covers(read_now(), niss, episode)


def due(kind: EpisodeKind) -> Pending:
    """Return a verification put off at this moment."""
    return Pending(
        **head(),  # type: ignore[arg-type]  # who and where, by name
        care_at=NOW,
        episode=Episode(kind=kind, admitted_at=NOW - timedelta(hours=1)),
        evidence=Evidence(),
    )


def consults(day: date, niss: str = NISS, entry: EntryType = EntryType.CHIP) -> bool:
    return consulting.is_reading_of(read_now(entry), niss, day)


# How a row is changed


def without(rule: str) -> Change:
    """Take every row of the law that names a rule out of its table."""

    def change(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(rules, "ALLOWED", tuple(row for row in rules.ALLOWED if rule not in row.rules))

    return change


def without_rung(road: Road) -> Change:
    """Take a rung out of the ladder."""

    def change(patch: pytest.MonkeyPatch) -> None:
        kept = tuple(rung for rung in rules.LADDER if rung.road is not road)
        patch.setattr(rules, "LADDER", kept)
        patch.setattr(rules, "LEGAL_RUNGS", tuple(rung.road for rung in kept if rung.order is not None))

    return change


def other_moment(reason: Reason) -> Change:
    """Give a reason the moment of the other list."""

    def change(patch: pytest.MonkeyPatch) -> None:
        row = rules.REASON_ROWS[reason]
        moment = Moment.AFTER if row.moment is Moment.BEFORE else Moment.BEFORE
        changed = type(row)(row.reason, row.rule, moment, row.document_shown, row.asks_how)
        patch.setitem(rules.REASON_ROWS, reason, changed)

    return change


def other_rule(paper: Paper) -> Change:
    """Give a paper a rule that frees nobody."""

    def change(patch: pytest.MonkeyPatch) -> None:
        row = scope.PAPER_ROWS[paper]
        patch.setitem(scope.PAPER_ROWS, paper, type(row)(paper, "R-0", row.duty))

    return change


def other(module: object, name: str, value: object) -> Change:
    """Give a table or number another value."""
    return lambda patch: patch.setattr(module, name, value)


def reason(number: str, of: Reason, action: Action) -> dict[str, Example]:
    """Return the example of one reason: possible at its moment, refused at the other."""
    after = rules.REASON_ROWS[of].moment is Moment.AFTER
    return {
        number: Example(
            lambda: walk(typed(over=after), action).phase is Phase.HOW or ends(typed(over=after), action),
            lambda: is_refused(typed(over=not after), action),
            other_moment(of),
        )
    }


def paper(number: str, of: Paper, **also: object) -> dict[str, Example]:
    """Return the example of one paper that frees."""
    return {number: Example(lambda: frees(number, paper=of, **also), lambda: frees(None), other_rule(of))}


def insurer(number: str, code: str, *, free: bool) -> dict[str, Example]:
    """Return the example of an insurer that frees, or that does not."""
    table = {} if free else {**scope.INSURER_RULES, code: "R-0"}
    return {
        number: Example(
            lambda: frees(number if free else None, coverage=Coverage(insurer=code)),
            lambda: frees("R-14", coverage=Coverage(insurer="691")),
            other(scope, "INSURER_RULES", table),
        )
    }


NIGHT = hours.OfficeHours(week=((hours.Opening(8 * 60, 9 * 60),),) * 7)
AT_NIGHT = replace(READY, settings=Settings(hours=NIGHT))
DETAINED = walk(READY, Action.DETAINEE)

EXAMPLES: dict[str, Example] = {
    "R-1": Example(
        lambda: frees("R-1", paper=Paper.NO_THIRD_PAYER),
        lambda: frees(None),
        other_rule(Paper.NO_THIRD_PAYER),
    ),
    "R-10": Example(
        lambda: {"ambulatory", "hospitalisation"} <= {kind.value for kind in EpisodeKind},
        lambda: (
            "day_hospitalisation" not in {kind.value for kind in EpisodeKind}
            and scope.reference_day(NOW, Episode(admitted_at=NOW - timedelta(days=3))) == NOW.date()
        ),
        other(scope, "reference_day", lambda _care_at, episode: episode.admitted_at.date()),
    ),
    "R-11": Example(
        lambda: scope.in_force(datetime(2024, 4, 1, tzinfo=NOW.tzinfo), AMBULATORY),
        lambda: not scope.in_force(NOW, stay(datetime(2024, 3, 31, tzinfo=NOW.tzinfo))),
        other(scope, "IN_FORCE", date(2024, 3, 1)),
    ),
    **paper("R-12", Paper.MEDIPRIMA),
    **paper("R-13", Paper.FEDERATED),
    **insurer("R-14", "691", free=True),
    **insurer("R-15", "675", free=False),
    "R-16": Example(
        lambda: frees("R-16", paper=Paper.LISTED_SERVICE),
        lambda: is_refused(walk(READY, Action.FREED), Action.LISTED_SERVICE),
        other_rule(Paper.LISTED_SERVICE),
    ),
    "R-18": Example(
        lambda: frees("R-18", birth_date=PartialDate(2026, 8, 23)),
        lambda: frees(None, birth_date=PartialDate(2026, 8, 22)),
        other(scope, "MONTHS_OF_A_NEWBORN", 4),
    ),
    "R-19": Example(
        lambda: frees("R-19", coverage=Coverage(ct1="180")) and frees("R-19", paper=Paper.EHIC),
        lambda: frees(None, coverage=Coverage(ct1="480")),
        other_rule(Paper.EHIC),
    ),
    "R-20": Example(
        lambda: permits(Means.EID, EntryType.CHIP, None, Moment.BEFORE),
        lambda: is_refused(walk(READY, path.Scanned(MATRIX)), Action.CARD_CODE),
        without("R-20"),
    ),
    "R-21": Example(
        lambda: rules.closed_by_shown(Means.LOSS_THEFT) == (Road.CARD,),
        lambda: not permits(Means.LOSS_THEFT, EntryType.BARCODE, None, Moment.BEFORE),
        without_rung(Road.CARD),
    ),
    "R-22": Example(
        lambda: (
            ends(walk(READY, path.Scanned(MATRIX)), Action.ISI_PLUS)
            and rules.closed_by_shown(Means.ISI_PLUS) == (Road.CARD, Road.LOSS_THEFT)
        ),
        lambda: not permits(Means.ISI_PLUS, EntryType.CHIP, None, Moment.BEFORE),
        without("R-22"),
    ),
    "R-23": Example(
        lambda: ends(walk(READY, path.Scanned(MATRIX)), Action.INSURED_ATTESTATION),
        lambda: not permits(Means.INSURED_ATTESTATION, EntryType.CHIP, None, Moment.BEFORE),
        without("R-23"),
    ),
    "R-24": Example(
        lambda: deadlines.expiry(due(EpisodeKind.HOSPITALISATION)) == NOW + timedelta(hours=71),
        lambda: deadlines.expiry(due(EpisodeKind.AMBULATORY)) is None,
        other(deadlines, "STAY", timedelta(hours=71)),
    ),
    "R-25": Example(
        lambda: consults(NOW.date()),
        lambda: not consults(NOW.date() + timedelta(days=1)),
        other(consulting, "is_reading_of", lambda *_: True),
    ),
    "R-26": Example(
        lambda: consults(NOW.date()),
        lambda: not consults(NOW.date(), entry=EntryType.MANUAL),
        other(consulting, "TYPED", frozenset()),
    ),
    "R-27": Example(
        lambda: consults(NOW.date()),
        lambda: not consults(NOW.date(), niss="17073003384"),
        other(consulting, "is_reading_of", lambda *_: True),
    ),
    "R-28": Example(
        lambda: in_series(Series.DIALYSIS, "2026-11"),
        lambda: not in_series(Series.DIALYSIS, "2026-12"),
        other(series, "billing_period", lambda moment: f"{moment:%Y}"),
    ),
    "R-29": Example(
        lambda: in_series(Series.DIALYSIS, "2026-11"),
        lambda: not in_series(Series.DIALYSIS, "2026-11", niss="17073003384"),
        other(series, "covers", lambda *_: True),
    ),
    "R-30": Example(
        lambda: len(Series) == 6 and in_series(Series.DIALYSIS, "2026-11"),
        lambda: not in_series(None, "2026-11") and not in_series(Series.IVF, "2026-11"),
        other(series, "covers", lambda *_: True),
    ),
    "R-31": Example(
        lambda: ends(walk(READY, path.Scanned(STICKER)), Action.VIGNETTE),
        lambda: is_refused(walk(READY, path.Scanned(MATRIX)), Action.VIGNETTE),
        without("R-31"),
    ),
    "R-32": Example(
        lambda: ends(typed(), Action.READER_UNAVAILABLE),
        lambda: is_refused(READY, Action.READER_UNAVAILABLE),
        without("R-41"),
    ),
    "R-33": Example(
        lambda: permits(Means.EID, EntryType.CHIP, None, Moment.AFTER),
        lambda: not permits(Means.EID, EntryType.ITSME, None, Moment.AFTER),
        without("R-55"),
    ),
    "R-34": Example(
        lambda: permits(Means.ITSME, EntryType.ITSME, None, Moment.BEFORE),
        lambda: is_refused(replace(READY, care_over=True), Action.ITSME),
        without("R-34"),
    ),
    "R-35": Example(
        lambda: observed.supports(typed(over=True, state=AT_NIGHT), Reason.OUTSIDE_HOURS),
        lambda: (
            "observed.in_hours"
            in observed.against(
                replace(typed(over=True, state=AT_NIGHT), care_at=NOW.replace(hour=8)), Reason.OUTSIDE_HOURS
            )
        ),
        other(hours.OfficeHours, "open_at", lambda _self, _moment: True),
    ),
    "R-37": Example(
        lambda: observed.supports(
            replace(typed(), reader=ReaderState.UNKNOWN, link=False), Reason.NO_CONNECTION
        ),
        lambda: bool(observed.against(replace(typed(), link=True), Reason.NO_CONNECTION)),
        other(observed, "supports", lambda _state, _reason: False),
    ),
    **reason("R-36", Reason.OUTSIDE_HOURS, Action.OUTSIDE_HOURS),
    **reason("R-38", Reason.NO_CONNECTION, Action.NO_CONNECTION),
    **reason("R-39", Reason.NO_CHIP_OR_DEFECTIVE, Action.NO_CHIP_OR_DEFECTIVE),
    **reason("R-40", Reason.NO_CHIP_OR_DEFECTIVE, Action.NO_CHIP_OR_DEFECTIVE),
    **reason("R-41", Reason.READER_UNAVAILABLE, Action.READER_UNAVAILABLE),
    **reason("R-42", Reason.NO_CONNECTION, Action.NO_CONNECTION),
    **reason("R-43", Reason.NO_DOCUMENT_IDENTITY_VERIFIED, Action.NO_DOCUMENT_IDENTITY_VERIFIED),
    **reason("R-44", Reason.SOFTWARE_DOWN, Action.SOFTWARE_DOWN),
    **reason("R-45", Reason.NO_DOCUMENT, Action.NO_DOCUMENT),
    **reason("R-46", Reason.SOFTWARE_DOWN, Action.SOFTWARE_DOWN),
    **reason("R-47", Reason.OUTSIDE_HOURS, Action.OUTSIDE_HOURS),
    "R-48": Example(
        lambda: (
            not is_refused(READY, Action.HOSPITAL_APP)
            and permits(Means.HOSPITAL_APP, EntryType.HOSPITAL_APP, None, Moment.BEFORE)
        ),
        lambda: is_refused(replace(READY, settings=Settings()), Action.HOSPITAL_APP),
        without("R-48"),
    ),
    "R-49": Example(
        lambda: ends(
            walk(READY, Action.HOSPITAL_APP, path.Scanned(MATRIX), path.Vouched(FirstRead.READ)),
            Action.ACCEPT,
        ),
        lambda: is_refused(walk(READY, Action.HOSPITAL_APP, path.Scanned(MATRIX)), Action.ACCEPT),
        without("R-49"),
    ),
    "R-55": Example(
        lambda: (
            counts(Means.EID, EntryType.CHIP, None, Quota.READ)
            and counts(Means.VIGNETTE, EntryType.BARCODE, None, Quota.READ)
        ),
        lambda: counts(Means.EID, EntryType.MANUAL, Reason.READER_UNAVAILABLE, Quota.TYPED),
        without("R-55"),
    ),
    "R-56": Example(
        lambda: counts(Means.HOSPITAL_APP, EntryType.HOSPITAL_APP, None, Quota.READ),
        lambda: not permits(Means.HOSPITAL_APP, EntryType.MANUAL, None, Moment.BEFORE),
        without("R-56"),
    ),
    "R-57": Example(
        lambda: counts(Means.ITSME, EntryType.ITSME, None, Quota.READ),
        lambda: not permits(Means.ITSME, EntryType.MANUAL, None, Moment.BEFORE),
        without("R-57"),
    ),
    "R-58": Example(
        lambda: quota.Share(95, 5).within(limit(2026)),
        lambda: not quota.Share(94, 6).within(limit(2026)),
        other(quota, "limit_percent", lambda _: 10),
    ),
    "R-59": Example(
        lambda: limit(2025) == 10 and limit(2026) == 5 and quota.Share(90, 10).within(limit(2025)),
        lambda: not quota.Share(89, 11).within(limit(2025)),
        other(quota, "limit_percent", lambda _: 5),
    ),
    "R-60": Example(
        lambda: quota.Share(0, 100).more_typed(5) == 0 and ends(typed(), Action.READER_UNAVAILABLE),
        lambda: not quota.Share(0, 100).within(5),
        without("R-41"),
    ),
    **insurer("R-62", "695", free=False),
    "R-63": Example(
        lambda: permits(Means.EID, EntryType.CHIP, None, Moment.BEFORE) and not READY.detainee,
        lambda: (
            not any(
                declined.why is rules.Why.IN_PRISON
                for declined in declined_by(walk(READY, path.Scanned(STICKER), Action.VIGNETTE))
            )
        ),
        without("R-20"),
    ),
    "R-64": Example(
        lambda: (
            all(
                declined.why is rules.Why.IN_PRISON
                for declined in declined_by(walk(DETAINED, path.Scanned(STICKER), Action.VIGNETTE))
            )
            and len(declined_by(walk(DETAINED, path.Scanned(STICKER), Action.VIGNETTE))) == 4
        ),
        lambda: is_refused(typed(state=DETAINED), Action.READER_UNAVAILABLE),
        without_rung(Road.ISI_PLUS),
    ),
    "R-65": Example(
        lambda: ends(walk(DETAINED, path.Scanned(STICKER)), Action.VIGNETTE),
        lambda: is_refused(walk(DETAINED, path.Scanned(MATRIX)), Action.VIGNETTE),
        without("R-31"),
    ),
    "R-66": Example(
        lambda: (
            ends(typed(state=DETAINED), Action.NO_DOCUMENT_IDENTITY_VERIFIED)
            and ends(typed(state=DETAINED, over=True), Action.NO_DOCUMENT)
        ),
        lambda: is_refused(typed(state=DETAINED), Action.NO_CHIP_OR_DEFECTIVE),
        other_moment(Reason.NO_DOCUMENT),
    ),
}


def declined_by(state: State) -> tuple[Declined, ...]:
    return state.outcome.declined if isinstance(state.outcome, path.Outcome) else ()
