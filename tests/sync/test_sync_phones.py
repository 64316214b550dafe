"""The desk's way to a phone against a real hub and a provider that can be told to fail."""

import queue
from collections.abc import Iterator
from pathlib import Path

import pytest
from scripted_itsme import BackChannel, Phone, ScriptedItsme, code, contract_file

from idtui.desk.events import Event, PhoneAwaited, PhoneConfirmed, PhoneFailed, PhoneOpened
from idtui.domain.text import say
from idtui.hub.desks import State
from idtui.hub.embedded import EmbeddedHub
from idtui.sync.enrolment import begun, enrol
from idtui.sync.errors import HubAddressRefused
from idtui.sync.phones import HubPhones
from idtui.sync.session import Road

PATIENCE = 30.0


@pytest.fixture
def itsme() -> Iterator[ScriptedItsme]:
    provider = ScriptedItsme()
    yield provider
    provider.stop()


@pytest.fixture
def hub(itsme: ScriptedItsme, tmp_path: Path) -> Iterator[EmbeddedHub]:
    hub = EmbeddedHub(training=False, tokens=True, itsme=contract_file(tmp_path, itsme.url))
    hub.start()
    yield hub
    hub.stop()


@pytest.fixture
def road(hub: EmbeddedHub) -> Road:
    """The road of a desk that is enrolled and approved."""
    enrolment = begun(None, hub=hub.url, site="71000000", desk="desk-1")
    enrolled = enrol(enrolment, Road(hub.url))
    hub.hub.desks.decide(enrolled.code, State.APPROVED, "it-1")
    return Road(hub.url, key=enrolment.key)


@pytest.fixture
def phone(hub: EmbeddedHub) -> Iterator[Phone]:
    phone = Phone(hub.url.removesuffix("/fhir"))
    yield phone
    phone.close()


class Heard:
    """The events of one `HubPhones`, in order."""

    def __init__(self, road: Road) -> None:
        self._events: queue.Queue[Event] = queue.Queue()
        self.phones = HubPhones(road)
        self.phones.start(self._events.put)

    def next(self) -> Event:
        return self._events.get(timeout=PATIENCE)

    def begin(self) -> str:
        self.phones.ask(7)
        awaited = self.next()
        assert isinstance(awaited, PhoneAwaited)
        assert (awaited.attempt, awaited.seconds) == (7, 300)
        return awaited.link

    def is_empty(self) -> bool:
        return self._events.empty()


@pytest.fixture
def heard(road: Road) -> Iterator[Heard]:
    heard = Heard(road)
    yield heard
    heard.phones.stop()


def test_an_enrolled_desk_hears_who_confirmed(
    itsme: ScriptedItsme, heard: Heard, phone: Phone, hub: EmbeddedHub
) -> None:
    link = heard.begin()
    back = itsme.approve(phone.location(link))
    assert heard.next() == PhoneOpened(7)
    phone.get(back)
    confirmed = heard.next()
    assert isinstance(confirmed, PhoneConfirmed)
    assert (confirmed.attempt, confirmed.confirmed.niss) == (7, "85073003328")
    heard.phones.stop()
    assert _awaited(hub) == 0


def _awaited(hub: EmbeddedHub) -> int:
    from sqlalchemy import text

    with hub.hub.intake.database.engine.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM itsme")).scalar_one())


def test_a_desk_that_leaves_is_forgotten_by_the_hub(
    itsme: ScriptedItsme, heard: Heard, phone: Phone, hub: EmbeddedHub
) -> None:
    link = heard.begin()
    back = itsme.approve(phone.location(link))
    assert heard.next() == PhoneOpened(7)
    heard.phones.leave()
    heard.phones.stop()
    assert _awaited(hub) == 0
    assert phone.get(back).status_code == 410
    assert heard.is_empty()


def test_a_patient_who_cancels_is_told(itsme: ScriptedItsme, heard: Heard, phone: Phone) -> None:
    back = itsme.approve(phone.location(heard.begin()))
    assert heard.next() == PhoneOpened(7)
    phone.get(back.replace("code=", "error=access_denied&x="))
    assert heard.next() == PhoneFailed(7, say("itsme.failed.cancelled"))


def test_time_over_is_told(heard: Heard, hub: EmbeddedHub) -> None:
    heard.begin()
    from sqlalchemy import text

    with hub.hub.intake.database.engine.begin() as connection:
        connection.execute(text("UPDATE itsme SET expires = 1"))
    assert heard.next() == PhoneFailed(7, say("itsme.failed.expired"))


def test_itsme_that_is_not_there_is_told(itsme: ScriptedItsme, heard: Heard) -> None:
    itsme.stop()
    heard.phones.ask(1)
    assert heard.next() == PhoneFailed(1, say("itsme.failed.unavailable"))


def test_a_hub_that_is_not_there_is_told(hub: EmbeddedHub) -> None:
    heard = Heard(Road("http://127.0.0.1:1/fhir"))
    heard.phones.ask(1)
    assert heard.next() == PhoneFailed(1, say("itsme.hub_unreachable"))
    heard.phones.stop()


def test_a_hub_without_itsme_is_told() -> None:
    hub = EmbeddedHub()
    hub.start()
    try:
        heard = Heard(Road(hub.url))
        heard.phones.ask(1)
        assert heard.next() == PhoneFailed(1, say("itsme.hub_without"))
        heard.phones.stop()
    finally:
        hub.stop()


def test_a_desk_the_hub_does_not_know_is_told(hub: EmbeddedHub) -> None:
    stranger = begun(None, hub=hub.url, site="71000000", desk="desk-2")
    heard = Heard(Road(hub.url, key=stranger.key))
    heard.phones.ask(1)
    assert heard.next() == PhoneFailed(1, say("enrol.unknown", code=stranger.key.code))
    heard.phones.stop()


def test_no_phone_over_a_network_in_the_clear() -> None:
    with pytest.raises(HubAddressRefused):
        HubPhones(Road("http://hub.hospital.example/fhir"))


def test_a_code_that_changes_is_shown_anew(itsme: ScriptedItsme, tmp_path: Path) -> None:
    """The second road: itsme's own code, then the back channel."""
    channel = BackChannel(itsme)
    file = contract_file(tmp_path, itsme.url, road="ciba_qr", qr_field="image")
    hub = EmbeddedHub(training=False, itsme=file)
    hub.start()
    heard = Heard(Road(hub.url))
    try:
        assert heard.begin() == "https://discovery.example/1"
        channel.picture = code("https://discovery.example/2")
        again = heard.next()
        assert isinstance(again, PhoneAwaited)
        assert again.link == "https://discovery.example/2"
        assert 0 < again.seconds < 300
        channel.tokens = [(200, itsme.tokens())]
        channel.discovered = True
        assert heard.next() == PhoneOpened(7)
        assert isinstance(heard.next(), PhoneConfirmed)
    finally:
        heard.phones.stop()
        hub.stop()
