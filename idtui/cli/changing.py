"""`idtui correct` and `idtui withdraw`: what the journal screen does, for one entry named by its id."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from idtui.cli import passphrase
from idtui.cli.console import Console
from idtui.cli.exits import Exit
from idtui.cli.parsers import Subparsers, add, add_json
from idtui.domain.changes import Changes, WithdrawnWhy
from idtui.domain.entries import Entry
from idtui.domain.episode import EpisodeKind
from idtui.domain.rules import HowVerified, Reason
from idtui.domain.text import clean, say
from idtui.words import Words

if TYPE_CHECKING:
    from idtui.desk.ports import Journal
    from idtui.desk.stamp import Stamp

Change = Callable[["Journal", "Stamp"], Entry]


def add_commands(commands: Subparsers, speak: Words) -> None:
    """Add both commands to the parser."""
    correcting = add(commands, speak, "correct", correct)
    correcting.add_argument("id", metavar="ID", help=speak(say("cli.option.entry_id")))
    correcting.add_argument("--visit", metavar="NUMBER", help=speak(say("cli.option.visit")))
    correcting.add_argument("--kind", choices=_words(EpisodeKind), help=speak(say("cli.option.kind")))
    for name in ("admitted", "care"):
        words = say("cli.option.admitted_at" if name == "admitted" else "cli.option.care_at")
        correcting.add_argument(f"--{name}-at", type=moment, metavar="MOMENT", help=speak(words))
    correcting.add_argument("--reason", choices=_words(Reason), help=speak(say("cli.option.reason")))
    correcting.add_argument("--how-verified", choices=_words(HowVerified), help=speak(say("cli.option.how")))
    correcting.add_argument("--send-again", action="store_true", help=speak(say("cli.option.send_again")))
    add_json(correcting, speak)
    withdrawing = add(commands, speak, "withdraw", withdraw)
    withdrawing.add_argument("id", metavar="ID", help=speak(say("cli.option.entry_id")))
    why = [str(why) for why in WithdrawnWhy if why is not WithdrawnWhy.UNDO]
    withdrawing.add_argument("--why", choices=why, required=True, help=speak(say("cli.option.why")))
    add_json(withdrawing, speak)


def _words(kind: "type[EpisodeKind | Reason | HowVerified]") -> list[str]:
    return [str(word) for word in kind]


def moment(text: str) -> datetime:
    """Read a moment with its offset; argparse names this function when it is none."""
    read = datetime.fromisoformat(text)
    if read.tzinfo is None:
        raise ValueError(text)
    return read


def correct(console: Console) -> int:
    """Replace an entry by a corrected one, or send a refused one again."""
    from idtui.desk import mending

    arguments = console.arguments
    if arguments.send_again:
        return _change(console, lambda journal, stamp: mending.send_again(journal, stamp, arguments.id))
    changes = Changes(
        visit=None if arguments.visit is None else clean(arguments.visit),
        kind=EpisodeKind(arguments.kind) if arguments.kind else None,
        admitted_at=arguments.admitted_at,
        care_at=arguments.care_at,
        reason=Reason(arguments.reason) if arguments.reason else None,
        how_verified=HowVerified(arguments.how_verified) if arguments.how_verified else None,
    )
    margin = timedelta(hours=console.config.margin_hours)
    return _change(
        console, lambda journal, stamp: mending.correct(journal, stamp, arguments.id, changes, margin)
    )


def withdraw(console: Console) -> int:
    """Withdraw an entry."""
    from idtui.desk import mending

    why = WithdrawnWhy(console.arguments.why)
    return _change(
        console, lambda journal, stamp: mending.withdraw(journal, stamp, console.arguments.id, why)
    )


def _change(console: Console, change: Change) -> int:
    """Make the change durable and print the new entry, with `--json` as it is stored, else its id."""
    from idtui.bootstrap import here, stores
    from idtui.store.errors import StoreMissing

    if not console.config.store_directory.exists():
        raise StoreMissing(console.config.store_directory)  # nothing is made only to find no entry in it
    secret = passphrase.for_writing(console)
    with stores.writing(console.config, secret, tell=console.tell, training=console.training) as (
        stamp,
        journal,
    ):
        for warning in here.warnings(console.config, training=console.training):
            console.tell(warning)
        entry = change(journal, stamp)
        console.data(stores.as_json(entry) if console.as_json else entry.id)
    return Exit.DONE
