"""itsme on the hub, against a provider that can be told to lie: only what is proven reaches a desk."""

import base64
import hmac
import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from hub_serving import serving
from joserfc import jwe, jws
from scripted_itsme import ADDRESS, Claims, Phone, ScriptedItsme, contract_file, key, signed

from idtui.hub.embedded import EmbeddedHub
from idtui.hub.errors import HubUnavailable
from idtui.hub.itsme import contract
from idtui.hub.itsme.keys import Keys
from idtui.hub.itsme.person import CLAIM, NATIONAL_NUMBER
from idtui.hub.itsme.redirect import Redirect
from idtui.hub.itsme.relay import RedirectRelay

Log = list[Mapping[str, object]]


class Desk:
    """What a desk asks of the hub, without its proof."""

    def __init__(self, base: str) -> None:
        self._base = f"{base}/desk/itsme"
        self._client = httpx.Client(trust_env=False, timeout=60)
        self.id = self.link = ""

    def begin(self) -> httpx.Response:
        begun = self._client.post(self._base)
        if begun.status_code == 201:
            self.id, self.link = begun.json()["id"], begun.json()["link"]
        return begun

    def ask(self, seen: str = "") -> dict[str, Any]:
        answer = self._client.get(f"{self._base}/{self.id}", params={"seen": seen})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def forget(self) -> None:
        assert self._client.delete(f"{self._base}/{self.id}").status_code == 204

    def status_of(self, transaction: str) -> int:
        return self._client.get(f"{self._base}/{transaction}").status_code

    def close(self) -> None:
        self._client.close()


@pytest.fixture
def itsme(provider: ScriptedItsme) -> ScriptedItsme:
    provider.reset()
    return provider


@pytest.fixture(scope="module")
def log() -> Log:
    return []


@pytest.fixture(scope="module")
def hub(provider: ScriptedItsme, tmp_path_factory: pytest.TempPathFactory, log: Log) -> Iterator[EmbeddedHub]:
    file = contract_file(tmp_path_factory.mktemp("contract"), provider.url)
    hub = EmbeddedHub(training=False, log=log.append, itsme=file)
    hub.start()
    yield hub
    hub.stop()


@pytest.fixture
def base(hub: EmbeddedHub) -> str:
    return hub.url.removesuffix("/fhir")


@pytest.fixture
def desk(base: str) -> Iterator[Desk]:
    desk = Desk(base)
    yield desk
    desk.close()


@pytest.fixture
def phone(base: str) -> Iterator[Phone]:
    phone = Phone(base)
    yield phone
    phone.close()


def test_a_patient_confirms_and_the_desk_hears_who_it_is(
    itsme: ScriptedItsme, desk: Desk, phone: Phone, log: Log
) -> None:
    begun = desk.begin()
    assert begun.json()["expires_in"] == 300
    assert desk.link.startswith(f"{ADDRESS}/i/".upper())
    assert desk.link == desk.link.upper()
    assert desk.ask()["status"] == "pending"
    back = itsme.approve(phone.location(desk.link))
    assert desk.ask()["status"] == "opened"
    page = phone.get(back)
    assert page.status_code == 200
    assert all(f'lang="{language}"' in page.text for language in ("fr", "nl", "de", "en"))
    assert page.headers["cache-control"] == "no-store"
    answer = desk.ask()
    assert answer["status"] == "confirmed"
    assert answer["person"] == {
        "niss": "85073003328",
        "name": "SPECIMEN",
        "given_names": "Zoé Modèle",
        "birth_date": {"year": 1985, "month": 7, "day": 30},
        "acr": f"{CLAIM}acr_basic",
    }
    desk.forget()
    assert desk.status_of(desk.id) == 404
    told = json.dumps([dict(line) for line in log], default=str)
    assert not any(secret in told for secret in ("SPECIMEN", "85073003328", desk.id, desk.link[-10:]))


