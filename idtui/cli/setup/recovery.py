"""The recovery key in setup: a pair made here, or the hospital's public half; proven by its private half."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from idtui.cli.setup.dialogue import Dialogue
from idtui.cli.setup.plan import Plan
from idtui.domain.errors import NotUnderstood
from idtui.domain.text import clean, say

if TYPE_CHECKING:
    from idtui.bootstrap.founding import Recovery

LONGEST = 16 * 1024
"""Bytes read of a key file; an honest one has 120."""


def ask(dialogue: Dialogue, plan: Plan) -> Plan:
    """Ask whose key it is to be; a store that has one may keep it."""
    keeps = ["keep"] if plan.has_recovery_key else []
    dialogue.tell(say("setup.recovery.why"))
    choices = [*keeps, "new", "public", "later"]
    question = say("setup.recovery.which", choices=", ".join(choices))
    match dialogue.choose(question, choices, choices[0]):
        case "new":
            return plan.with_recovery(_new_pair(dialogue, plan))
        case "public":
            return plan.with_recovery(_of_hospital(dialogue))
    return plan


def _new_pair(dialogue: Dialogue, plan: Plan) -> "Recovery":
    while True:
        recovery = dialogue.ask(say("setup.recovery.keep_in"), "", new_pair)
        if not beside_store(recovery, plan) or dialogue.confirm(
            say("setup.recovery.same_disk"), default=False
        ):
            return recovery


def _of_hospital(dialogue: Dialogue) -> "Recovery":
    public = dialogue.ask(say("setup.recovery.public"), "", pem)
    private = dialogue.ask(say("setup.recovery.private"), "", lambda text: pem(text) if text else "")
    return from_halves(public, private)


def new_pair(file: str) -> "Recovery":
    """Make a pair whose private half goes to a new file. Raises `NotUnderstood` where it cannot be made."""
    from idtui.bootstrap.founding import Recovery
    from idtui.seal.recovery import new_pair as make

    path = Path(file).expanduser().absolute()
    if not file or os.path.lexists(path) or not path.parent.is_dir():
        raise NotUnderstood(say("setup.recovery.new_file", file=clean(file)))
    private, public = make()
    return Recovery(public=public, private=private, keep_in=path)


def from_halves(public: str, private: str) -> "Recovery":
    """Return the hospital's key; `private` may be empty, then it stays unproven."""
    from idtui.bootstrap.founding import Recovery

    return Recovery(public=public, private=private)


def beside_store(recovery: "Recovery", plan: Plan) -> bool:
    """Say whether the private half would lie on the disk of the store: who takes one takes both."""
    if recovery.keep_in is None:
        return False
    directory = plan.config.store_directory.absolute()
    standing = next(path for path in (directory, *directory.parents) if path.exists())
    return recovery.keep_in.parent.stat().st_dev == standing.stat().st_dev


def pem(file: str) -> str:
    """Return the text of a key file. Raises `NotUnderstood` for one that is not text."""
    try:
        with Path(file).expanduser().open("rb") as stream:
            return stream.read(LONGEST).decode("ascii")
    except (OSError, ValueError):
        raise NotUnderstood(say("setup.recovery.unreadable", file=clean(file))) from None
