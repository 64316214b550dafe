"""The journal on the screen: today's entries and what the hub refused; seen whole, withdrawn, sent again."""

from collections.abc import Callable, Iterator, Mapping
from itertools import takewhile

from idtui.desk import mending
from idtui.desk.board import Board
from idtui.desk.commands import Own
from idtui.desk.correcting import Correcting
from idtui.desk.described import fields_of, row_of
from idtui.desk.modal import Modal
from idtui.desk.panels import Choice, Listing, Sheet
from idtui.desk.parts import Does, Part
from idtui.desk.ports import Journal
from idtui.desk.stamp import Stamp
from idtui.desk.standing import Followers, Standing
from idtui.desk.state import Tone
from idtui.domain.changes import Changes, WithdrawnWhy
from idtui.domain.entries import TRAVELLING, Correction, Entry, Withdrawal
from idtui.domain.episode import Episode, EpisodeKind
from idtui.domain.errors import IdtuiError
from idtui.domain.text import Message, say

WITHDRAW_KEYS = {
    "p": WithdrawnWhy.WRONG_PATIENT,
    "d": WithdrawnWhy.ENTERED_TWICE,
    "s": WithdrawnWhy.NO_CARE,
    "x": WithdrawnWhy.OTHER,
}


class JournalList(Part):
    """What was recorded, and what can still be done about it."""

    def __init__(self, board: Board, modal: Modal, journal: Journal, stamp: Stamp) -> None:
        self._board = board
        self._modal = modal
        self._journal = journal
        self._stamp = stamp
        self._correcting = Correcting(modal, stamp, board.refuse)
        self.stay_of: Callable[[Entry], Changes | None] = lambda _: None
        """Finds the stay an entry belongs to among the visits the desk knows."""

    def commands(self) -> Mapping[Own, Does]:
        """Return what `journal` does."""
        return {Own.JOURNAL: Does(lambda: self._modal.open(self._list, self.open))}

    def _list(self) -> Listing:
        followers = Followers(self._journal)
        return Listing(
            title=say("journal.title"),
            rows=tuple(row_of(entry, followers, self._subject(entry)) for entry in self._entries(followers)),
            empty=say("journal.empty"),
            enter=say("journal.open"),
        )

    def _entries(self, followers: Followers) -> Iterator[Entry]:
        """Yield what the hub refused on other days and waits for a person, then today's, newest first."""
        today = self._stamp.clock.now().date()
        yield from (
            entry
            for entry in self._journal.parked()
            if entry.recorded_at.date() != today and followers.of(entry) is Standing.PARKED
        )
        newest_first = reversed(self._journal.entries())
        of_today = takewhile(lambda entry: entry.recorded_at.date() >= today, newest_first)
        yield from (entry for entry in of_today if entry.kind in TRAVELLING)

    def _subject(self, entry: Entry) -> Entry | None:
        """Return the entry that a correction or withdrawal is about."""
        match entry:
            case Correction():
                return self._journal.entry(entry.replaces)
            case Withdrawal():
                return self._journal.entry(entry.withdraws)
            case _:
                return None

    def open(self, entry_id: str) -> None:
        """Show one entry whole, with what can be done about it."""
        self._modal.open(lambda: self._sheet(entry_id), lambda key: self._act(entry_id, key))

    def _entry(self, entry_id: str) -> Entry:
        entry = self._journal.entry(entry_id)
        if entry is None:
            raise AssertionError("an entry of the list is in the journal")
        return entry

    def _sheet(self, entry_id: str) -> Sheet:
        entry, followers = self._entry(entry_id), Followers(self._journal)
        unchangeable = mending.why_not_changed(followers, entry)
        return Sheet(
            title=say(f"kind.{entry.kind}"),
            fields=fields_of(entry, followers),
            choices=(
                Choice("c", say("journal.correct"), unchangeable),
                Choice("h", say("journal.convert"), unchangeable or _why_no_stay(entry)),
                Choice("t", say("journal.withdraw"), unchangeable),
                Choice("o", say("journal.send_again"), mending.why_not_sent_again(followers, entry)),
            ),
        )

    def _act(self, entry_id: str, key: str) -> None:
        match key:
            case "c":
                self._correcting.open(self._entry(entry_id), lambda changes: self._correct(entry_id, changes))
            case "h":
                self._convert(entry_id)
            case "t":
                self._modal.open(_why_withdrawn, lambda letter: self._withdraw(entry_id, letter))
            case _:
                self._do(
                    lambda: mending.send_again(self._journal, self._stamp, entry_id),
                    say("change.sent_again"),
                )

    def _correct(self, entry_id: str, changes: Changes) -> None:
        margin = self._board.ladder.settings.margin_before_admission
        self._do(
            lambda: mending.correct(self._journal, self._stamp, entry_id, changes, margin),
            say("change.corrected"),
        )

    def _convert(self, entry_id: str) -> None:
        """Make the entry one of the stay its contact became: the stay the desk knows, else the one told."""
        changes = self.stay_of(self._entry(entry_id))
        if changes is not None:
            self._correct(entry_id, changes)
        else:
            self._correcting.ask_admission(lambda told: self._correct(entry_id, told))

    def _withdraw(self, entry_id: str, letter: str) -> None:
        self._do(
            lambda: mending.withdraw(self._journal, self._stamp, entry_id, WITHDRAW_KEYS[letter]),
            say("change.withdrawn"),
        )

    def _do(self, change: Callable[[], Entry], done: Message) -> None:
        """Make a change durable and go back to the list, or say why it is not made and stay."""
        try:
            change()
        except IdtuiError as error:
            self._board.refuse(error.message)
        else:
            self._modal.back_to_list()
            self._board.tell(done, Tone.DONE)


def _why_no_stay(entry: Entry) -> Message | None:
    episode = getattr(entry, "episode", None)
    is_contact = isinstance(episode, Episode) and episode.kind is EpisodeKind.AMBULATORY
    return None if is_contact else say("change.no_contact")


def _why_withdrawn() -> Sheet:
    return Sheet(
        title=say("journal.why_withdrawn"),
        fields=(),
        choices=tuple(Choice(key, say(f"withdrawn.{why}")) for key, why in WITHDRAW_KEYS.items()),
    )
