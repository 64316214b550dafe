"""itsme's redirect road against a certified OpenID provider: nothing of ours on its side."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import httpx
import pytest
from real_parts import Need, openid_provider
from scripted_itsme import ADDRESS, CLIENT, contract_file
from scripted_itsme import key as _key

from idtui.hub.embedded import EmbeddedHub
from idtui.hub.itsme import contract

pytestmark = pytest.mark.real

SCRIPT = Path(__file__).parent / "openid_provider.mjs"
_FORM = re.compile(r'action="([^"]+)"')


class Provider:
    """The provider and what it is told on its standard input."""

    def __init__(self, to_it: IO[str], issuer: str) -> None:
        self._to_it = to_it
        self.issuer = issuer

    def scan(self) -> None:
        self._to_it.write("scan\n")
        self._to_it.flush()


@pytest.fixture(scope="module")
def provider(need: Need, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    node, packages = openid_provider(need)
    file = contract_file(tmp_path_factory.mktemp("contract"), "https://idp.example")
    public = contract.keys(contract.load(file)).public()
    asked = {"client_id": CLIENT, "redirect_uri": f"{ADDRESS}/itsme/callback", "keys": public}
    with subprocess.Popen(
        [node, str(SCRIPT), packages],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # it warns of what is not meant for production
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(asked) + "\n")
        process.stdin.flush()
        issuer = ""
        for line in process.stdout:
            if line.startswith('{"issuer"'):
                issuer = json.loads(line)["issuer"]
                break
        assert issuer
        yield Provider(process.stdin, issuer)
        process.stdin.close()
        assert process.wait(60) == 0


def hub_with(provider: Provider, folder: Path, **changes: str) -> Iterator[EmbeddedHub]:
    hub = EmbeddedHub(training=False, itsme=contract_file(folder, provider.issuer, **changes))
    hub.start()
    yield hub
    hub.stop()


@pytest.fixture
def hub(provider: Provider, tmp_path: Path) -> Iterator[EmbeddedHub]:
    yield from hub_with(provider, tmp_path)


def ask(hub: EmbeddedHub, begun: dict[str, Any], seen: str = "") -> dict[str, Any]:
    base = hub.url.removesuffix("/fhir")
    answer = httpx.get(f"{base}/desk/itsme/{begun['id']}", params={"seen": seen}, trust_env=False, timeout=60)
    return dict(answer.json())


class Browser:
    """A phone's browser: keeps cookies, follows redirects by hand, signs in and agrees as a person would."""

    def __init__(self, hub: EmbeddedHub) -> None:
        self._base = hub.url.removesuffix("/fhir")
        self._client = httpx.Client(trust_env=False, timeout=60)
        self.hops = 0

    def get(self, url: str) -> httpx.Response:
        self.hops += 1
        if url.lower().startswith(ADDRESS):
            url = self._base + url[len(ADDRESS) :]
        return self._client.get(url)

    def walk(self, url: str, *, agrees: bool = True) -> httpx.Response:
        """Go from the short link to the page of the hub at the end."""
        answer = self.get(url)
        while True:
            if answer.is_redirect:
                answer = self.get(str(answer.next_request and answer.next_request.url))
            elif str(answer.url).startswith(self._base):
                return answer
            else:
                answer = self._filled_in(answer, agrees=agrees)

    def _filled_in(self, page: httpx.Response, *, agrees: bool) -> httpx.Response:
        self.hops += 1
        match = _FORM.search(page.text)
        assert match, page.text
        action = str(page.url.join(match[1]))
        if not agrees:
            return self._client.get(f"{action}/abort")
        prompt = "login" if 'value="login"' in page.text else "consent"
        return self._client.post(action, data={"prompt": prompt, "login": "specimen", "password": "specimen"})

    def close(self) -> None:
        self._client.close()


@pytest.fixture
def browser(hub: EmbeddedHub) -> Iterator[Browser]:
    browser = Browser(hub)
    yield browser
    browser.close()


def begin(hub: EmbeddedHub) -> dict[str, Any]:
    answer = httpx.post(f"{hub.url.removesuffix('/fhir')}/desk/itsme", trust_env=False, timeout=60)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def test_the_redirect_road(hub: EmbeddedHub, browser: Browser) -> None:
    begun = begin(hub)
    page = browser.walk(begun["link"])
    assert page.status_code == 200
    answer = ask(hub, begun)
    assert answer["status"] == "confirmed", answer
    assert answer["person"]["niss"] == "85073003328"
    assert answer["person"]["name"] == "SPECIMEN"
    assert answer["person"]["birth_date"] == {"year": 1985, "month": 7, "day": 30}
    assert browser.get(begun["link"]).status_code == 410


def test_a_patient_who_does_not_agree(hub: EmbeddedHub, browser: Browser) -> None:
    begun = begin(hub)
    browser.walk(begun["link"], agrees=False)
    assert (ask(hub, begun)["status"], ask(hub, begun)["why"]) == ("cancelled", "cancelled")


def test_the_road_by_the_back_channel(provider: Provider, tmp_path: Path) -> None:
    """CIBA is the certified provider's own; the discovery of the phone is our imitation of itsme's page."""
    for hub in hub_with(provider, tmp_path, road="ciba_qr", qr_field="qr_code"):
        begun = begin(hub)
        assert begun["link"].startswith("https://discovery.example/")
        seen = ask(hub, begun)
        changed = ask(hub, begun, seen["tag"])
        assert changed["status"] == "pending"
        assert changed["link"] != seen["link"]
        provider.scan()
        answer = changed
        statuses = []
        while answer["status"] in ("pending", "opened"):
            answer = ask(hub, begun, answer["tag"])
            statuses.append(answer["status"])
        assert statuses[-2:] == ["opened", "confirmed"], answer
        assert answer["person"]["niss"] == "85073003328"


def test_a_hub_whose_key_it_does_not_know_is_refused(
    provider: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The certified provider checks the assertion, so ours must be right where it is taken."""
    monkeypatch.setattr("scripted_itsme.key", lambda name: _key(f"stranger {name}"))
    for hub in hub_with(provider, tmp_path):
        begun, browser = begin(hub), Browser(hub)
        browser.walk(begun["link"])
        browser.close()
        assert (ask(hub, begun)["status"], ask(hub, begun)["why"]) == ("failed", "refused")
