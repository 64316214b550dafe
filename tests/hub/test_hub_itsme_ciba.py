"""The back channel of itsme, against a provider that says what a test tells it to."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from scripted_itsme import BackChannel, Claims, ScriptedItsme, code, contract_file

from idtui.hub.embedded import EmbeddedHub
from idtui.hub.errors import HubUnavailable
from idtui.hub.itsme import contract

PATIENCE = 30.0


@pytest.fixture
def channel(provider: ScriptedItsme) -> BackChannel:
    provider.reset()
    return BackChannel(provider)


@pytest.fixture(scope="module")
def base(provider: ScriptedItsme, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("contract")
    file = contract_file(folder, provider.url, road="ciba_qr", qr_field="image")
    hub = EmbeddedHub(training=False, itsme=file)
    hub.start()
    yield f"{hub.url.removesuffix('/fhir')}/desk/itsme"
    hub.stop()


def at_the_end(base: str) -> dict[str, Any]:
    begun = httpx.post(base, trust_env=False, timeout=60)
    assert begun.status_code == 201, begun.text
    answer: dict[str, Any] = {"tag": "", "status": "pending"}
    until = time.monotonic() + PATIENCE
    while answer["status"] in ("pending", "opened"):
        assert time.monotonic() < until
        url = f"{base}/{begun.json()['id']}"
        answer = httpx.get(url, params={"seen": answer["tag"]}, trust_env=False, timeout=60).json()
    return answer


def test_pending_out_of_order_and_confirmed(channel: BackChannel, base: str) -> None:
    channel.discovered = True
    pending = (400, {"error": "authorization_pending"})
    channel.tokens = [pending, pending, (503, {}), (429, {}), (200, channel.provider.tokens())]
    answer = at_the_end(base)
    assert (answer["status"], answer["person"]["niss"]) == ("confirmed", "85073003328")
    assert channel.tokens == []


@pytest.mark.parametrize(
    ("answer", "end"),
    [
        ({"error": "access_denied"}, ("cancelled", "cancelled")),
        ({"error": "expired_token"}, ("expired", "expired")),
        ({"error": "invalid_grant"}, ("expired", "expired")),
        ({"error": "unauthorized_client"}, ("failed", "refused")),
    ],
)
def test_how_it_can_end(channel: BackChannel, base: str, answer: Claims, end: tuple[str, str]) -> None:
    channel.discovered = True
    channel.tokens = [(400, answer)]
    told = at_the_end(base)
    assert (told["status"], told["why"]) == end


def test_a_token_for_another_hospital_is_refused(channel: BackChannel, base: str) -> None:
    channel.discovered = True
    channel.tokens = [(200, channel.provider.tokens(aud="another-hospital"))]
    assert at_the_end(base)["why"] == "unproven"


@pytest.mark.parametrize("picture", ["", "no picture", code("\x1b[2J"), code("x" * 600)])
def test_a_code_that_cannot_be_shown_is_told_at_once(channel: BackChannel, base: str, picture: str) -> None:
    channel.picture = picture
    refused = httpx.post(base, trust_env=False, timeout=60)
    assert (refused.status_code, refused.json()) == (502, {"why": "unavailable"})


def test_this_road_has_no_pages_for_phones(base: str) -> None:
    root = base.removesuffix("/desk/itsme")
    assert httpx.get(f"{root}/itsme/callback", trust_env=False).status_code == 404
    assert httpx.get(f"{root}/itsme/jwks.json", trust_env=False).status_code == 200


def test_the_unpublished_name_of_a_field_has_to_be_given(tmp_path: Path) -> None:
    with pytest.raises(HubUnavailable) as refused:
        contract.load(contract_file(tmp_path, "https://idp.example", road="ciba_qr"))
    assert refused.value.message.id == "hub.itsme.qr_field"
