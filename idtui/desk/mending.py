"""Entries withdrawn, corrected, or sent again after a refusal: for every front end.

Nothing is edited and nothing that was refused is sent under its own id again: what goes is a new entry,
then a correction that says which one it replaces.
"""

from collections.abc import Mapping
from datetime import timedelta

from msgspec.structs import replace

from idtui.desk.ports import Journal
from idtui.desk.stamp import Stamp
from idtui.desk.standing import Followers, Standing
from idtui.domain.changes import CHANGEABLE, Changes, CorrectedWhy, WithdrawnWhy, corrected
from idtui.domain.deadlines import MARGIN_BEFORE_ADMISSION
from idtui.domain.entries import Correction, Entry, Withdrawal
from idtui.domain.errors import NotUnderstood
from idtui.domain.text import Message, say

CONTESTED = frozenset({409, 412})
"""Refusals that say that the hub holds something else under this id or number: a person must look there."""


def why_not_changed(followers: Followers, entry: Entry) -> Message | None:
    """Say why an entry can be neither withdrawn nor corrected, or None."""
    if not isinstance(entry, CHANGEABLE):
        return say("change.kind")
    changed = followers.changed(entry)
    return say(f"change.already_{changed}") if changed else None


def why_not_sent_again(followers: Followers, entry: Entry) -> Message | None:
    """Say why an entry cannot be sent again, or None."""
    refusal = followers.refusal(entry.id)
    if followers.of(entry) is not Standing.PARKED or refusal is None:
        return say("change.not_refused")
    if refusal.status in CONTESTED:
        return say("change.contested", status=refusal.status)
    return None if isinstance(entry, CHANGEABLE) else say("change.kind")


def withdraw(journal: Journal, stamp: Stamp, entry_id: str, why: WithdrawnWhy) -> Withdrawal:
    """Journal the withdrawal of an entry; what it completed is due again.

    Raises `NotUnderstood`, `CannotSave`.
    """
    entry = _found(journal, entry_id)
    _refuse(why_not_changed(Followers(journal), entry))
    for completion in _completions_by(journal, entry_id):
        journal.append(Withdrawal(**stamp.head(), withdraws=completion.id, why=why))
    withdrawal = Withdrawal(**stamp.head(), withdraws=entry.id, why=why)
    journal.append(withdrawal)
    return withdrawal


def correct(
    journal: Journal,
    stamp: Stamp,
    entry_id: str,
    changes: Changes,
    margin: timedelta = MARGIN_BEFORE_ADMISSION,
) -> Entry:
    """Journal an entry anew with these changes, and that it replaces the old one; return the new one.

    Raises `NotUnderstood`, `RuleForbids` where the law knows no such entry, `CannotSave`.
    """
    entry = _found(journal, entry_id)
    _refuse(why_not_changed(Followers(journal), entry))
    why = changes.why
    return _in_place_of(journal, stamp, entry, corrected(entry, changes, stamp.clock.now(), margin), why)


def send_again(journal: Journal, stamp: Stamp, entry_id: str) -> Entry:
    """Journal a refused entry anew with the same content, once the reason of the refusal is mended.

    Raises `NotUnderstood` when it is not refused or contested, `CannotSave`.
    """
    entry = _found(journal, entry_id)
    _refuse(why_not_sent_again(Followers(journal), entry))
    return _in_place_of(journal, stamp, entry, {}, CorrectedWhy.SENT_AGAIN)


def _completions_by(journal: Journal, entry_id: str) -> list[Correction]:
    """Return the corrections that say that this verification completed something."""
    return [
        entry
        for entry in journal.entries("correction")
        if isinstance(entry, Correction)
        and (entry.by, entry.why) == (entry_id, CorrectedWhy.COMPLETED)
        and not journal.withdrawn(entry.id)
    ]


def _found(journal: Journal, entry_id: str) -> Entry:
    entry = journal.entry(entry_id)
    if entry is None:
        raise NotUnderstood(say("change.unknown"))
    return entry


def _refuse(message: Message | None) -> None:
    if message is not None:
        raise NotUnderstood(message)


def _in_place_of(
    journal: Journal, stamp: Stamp, entry: Entry, fields: Mapping[str, object], why: CorrectedWhy
) -> Entry:
    new: Entry = replace(entry, **{**stamp.head(), **fields})
    journal.append(new)
    journal.append(Correction(**stamp.head(), replaces=entry.id, by=new.id, why=why))
    return new