def test_a_desk_that_waits_hears_at_once_what_is_new(itsme: ScriptedItsme, desk: Desk, phone: Phone) -> None:
    desk.begin()
    seen = desk.ask()["tag"]
    back = itsme.approve(phone.location(desk.link))
    opened = desk.ask(seen)
    assert opened["status"] == "opened"
    phone.get(back)
    began = time.monotonic()
    assert desk.ask(opened["tag"])["status"] == "confirmed"
    assert time.monotonic() - began < 10


def test_a_link_opens_once_and_an_answer_counts_once(itsme: ScriptedItsme, desk: Desk, phone: Phone) -> None:
    desk.begin()
    back = itsme.approve(phone.location(desk.link))
    assert phone.get(desk.link).status_code == 410
    assert phone.get(back).status_code == 200
    assert phone.get(back).status_code == 410
    assert itsme.seen.count("/token") == 1
    assert desk.ask()["status"] == "confirmed"


def test_a_preview_of_the_link_does_not_use_it_up(base: str, desk: Desk, phone: Phone) -> None:
    desk.begin()
    assert httpx.head(base + desk.link[len(ADDRESS) :], trust_env=False).status_code == 200
    assert phone.location(desk.link)


def test_a_state_nobody_asked_with_gives_nothing(desk: Desk, phone: Phone) -> None:
    desk.begin()
    phone.location(desk.link)
    assert phone.get(f"{ADDRESS}/itsme/callback?code=x&state=y").status_code == 410
    assert phone.get(f"{ADDRESS}/itsme/callback?code=x").status_code == 410
    assert phone.get(f"{ADDRESS}/itsme/callback?state=y&state=z").status_code == 400
    assert desk.ask()["status"] == "opened"


def test_a_code_of_another_request_is_refused(itsme: ScriptedItsme, desk: Desk, phone: Phone) -> None:
    """The nonce in the ID token is that of the other request."""
    desk.begin()
    first = itsme.approve(phone.location(desk.link))
    code = first.partition("code=")[2].partition("&")[0]
    desk.begin()
    second = itsme.approve(phone.location(desk.link))
    own = second.partition("code=")[2].partition("&")[0]
    itsme.codes[code]["code_challenge"] = itsme.codes[own]["code_challenge"]  # PKCE would have stopped it
    phone.get(second.replace(own, code))
    assert desk.ask() | {"tag": ""} == ended("failed", "unproven", desk.link)


def ended(status: str, why: str, link: str) -> dict[str, Any]:
    return {"status": status, "tag": "", "link": link, "why": why, "person": None}


@pytest.mark.parametrize(
    ("error", "end"),
    [
        ("access_denied", ("cancelled", "cancelled")),
        ("login_required", ("failed", "login_required")),
        ("temporary_unavailable", ("failed", "unavailable")),
        ("temporarily_unavailable", ("failed", "unavailable")),
        ("invalid_scope", ("failed", "refused")),
        ("<script>", ("failed", "refused")),
    ],
)
def test_errors_at_the_redirect(
    itsme: ScriptedItsme, desk: Desk, phone: Phone, error: str, end: tuple[str, str]
) -> None:
    desk.begin()
    state = itsme.approve(phone.location(desk.link)).partition("state=")[2].partition("&")[0]
    page = phone.get(f"{ADDRESS}/itsme/callback?{urlencode({'error': error, 'state': state})}")
    assert page.status_code == 200
    assert "<script>" not in page.text
    assert desk.ask() | {"tag": ""} == ended(*end, desk.link)


@pytest.mark.parametrize(
    ("answer", "end"),
    [
        ((400, {"error": "invalid_grant"}), ("expired", "expired")),
        ((401, {"error": "invalid_client"}), ("failed", "refused")),
        ((400, {"error": "unauthorized_client"}), ("failed", "refused")),
        ((503, {}), ("failed", "unavailable")),
        ((200, {"access_token": "a-1"}), ("failed", "unproven")),
    ],
)
def test_errors_at_the_token(
    itsme: ScriptedItsme, desk: Desk, phone: Phone, answer: tuple[int, Claims], end: tuple[str, str]
) -> None:
    itsme.token_answer = answer
    desk.begin()
    phone.get(itsme.approve(phone.location(desk.link)))
    assert desk.ask() | {"tag": ""} == ended(*end, desk.link)


