"""`idtui quota` and `idtui list --from hub`: the share of typed numbers, and what the hospital owes."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from idtui.cli import passphrase
from idtui.cli.console import Console
from idtui.cli.exits import Exit
from idtui.cli.parsers import Subparsers, add, add_json
from idtui.domain import niss, quota
from idtui.domain.entries import Correction, Verification
from idtui.domain.errors import NotUnderstood
from idtui.domain.quota import Share, Tally
from idtui.domain.text import clean, say
from idtui.words import Words

if TYPE_CHECKING:
    from idtui.store.index import StoredEntries
    from idtui.sync.session import Road

_PARTS = {
    "desk": lambda tally: tally.desk,
    "month": lambda tally: f"{tally.month:02}",
    "shift": lambda tally: str(tally.shift),
    "reason": lambda tally: str(tally.reason or "-"),
}
"""How the quota is taken apart, and by what."""

_LABELS: Mapping[str, Callable[[Words, str], str]] = {
    "desk": lambda _, desk: clean(desk),
    "month": lambda _, month: month,
    "shift": lambda words, shift: words(say(f"shift.{shift}")),
    "reason": lambda words, reason: "-" if reason == "-" else words(say(f"reason.{reason}")),
}
"""How each part is told to a person."""


def add_commands(commands: Subparsers, speak: Words) -> None:
    """Add the command to the parser."""
    asking = add(commands, speak, "quota", show_quota)
    add_json(asking, speak)
    asking.add_argument("--year", type=_year, metavar="Y", help=speak(say("cli.option.year")))
    asking.add_argument(
        "--from",
        dest="origin",
        choices=("store", "hub"),
        default="store",
        help=speak(say("cli.option.origin")),
    )
    asking.add_argument("--hub", metavar="URL", help=speak(say("cli.option.hub")))


def _year(text: str) -> int:
    """Read a year; argparse names this function when it is none."""
    return datetime.strptime(text, "%Y").year  # noqa: DTZ007  # only its year is kept


def show_quota(console: Console) -> int:
    """Show the share of typed numbers of a year, of this desk or of the hospital."""
    from idtui.bootstrap import here

    year = console.arguments.year or here.CLOCK.today().year
    try:
        tallies = _of_hub(console, year) if console.arguments.origin == "hub" else _of_store(console, year)
    except _Silent:
        return Exit.WAITING
    typed = console.config.loss_theft_typed
    share, limit = quota.share_of(tallies, loss_theft_typed=typed), quota.limit_percent(year)
    parts = {name: quota.shares_by(tallies, part, loss_theft_typed=typed) for name, part in _PARTS.items()}
    if console.as_json:
        console.json(
            {
                "year": year,
                "from": console.arguments.origin,
                "unit": "verification",
                **msgspec.to_builtins(share),
                "typed_percent": share.typed_percent,
                "limit_percent": limit,
                "more_typed": None if limit is None else share.more_typed(limit),
                "reads_owed": None if limit is None else share.reads_owed(limit),
                **{f"by_{name}": msgspec.to_builtins(shares) for name, shares in parts.items()},
            }
        )
        return Exit.DONE
    console.data(console.words(say("quota.share", year=year, read=share.read, typed=share.typed)))
    if limit is not None and share.total:
        percent = f"{share.typed_percent}"
        if share.within(limit):
            told = say("quota.within", percent=percent, limit=limit, more=share.more_typed(limit))
        else:
            told = say("quota.over", percent=percent, limit=limit, owed=share.reads_owed(limit))
        console.data(console.words(told))
    for name, shares in parts.items():
        _table(console, name, shares)
    return Exit.DONE


def _table(console: Console, name: str, shares: Mapping[str, Share]) -> None:
    """Write the shares of one way to take the quota apart, numbers under their headings."""
    if not shares:
        return
    heads = [console.words(say("quota.head.read")), console.words(say("quota.head.typed"))]
    console.data("")
    console.data(f"{heads[0]:>9}  {heads[1]:>9}  {console.words(say(f'quota.by.{name}'))}")
    for part, share in shares.items():
        label = _LABELS[name](console.words, part)
        console.data(f"{share.read:9}  {share.typed:9}  {label}")


def show_worklist(console: Console) -> int:
    """List the pendings of the hospital that nothing has completed, oldest care first."""
    from idtui.sync.asking import NoAnswer
    from idtui.sync.lookup import worklist

    try:
        pendings = worklist(_road(console))
    except NoAnswer as error:
        console.tell(say("hub.no_answer", words=str(error)))
        return Exit.WAITING
    if not pendings and not console.as_json:
        console.tell(say("hub.nothing_due"))
    for one in pendings:
        number = niss.masked(one.niss) if one.niss else None
        if console.as_json:
            said = msgspec.to_builtins(msgspec.structs.replace(one, niss=number))
            console.json({name: value for name, value in said.items() if value is not None})
        else:
            known = (one.visit, one.alias, number)
            parts = [one.care_at[:16].replace("T", " "), one.id, *(part or "-" for part in known), one.desk]
            console.data("  ".join(parts))
    return Exit.DONE


class _Silent(Exception):
    """The hub gave no answer; it has been told."""


def _road(console: Console) -> "Road":
    from idtui.bootstrap import hubs

    if not console.config.hub:
        raise NotUnderstood(say("sync.no_hub"))
    return hubs.road_beside(console.config, lambda: passphrase.for_reading(console))


def _of_hub(console: Console, year: int) -> tuple[Tally, ...]:
    from idtui.sync.asking import NoAnswer
    from idtui.sync.lookup import tallies

    try:
        return tallies(_road(console), year)
    except NoAnswer as error:
        console.tell(say("hub.no_answer", words=str(error)))
        raise _Silent from None


def _of_store(console: Console, year: int) -> tuple[Tally, ...]:
    from idtui.bootstrap import stores

    store = stores.looking(console.config, passphrase.for_reading(console))
    return quota.tallied(_standing(store), year)


def _standing(store: "StoredEntries") -> Iterable[Verification]:
    """Yield the verifications of this desk that are neither withdrawn nor replaced."""
    replaced = {
        one.replaces
        for one in store.entries("correction")
        if isinstance(one, Correction) and not store.withdrawn(one.id)
    }
    for one in store.entries("verification"):
        if isinstance(one, Verification) and not store.withdrawn(one.id) and one.id not in replaced:
            yield one
