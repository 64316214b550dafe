"""The questions of a correction: which field, and what it should say. The answer is a set of changes."""

from collections.abc import Callable
from datetime import datetime

from idtui.desk.commands import BY_ID
from idtui.desk.modal import Modal
from idtui.desk.moments import moment_of
from idtui.desk.panels import Choice, Prompt, Sheet
from idtui.desk.stamp import Stamp
from idtui.domain import rules
from idtui.domain.changes import Changes
from idtui.domain.entries import Entry, Verification
from idtui.domain.episode import EpisodeKind
from idtui.domain.path import HOW_OF, REASON_OF
from idtui.domain.rules import Reason
from idtui.domain.text import Message, say

Take = Callable[[Changes], None]

_REASONS = {BY_ID[action.value].key: reason for action, reason in REASON_OF.items()}
_HOWS = {BY_ID[action.value].key: how for action, how in HOW_OF.items()}


class Correcting:
    """Asks with sheets and fields; every way ends in one call with the changes."""

    def __init__(self, modal: Modal, stamp: Stamp, refuse: Callable[[Message], None]) -> None:
        self._modal = modal
        self._stamp = stamp
        self._refuse = refuse

    def open(self, entry: Entry, take: Take) -> None:
        """Ask what of the entry should be otherwise."""
        untyped = None if _is_typed(entry) else say("change.no_reason")
        choices = (
            Choice("v", say("field.visit")),
            Choice("e", say("field.episode")),
            Choice("d", say("change.care_at")),
            Choice("r", say("field.reason"), untyped),
        )
        ask = {"v": self._ask_visit, "e": self._ask_kind, "d": self._ask_care_at, "r": self._ask_reason}
        self._sheet(say("change.which"), choices, lambda key: ask[key](take))

    def _sheet(self, title: Message, choices: tuple[Choice, ...], picked: Callable[[str], None]) -> None:
        sheet = Sheet(title=title, fields=(), choices=choices)
        self._modal.open(lambda: sheet, picked)

    def _prompt(self, label: Message, hint: Message, picked: Callable[[str], None]) -> None:
        prompt = Prompt(title=say("journal.correct"), label=label, hint=hint)
        self._modal.open(lambda: prompt, picked)

    def _ask_visit(self, take: Take) -> None:
        prompt = Prompt(
            say("journal.correct"), say("field.visit"), say("change.visit.hint"), takes_label=True
        )
        self._modal.open(lambda: prompt, lambda typed: take(Changes(visit=typed)))

    def _ask_kind(self, take: Take) -> None:
        choices = (
            Choice("b", say(f"episode.{EpisodeKind.AMBULATORY}")),
            Choice("h", say(f"episode.{EpisodeKind.HOSPITALISATION}")),
        )
        self._sheet(say("field.episode"), choices, lambda key: self._take_kind(key, take))

    def _take_kind(self, key: str, take: Take) -> None:
        if key == "b":
            take(Changes(kind=EpisodeKind.AMBULATORY))
        else:
            self.ask_admission(take)

    def ask_admission(self, take: Take) -> None:
        """Ask when the stay began that the entry is to be of."""
        self._ask_moment(
            say("field.admitted_at"),
            lambda moment: take(Changes(kind=EpisodeKind.HOSPITALISATION, admitted_at=moment)),
        )

    def _ask_care_at(self, take: Take) -> None:
        self._ask_moment(say("change.care_at"), lambda moment: take(Changes(care_at=moment)))

    def _ask_moment(self, label: Message, take: Callable[[datetime], None]) -> None:
        def typed(text: str) -> None:
            moment = moment_of(text, self._stamp.clock.now())
            if moment is None:
                self._refuse(say("change.moment.wrong"))
            else:
                take(moment)

        self._prompt(label, say("change.moment.hint"), typed)

    def _ask_reason(self, take: Take) -> None:
        choices = tuple(Choice(key, say(f"reason.{reason}")) for key, reason in _REASONS.items())
        self._sheet(say("ui.why"), choices, lambda key: self._take_reason(_REASONS[key], take))

    def _take_reason(self, reason: Reason, take: Take) -> None:
        if not rules.REASON_ROWS[reason].asks_how:
            take(Changes(reason=reason))
            return
        choices = tuple(Choice(key, say(f"how.{how}")) for key, how in _HOWS.items())
        self._sheet(say("ui.how"), choices, lambda key: take(Changes(reason=reason, how_verified=_HOWS[key])))


def _is_typed(entry: Entry) -> bool:
    return isinstance(entry, Verification) and entry.entry in rules.TYPED
