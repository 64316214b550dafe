"""`idtui setup`: a desk made ready, question by question, or by options for automated installs."""

import sys
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from idtui import config
from idtui.cli import passphrase
from idtui.cli.console import Console
from idtui.cli.exits import Exit
from idtui.cli.parsers import Subparsers, add, add_json
from idtui.config import Config
from idtui.domain.errors import NotUnderstood, WrongPassphrase
from idtui.domain.text import clean, say
from idtui.ui.profile import Profile
from idtui.words import Words

if TYPE_CHECKING:
    from idtui.bootstrap.founding import Recovery
    from idtui.cli.setup.dialogue import Dialogue
    from idtui.cli.setup.plan import Plan, Step

STEP_NAMES = ("language", "desk", "site", "store", "passphrase", "recovery", "terminal", "scanner", "hub")
"""The names of the steps, for the parser: `steps` itself is imported when setup runs."""

FOUNDING = (None, "store", "passphrase", "recovery")
"""What `--only` may say for setup to make a store where there is none."""


def add_commands(commands: Subparsers, speak: Words) -> None:
    """Add the command to the parser."""
    parser = add(commands, speak, "setup", set_up)
    add_json(parser, speak)
    parser.set_defaults(makes_configuration=True)
    parser.add_argument("--only", choices=STEP_NAMES, metavar="STEP", help=speak(say("cli.option.only")))
    parser.add_argument("--site", metavar="INAMI", help=speak(say("cli.option.site")))
    parser.add_argument("--hub", metavar="URL", help=speak(say("cli.option.hub")))
    parser.add_argument("--enrol", action="store_true", help=speak(say("cli.option.enrol")))
    parser.add_argument(
        "--profile", choices=[str(one) for one in Profile], help=speak(say("cli.option.profile"))
    )
    key = parser.add_mutually_exclusive_group()
    key.add_argument(
        "--recovery-public", type=Path, metavar="PEM", help=speak(say("cli.option.recovery_public"))
    )
    key.add_argument("--recovery-new", type=Path, metavar="FILE", help=speak(say("cli.option.recovery_new")))
    parser.add_argument(
        "--recovery-private", type=Path, metavar="PEM", help=speak(say("cli.option.recovery_prove"))
    )
    parser.add_argument("--replace", action="store_true", help=speak(say("cli.option.replace")))
    parser.add_argument("--unattended", action="store_true", help=speak(say("cli.option.unattended")))


def set_up(console: Console) -> int:
    """Gather answers, then make store, keys and configuration, all or nothing."""
    from idtui.bootstrap import founding, stores
    from idtui.cli.setup import configuration
    from idtui.cli.setup.dialogue import Dialogue

    if console.training:
        raise NotUnderstood(say("setup.not_in_training"))
    dialogue = Dialogue(console.words)
    file: Path = (console.arguments.config or config.default_file()).absolute()
    try:
        plan = _given(console, file)
        steps = list(_asked(console.arguments))
        if steps:
            plan = _answered(dialogue, plan, steps)
        text = configuration.document(plan.config, dialogue.words)
        is_new = not file.exists() or plan.config != config.load(file)
        if is_new:
            _may_replace(console, dialogue, file, text, asking=bool(steps))
    except KeyboardInterrupt:
        dialogue.write("\n")
        dialogue.tell(say("setup.interrupted"))
        raise
    exists = stores.exists(plan.config.store_directory)
    made = (console.arguments.only in FOUNDING or plan.enrols) and not exists
    if (made or plan.enrols) and plan.secret is None:
        raise WrongPassphrase(say("store.passphrase_needed"))
    if plan.secret:
        founding.suitable(plan.config.store_directory.absolute())
    founding.carry_out(
        plan.config,
        plan.secret if made or exists else None,
        plan.changed,
        plan.recovery,
        lambda: configuration.write(file, text) if is_new else None,
    )
    return _told(console, dialogue, plan, file, made=made)


