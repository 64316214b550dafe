"""What `idtui setup` is going to do: gathered by questions, carried out at the end, all or nothing."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec

from idtui.config import Config

if TYPE_CHECKING:
    from idtui.bootstrap.founding import Recovery
    from idtui.cli.setup.dialogue import Dialogue
    from idtui.seal.passphrase import Passphrase


@dataclass(frozen=True, slots=True, repr=False)
class Plan:
    """The configuration to be written and the keys of the store.

    `secret` opens the store that is there, or the one to be made; `changed` is another passphrase for it.
    `has_recovery_key` says that the store has one already. `enrols`: the desk is shown to its hub at the end.
    """

    config: Config
    secret: "Passphrase | None" = None
    changed: "Passphrase | None" = None
    recovery: "Recovery | None" = None
    has_recovery_key: bool = False
    enrols: bool = False

    def __repr__(self) -> str:
        return "Plan(hidden)"

    def with_settings(self, **settings: object) -> "Plan":
        """Return the plan with these settings in its configuration."""
        return replace(self, config=msgspec.structs.replace(self.config, **settings))

    def with_recovery(self, recovery: "Recovery") -> "Plan":
        """Return the plan with this recovery key."""
        return replace(self, recovery=recovery)


@dataclass(frozen=True, slots=True)
class Step:
    """One subject of setup: its questions, and the options of the command line that answer them instead.

    `name` is what `--only` takes; `setup.step.NAME` is the heading. `options` are the
    names under which argparse keeps the options that answer it.
    """

    name: str
    ask: "Callable[[Dialogue, Plan], Plan]"
    options: tuple[str, ...] = ()
