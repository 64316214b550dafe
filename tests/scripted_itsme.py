"""A provider that stands in for itsme and says what a test tells it to, with keys of its own."""

import base64
import hashlib
import io
import json
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import segno
from joserfc import jwe, jws
from joserfc.jwe import JWERegistry
from joserfc.jwk import KeySet, RSAKey

from idtui.hub.itsme.person import CLAIM, NATIONAL_NUMBER

ADDRESS = "https://itsme.hospital.example"
CLIENT = "idtui-specimen"
ZOE = {
    NATIONAL_NUMBER: "85073003328",
    "family_name": "SPECIMEN",
    "given_name": "Zoé Modèle",
    "birthdate": "1985-07-30",
}
_REGISTRY = JWERegistry(algorithms=["RSA-OAEP-256", "A128CBC-HS256"], strict_check_header=False)

Claims = dict[str, Any]
Change = Callable[[Claims], Claims]


@cache
def key(name: str) -> RSAKey:
    """Return the key of that name, the same during a run."""
    assert name
    return RSAKey.generate_key(2048)


def contract_file(folder: Path, provider: str, **changes: str) -> Path:
    """Write what a hospital would, with two keys, and return the file."""
    for name in ("sign", "encrypt"):
        (folder / f"{name}.pem").write_bytes(key(f"hub {name}").as_pem(private=True))
    fields = {"issuer": provider, "client_id": CLIENT, "service": "IDTUI_TEST", "address": ADDRESS, **changes}
    lines = [f'{name} = "{value}"' for name, value in fields.items()]
    lines += ['signing_keys = ["sign.pem"]', 'encryption_keys = ["encrypt.pem"]']
    file = folder / "itsme.toml"
    file.write_text("\n".join(lines))
    return file


def as_it_is(claims: Claims) -> Claims:
    return claims


def signed(claims: Claims, signer: RSAKey, **header: str) -> str:
    named = {"alg": "RS256", "kid": "provider", **header}
    return jws.serialize_compact(named, json.dumps(claims), signer, algorithms=[named["alg"]])


