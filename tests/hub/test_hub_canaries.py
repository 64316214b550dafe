"""Nothing of a patient in log, metrics and health, whatever a desk sends or asks."""

from collections.abc import Callable, Mapping
from typing import Any

import httpx
import msgspec
import pytest

from idtui.domain.entries import Verification
from idtui.domain.reading import PartialDate
from idtui.hub.embedded import EmbeddedHub
from idtui.sync import codes, fhir

NISS = "40123100289"
CANARIES = (NISS, "CANARYNAME", "Canarygiven", "1940-12-31", "V-CANARY", "CANARYSERIAL", "CANARYTOKEN")


@pytest.fixture
def entry(verification: Callable[..., Verification]) -> Verification:
    made = verification(1, niss=NISS, name="CANARYNAME", given_names="Canarygiven", serial="CANARYSERIAL")
    made = msgspec.structs.replace(made, birth_date=PartialDate(1940, 12, 31))
    return msgspec.structs.replace(made, episode=msgspec.structs.replace(made.episode, visit="V-CANARY"))


def told_by_a_hub(work: Callable[[httpx.Client], object], *, tokens: bool) -> tuple[str, int]:
    """Return everything a hub tells an administrator, and the lines of its log."""
    lines: list[Mapping[str, object]] = []
    hub = EmbeddedHub(training=False, tokens=tokens, log=lines.append)
    hub.start()
    try:
        with httpx.Client(base_url=hub.url.removesuffix("/fhir"), trust_env=False, timeout=60) as client:
            work(client)
            pages = [client.get(page).text for page in ("/metrics", "/health", "/fhir/metadata")]
    finally:
        hub.stop()
    return "\n".join([*pages, *map(repr, lines)]), len(lines)


def spoilt(entry: Verification) -> list[bytes]:
    """Return bodies with the canaries in places where they are not expected."""
    good = fhir.batch([entry])
    bundle: dict[str, Any] = msgspec.json.decode(good)
    resource = bundle["entry"][0]["resource"]
    changes: list[dict[str, Any]] = [
        {"status": NISS},
        {NISS: "CANARYNAME"},
        {"subject": {"type": "CANARYNAME", "identifier": {"system": NISS, "value": NISS}}},
        {"effectiveDateTime": "1940-12-31"},
        {"code": {"coding": [{"system": "CANARYNAME", "code": NISS}]}},
        {"component": [{"code": {"coding": [{"system": codes.COMPONENT, "code": "CANARYNAME"}]}}]},
        {"device": {"type": "Device", "identifier": {"system": codes.DESK, "value": "CANARYNAME\u0000"}}},
    ]
    bad = [
        msgspec.json.encode({**bundle, "entry": [{**bundle["entry"][0], "resource": {**resource, **change}}]})
        for change in changes
    ]
    return [good, good, good[:-20], good.replace(b"batch", b"CANARYNAME"), b"CANARYNAME", *bad]


@pytest.mark.parametrize("tokens", [False, True])
def test_no_canary_is_told(entry: Verification, *, tokens: bool) -> None:
    def work(client: httpx.Client) -> None:
        fhir_type = {"Content-Type": fhir.MEDIA_TYPE, "Authorization": "Bearer CANARYTOKEN"}
        for body in spoilt(entry):
            client.post("/fhir", content=body, headers=fhir_type)
        client.post("/fhir", content=b"x", headers={**fhir_type, "Idtui-Chain": NISS})
        client.post("/fhir", content=b"x", headers={**fhir_type, "Content-Encoding": "CANARYNAME"})
        for form in (
            {"subject:identifier": f"{codes.SSIN}|{NISS}", "date": "1940-12-31"},
            {"subject:identifier": NISS},
            {"CANARYNAME": NISS},
            {"encounter:identifier": f"{codes.VISIT}|V-CANARY", "date": "V-CANARY"},
        ):
            client.post("/fhir/Observation/_search", data=form)
        client.post(f"/fhir/Observation/_search?subject={NISS}", data={})
        for page in (
            "/desk/visits?day=V-CANARY",
            "/desk/quota?year=CANARYNAME",
            "/desk/worklist",
            f"/{NISS}",
        ):
            client.get(page)
        client.post("/token", data={"grant_type": "client_credentials", "client_assertion": "CANARYTOKEN"})
        client.post("/desks", json={"site": NISS, "desk": "CANARYNAME", "key": {"kty": "CANARYNAME"}})

    told, lines = told_by_a_hub(work, tokens=tokens)
    assert lines >= 20, "the requests were told of"
    assert [canary for canary in CANARIES if canary in told] == []


def test_the_search_would_find_one(entry: Verification) -> None:
    """The control: what is sent does hold them, spelt as they would appear."""
    body = fhir.batch([entry]).decode()
    assert [canary for canary in CANARIES if canary not in body] == ["CANARYTOKEN"]