def unpadded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def handmade(claims: Claims, algorithm: str) -> str:
    parts = (json.dumps(each).encode() for each in ({"alg": algorithm}, claims))
    return ".".join(unpadded(part) for part in parts)


def none_signed(claims: Claims) -> str:
    return f"{handmade(claims, 'none')}."


def hmac_with_public_key(claims: Claims) -> str:
    text = handmade(claims, "HS256")
    code = hmac.digest(key("provider").as_pem(private=False), text.encode(), "sha256")
    return f"{text}.{unpadded(code)}"


LIES: dict[str, dict[str, Callable[[Claims], Any]]] = {
    "wrong audience": {"id_token": lambda said: said | {"aud": "another-hospital"}},
    "shared audience": {"id_token": lambda said: said | {"aud": [said["aud"], "another"]}},
    "for another party": {"id_token": lambda said: said | {"azp": "another-hospital"}},
    "another issuer": {"id_token": lambda said: said | {"iss": "https://idp.example"}},
    "expired": {"id_token": lambda said: said | {"exp": said["iat"] - 120}},
    "from the future": {"id_token": lambda said: said | {"iat": said["iat"] + 600}},
    "of last week": {"id_token": lambda said: said | {"iat": said["iat"] - 604_800}},
    "another nonce": {"id_token": lambda said: said | {"nonce": "replayed"}},
    "no nonce": {"id_token": lambda said: {name: said[name] for name in said if name != "nonce"}},
    "unknown assurance": {"id_token": lambda said: said | {"acr": "self-declared"}},
    "no subject": {"id_token": lambda said: said | {"sub": ""}},
    "other subject in userinfo": {"user_info": lambda said: said | {"sub": "s-2"}},
    "userinfo for another": {"user_info": lambda said: said | {"aud": "another-hospital"}},
    "userinfo of another issuer": {"user_info": lambda said: said | {"iss": "https://idp.example"}},
    "another person in userinfo": {"user_info": lambda said: said | {NATIONAL_NUMBER: "40123100289"}},
    "forged signature": {"sign": lambda said: signed(said, key("forger"))},
    "wrong algorithm": {"sign": lambda said: signed(said, key("provider"), alg="RS512")},
    "HMAC with the public key": {"sign": hmac_with_public_key},
    "no signature": {"sign": none_signed},
    "not JSON": {"sign": lambda _: jws.serialize_compact({"alg": "RS256"}, b"[", key("provider"))},
}


@pytest.mark.parametrize("lie", LIES)
def test_what_is_not_proven_is_refused(itsme: ScriptedItsme, desk: Desk, phone: Phone, lie: str) -> None:
    for name, change in LIES[lie].items():
        setattr(itsme, name, change)
    desk.begin()
    phone.get(itsme.approve(phone.location(desk.link)))
    assert desk.ask() | {"tag": ""} == ended("failed", "unproven", desk.link)


def test_a_token_that_is_not_encrypted_is_refused(itsme: ScriptedItsme, desk: Desk, phone: Phone) -> None:
    itsme.seal = False
    desk.begin()
    phone.get(itsme.approve(phone.location(desk.link)))
    assert desk.ask()["why"] == "unproven"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({NATIONAL_NUMBER: "85073003329"}, "incomplete"),
        ({NATIONAL_NUMBER: ""}, "incomplete"),
        ({"family_name": " "}, "incomplete"),
        ({"birthdate": "30/07/1985"}, "incomplete"),
        ({"birthdate": "0000"}, "under_16"),
        ({NATIONAL_NUMBER: "17073003384", "birthdate": "2017-07-30"}, "under_16"),
        ({"birthdate": f"{time.gmtime().tm_year - 16}"}, "under_16"),
    ],
)
def test_who_is_unknown_or_too_young_is_refused(
    itsme: ScriptedItsme, desk: Desk, phone: Phone, changes: Claims, why: str
) -> None:
    itsme.person |= changes
    desk.begin()
    phone.get(itsme.approve(phone.location(desk.link)))
    assert desk.ask()["why"] == why


