"""An entry in words: the row of a list, and every field of it, for whatever front end shows them."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from idtui.desk.moments import belgium
from idtui.desk.panels import Field, Row, Text
from idtui.desk.standing import Followers, Standing
from idtui.domain import niss
from idtui.domain.changes import CorrectedWhy, WithdrawnWhy
from idtui.domain.deadlines import expiry, reminder
from idtui.domain.entries import Consultation, Correction, Entry, Evidence, Pending, Verification, Withdrawal
from idtui.domain.episode import Episode, EpisodeKind
from idtui.domain.text import Message, say
from idtui.domain.visit import Visit

_HOUR = timedelta(hours=1)


def row_of(entry: Entry, followers: Followers, subject: Entry | None = None) -> Row:
    """Return the row of an entry; `subject` is the one a correction or withdrawal is about."""
    of = subject or entry
    left: list[Text] = [f"{entry.recorded_at:%H:%M}", *who(of)]
    if isinstance(entry, Verification):
        left.append(say(f"entry.{entry.entry}"))
    else:
        left.append(say(f"kind.{entry.kind}"))
    number = getattr(of, "niss", None) or ""
    found_by = " ".join((*(part for part in who(of) if isinstance(part, str)), number, _visit(of)))
    return Row(entry.id, tuple(left), (say(f"state.{followers.of(entry)}"),), found_by)


def who(entry: Entry) -> tuple[Text, ...]:
    """Return how a patient is named in a list: number and name, alias or visit, as far as known."""
    parts: list[Text] = []
    number = getattr(entry, "niss", None)
    if number:
        parts.append(niss.shown(number))
    if isinstance(entry, Verification) and entry.name:
        parts.append(f"{entry.name} {entry.given_names or ''}".strip())
    if alias := getattr(entry, "alias", None):
        parts.append(alias)
    if not parts:
        parts.append(_visit(entry) or say("entry.nobody"))
    return tuple(parts)


def _visit(entry: Entry) -> str:
    episode = getattr(entry, "episode", None)
    return episode.visit or "" if isinstance(episode, Episode) else ""


def care_of(due: Pending) -> tuple[Text, ...]:
    """Return in short what care a verification is due for."""
    if due.episode.kind is EpisodeKind.HOSPITALISATION:
        since = written(due.episode.admitted_at or due.care_at)
        return (say(f"episode.{due.episode.kind}"), say("episode.since", moment=since))
    return (told_episode(due.episode), written(due.care_at))


def told_episode(episode: Episode) -> Message:
    """Return the kind of an episode in a word; a series by its treatment."""
    return say(f"series.{episode.series}") if episode.series else say(f"episode.{episode.kind}")


def visit_row(visit: Visit, today: date) -> Row:
    """Return the row of a visit: when, who, what for; found by name, number and NISS."""
    at = visit.begins_at
    when = "--:--" if at is None else f"{at:%H:%M}" if at.date() == today else f"{at:%d.%m.}"
    named = visitor(visit)
    words = " ".join(text for text in named if isinstance(text, str))
    found_by = " ".join(filter(None, (words, visit.number, visit.niss)))
    return Row(visit.number, (when, *named, say(f"visit.kind.{visit.kind}")), (visit.number,), found_by)


def visitor(visit: Visit) -> tuple[Text, ...]:
    """Return how the hospital names the patient of a visit: as far as it does, and never as proven."""
    name = f"{visit.name or ''} {visit.given_names or ''}".strip()
    number = niss.shown(visit.niss) if visit.niss else None
    return tuple(filter(None, (name, number))) or (say("entry.nobody"),)


def time_left(due: Pending, now: datetime) -> tuple[Message, ...]:
    """Return what a list says of the end of a stay's 72 hours; nothing in ambulatory care."""
    last = expiry(due)
    if last is None:
        return ()
    if now > last:
        return (say("worklist.expired"),)
    hours, rest = divmod(last - now, _HOUR)
    minutes = f"{rest // timedelta(minutes=1):02}"
    past = reminder(due, now)
    if past is None:
        return (say("worklist.left", hours=hours, minutes=minutes),)
    return (say("worklist.reminded", after=past // _HOUR, hours=hours, minutes=minutes),)


def until(due: Pending) -> tuple[Message, ...]:
    """Return the same as a moment, for a screen that does not follow the clock."""
    last = expiry(due)
    return () if last is None else (say("worklist.until", moment=written(last.astimezone(belgium()))),)


def written(moment: datetime) -> str:
    """Write a moment with its day."""
    return f"{moment:%d.%m.%Y %H:%M}"


def fields_of(entry: Entry, followers: Followers) -> tuple[Field, ...]:
    """Return every field of an entry that says something, what matters most first."""
    return tuple(
        Field(label, tuple(value))
        for label, value in (*_standing(entry, followers), *_content(entry), *_head(entry))
        if value
    )


_Named = tuple[Message, list[Text]]


def _standing(entry: Entry, followers: Followers) -> Iterator[_Named]:
    standing = followers.of(entry)
    yield say("field.state"), [say(f"state.{standing}")]
    if standing is Standing.WITHDRAWN and (withdrawal := followers.withdrawal(entry.id)):
        yield say("field.why"), [_withdrawn_why(withdrawal.why)]
    if correction := followers.correction(entry.id):
        yield say("field.why"), [_corrected_why(correction.why)]
    if refusal := followers.refusal(entry.id):
        yield say("field.hub"), [str(refusal.status), refusal.words]


def _content(entry: Entry) -> Iterator[_Named]:
    yield say("field.patient"), list(who(entry))
    match entry:
        case Verification():
            yield from _verification(entry)
        case Pending():
            yield from _care(entry.care_at, entry.episode)
            yield from _evidence(entry.evidence)
        case Consultation():
            yield from _care(entry.care_at, entry.episode)
            yield say("field.reading"), [entry.reading]
        case Withdrawal():
            yield say("field.entry_meant"), [entry.withdraws]
            yield say("field.why"), [_withdrawn_why(entry.why)]
        case Correction():
            yield say("field.entry_meant"), [entry.replaces]
            yield say("field.replaced_by"), [entry.by]
            yield say("field.why"), [_corrected_why(entry.why)]


def _verification(entry: Verification) -> Iterator[_Named]:
    if entry.birth_date and entry.sex is not None:
        born = say("ui.born", date=str(entry.birth_date))
        yield say("field.born"), [born, say(f"ui.sex.{entry.sex.name.lower()}")]
    means: list[Text] = [say(f"means.{entry.means}"), say(f"entry.{entry.entry}")]
    yield say("field.means"), [*means, entry.serial] if entry.serial else means
    if entry.reason:
        how = entry.evidence.how_verified
        yield say("field.reason"), [say(f"reason.{entry.reason}"), *([say(f"how.{how}")] if how else [])]
    yield from _care(entry.care_at, entry.episode)
    yield say("field.verified_at"), [written(entry.verified_at)]
    if entry.verdict:
        told: list[Text] = [say(f"problem.{problem}") for problem in entry.verdict.problems]
        told += [say(f"remark.{remark}") for remark in entry.verdict.remarks]
        if entry.verdict.specimen:
            told.append(say("ui.specimen"))
        yield say("field.remarks"), told
    yield from _evidence(entry.evidence)


def _care(care_at: datetime, episode: Episode) -> Iterator[_Named]:
    yield say("field.care_at"), [written(care_at)]
    told: list[Text] = [told_episode(episode)]
    if episode.billing_period:
        told.append(say("episode.period", period=episode.billing_period))
    if episode.admitted_at:
        told.append(say("episode.since", moment=written(episode.admitted_at)))
    if episode.visit:
        told.append(say("episode.visit", visit=episode.visit))
    yield say("field.episode"), told


def _evidence(evidence: Evidence) -> Iterator[_Named]:
    observed: list[Text] = [say(f"reader.{evidence.reader}")]
    if evidence.hub_reachable is not None:
        observed.append(say("observed.hub_answers" if evidence.hub_reachable else "observed.hub_silent"))
    yield say("field.observed"), observed
    yield say("field.contradicted"), [Message(observation) for observation in evidence.contradicted]
    signer = [evidence.root, evidence.card_applet, evidence.card_failure]
    yield say("field.card"), [text for text in signer if text]


def _head(entry: Entry) -> Iterator[_Named]:
    yield say("field.recorded"), [written(entry.recorded_at), entry.desk, entry.operator]
    yield say("field.id"), [entry.id]


def _withdrawn_why(why: str) -> Text:
    return say(f"withdrawn.{why}") if why in set(WithdrawnWhy) else why


def _corrected_why(why: str) -> Text:
    return say(f"corrected.{why}") if why in set(CorrectedWhy) else why
