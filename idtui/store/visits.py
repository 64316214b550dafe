"""The visits known at a desk: one sealed file beside the journal, replaced as a whole, never an entry.

    line 1  "idtui-visits 1"
    then    the visits as JSON, sealed under a key of their own, with line 1 bound

The key is a new one on every calendar day on which visits are written. The old one is destroyed then, with
every purge, and when a store is opened after `DAYS_KEPT`: no copy of an old file can be read any more.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

import msgspec

from idtui.domain.errors import JournalDamaged
from idtui.domain.text import Private
from idtui.domain.visit import Visit, goes_on, merged_all
from idtui.seal.aead import CannotUnseal, seal, unseal
from idtui.store.durable import cannot_save, replace
from idtui.store.vault import VISITS, Vault

NAME = "visits"
DAYS_KEPT = 7
"""Days after which visits that nobody renewed are destroyed; a round is imported the evening before."""

_FIRST_LINE = b"idtui-visits 1\n"


class KeptVisits(Private, frozen=True):
    """What a desk knows of the hospital's visits.

    `from_hub` is what the hub told last, at `told_at`; `imported` was read from files at this desk.
    """

    from_hub: tuple[Visit, ...] = ()
    told_at: datetime | None = None
    imported: tuple[Visit, ...] = ()
    imported_at: datetime | None = None

    def all(self) -> tuple[Visit, ...]:
        """Return every visit once, by what was said last."""
        return tuple(merged_all((*self.from_hub, *self.imported)).values())


class VisitFile:
    """The visits of one store; only who holds its lock writes."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._path = vault.directory / NAME

    def read(self) -> KeptVisits:
        """Return the visits; none when there is no file, or its key is gone. Raises OSError."""
        try:
            content = self._path.read_bytes()
            key = self._vault.key_of(VISITS)
            plain = unseal(key, content.removeprefix(_FIRST_LINE), _FIRST_LINE)
            return msgspec.json.decode(plain, type=KeptVisits)
        except (FileNotFoundError, JournalDamaged, CannotUnseal, msgspec.MsgspecError):
            return KeptVisits()  # the hub and the file it was read from still have them

    def take_from_hub(self, visits: Iterable[Visit], at: datetime) -> KeptVisits:
        """Keep what the hub tells in place of what it told before. Raises `CannotSave`."""
        kept = self.read()
        return self._write(msgspec.structs.replace(kept, from_hub=tuple(visits), told_at=at), at.date())

    def take_import(self, visits: Iterable[Visit], at: datetime) -> KeptVisits:
        """Add what a file says to what files said before. Raises `CannotSave`."""
        kept = self.read()
        both = tuple(merged_all((*kept.imported, *visits)).values())
        return self._write(msgspec.structs.replace(kept, imported=both, imported_at=at), at.date())

    def forget_old(self, today: date) -> None:
        """Destroy what has not been renewed for `DAYS_KEPT`. Raises OSError."""
        day = self._vault.day_of(VISITS)
        if day and date.fromisoformat(day) < today - timedelta(days=DAYS_KEPT):
            self._vault.destroy(VISITS)
            self._path.unlink(missing_ok=True)

    def _write(self, kept: KeptVisits, today: date) -> KeptVisits:
        """Seal what a desk may still need: nothing that ended before today, see `goes_on`."""
        current = msgspec.structs.replace(
            kept, from_hub=_from(today, kept.from_hub), imported=_from(today, kept.imported)
        )
        try:
            fresh = self._vault.day_of(VISITS) == today.isoformat()
            key = self._vault.key_of(VISITS) if fresh else self._vault.add(VISITS, today.isoformat())
            replace(self._path, _FIRST_LINE + seal(key, msgspec.json.encode(current), _FIRST_LINE))
        except OSError as error:
            raise cannot_save(error) from error
        return current


def _from(today: date, visits: Iterable[Visit]) -> tuple[Visit, ...]:
    return tuple(visit for visit in visits if goes_on(visit, today))
