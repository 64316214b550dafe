"""The care of the patient at hand: picked from the hospital's visits, or told by the operator."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from msgspec.structs import replace

from idtui.desk.board import Board
from idtui.desk.commands import DIGITS, Own
from idtui.desk.described import told_episode, visit_row, visitor, written
from idtui.desk.modal import Modal
from idtui.desk.moments import belgium, moment_of
from idtui.desk.panels import Choice, Field, Listing, Prompt, Sheet
from idtui.desk.parts import Does, Part
from idtui.desk.ports import Journal, KnownVisits, Visits
from idtui.desk.stamp import Stamp
from idtui.desk.standing import Followers
from idtui.desk.state import Tone
from idtui.desk.worklist import Worklist
from idtui.domain import care, ladder, niss, path
from idtui.domain.care import Care
from idtui.domain.changes import Changes
from idtui.domain.deadlines import counts_for_stay
from idtui.domain.entries import Entry, Verification
from idtui.domain.episode import Episode, EpisodeKind, Series, is_visit_number
from idtui.domain.errors import CannotSave
from idtui.domain.path import CareIs, Phase
from idtui.domain.text import Message, say
from idtui.domain.visit import Visit, VisitKind

OLD = timedelta(hours=24)
"""Age from which visits are said to be old."""

EPISODE_KEYS: Mapping[str, EpisodeKind | Series] = {
    "b": EpisodeKind.AMBULATORY,
    "h": EpisodeKind.HOSPITALISATION,
    "c": Series.CHEMOTHERAPY,
    "r": Series.RADIOTHERAPY,
    "i": Series.IMMUNOTHERAPY,
    "d": Series.DIALYSIS,
    "f": Series.IVF,
    "p": Series.MENTAL_HEALTH_AFTERCARE,
}


class VisitDesk(Part):
    """The visits the desk knows, the one that is open, and the episode where there is none."""

    def __init__(
        self,
        board: Board,
        modal: Modal,
        stamp: Stamp,
        *,
        journal: Journal,
        worklist: Worklist,
        visits: Visits | None,
    ) -> None:
        self._board = board
        self._modal = modal
        self._stamp = stamp
        self._worklist = worklist
        self._visits = visits
        self._journal = journal
        self._known: KnownVisits | None = None

    def commands(self) -> Mapping[Own, Does]:
        """Return what `visit` and `episode` do."""
        return {Own.VISIT: Does(self._pick), Own.EPISODE: Does(self._ask_episode)}

    def of_another(self, number: str | None) -> bool:
        """Whether the open visit is of somebody else than the person with this number."""
        expected = self._board.state.care.niss
        return bool(number and expected and number != expected)

    def ask_whom(self, number: str, name: str) -> None:
        """Ask who is meant, the person read or the patient of the visit; nothing is recorded before."""
        visit = self._board.state.care.visit
        if visit is None:
            return
        sheet = Sheet(
            title=say("visit.whom"),
            fields=(
                Field(say("visit.whom.at_hand"), tuple(filter(None, (name, niss.shown(number))))),
                Field(say("visit.whom.expected"), (visit.number, *visitor(visit))),
            ),
            choices=(
                Choice("c", say("visit.whom.take_person")),
                Choice("d", say("visit.whom.keep_visit")),
            ),
        )
        self._modal.open(lambda: sheet, self._answer_whom)

    def _answer_whom(self, key: str) -> None:
        self._modal.close()
        if key == "c":
            self.leave()
            self._board.tell(say("visit.put_away"))
            return
        at, over = self._board.ladder.care_at, self._board.ladder.care_over
        self._worklist.leave()
        self._step(path.fresh(self._board.ladder), CareIs(at, over))
        self._board.tell(say("visit.kept"))

    def leave(self) -> None:
        """Put the visit away; the patient at hand stays."""
        self._board.leave_care()
        self._step(self._board.ladder, CareIs(None, over=False))

    # Visits

    def known(self) -> tuple[Visit, ...]:
        """Return the visits this desk may meet now, earliest first."""
        return care.met_now(self._all(), self._stamp.clock.now())

    def _all(self) -> tuple[Visit, ...]:
        if self._visits is None:
            return ()
        if self._known is None:
            try:
                self._known = self._visits.read()
            except OSError:
                return ()  # a list that cannot be read is no list: the number is typed
        return self._known.all()

    def told(self, visits: Iterable[Visit]) -> None:
        """Keep what the hub tells of today in place of what it told before."""
        if self._visits is None:
            return
        try:
            self._known = self._visits.take_from_hub(visits, self._stamp.clock.now())
        except CannotSave as error:
            self._board.refuse(error.message)

    def _pick(self) -> None:
        if self.known():
            self._modal.open(self._list, self._picked)
        else:
            prompt = Prompt(say("visit.title"), say("field.visit"), say("visit.none_known"), takes_label=True)
            self._modal.open(lambda: prompt, self._picked)

    def _list(self) -> Listing:
        today = self._stamp.clock.now().date()
        return Listing(
            title=say("visit.title"),
            rows=tuple(visit_row(visit, today) for visit in self.known()),
            empty=say("visit.none_known"),
            enter=say("visit.open"),
            note=self._age(),
            takes_typed=True,
        )

    def _age(self) -> Message | None:
        """Return how old the newest of what is known is; old knowledge is never passed off as new."""
        if self._known is None:
            return None
        ages = [("hub", self._known.told_at), ("import", self._known.imported_at)]
        told = [(at, source) for source, at in ages if at is not None]
        if not told:
            return None
        at, source = max(told)
        age = max(self._stamp.clock.now() - at, timedelta(0))
        hours, rest = divmod(age, timedelta(hours=1))
        message = say(f"visits.age.{source}", hours=hours, minutes=rest // timedelta(minutes=1))
        return say("visits.old", age=message) if age >= OLD else message

    def _picked(self, typed: str) -> None:
        digits = "".join(DIGITS.get(sign, sign) for sign in typed)
        for number in (typed, digits):
            if visit := next((one for one in self.known() if one.number == number), None):
                self._modal.close()
                self.open(visit)
                return
        typed_number = next((text for text in (typed, digits) if is_visit_number(text)), None)
        if typed_number is None:
            self._board.refuse(say("visit.not_a_number"))
            return
        self._modal.close()
        state = self._board.state
        told = state.usual if state.care.visit else state.care
        self._take(Care(episode=replace(told.episode, visit=typed_number)), CareIs(None, over=False))

    def open(self, visit: Visit) -> None:
        """Take a visit for the patient at hand; what is due of it is what the next verification completes."""
        due = self._worklist.first_of_visit(visit.number)
        if due is not None:
            self._worklist.complete(due)
            return
        now = self._stamp.clock.now()
        self._take(self._board.state.usual.of_visit(visit), care.moment_of(visit, now))
        if self.of_another(self._number_at_hand()):
            self._board.refuse(say("visit.other_person"))
        elif read := self._read_as_contact(visit, now):
            self._board.tell(say("visit.read_as_contact", moment=written(read.verified_at)))

    def resume(self, episode: Episode, moment: CareIs) -> None:
        """Take the care that was open when the desk ended, with what the desk still knows of its visit."""
        visit = next((one for one in self._all() if one.number == episode.visit), None)
        self._take(Care(episode=episode, visit=visit), moment)

    def labelled(self, labels: Iterable[str]) -> Visit | None:
        """Return the one known visit that a scanned label may be of; None where it is none or not sure."""
        wanted = frozenset(labels)
        found = [visit for visit in self.known() if visit.number in wanted]
        return found[0] if len(found) == 1 else None

    def scanned(self, visit: Visit) -> None:
        """Take the visit of a scanned label; of whom it is is asked when somebody else is at hand."""
        self._board.change(notice=None)
        self.open(visit)
        number = self._number_at_hand()
        if number and self.of_another(number):
            self.ask_whom(number, self._name_at_hand())
        elif self._board.state.notice is None:
            self._board.tell(say("visit.scanned", visit=visit.number), Tone.DONE)

    def _read_as_contact(self, visit: Visit, now: datetime) -> Verification | None:
        """Return the reading of a contact that can become that of this stay (C-6)."""
        if visit.kind is not VisitKind.HOSPITALISATION or visit.admitted_at is None or visit.niss is None:
            return None
        margin = self._board.ladder.settings.margin_before_admission
        for day in (now.date(), visit.admitted_at.date()):
            for entry in self._journal.of_patient(visit.niss, day):
                if (
                    isinstance(entry, Verification)
                    and entry.episode.kind is EpisodeKind.AMBULATORY
                    and Followers(self._journal).changed(entry) is None
                    and counts_for_stay(entry.verified_at, visit.admitted_at, margin)
                ):
                    return entry
        return None

    def _number_at_hand(self) -> str | None:
        """Return the number that was read, confirmed or scanned, or typed to its end."""
        state = self._board.ladder
        person = (state.reading.identity if state.reading else None) or state.confirmed
        if person:
            return person.niss
        number = niss.parse(state.number)
        return number.digits if number else None

    def _name_at_hand(self) -> str:
        state = self._board.ladder
        person = (state.reading.identity if state.reading else None) or state.confirmed
        return f"{person.name} {person.given_names}".strip() if person else ""

    def _take(self, taken: Care, moment: CareIs) -> None:
        state = self._board.ladder
        self._worklist.leave()
        self._step(path.fresh(state) if state.phase is Phase.RECORDED else state, moment)
        at = moment.at or self._stamp.clock.now()
        self._board.change(care=taken, exempt=taken.freed_by(at))

    def _step(self, state: path.State, event: CareIs) -> None:
        self._board.change(ladder=ladder.step(state, event))

    def stay_of(self, entry: Entry) -> Changes | None:
        """Return what makes an entry one of the stay the desk knows for its visit or its patient."""
        number, episode = getattr(entry, "niss", None), getattr(entry, "episode", None)
        number_of_visit = episode.visit if isinstance(episode, Episode) else None
        for visit in self.known():
            same = visit.number == number_of_visit or (number is not None and visit.niss == number)
            if same and visit.kind is VisitKind.HOSPITALISATION and visit.admitted_at:
                return Changes(
                    visit=visit.number, kind=EpisodeKind.HOSPITALISATION, admitted_at=visit.admitted_at
                )
        return None

    # The episode, where no visit tells it

    def _ask_episode(self) -> None:
        choices = tuple(
            Choice(key, say(f"series.{kind}") if isinstance(kind, Series) else say(f"episode.{kind}"))
            for key, kind in EPISODE_KEYS.items()
        )
        sheet = Sheet(title=say("episode.which"), fields=(), choices=choices)
        self._modal.open(lambda: sheet, self._told_episode)

    def _told_episode(self, key: str) -> None:
        kind, visit = EPISODE_KEYS[key], self._board.state.care.episode.visit
        if kind is EpisodeKind.HOSPITALISATION:
            self._ask_admission()
            return
        self._modal.close()
        if isinstance(kind, Series):
            self._set(Episode(kind=EpisodeKind.SERIES, series=kind, visit=visit))
        else:
            self._set(Episode(visit=visit))

    def _ask_admission(self) -> None:
        now = self._stamp.clock.now()
        prompt = Prompt(
            title=say(f"episode.{EpisodeKind.HOSPITALISATION}"),
            label=say("field.admitted_at"),
            hint=say("change.moment.hint"),
            typed=f"{now.astimezone(belgium()):%d.%m.%Y %H:%M}",
        )
        self._modal.open(lambda: prompt, self._told_admission)

    def _told_admission(self, typed: str) -> None:
        now = self._stamp.clock.now()
        moment = moment_of(typed, now)
        if moment is None:
            self._board.refuse(say("change.moment.wrong"))
        elif moment > now:
            self._board.refuse(say("claim.future"))
        else:
            self._modal.close()
            visit = self._board.state.care.episode.visit
            self._set(Episode(kind=EpisodeKind.HOSPITALISATION, admitted_at=moment, visit=visit))

    def _set(self, episode: Episode) -> None:
        taken = replace(self._board.state.care, episode=episode)
        at: datetime = self._board.ladder.care_at or self._stamp.clock.now()
        self._board.change(care=taken, exempt=taken.freed_by(at))
        if self._board.ladder.phase is Phase.RECORDED:
            self._board.change(ladder=path.fresh(self._board.ladder))
        self._board.tell(say("episode.set", episode=told_episode(episode)), Tone.DONE)
