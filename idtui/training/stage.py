"""A whole desk in training: the real program on a simulated reader, its own store and an embedded hub."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from idtui.desk.ports import Clock, Courier
from idtui.desk.service import Desk
from idtui.desk.stamp import Station
from idtui.devices.eid.trust import Trust
from idtui.domain.care import Care
from idtui.domain.path import Settings
from idtui.domain.text import Message
from idtui.seal.passphrase import OF_TRAINING, Passphrase
from idtui.store.desk_store import DeskStore, open_store
from idtui.store.door import StoreDoor
from idtui.training import people
from idtui.training.authority import TrainingAuthority
from idtui.training.cards import CardKind, make_card
from idtui.training.clock import TrainingClock
from idtui.training.hub import TrainingHub
from idtui.training.network import CuttableCourier
from idtui.training.people import Person
from idtui.training.phone import SimulatedItsme, TrainingPhones
from idtui.training.reader import SimulatedCards
from idtui.training.simulator import TrainingSimulator
from idtui.training.visits import specimen_visits

if TYPE_CHECKING:
    from idtui.hub.embedded import EmbeddedHub
    from idtui.sync.background import HubBackground

HOLDERS: Mapping[CardKind, Person] = {
    CardKind.GOOD_RSA: people.GEDEON,
    CardKind.GOOD_P384: people.GODELIEVE,
    CardKind.EXPIRED: people.ZOE,
    CardKind.FORGED_IDENTITY: people.ISMAIL,
    CardKind.FORGED_SIGNER: people.ZOE,
    CardKind.SELF_MADE_ROOT: people.JURGEN,
    CardKind.HOSTILE_TEXT: people.hostile(people.GEDEON),
    CardKind.NOT_AN_EID: people.GEDEON,
    CardKind.GOOD_RSA_1024: people.GODELIEVE,
    CardKind.REKEYED: people.ISMAIL,
    CardKind.CLONED_CHIP: people.ZOE,
    CardKind.DAMAGED_CHIP: people.GEDEON,
    CardKind.NOT_ACTIVATED: people.GEDEON,
}
"""Who holds which card; a bank card holds nobody's identity."""


class TrainingCards:
    """The cards of training mode, made when first put in, and the reader they go in.

    Chips prove themselves here whatever is configured: the life of a simulated one is not shortened by it.
    """

    def __init__(self, today: Callable[[], date]) -> None:
        self._authority = TrainingAuthority()
        self._today = today
        self.reader = SimulatedCards(self._authority.trust(Trust.pinned()), today, prove_chip=True)

    def insert(self, kind: CardKind, pulled_after: int | None = None) -> None:
        """Put a card of that kind in, in place of one that is there; see `SimulatedCards.insert`."""
        card = make_card(self._authority, kind, HOLDERS[kind], self._today())
        self.reader.insert(card, pulled_after)


@dataclass(frozen=True, slots=True)
class Stage:
    """A desk in training and what moves it."""

    desk: Desk
    journal: DeskStore
    cards: TrainingCards
    network: CuttableCourier
    clock: TrainingClock


def set_stage(
    *,
    station: Station,
    store: Path,
    passphrase: Passphrase,
    clock: Clock,
    settings: Settings,
    usual: Care,
    undo_window: timedelta,
    lock_after: timedelta | None = None,
    warnings: tuple[Message, ...] = (),
) -> Stage:
    """Build it on the store directory `store`; hub and keys are made when first needed."""
    played = TrainingClock(clock)
    cards = TrainingCards(lambda: played.now().date())
    network = CuttableCourier(_make_hub, _make_courier)
    phones = TrainingPhones(network)
    journal = open_store(store, desk=station.desk, clock=played, passphrase=passphrase)
    now = played.now()
    journal.visits.take_import(specimen_visits(now), now)
    desk = Desk(
        station=station,
        journal=journal,
        cards=cards.reader,
        clock=played,
        door=StoreDoor(store, passphrase.text if passphrase.text == OF_TRAINING else ""),
        courier=network,
        phones=phones,
        hub=TrainingHub(network, _make_background),
        simulator=TrainingSimulator(cards.insert, cards.reader, network, phones, played),
        visits=journal.visits,
        settings=replace(settings, itsme=True),
        usual=usual,
        undo_window=undo_window,
        lock_after=lock_after,
        warnings=warnings,
    )
    return Stage(desk, journal, cards, network, played)


def _make_hub() -> "EmbeddedHub":
    from idtui.hub.embedded import EmbeddedHub  # noqa: PLC0415  # costs a second, wanted only when sending

    hub = EmbeddedHub()
    hub.simulate(SimulatedItsme())
    return hub


def _make_background(url: str) -> "HubBackground":
    from idtui.sync.background import HubBackground  # noqa: PLC0415  # see above
    from idtui.sync.session import Road  # noqa: PLC0415  # see above

    return HubBackground(Road(url))


def _make_courier(url: str) -> Courier:
    from idtui.sync.courier import HubCourier  # noqa: PLC0415  # see above

    return HubCourier(url)
