"""Several workers as real processes: they share the work, are started again, and end together."""

import json
import os
import signal
import ssl
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from hub_desks import SimulatedDesk, statuses
from hub_serving import replaced, serving, until

from idtui.domain.entries import Verification
from idtui.hub.database import Database, status
from idtui.hub.desks import Desks, State
from idtui.sync.session import deliver

Make = Callable[..., Verification]


def test_a_killed_worker_is_started_again_and_all_end_together(database_url: str, verification: Make) -> None:
    with serving(database_url, "--workers", "2", "--without-tokens") as hub:
        until(lambda: len(hub.workers()) == 2)
        for number in range(1, 4):
            victim = min(hub.workers())
            os.kill(victim, signal.SIGKILL)
            until(partial(replaced, hub, victim))
            deliver(f"{hub.base}/fhir", [verification(number)])
        workers = hub.workers()
        assert hub.end() == -signal.SIGTERM
        assert not any(Path(f"/proc/{worker}").exists() for worker in workers)
    assert status(database_url).records == 3


def test_workers_do_not_outlive_a_killed_supervisor(database_url: str) -> None:
    with serving(database_url, "--workers", "2", "--without-tokens") as hub:
        until(lambda: len(hub.workers()) == 2)
        workers = hub.workers()
        hub.process.kill()
        until(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers))
        assert hub.end() == -signal.SIGKILL


def test_a_token_of_one_worker_is_good_at_the_other_and_both_are_counted(
    database_url: str, verification: Make
) -> None:
    with serving(database_url, "--workers", "2") as hub:
        desk = SimulatedDesk(hub.base)
        desk.enrol()
        database = Database(database_url)
        Desks(database).decide(desk.id, State.APPROVED, "it-1")
        database.close()
        desk.sign_in()
        for number in range(1, 21):
            with httpx.Client(trust_env=False) as another_connection:
                desk._client, before = another_connection, desk._client
                assert statuses(desk.send([verification(number)])) == [201]
                desk._client = before
        text = desk._client.get(f"{hub.base}/metrics").text
        assert 'idtui_hub_entries_total{outcome="created"} 20\n' in text
        desk.close()
        hub.end()
    logged = [json.loads(line) for line in hub.lines if line.startswith("{")]
    assert sum(line.get("created", 0) for line in logged) == 20


def certificate(folder: Path) -> list[str]:
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost"
    )
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "hub.pem")]
    names = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    subprocess.run([*command.split(), *files, *names], check=True, capture_output=True)
    return ["--certificate", str(folder / "hub.pem"), "--key", str(folder / "key.pem")]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_over_tls_a_desk_sends_and_plain_text_is_not_answered(
    database_url: str, tmp_path: Path, workers: str, verification: Make
) -> None:
    with serving(database_url, "--workers", workers, *certificate(tmp_path)) as hub:
        assert hub.base.startswith("https://")
        trusting = ssl.create_default_context(cafile=str(tmp_path / "hub.pem"))
        with httpx.Client(verify=trusting, trust_env=False) as client:
            assert client.get(f"{hub.base}/health").json() == {"status": "ok"}
        with pytest.raises(httpx.HTTPError):
            httpx.get(f"{hub.base}/health", trust_env=False)
        with pytest.raises(httpx.HTTPError):
            httpx.get(f"{hub.base.replace('https', 'http')}/health", trust_env=False)
        assert hub.end() == -signal.SIGTERM


def test_behind_a_proxy_only_the_proxy_is_heard(database_url: str) -> None:
    addresses: dict[str, Any] = {"192.0.2.9": 403, "127.0.0.1": 200}
    for proxy, expected in addresses.items():
        with serving(database_url, "--proxy", proxy, "--address", "https://hub.hospital.example") as hub:
            answer = httpx.get(f"{hub.base}/health", trust_env=False)
            assert answer.status_code == expected
            assert hub.end() == -signal.SIGTERM
