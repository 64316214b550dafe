"""A desk as the hub sees one: a key, its enrolment, its assertions, its batches."""

import json
import time
import uuid
from collections.abc import Sequence
from typing import Any

import httpx
from joserfc import jws
from joserfc.jwk import ECKey

from idtui.domain.entries import Entry
from idtui.hub.tokens import ASSERTION_TYPE
from idtui.sync import fhir

SITE = "71000000"


class SimulatedDesk:
    """One desk with a key of its own, against the hub at `base`."""

    def __init__(self, base: str, name: str = "desk-1", site: str = SITE) -> None:
        self.base = base
        self.name = name
        self.site = site
        self.key = ECKey.generate_key("P-256")
        self.id = self.key.thumbprint()
        self.token = ""
        self._client = httpx.Client(trust_env=False, timeout=30, verify=False)

    @property
    def public_key(self) -> dict[str, Any]:
        return dict(self.key.as_dict(private=False))

    def enrol(self, **changes: Any) -> httpx.Response:  # noqa: ANN401  # also fields that are wrong
        asked = {"site": self.site, "desk": self.name, "key": self.public_key, **changes}
        return self._client.post(f"{self.base}/desks", json=asked)

    def assertion(self, key: ECKey | None = None, **changes: Any) -> str:  # noqa: ANN401  # as above
        now = int(time.time())
        claims = {
            "iss": self.id,
            "sub": self.id,
            "aud": f"{self.base}/token",
            "jti": uuid.uuid4().hex,
            "iat": now,
            "exp": now + 60,
            **changes,
        }
        return jws.serialize_compact({"alg": "ES256"}, json.dumps(claims), key or self.key)

    def ask_token(self, assertion: str) -> httpx.Response:
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion,
        }
        return self._client.post(f"{self.base}/token", data=form)

    def sign_in(self) -> None:
        answer = self.ask_token(self.assertion())
        assert answer.status_code == 200, answer.text
        self.token = answer.json()["access_token"]

    def send(self, entries: Sequence[Entry], **headers: str) -> httpx.Response:
        return self.post(fhir.batch(entries), **headers)

    def post(self, body: bytes, **headers: str) -> httpx.Response:
        sent = {"Content-Type": fhir.MEDIA_TYPE}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._client.post(f"{self.base}/fhir", content=body, headers={**sent, **named})

    def close(self) -> None:
        self._client.close()


def statuses(answer: httpx.Response) -> list[int]:
    """Return the status of each entry of a batch-response."""
    assert answer.status_code == 200, answer.text
    return [int(entry["response"]["status"][:3]) for entry in answer.json()["entry"]]
