"""`idtui sync --watch` and `--enrol` as other programs run them: signals, exit codes, a store left free."""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import msgspec
import pytest
from cli_calls import PASSPHRASE, Idtui
from joserfc.jwk import ECKey
from scripted_hub import ScriptedHub, answer, created

from idtui.bootstrap.here import CLOCK
from idtui.store.desk_store import open_store
from idtui.sync.desk_key import code_of

Store = tuple[str, ...]
SECONDS = 60
CLAIM = (
    b'{"niss":"85073003328","means":"none","entry":"manual","reason":"pre.no_document_identity_verified"}\n'
)


@pytest.fixture
def hub() -> Iterator[ScriptedHub]:
    hub = ScriptedHub()
    yield hub
    hub.stop()


def watching(store: Store, hub: str) -> "subprocess.Popen[str]":
    command = [
        sys.executable,
        "-m",
        "idtui",
        "sync",
        *store,
        "--watch",
        "--json",
        "--hub",
        hub,
        "--lang",
        "en",
    ]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ended(watch: "subprocess.Popen[str]", number: int = signal.SIGTERM) -> tuple[int, dict[str, int], str]:
    watch.send_signal(number)
    out, err = watch.communicate(timeout=SECONDS)
    return watch.returncode, msgspec.json.decode(out), err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_watch_delivers_for_a_closed_desk_and_ends_cleanly(
    idtui: Idtui, store: Store, hub: ScriptedHub, number: int
) -> None:
    idtui("record", *store, stdin=CLAIM * 2)
    arrived = threading.Event()

    def script(handler: BaseHTTPRequestHandler, ids: list[str]) -> None:
        answer(handler, created(ids))
        arrived.set()

    hub.script = script
    watch = watching(store, hub.url)
    assert arrived.wait(SECONDS)
    code, result, err = ended(watch, number)
    assert (code, result) == (0, {"received": 2, "parked": 0, "waiting": 0})
    assert "Traceback" not in err
    assert {entry["state"] for entry in idtui("list", *store, "--json").lines} == {"received"}


def test_the_store_is_free_while_a_batch_is_under_way(
    idtui: Idtui, store: Store, hub: ScriptedHub, tmp_path: Path
) -> None:
    idtui("record", *store, stdin=CLAIM)
    asked, go_on = threading.Event(), threading.Event()

    def script(handler: BaseHTTPRequestHandler, ids: list[str]) -> None:
        asked.set()
        go_on.wait(SECONDS)
        answer(handler, created(ids))

    hub.script = script
    watch = watching(store, hub.url)
    assert asked.wait(SECONDS)
    opened = open_store(tmp_path / "store", desk="here", clock=CLOCK, passphrase=PASSPHRASE)
    opened.close()
    watch.send_signal(signal.SIGTERM)
    go_on.set()
    code, result, _ = ended(watch)
    assert (code, result) == (0, {"received": 1, "parked": 0, "waiting": 0})


def test_watch_leaves_the_store_to_a_desk_that_is_open(
    idtui: Idtui, store: Store, hub: ScriptedHub, tmp_path: Path
) -> None:
    idtui("record", *store, stdin=CLAIM)
    opened = open_store(tmp_path / "store", desk="here", clock=CLOCK, passphrase=PASSPHRASE)
    watch = watching(store, hub.url)
    assert watch.stderr is not None
    while "Sending whatever waits" not in watch.stderr.readline():
        pass
    code, result, err = ended(watch)
    opened.close()
    assert (code, result, hub.seen) == (0, {"received": 0, "parked": 0, "waiting": 0}, [])
    assert "Traceback" not in err


def test_watch_says_what_still_waits_when_the_hub_is_away(idtui: Idtui, store: Store) -> None:
    idtui("record", *store, stdin=CLAIM)
    watch = watching(store, "http://127.0.0.1:9/fhir")
    assert watch.stderr is not None
    while "did not get through" not in watch.stderr.readline():
        pass
    code, result, _ = ended(watch)
    assert (code, result) == (7, {"received": 0, "parked": 0, "waiting": 1})


@pytest.fixture
def desks(hub: ScriptedHub) -> Callable[[str], None]:
    """Let the hub say that state of any desk, and take only desks with a token."""
    state = ["waiting"]

    def say(handler: BaseHTTPRequestHandler, status: int, content: dict[str, object]) -> None:
        body = json.dumps(content).encode()
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def shown(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        thumb = ECKey.import_key(json.loads(body)["key"]).thumbprint()
        say(handler, 202, {"id": thumb, "state": state[0], "code": code_of(thumb)})

    def token(handler: BaseHTTPRequestHandler, _: bytes) -> None:
        if state[0] == "approved":
            say(handler, 200, {"access_token": "good", "token_type": "Bearer", "expires_in": 600})
        else:
            say(handler, 401, {"error": "invalid_client", "error_description": state[0]})

    def fhir(handler: BaseHTTPRequestHandler, ids: list[str]) -> None:
        if handler.headers["Authorization"] == "Bearer good":
            answer(handler, created(ids))
        else:
            say(handler, 401, {})

    hub.posts.update({"/desks": shown, "/token": token})
    hub.script = fhir
    return lambda to: state.__setitem__(0, to)


def test_a_desk_enrols_waits_is_approved_and_sends(
    idtui: Idtui, store: Store, hub: ScriptedHub, desks: Callable[[str], None]
) -> None:
    idtui("record", *store, stdin=CLAIM)
    at = (*store, "--hub", hub.url, "--json")
    assert idtui("sync", *at).code == 11, "not enrolled: the hub wants a token"
    first = idtui("sync", *at, "--enrol")
    assert (first.code, first.lines[0]["state"]) == (7, "waiting")
    refused = idtui("sync", *at)
    assert (refused.code, refused.lines[0]["waiting"]) == (11, 1)
    assert str(first.lines[0]["code"]) in refused.err
    desks("approved")
    again = idtui("sync", *at, "--enrol")
    assert (again.code, again.lines[0]["id"]) == (0, first.lines[0]["id"])
    assert idtui("sync", *at).lines == [{"received": 1, "parked": 0, "waiting": 0}]
    desks("revoked")
    assert idtui("sync", *at, "--enrol").code == 11


def test_the_key_survives_a_new_passphrase_and_is_in_no_export(
    idtui: Idtui, store: Store, hub: ScriptedHub, desks: Callable[[str], None], tmp_path: Path
) -> None:
    desks("approved")
    before = idtui("sync", *store, "--hub", hub.url, "--enrol", "--json").lines
    (tmp_path / "new").write_text("another passphrase\n", encoding="utf-8")
    assert idtui("journal", "rekey", *store, "--new-passphrase-file", str(tmp_path / "new")).code == 0
    (tmp_path / "passphrase").write_text("another passphrase\n", encoding="utf-8")
    assert idtui("sync", *store, "--hub", hub.url, "--enrol", "--json").lines == before
    exported = idtui("journal", "export", *store)
    assert "private" not in exported.out + exported.err
    other = idtui("sync", *store, "--hub", hub.url, "--enrol", "--json", "--desk", "another").lines
    assert other[0]["id"] != before[0]["id"]
