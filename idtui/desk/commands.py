"""The command table: every command's key, words and place; key bar, help and docs/keys.md come from it.

Keys are letters that stay put on AZERTY, QWERTY and QWERTZ; there are no digit shortcuts, since scans and
NISS type digits. F-keys are only aliases. One letter may mean two things in two phases, never in one.
"""

from enum import StrEnum

import msgspec

from idtui.domain.path import ASKING, TAKES_DIGITS, Action, Phase


class Own(StrEnum):
    """Commands of the desk itself, beside the actions of the ladder."""

    ADDRESS = "address"
    PHOTO = "photo"
    CONSULT = "consult"
    VISIT = "visit"
    EPISODE = "episode"
    WORKLIST = "worklist"
    JOURNAL = "journal"
    QUOTA = "quota"
    UNDO = "undo"
    SEND = "send"
    CAMERA = "camera"
    HELP = "help"
    TRAINING = "training"
    LOCK = "lock"
    QUIT = "quit"


_LADDER = frozenset(Phase) - ASKING
_NUMBER_AND_REASON = frozenset({Phase.TYPING, Phase.REASON})
_ALL = frozenset(Phase)


class Command(msgspec.Struct, frozen=True):
    """One row. `word` is the message id shown in the key bar, `sentence` that of the help line."""

    of: Action | Own
    key: str
    phases: frozenset[Phase]
    aliases: tuple[str, ...] = ()
    in_bar: bool = True
    """False where the row has its own line on the screen (rungs, reasons)."""

    @property
    def id(self) -> str:
        """The stable name of the command."""
        return str(self.of)

    @property
    def word(self) -> str:
        """Message id of the one or two words in the key bar."""
        return f"command.{self.of}"

    @property
    def sentence(self) -> str:
        """Message id of the sentence in help and docs/keys.md."""
        return f"command.{self.of}.help"


_REASON = frozenset({Phase.REASON})
_HOW = frozenset({Phase.HOW})
_READ = frozenset({Phase.READ})
_SCANNED = frozenset({Phase.SCANNED})
_FREED = frozenset({Phase.FREED})

COMMANDS: tuple[Command, ...] = (
    Command(Action.ACCEPT, "enter", _LADDER | {Phase.ATTESTED}),
    Command(Action.CARD_CODE, "e", _SCANNED, in_bar=False),
    Command(Action.LOSS_THEFT, "p", _LADDER, in_bar=False),
    Command(Action.ISI_PLUS, "i", _LADDER, in_bar=False),
    Command(Action.INSURED_ATTESTATION, "s", _LADDER, in_bar=False),
    Command(Action.ITSME, "t", _LADDER, in_bar=False),
    Command(Action.HOSPITAL_APP, "k", _LADDER, in_bar=False),
    Command(Action.VIGNETTE, "v", _LADDER, in_bar=False),
    Command(Action.LATER, "r", _LADDER | _REASON, in_bar=False),
    Command(Action.NISS, "n", _LADDER, in_bar=False),
    Command(Action.NOTHING_SHOWN, "x", _LADDER),
    Command(Action.DETAINEE, "g", _LADDER - _READ),
    Command(Action.FREED, "f", _LADDER - _READ),
    Command(Action.MEDIPRIMA, "p", _FREED, in_bar=False),
    Command(Action.FEDASIL, "f", _FREED, in_bar=False),
    Command(Action.FEDERATED, "g", _FREED, in_bar=False),
    Command(Action.LISTED_SERVICE, "l", _FREED, in_bar=False),
    Command(Action.NEWBORN, "n", _FREED, in_bar=False),
    Command(Action.EHIC, "e", _FREED, in_bar=False),
    Command(Action.S2, "s", _FREED, in_bar=False),
    Command(Action.E111, "o", _FREED, in_bar=False),
    Command(Action.E128, "t", _FREED, in_bar=False),
    Command(Action.MEDI_CARD, "u", _FREED, in_bar=False),
    Command(Action.NO_THIRD_PAYER, "x", _FREED, in_bar=False),
    Command(Action.NO_CHIP_OR_DEFECTIVE, "c", _REASON, in_bar=False),
    Command(Action.READER_UNAVAILABLE, "l", _REASON, in_bar=False),
    Command(Action.NO_CONNECTION, "d", _REASON, in_bar=False),
    Command(Action.NO_DOCUMENT_IDENTITY_VERIFIED, "g", _REASON, in_bar=False),
    Command(Action.NO_DOCUMENT, "v", _REASON, in_bar=False),
    Command(Action.SOFTWARE_DOWN, "p", _REASON, in_bar=False),
    Command(Action.OUTSIDE_HOURS, "f", _REASON, in_bar=False),
    Command(Action.BY_PATIENT_FILE, "d", _HOW, in_bar=False),
    Command(Action.BY_KNOWN_TO_STAFF, "c", _HOW, in_bar=False),
    Command(Action.BY_COMPANION, "e", _HOW, in_bar=False),
    Command(Action.BY_ESCORT, "g", _HOW, in_bar=False),
    Command(Action.BY_OTHER, "r", _HOW, in_bar=False),
    Command(Action.CARE_OVER, "k", _NUMBER_AND_REASON),
    Command(Action.SHOWN_ISI_PLUS, "i", _NUMBER_AND_REASON),
    Command(Action.SHOWN_INSURED_ATTESTATION, "s", _NUMBER_AND_REASON),
    Command(Action.RUBOUT, "backspace", _NUMBER_AND_REASON | TAKES_DIGITS),
    Command(Own.CONSULT, "c", _READ | _SCANNED),
    Command(Own.ADDRESS, "g", _READ),
    Command(Own.PHOTO, "f", _READ),
    Command(Action.BACK, "escape", _ALL),
    Command(Own.VISIT, "d", _LADDER),
    Command(Own.EPISODE, "e", _LADDER - _SCANNED),
    Command(Own.WORKLIST, "l", _LADDER),
    Command(Own.JOURNAL, "j", _LADDER),
    Command(Own.QUOTA, "c", _LADDER - _READ - _SCANNED),
    Command(Own.UNDO, "u", _LADDER),
    Command(Own.SEND, "o", _LADDER),
    Command(Own.CAMERA, "b", _LADDER),
    Command(Own.HELP, "h", _ALL, aliases=("f1",)),
    Command(Own.TRAINING, "ctrl+t", _ALL, aliases=("f9",)),
    Command(Own.LOCK, "ctrl+l", _ALL, aliases=("f8",)),
    Command(Own.QUIT, "ctrl+q", _ALL, aliases=("f10",)),
)

BY_ID = {command.id: command for command in COMMANDS}

DIGITS = dict(zip("""&é"'(§è!çà""", "1234567890", strict=True)) | {digit: digit for digit in "0123456789"}
"""Characters that mean a digit of a NISS: digits, and the unshifted top row of a Belgian AZERTY keyboard."""


def resolve(key: str, phase: Phase) -> Command | None:
    """Return the command of a key in a phase; keys carry Textual's names (`enter`, `escape`, `ctrl+q`)."""
    for command in COMMANDS:
        if phase in command.phases and (key == command.key or key in command.aliases):
            return command
    return None


def of_phase(phase: Phase) -> tuple[Command, ...]:
    """Return the commands that have their place in a phase, in the order of the table."""
    return tuple(command for command in COMMANDS if phase in command.phases)
