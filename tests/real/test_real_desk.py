"""The whole program on real parts: a card behind pcscd, the desk on a terminal, another process."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from real_parts import PATIENCE
from specimen_card import SPECIMENS, alice, needs_specimen
from terminal_session import Terminal, alien

from idtui.training.authority import Applet, TrainingAuthority
from idtui.training.cards import CardKind, make_card
from idtui.training.chip import Chip
from idtui.training.pcscd import PrivatePcscd
from idtui.training.people import GODELIEVE, hostile

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("pcscd")]

Card = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def card(pcscd: PrivatePcscd, tmp_path: Path) -> Card:
    """Run `idtui card` on the private daemon."""

    def run(*options: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "idtui", "card", "--json", "--lang", "en", *options]
        environment = {**pcscd.environment, "XDG_CONFIG_HOME": str(tmp_path)}
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, timeout=PATIENCE
        )

    return run


def make(authority: TrainingAuthority, kind: CardKind) -> Chip:
    person = hostile(GODELIEVE) if kind is CardKind.HOSTILE_TEXT else GODELIEVE
    return make_card(authority, kind, person, datetime.now(UTC).date())


@pytest.fixture
def desk(pcscd: PrivatePcscd, authority: TrainingAuthority, tmp_path: Path) -> Terminal:
    """Give the desk on a terminal, on the private daemon, trusting the training roots by configuration."""
    roots = []
    for applet in Applet:
        roots.append(tmp_path / f"{applet}.der")
        roots[-1].write_bytes(authority.signers(applet).root.der)
    file = tmp_path / "config.toml"
    file.write_text(f"roots = {json.dumps([str(root) for root in roots])}\n", encoding="utf-8")
    command = [sys.executable, "-m", "idtui", "desk", "--lang", "en", "--config", str(file)]
    (tmp_path / "passphrase").write_text("a passphrase for tests\n", encoding="utf-8")
    return Terminal([*command, *at(tmp_path)], environment=pcscd.environment)


def at(folder: Path) -> list[str]:
    place = ["--store", str(folder / "store"), "--passphrase-file", str(folder / "passphrase")]
    return [*place, "--desk", "Emergency 3", "--operator", "Peeters"]


def listed(folder: Path) -> list[dict[str, Any]]:
    """Return what another process reads from the store while the desk runs."""
    command = [sys.executable, "-m", "idtui", "list", "--json", *at(folder)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE)
    return [json.loads(line) for line in ran.stdout.splitlines()]


def test_card_in_enter_and_another_process_reads_the_entry(
    desk: Terminal, pcscd: PrivatePcscd, authority: TrainingAuthority, tmp_path: Path
) -> None:
    slot = pcscd.slots[0]
    with desk:
        desk.until_text("reader ready")
        slot.insert(make(authority, CardKind.GOOD_P384))
        desk.until_text("VERIFIED")
        assert "SPECIMEN Godelieve Voorbeeld" in desk.text()
        desk.send("\r")
        desk.until_text("recorded: SPECIMEN")
        (entry,) = listed(tmp_path)
        assert (entry["means"], entry["entry"], entry["niss"]) == ("eid", "chip", GODELIEVE.niss)
        assert (entry["desk"], entry["operator"], entry["state"]) == ("Emergency 3", "Peeters", "waiting")
        assert entry["verdict"]["specimen"] is True
        slot.remove()
        desk.until(lambda: "still in the slot" not in desk.text(), "the card to be gone")
        slot.insert(make(authority, CardKind.FORGED_IDENTITY))
        desk.until_text("REFUSED")
        desk.send("\r")
        desk.until_text("NO ")
        slot.remove()
        desk.send("\x1b")
        desk.until_text("reader ready")
        pcscd.kill()
        desk.until_text("service")
        pcscd.start()
        slot.insert(make(authority, CardKind.GOOD_RSA))
        desk.until_text("VERIFIED")
        desk.send("\r")
        desk.until_text("recorded: SPECIMEN")
        assert [entry["evidence"]["key"] for entry in listed(tmp_path)] == ["p-384", "rsa-2048"]
        desk.send("\x11")
        assert desk.wait() == 0
    assert alien(desk.output) == []


def test_a_hostile_card_drives_nothing(
    desk: Terminal, pcscd: PrivatePcscd, authority: TrainingAuthority, tmp_path: Path
) -> None:
    with desk:
        desk.until_text("reader ready")
        pcscd.slots[0].insert(make(authority, CardKind.HOSTILE_TEXT))
        desk.until_text("[/foo] DUPONT [")
        desk.send("g")
        desk.until_text("Rue [link=x]")
        desk.send("\r")
        desk.until_text("recorded: [/foo] DUPONT [")
        desk.send("\x11")
        assert desk.wait() == 0
    assert alien(desk.output) == []
    (entry,) = listed(tmp_path)
    assert entry["name"] == "[/foo] DUPONT ["
    assert str(entry["given_names"]).isprintable()
    assert "text_filtered" in entry["verdict"]["remarks"]


@needs_specimen
def test_the_public_specimen_by_command(card: Card, pcscd: PrivatePcscd) -> None:
    pcscd.slots[0].insert(alice())
    refused = card("--wait", "10")
    assert refused.returncode == 3
    document = json.loads(refused.stdout)
    assert (document["verdict"], document["problems"]) == ("not_verified", ["unknown_root"])
    assert document["specimen"] is False
    trusted = card("--wait", "10", "--root", str(SPECIMENS / "belgiumtestrca.crt"), "--address", "--niss")
    assert trusted.returncode == 0
    document = json.loads(trusted.stdout)
    assert (document["verdict"], document["problems"], document["specimen"]) == ("verified", [], True)
    assert "expired_card" in document["remarks"]
    assert document["identity"]["niss"] == "71715100070"
    assert document["identity"]["birth_date"] == {"year": 1971, "month": 1, "day": 1}
    assert document["address"]["municipality"] == "Antwerpen"
    assert "belgiumtestrca" in trusted.stderr


def test_the_number_is_masked_unless_asked_for(
    card: Card, pcscd: PrivatePcscd, authority: TrainingAuthority
) -> None:
    pcscd.slots[0].insert(make(authority, CardKind.GOOD_P384))
    ran = card("--wait", "10")
    assert ran.returncode == 3  # the training root is unknown to a real desk
    assert json.loads(ran.stdout)["identity"]["niss"] == "40.**.**-***.**"
    assert GODELIEVE.niss not in ran.stdout + ran.stderr


def test_no_card_and_another_card_end_with_their_own_code(
    card: Card, pcscd: PrivatePcscd, authority: TrainingAuthority
) -> None:
    without = card()
    assert (without.returncode, json.loads(without.stdout)["error"]) == (5, "no_card")
    pcscd.slots[0].insert(make(authority, CardKind.NOT_AN_EID))
    other = card("--wait", "10")
    assert (other.returncode, json.loads(other.stdout)["error"]) == (6, "not_an_eid")
    assert [len(ran.stderr.splitlines()) for ran in (without, other)] == [1, 1]
