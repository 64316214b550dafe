"""Desks on real and on simulated things, run on a terminal or by the tour."""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from idtui.bootstrap import rules
from idtui.bootstrap.cards import trust
from idtui.bootstrap.carried import second_copy
from idtui.bootstrap.here import CLOCK, station, warnings
from idtui.bootstrap.hubs import background, courier, phones
from idtui.bootstrap.stores import begun, of_one_mode, open_store
from idtui.config import Config
from idtui.desk.ports import Clock
from idtui.desk.service import Desk
from idtui.desk.wedge import Wedge

if TYPE_CHECKING:
    from idtui.desk.ports import Camera, Cards
    from idtui.seal.passphrase import Passphrase
    from idtui.training.stage import Stage
    from idtui.ui.profile import Profile
    from idtui.words import Words


def run_desk(
    config: Config, words: "Words", profile_name: str, *, passphrase: "Passphrase | None", training: bool
) -> int:
    """Open the desk on this terminal and return its exit code.

    Without a passphrase it is training on a store that nobody opens again.
    """
    from idtui.seal.passphrase import LEAST, OF_TRAINING, Passphrase
    from idtui.ui.profile import Profile, prepare_environment

    profile = prepare_environment(Profile(profile_name))
    if not training:
        if passphrase is None:
            raise ValueError("only training goes without a passphrase")
        desk = _while_the_screen_loads(lambda: real_desk(config, passphrase))
        return _run(desk, words, profile, config, CLOCK)
    import tempfile

    with tempfile.TemporaryDirectory(prefix="idtui-training-") as folder:
        store = config.store or Path(folder) / "desk"
        stage = training_stage(config, store, passphrase or Passphrase(OF_TRAINING, LEAST))
        of_one_mode(stage.journal, training=True)
        return _run(stage.desk, words, profile, config, stage.clock)


def _while_the_screen_loads(make: Callable[[], Desk]) -> Desk:
    """Make the desk while Textual is imported: the key of a passphrase takes 0.2 s outside Python."""
    import importlib
    from concurrent.futures import ThreadPoolExecutor
    from contextvars import copy_context

    with ThreadPoolExecutor(max_workers=1) as beside:
        desk = beside.submit(copy_context().run, make)  # who watches a long opening, watches it there as well
        importlib.import_module("idtui.ui.app")
    return desk.result()


def _run(desk: Desk, words: "Words", profile: "Profile", config: Config, clock: Clock) -> int:
    from idtui.ui.app import run

    return run(desk, words, profile, clock.now, wedge_of(config))


def wedge_of(config: Config) -> Wedge:
    """Return what parts a scanner's keys from a person's, as configured."""
    settings = config.scan.wedge
    from_afar = "SSH_CONNECTION" in os.environ if settings.from_afar is None else settings.from_afar
    return Wedge(settings, from_afar=from_afar, layouts=config.scan.layout)


def real_desk(config: Config, passphrase: "Passphrase") -> Desk:
    """Build the desk on the reader of this machine and the line to the hospital."""
    from idtui.devices.late import LateCards
    from idtui.store.door import StoreDoor

    trusted = trust(config) if config.roots else None  # a wrong root file is told before the screen is up

    def reader() -> "Cards":
        from idtui.devices.pcsc import PcscCards

        return PcscCards(trusted or trust(config), CLOCK.today, config.reader, prove_chip=config.prove_chip)

    store = of_one_mode(open_store(config, passphrase), training=False)
    return Desk(
        station=station(config, training=False),
        journal=store,
        cards=LateCards(reader),
        clock=CLOCK,
        door=StoreDoor(config.store_directory),
        courier=courier(config, store) if config.hub else None,
        phones=phones(config, store) if config.hub and config.itsme else None,
        hub=background(config, store) if config.hub else None,
        copier=second_copy(config, store) if config.second_copy else None,
        camera=_camera(config),
        visits=store.visits,
        settings=rules.settings(config, CLOCK.today()),
        usual=rules.usual_care(config),
        undo_window=timedelta(seconds=config.undo_seconds),
        lock_after=_lock_after(config),
        warnings=(*warnings(config), *begun(config, store)),
    )


def _lock_after(config: Config) -> timedelta | None:
    return timedelta(minutes=config.lock_minutes) if config.lock_minutes else None


def _camera(config: Config) -> "Camera | None":
    if not config.scan.camera:
        return None
    from idtui.devices.codes.camera import DeskCamera, of_device

    return DeskCamera(of_device(config.scan.camera, config.scan.camera_format), config.scan.layout)


def training_stage(config: Config, store: Path, passphrase: "Passphrase") -> "Stage":
    """Build a desk on a simulated reader, a store of its own and an embedded hub."""
    from idtui.training.stage import set_stage

    return set_stage(
        station=station(config, training=True),
        store=store,
        passphrase=passphrase,
        clock=CLOCK,
        settings=rules.settings(config, CLOCK.today()),
        usual=rules.usual_care(config),
        undo_window=timedelta(seconds=config.undo_seconds),
        lock_after=_lock_after(config),
        warnings=warnings(config, training=True),
    )


def run_demo(words: "Words", write: Callable[[str], None]) -> bool:
    """Walk the tour of training mode; return whether every step held."""
    import tempfile

    from idtui.seal.passphrase import Passphrase
    from idtui.training.demo import tour

    passphrase = Passphrase.random()
    with tempfile.TemporaryDirectory(prefix="idtui-demo-") as folder:
        store = Path(folder) / "desk"
        stage = training_stage(Config(desk="demo", operator="demo"), store, passphrase)
        return tour(stage, store, passphrase, words, write)
