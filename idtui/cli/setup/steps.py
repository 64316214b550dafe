"""The questions of setup, in their order, as data: a new subject is one row of `STEPS`."""

import re
from dataclasses import replace
from pathlib import Path

from idtui.bootstrap import founding, stores
from idtui.cli import passphrase
from idtui.cli.setup import enrolment, recovery, scanner_test, terminal_test
from idtui.cli.setup.dialogue import Dialogue
from idtui.cli.setup.plan import Plan, Step
from idtui.cli.setup.strength import Strength, strength
from idtui.domain.errors import NotUnderstood, WrongPassphrase
from idtui.domain.text import clean, say, was_filtered
from idtui.seal.passphrase import Passphrase
from idtui.words import LANGUAGES, words

LONGEST_NAME = 40
_SITE = re.compile(r"[0-9]{8}|[0-9]{11}|")


def ask_language(dialogue: Dialogue, plan: Plan) -> Plan:
    """Ask for the language, in all of them, and go on in it."""
    default = plan.config.lang or dialogue.words.language
    chosen = dialogue.choose(say("setup.language"), LANGUAGES, default)
    dialogue.words = words(chosen)
    return plan.with_settings(lang=chosen)


def ask_desk(dialogue: Dialogue, plan: Plan) -> Plan:
    """Ask what this station is called."""
    return plan.with_settings(desk=dialogue.ask(say("setup.desk"), plan.config.desk_name, desk_name))


def desk_name(text: str) -> str:
    """Return the name; raises `NotUnderstood` for an empty, long or hidden one."""
    if not text.strip() or was_filtered(text, LONGEST_NAME):
        raise NotUnderstood(say("setup.desk.wrong", count=LONGEST_NAME))
    return clean(text.strip(), LONGEST_NAME)


def ask_site(dialogue: Dialogue, plan: Plan) -> Plan:
    """Ask for the hospital's INAMI number; it may stay empty."""
    return plan.with_settings(site=dialogue.ask(say("setup.site"), plan.config.site, site))


def site(text: str) -> str:
    """Return the digits, separators left out; raises `NotUnderstood` unless they are 8, 11 or none."""
    digits = re.sub(r"[ ./-]", "", text)
    if not _SITE.fullmatch(digits):
        raise NotUnderstood(say("setup.site.wrong"))
    return digits


def ask_store(dialogue: Dialogue, plan: Plan) -> Plan:
    """Ask for the directory of the store; where none can be the reason is told."""
    chosen = dialogue.ask(say("setup.store"), str(plan.config.store_directory), store)
    dialogue.tell(say("setup.store.found" if stores.exists(chosen) else "setup.store.new"))
    return plan.with_settings(store=chosen)


def store(text: str) -> Path:
    """Return the directory; raises what `founding.suitable` raises."""
    if not text or was_filtered(text, 4096):
        raise NotUnderstood(say("setup.store.no_path"))
    directory = Path(text).expanduser().absolute()
    founding.suitable(directory)
    return directory


def ask_passphrase(dialogue: Dialogue, plan: Plan) -> Plan:
    """Ask for the passphrase of the store that is there, or let one be chosen for the one to be made."""
    new = not stores.is_locked(plan.config)
    plan = unlock(dialogue, plan)
    if new or not dialogue.confirm(say("setup.passphrase.change"), default=False):
        return plan
    return replace(plan, changed=_chosen(dialogue))


def unlock(dialogue: Dialogue, plan: Plan) -> Plan:
    """Return the plan with the passphrase that opens its store: one known, the one there is, or a new one."""
    directory = plan.config.store_directory
    if not stores.is_locked(plan.config):
        return replace(plan, secret=plan.secret or _chosen(dialogue))
    while plan.secret is None:
        given = Passphrase(dialogue.secret(say("passphrase.ask")), passphrase.COST)
        try:
            plan = replace(plan, secret=given, has_recovery_key=founding.opens(directory, given))
        except WrongPassphrase as error:
            dialogue.tell(error.message)
    return plan


def _chosen(dialogue: Dialogue) -> Passphrase:
    """Let a passphrase be typed twice; say how strong it is, a weak one must be meant."""
    while True:
        dialogue.tell(say("setup.passphrase.advice"))
        text = dialogue.secret(say("passphrase.choose"))
        found = strength(text)
        dialogue.tell(say(f"setup.strength.{found}"))
        if found is Strength.TOO_SHORT:
            continue
        if found is Strength.WEAK and not dialogue.confirm(say("setup.passphrase.weak"), default=False):
            continue
        if dialogue.secret(say("passphrase.again")) == text:
            return Passphrase(text, passphrase.COST)
        dialogue.tell(say("passphrase.differ"))


STEPS = (
    Step("language", ask_language, ("lang",)),
    Step("desk", ask_desk, ("desk_name",)),
    Step("site", ask_site, ("site",)),
    Step("store", ask_store, ("store",)),
    Step("passphrase", ask_passphrase),
    Step("recovery", recovery.ask, ("recovery_public", "recovery_new")),
    Step("terminal", terminal_test.ask, ("profile",)),
    Step("scanner", scanner_test.ask),
    Step("hub", enrolment.ask),
)