@pytest.mark.parametrize("acr", [f"{CLAIM}acr_basic", ""])
def test_a_hospital_that_asks_for_the_itsme_code_takes_nothing_less(
    itsme: ScriptedItsme, tmp_path: Path, acr: str
) -> None:
    hub = EmbeddedHub(training=False, itsme=contract_file(tmp_path, itsme.url, acr="advanced"))
    hub.start()
    base = hub.url.removesuffix("/fhir")
    desk, phone = Desk(base), Phone(base)
    try:
        for said, end in ((acr, ("failed", "unproven")), (f"{CLAIM}acr_advanced", ("confirmed", ""))):
            itsme.id_token = partial(_with, acr=said)
            desk.begin()
            phone.get(itsme.approve(phone.location(desk.link)))
            answer = desk.ask()
            assert (answer["status"], answer["why"]) == end
    finally:
        phone.close()
        desk.close()
        hub.stop()


def _with(claims: Claims, **changes: str) -> Claims:
    return claims | changes


def test_texts_of_itsme_cannot_drive_a_terminal(itsme: ScriptedItsme, desk: Desk, phone: Phone) -> None:
    itsme.person["given_name"] = "Eve\x1b[31m"
    desk.begin()
    phone.get(itsme.approve(phone.location(desk.link)))
    assert "\x1b" not in desk.ask()["person"]["given_names"]


def test_itsme_that_does_not_answer_is_told_at_once(tmp_path: Path) -> None:
    provider = ScriptedItsme()
    provider.stop()
    hub = EmbeddedHub(training=False, itsme=contract_file(tmp_path, provider.url))
    hub.start()
    desk = Desk(hub.url.removesuffix("/fhir"))
    try:
        refused = desk.begin()
        assert (refused.status_code, refused.json()) == (502, {"why": "unavailable"})
    finally:
        desk.close()
        hub.stop()


def test_time_over(hub: EmbeddedHub, desk: Desk, phone: Phone, itsme: ScriptedItsme) -> None:
    desk.begin()
    back = itsme.approve(phone.location(desk.link))
    _end_time(hub)
    assert phone.get(back).status_code == 410
    assert desk.ask()["status"] == "expired"


def test_a_link_that_is_over_does_not_open(hub: EmbeddedHub, desk: Desk, phone: Phone) -> None:
    desk.begin()
    _end_time(hub)
    assert phone.get(desk.link).status_code == 410


def _end_time(hub: EmbeddedHub) -> None:
    with sqlite3.connect(Path(hub._folder.name) / "hub.db") as database:
        database.execute("UPDATE itsme SET expires = 1")
    database.close()


def test_a_cancelled_request_takes_no_phone_any_more(itsme: ScriptedItsme, desk: Desk, phone: Phone) -> None:
    desk.begin()
    back = itsme.approve(phone.location(desk.link))
    desk.forget()
    assert phone.get(back).status_code == 410
    assert "/token" not in itsme.seen


def test_itsme_changes_its_key_and_the_hub_looks_again_but_not_for_every_lie(
    hub: EmbeddedHub, itsme: ScriptedItsme, desk: Desk, phone: Phone
) -> None:
    relay = hub.hub.itsme
    assert isinstance(relay, RedirectRelay)
    assert isinstance(relay._line, Redirect)
    itsme.signer = "provider's next"
    for age, end in ((0, "failed"), (120, "confirmed")):
        relay._line._openid._looked_at -= age
        desk.begin()
        phone.get(itsme.approve(phone.location(desk.link)))
        assert desk.ask()["status"] == end
    assert itsme.seen.count("/jwks") == 1
    itsme.reset()
    relay._line._openid._looked_at -= 120
    desk.begin()
    phone.get(itsme.approve(phone.location(desk.link)))
    assert desk.ask()["status"] == "confirmed"


