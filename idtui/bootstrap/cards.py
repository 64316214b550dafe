"""Cards read by a command, and the roots they are judged by."""

from pathlib import Path
from typing import TYPE_CHECKING

from idtui.bootstrap.here import CLOCK
from idtui.config import Config, ExtraRoot
from idtui.domain.errors import NotUnderstood
from idtui.domain.text import clean, say

if TYPE_CHECKING:
    from idtui.devices.eid.trust import Trust
    from idtui.devices.once import OneCard


def trust(config: Config, *more: Path) -> "Trust":
    """Return the pinned Belgian roots and those added by configuration or `--root`."""
    from idtui.devices.eid.trust import Trust

    trusted = Trust.pinned()
    for root in (*config.extra_roots, *(ExtraRoot(file=path) for path in more)):
        try:
            trusted = trusted.with_root(
                root.file.read_bytes(), leaf_subject=root.subject, policies=root.policies
            )
        except (OSError, ValueError):
            raise NotUnderstood(say("config.root", file=clean(str(root.file)))) from None
    return trusted


def read_card(
    config: Config, *, root: Path | None, wait: float, address: bool, photo: bool, prove_chip: bool
) -> "OneCard":
    """Read the card in the reader once; raises what `idtui.devices.once` raises."""
    from idtui.devices.once import read_once
    from idtui.devices.pcsc import PcscCards

    trusted = trust(config, *([root] if root else []))
    cards = PcscCards(trusted, CLOCK.today, config.reader, prove_chip=prove_chip or config.prove_chip)
    return read_once(cards, wait, address=address, photo=photo)


def read_training_card(*, address: bool, photo: bool) -> "OneCard":
    """Read a good simulated card, for a look at what the command prints."""
    from idtui.devices.once import read_once
    from idtui.training.cards import CardKind
    from idtui.training.stage import TrainingCards

    cards = TrainingCards(CLOCK.today)
    cards.insert(CardKind.GOOD_P384)
    return read_once(cards.reader, address=address, photo=photo)
