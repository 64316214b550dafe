"""The hub of a desk: its address, and the desk made known there once its store is made."""

from dataclasses import replace
from typing import TYPE_CHECKING

from idtui.bootstrap import stores
from idtui.cli.console import Console
from idtui.cli.exits import Exit, exit_of
from idtui.cli.setup.dialogue import Dialogue
from idtui.cli.setup.plan import Plan
from idtui.domain.errors import IdtuiError
from idtui.domain.text import Message, clean, say

if TYPE_CHECKING:
    from idtui.sync.enrolment import Enrolled

EXITS = {"waiting": Exit.WAITING, "approved": Exit.DONE}
"""The exit code of what a hub says of a desk; anything else is `REFUSED`."""


def ask(dialogue: Dialogue, plan: Plan) -> Plan:
    """Ask for the address of the hospital's receiving side, which may stay empty, and whether to enrol there.

    The key of a desk is kept in its store: without one, made before or now, nothing is enrolled.
    """
    plan = plan.with_settings(hub=dialogue.ask(say("setup.hub"), plan.config.hub, address))
    if not plan.config.hub or not (plan.secret or stores.exists(plan.config.store_directory)):
        return plan
    return replace(plan, enrols=dialogue.confirm(say("setup.enrol"), default=not plan.config.hub_token_file))


def address(text: str) -> str:
    """Return the address; raises `HubAddressRefused` where nothing may be sent to."""
    from idtui.sync.session import checked_address

    return checked_address(text) if text else ""


def enrolled(console: Console, dialogue: Dialogue, plan: Plan) -> "tuple[Enrolled | None, Exit]":
    """Show the desk's key to the hub, without waiting for its approval.

    Return what the hub says and the exit code. What fails is told and undoes nothing.
    """
    from idtui.bootstrap import hubs

    secret = plan.changed or plan.secret
    if not plan.enrols or secret is None:
        return None, Exit.DONE
    try:
        found = hubs.enrol(plan.config, secret, tell=console.tell)
    except IdtuiError as error:
        dialogue.tell(error.message)
        dialogue.tell(say("setup.enrol.later"))
        return None, exit_of(error)
    return found, EXITS.get(found.state, Exit.REFUSED)


def told(found: "Enrolled") -> Message:
    """Return how far the approval is, with the code to compare."""
    return say(f"enrol.{found.state}", code=clean(found.code))