class ScriptedItsme:
    """`person` is who confirms; `id_token` and `user_info` change what is said; `sign` makes the JWS."""

    def __init__(self) -> None:
        self.reset()
        self.routes: dict[str, Callable[[dict[str, str]], tuple[int, Claims]]] = {}
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.seen.append(self.path)
                if self.path == "/.well-known/openid-configuration":
                    self.answer(200, provider.document())
                elif self.path == "/jwks":
                    public = key(provider.signer).as_dict(private=False)
                    self.answer(200, {"keys": [{**public, "kid": "provider", "use": "sig"}]})
                elif self.path == "/userinfo":
                    self.answer(200, provider.sealed_info(), "application/jwt")
                else:
                    self.answer(404, {})

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                provider.seen.append(self.path)
                form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
                if self.path == "/token" and provider.token_answer:
                    self.answer(*provider.token_answer)
                elif self.path == "/token" and "/token" not in provider.routes:
                    self.answer(*provider.redeem(form))
                else:
                    route = next(path for path in provider.routes if self.path.startswith(path))
                    self.answer(*provider.routes[route](form))

            def answer(self, status: int, content: Claims | str, kind: str = "application/json") -> None:
                body = content.encode() if isinstance(content, str) else json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def reset(self) -> None:
        """Tell the truth again."""
        self.person: Claims = dict(ZOE)
        self.id_token: Change = as_it_is
        self.user_info: Change = as_it_is
        self.sign: Callable[[Claims], str] = lambda claims: signed(claims, key(self.signer))
        self.signer = "provider"
        self.seal = True
        self.token_answer: tuple[int, Claims] | None = None
        self.seen: list[str] = []
        self.jtis: set[str] = set()
        self.codes: dict[str, dict[str, str]] = {}

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def document(self) -> Claims:
        names = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")
        paths = ("authorize", "token", "userinfo", "jwks")
        found = {name: f"{self.url}/{path}" for name, path in zip(names, paths, strict=True)}
        return {"issuer": self.url, "backchannel_authentication_endpoint": f"{self.url}/backchannel", **found}

    def approve(self, location: str) -> str:
        """Let the person confirm at the address a phone was sent to; return where it goes back to."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert set(asked["scope"].split()) == {"openid", "profile", "eid", "service:IDTUI_TEST"}
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        back = {"code": code, "state": asked["state"], "iss": self.url}
        return f"{asked['redirect_uri']}?{urlencode(back)}"

    def redeem(self, form: Mapping[str, str]) -> tuple[int, Claims]:
        """Do what a token endpoint must: the client proves itself once, a code counts once, PKCE holds."""
        self.check_assertion(form, f"{self.url}/token")
        asked = self.codes.pop(form["code"], None)
        if asked is None:
            return 400, {"error": "invalid_grant"}
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == asked["code_challenge"]
        assert form["redirect_uri"] == asked["redirect_uri"]
        return 200, self.tokens(nonce=asked["nonce"])

    def check_assertion(self, form: Mapping[str, str], audience: str) -> None:
        keys = KeySet([key("hub sign")])
        proof = json.loads(
            jws.deserialize_compact(form["client_assertion"], keys, algorithms=["RS256"]).payload
        )
        assert (proof["iss"], proof["sub"], proof["aud"]) == (CLIENT, CLIENT, audience)
        assert proof["exp"] > time.time()
        assert proof["jti"] not in self.jtis
        self.jtis.add(proof["jti"])

    def tokens(self, **claims: str) -> Claims:
        now = int(time.time())
        said = {"iss": self.url, "sub": "s-1", "aud": CLIENT, "iat": now, "exp": now + 300}
        said |= {"acr": f"{CLAIM}acr_basic", NATIONAL_NUMBER: self.person.get(NATIONAL_NUMBER, ""), **claims}
        return {"access_token": "a-1", "token_type": "Bearer", "id_token": self.sealed(self.id_token(said))}

    def sealed_info(self) -> str:
        return self.sealed(self.user_info({"iss": self.url, "aud": CLIENT, "sub": "s-1", **self.person}))

    def sealed(self, claims: Claims) -> str:
        inner = self.sign(claims)
        if not self.seal:
            return inner
        # As the certified provider does it: `iss` and `aud` also in the clear header.
        header = {"alg": "RSA-OAEP-256", "enc": "A128CBC-HS256", "cty": "JWT", "iss": self.url, "aud": CLIENT}
        return jwe.encrypt_compact(header, inner, key("hub encrypt"), registry=_REGISTRY)


def code(text: str) -> str:
    picture = io.BytesIO()
    segno.make(text).save(picture, kind="png", scale=4, border=4)
    return base64.b64encode(picture.getvalue()).decode()


class BackChannel:
    """Sessions of one phone: `discovered` lets it scan, `tokens` are the answers of the token endpoint."""

    def __init__(self, provider: ScriptedItsme) -> None:
        self.provider = provider
        self.discovered = False
        self.picture = code("https://discovery.example/1")
        self.tokens: list[tuple[int, Claims]] = []
        provider.routes["/user_discovery_sessions"] = self._session
        provider.routes["/backchannel"] = self._request
        provider.routes["/token"] = lambda _: self.tokens.pop(0)

    def _session(self, form: dict[str, str]) -> tuple[int, Claims]:
        self.provider.check_assertion(form, f"{self.provider.url}/backchannel")
        answer = {"user_discovery_session_id": "d-1", "interval": 0.1, "image": self.picture}
        if self.discovered:
            return 200, {**answer, "status": "USER_DISCOVERED", "user_identifier_token": "u-1"}
        return 201, {**answer, "status": "PENDING_USER_DISCOVERY"}

    def _request(self, form: dict[str, str]) -> tuple[int, Claims]:
        self.provider.check_assertion(form, f"{self.provider.url}/backchannel")
        return 200, {"auth_req_id": "r-1", "interval": 0.1}


class Phone:
    """A patient's phone: opens the link a desk shows, at the hub that stands behind the public address."""

    def __init__(self, hub: str) -> None:
        self._hub = hub
        self._client = httpx.Client(trust_env=False, timeout=30, follow_redirects=False)

    def get(self, url: str) -> httpx.Response:
        assert url.lower().startswith(ADDRESS)
        return self._client.get(self._hub + url[len(ADDRESS) :])

    def location(self, link: str) -> str:
        """Open the link and return where the phone is sent."""
        answer = self.get(link)
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    def close(self) -> None:
        self._client.close()
