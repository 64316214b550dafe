"""Entries the hub refused: sent again as they are, or mended. Functions over a journal, for every front end.

Nothing that was refused is ever sent again under its own id. What goes is a new entry, followed by a
correction that says that it counts in place of the refused one.
"""

from collections.abc import Mapping

import msgspec

from idtui.desk.ports import Journal
from idtui.desk.stamp import Stamp
from idtui.domain import niss, rules
from idtui.domain.entries import TRAVELLING, Correction, Entry, Parked, Verification
from idtui.domain.errors import NotUnderstood, RuleForbids
from idtui.domain.rules import EntryType, Moment
from idtui.domain.text import clean, say

CONTESTED = frozenset({409, 412})
"""Refusals that say that the hub holds something else: a person looks there before anything is sent."""

MENDABLE: Mapping[str, frozenset[str]] = {
    "verification": frozenset(
        {"care_at", "verified_at", "niss", "episode", "coverage", "reason", "document_shown"}
    ),
    "exemption": frozenset({"care_at", "rule", "episode", "niss", "alias", "document_shown", "coverage"}),
    "consultation": frozenset({"care_at", "episode"}),
    "pending": frozenset({"care_at", "episode", "niss", "alias"}),
    "correction": frozenset({"why"}),
    "withdrawal": frozenset({"why"}),
}
"""The fields of each kind a person may mend; what the machine observed is none of them."""

SENT_AGAIN, MENDED = "sent_again", "mended"
"""Words of `why` in the correction."""


def send_again(journal: Journal, stamp: Stamp, entry_id: str) -> Entry:
    """Journal a refused entry anew with the same content, once the hub or this desk's place was mended.

    Site and desk are those of today, so that what was refused from a wrong place can go. Raises
    `NotUnderstood` when the entry is not refused, or contested (409, 412), `CannotSave`.
    """
    entry, refusal = _refused(journal, entry_id)
    if refusal.status in CONTESTED:
        raise NotUnderstood(say("parked.contested", status=refusal.status, words=clean(refusal.words)))
    return _in_place_of(journal, stamp, entry, {}, SENT_AGAIN)


def mend(journal: Journal, stamp: Stamp, entry_id: str, changes: Mapping[str, object]) -> Entry:
    """Journal a refused entry anew with some fields changed.

    Raises `NotUnderstood` when it is not refused, or a field may not be changed; `RuleForbids` when the law
    does not allow the outcome; `CannotSave`.
    """
    entry, _ = _refused(journal, entry_id)
    for field in changes:
        if field not in MENDABLE[entry.kind] or (field == "niss" and not _was_typed(entry)):
            raise NotUnderstood(say("parked.field", field=clean(field)))
    if not changes or all(getattr(entry, field) == value for field, value in changes.items()):
        raise NotUnderstood(say("parked.unchanged"))
    return _in_place_of(journal, stamp, entry, changes, MENDED)


def _refused(journal: Journal, entry_id: str) -> tuple[Entry, Parked]:
    """Return a refused entry with what the hub said last; raises `NotUnderstood` when there is none."""
    entry = next((one for one in journal.parked() if one.id == entry_id), None)
    refusal = next((one for one in reversed(journal.entries("parked")) if _is_of(one, entry_id)), None)
    if entry is None or not isinstance(refusal, Parked) or entry.kind not in TRAVELLING:
        raise NotUnderstood(say("parked.not_refused"))
    return entry, refusal


def _is_of(entry: Entry, entry_id: str) -> bool:
    return isinstance(entry, Parked) and entry.entry == entry_id


def _was_typed(entry: Entry) -> bool:
    """Whether a person wrote the number; what a machine read is not mended."""
    return not isinstance(entry, Verification) or entry.entry in rules.TYPED


def _in_place_of(
    journal: Journal, stamp: Stamp, entry: Entry, changes: Mapping[str, object], why: str
) -> Entry:
    """Journal the new entry under the operator of the old one, then the correction under today's."""
    mended: Entry = msgspec.structs.replace(entry, **{**stamp.head(operator=entry.operator), **changes})
    if isinstance(mended, Verification):
        _check(mended)
    journal.append(mended)
    journal.append(Correction(**stamp.head(), replaces=entry.id, by=mended.id, why=why))
    return mended


def _check(entry: Verification) -> None:
    """Raise `RuleForbids` when the number is none, or the law knows no such verification."""
    if niss.parse(entry.niss) is None:
        raise RuleForbids("R-32", say("claim.niss"))
    after = entry.entry is EntryType.MANUAL_AFTERWARDS
    if after and entry.verified_at < entry.care_at:
        raise RuleForbids("R-44", say("claim.not_afterwards"))
    moment = Moment.AFTER if after else Moment.BEFORE
    if rules.permitting(entry.means, entry.entry, entry.reason, moment) is None:
        reason = entry.reason.value if entry.reason else ""
        raise RuleForbids("C-5", say("claim.not_together", means=entry.means.value, reason=reason))