def test_a_token_to_the_key_before_is_opened_and_only_the_new_one_published() -> None:
    keys = Keys([key("hub sign")], [key("hub encrypt next"), key("hub encrypt")])
    header = {"alg": "RSA-OAEP-256", "enc": "A128CBC-HS256"}
    for name in ("hub encrypt next", "hub encrypt"):
        assert (
            keys.opened(jwe.encrypt_compact(header, "it", key(name), algorithms=list(header.values())))
            == "it"
        )
    with pytest.raises(ValueError, match="not encrypted to this hub"):
        keys.opened(jwe.encrypt_compact(header, "it", key("forger"), algorithms=list(header.values())))
    published = [each["kid"] for each in keys.public()["keys"]]
    assert published == [key("hub sign").thumbprint(), key("hub encrypt next").thumbprint()]


def test_the_published_keys_are_public(base: str) -> None:
    keys = httpx.get(f"{base}/itsme/jwks.json", trust_env=False).json()["keys"]
    assert [(each["use"], each["alg"]) for each in keys] == [("sig", "RS256"), ("enc", "RSA-OAEP-256")]
    assert all(not {"d", "p", "q"} & set(each) for each in keys)


def test_without_a_contract_there_are_no_such_pages() -> None:
    hub = EmbeddedHub()
    hub.start()
    try:
        base = hub.url.removesuffix("/fhir")
        assert httpx.post(f"{base}/desk/itsme", trust_env=False).status_code == 404
        assert httpx.get(f"{base}/itsme/jwks.json", trust_env=False).status_code == 404
    finally:
        hub.stop()


def test_a_desk_without_a_token_starts_nothing(itsme: ScriptedItsme, tmp_path: Path) -> None:
    hub = EmbeddedHub(training=False, tokens=True, itsme=contract_file(tmp_path, itsme.url))
    hub.start()
    try:
        base = hub.url.removesuffix("/fhir")
        assert httpx.post(f"{base}/desk/itsme", trust_env=False).status_code == 401
        assert httpx.get(f"{base}/desk/itsme/x", trust_env=False).status_code == 401
    finally:
        hub.stop()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"issuer": "http://idp.example"}, "sync.hub_address"),
        ({"address": f"{ADDRESS}/hub"}, "hub.itsme.path"),
        ({"address": f"https://{'a' * 60}.be"}, "hub.itsme.path"),
        ({"road": "device"}, "hub.itsme.wrong"),
        ({"colour": "blue"}, "hub.itsme.wrong"),
    ],
)
def test_a_contract_that_is_wrong_is_named(tmp_path: Path, changes: dict[str, str], message: str) -> None:
    with pytest.raises(HubUnavailable) as refused:
        contract.load(contract_file(tmp_path, "https://idp.example", **changes))
    assert refused.value.message.id == message


def test_a_key_that_is_none_is_named(tmp_path: Path) -> None:
    file = contract_file(tmp_path, "https://idp.example")
    (tmp_path / "encrypt.pem").write_text("no key")
    with pytest.raises(HubUnavailable) as refused:
        contract.keys(contract.load(file))
    assert refused.value.message.id == "hub.itsme.key"


def test_a_hub_of_two_workers_served_by_command(
    itsme: ScriptedItsme, tmp_path: Path, database_url: str
) -> None:
    """Each request may meet another worker; new connections each time, so that both take part."""
    file = contract_file(tmp_path, itsme.url)
    with serving(database_url, "--workers", "2", "--without-tokens", "--itsme", str(file)) as hub:
        for _ in range(4):
            desk, phone = Desk(hub.base), Phone(hub.base)
            desk.begin()
            back = itsme.approve(phone.location(desk.link))
            other = Phone(hub.base)
            assert other.get(desk.link).status_code == 410
            assert other.get(back).status_code == 200
            assert phone.get(back).status_code == 410
            assert desk.ask()["status"] == "confirmed"
            for client in (desk, phone, other):
                client.close()
        hub.end()


def test_a_contract_that_is_wrong_ends_the_command(tmp_path: Path, database_url: str) -> None:
    file = contract_file(tmp_path, "http://idp.example")
    command = [sys.executable, "-m", "idtui", "hub", "serve", "--database", database_url, "--port", "0"]
    ended = subprocess.run(
        [*command, "--itsme", str(file), "--lang", "en"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ended.returncode == 2
    assert "http://idp.example" in ended.stderr
