"""The exit codes of every command: stable, other programs rely on them."""

from enum import IntEnum

from idtui.domain import errors
from idtui.store.errors import StoreMissing, StoreUnavailable
from idtui.sync.errors import HubRefuses, HubUnreachable


class Exit(IntEnum):
    """What the exit code of a command says; `NO_CARD` is also "nothing to read" for a store."""

    DONE = 0
    INTERNAL = 1
    USAGE = 2
    NOT_VERIFIED = 3
    NO_READER = 4
    NO_CARD = 5
    UNREADABLE = 6
    WAITING = 7
    DAMAGED = 8
    HELD = 9
    WRONG_PASSPHRASE = 10
    REFUSED = 11
    FORBIDDEN = 12
    NO_OPERATOR = 13
    CANNOT_SAVE = 14


_OF_ERROR: tuple[tuple[type[errors.IdtuiError], Exit], ...] = (
    (errors.RuleForbids, Exit.FORBIDDEN),
    (errors.CannotSave, Exit.CANNOT_SAVE),
    (errors.WrongPassphrase, Exit.WRONG_PASSPHRASE),
    (errors.StoreHeld, Exit.HELD),
    (errors.JournalDamaged, Exit.DAMAGED),
    (errors.NotUnderstood, Exit.USAGE),
    (HubRefuses, Exit.REFUSED),
    (HubUnreachable, Exit.WAITING),
    (StoreMissing, Exit.NO_CARD),
    (StoreUnavailable, Exit.CANNOT_SAVE),
)


def exit_of(error: errors.IdtuiError) -> Exit:
    """Return the exit code of an error that ends a command."""
    return next((code for kind, code in _OF_ERROR if isinstance(error, kind)), Exit.USAGE)