def _given(console: Console, file: Path) -> "Plan":
    """Return the plan as the configuration file and the options of the command line have it."""
    from idtui.bootstrap import founding, stores
    from idtui.cli.setup import enrolment, steps
    from idtui.cli.setup.plan import Plan

    arguments, settings = console.arguments, config.load(file) if file.exists() else Config()
    plan = Plan(settings).with_settings(
        lang=arguments.lang or settings.lang,
        desk=steps.desk_name(arguments.desk_name) if arguments.desk_name else settings.desk,
        site=settings.site if arguments.site is None else steps.site(arguments.site),
        store=steps.store(str(arguments.store)) if arguments.store else settings.store,
        hub=enrolment.address(arguments.hub) if arguments.hub else settings.hub,
        profile=arguments.profile or settings.profile,
    )
    if arguments.enrol and not plan.config.hub:
        raise NotUnderstood(say("sync.no_hub"))
    secret = passphrase.given(console)
    if secret and stores.is_locked(plan.config):
        has_key = founding.opens(plan.config.store_directory, secret)
        plan = replace(plan, has_recovery_key=has_key)
    return replace(plan, secret=secret, recovery=_given_recovery(arguments), enrols=arguments.enrol)


def _given_recovery(arguments: Namespace) -> "Recovery | None":
    from idtui.cli.setup import recovery

    if arguments.recovery_new:
        return recovery.new_pair(str(arguments.recovery_new))
    if arguments.recovery_public:
        private = recovery.pem(str(arguments.recovery_private)) if arguments.recovery_private else ""
        return recovery.from_halves(recovery.pem(str(arguments.recovery_public)), private)
    if arguments.recovery_private:
        raise NotUnderstood(say("setup.recovery.which_public"))
    return None


def _asked(arguments: Namespace) -> "Iterator[Step]":
    """Yield the steps to be asked: none unattended, else those that no option answers."""
    from idtui.cli.setup.steps import STEPS

    if not _is_asked(arguments):
        return
    for step in STEPS:
        answered = any(getattr(arguments, option, None) for option in step.options)
        if not answered and arguments.only in (None, step.name):
            yield step


def _is_asked(arguments: Namespace) -> bool:
    """Say whether there is somebody to answer questions."""
    return not arguments.unattended and sys.stdin.isatty() and sys.stderr.isatty()


def _answered(dialogue: "Dialogue", plan: "Plan", steps: "list[Step]") -> "Plan":
    """Ask step by step; what the store still needs is asked as well."""
    from idtui.bootstrap import stores
    from idtui.cli.setup.steps import unlock

    dialogue.tell(say("setup.how"))
    names = {step.name for step in steps}
    for number, step in enumerate(steps, 1):
        heading = say(f"setup.step.{step.name}")
        dialogue.write("\n")
        dialogue.tell(say("setup.heading", number=number, total=len(steps), name=heading))
        if step.name == "recovery":
            plan = unlock(dialogue, plan)
        plan = step.ask(dialogue, plan)
    makes_store = "store" in names and not stores.exists(plan.config.store_directory)
    return unlock(dialogue, plan) if makes_store or plan.enrols else plan


def _may_replace(console: Console, dialogue: "Dialogue", file: Path, text: str, *, asking: bool) -> None:
    """Raise `NotUnderstood` when a file that is there shall stay as it is."""
    from idtui.cli.setup.configuration import is_written

    if console.arguments.replace or not file.exists() or is_written(file, text):
        return
    name = clean(str(file))
    if not (asking and dialogue.confirm(say("setup.replace", file=name), default=True)):
        raise NotUnderstood(say("setup.not_replaced", file=name))


def _told(console: Console, dialogue: "Dialogue", plan: "Plan", file: Path, *, made: bool) -> int:
    """Say what was done; a store whose recovery key is missing or unproven still waits for it."""
    from idtui.cli.setup import enrolment, recovery

    state = _recovery_state(plan)
    directory = str(plan.config.store_directory)
    if plan.recovery and recovery.beside_store(plan.recovery, plan):
        dialogue.tell(say("setup.recovery.same_disk.told"))
    if not console.as_json:
        console.data(dialogue.words(say("setup.written", file=clean(str(file)))))
        console.data(
            dialogue.words(say("setup.store.made" if made else "setup.store.kept", directory=directory))
        )
        console.data(dialogue.words(say(f"setup.recovery.{state}")))
    hub, code = enrolment.enrolled(console, dialogue, plan)
    if console.as_json:
        told = {"config": str(file), "store": directory, "created": made, "recovery": state, "hub": hub}
        console.json(told)
    elif hub:
        console.data(dialogue.words(enrolment.told(hub)))
    return code or (Exit.WAITING if state in ("missing", "unproven") else Exit.DONE)


def _recovery_state(plan: "Plan") -> str:
    """Return `proven`, `unproven`, `missing`, or `unchanged` where the store was not asked."""
    if plan.recovery:
        return "proven" if plan.recovery.private else "unproven"
    return "missing" if plan.secret and not plan.has_recovery_key else "unchanged"
