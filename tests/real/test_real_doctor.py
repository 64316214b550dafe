"""`idtui doctor` on a real service with a virtual reader, and without."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from idtui.cli.exits import Exit
from idtui.training.authority import TrainingAuthority
from idtui.training.cards import CardKind, make_card
from idtui.training.pcscd import PrivatePcscd
from idtui.training.people import GEDEON

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("pcscd")]


class Told(msgspec.Struct):
    checks: list[dict[str, str | None]]
    worst: str

    def findings(self, name: str) -> list[tuple[str | None, str | None]]:
        return [(check["state"], check["finding"]) for check in self.checks if check["id"] == name]


def doctor(pcscd: PrivatePcscd, tmp_path: Path) -> tuple[int, Told]:
    command = [sys.executable, "-m", "idtui", "doctor", "--json", "--lang", "en"]
    ran = subprocess.run(
        [*command, "--store", str(tmp_path / "store")],
        env={**pcscd.environment, "XDG_CONFIG_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.stderr == ""
    return ran.returncode, msgspec.json.decode(ran.stdout, type=Told)


def test_a_reader_is_named_with_and_without_a_card_and_the_service_when_it_is_gone(
    pcscd: PrivatePcscd, authority: TrainingAuthority, tmp_path: Path
) -> None:
    code, told = doctor(pcscd, tmp_path)
    assert (code, told.worst) == (Exit.DONE, "warning"), "only the hub is missing"
    assert told.findings("reader.service") == [("ok", "The card reader service answers.")]
    readers = told.findings("reader.readers")
    assert len(readers) == len(pcscd.slots)
    assert all(state == "ok" and "Virtual reader" in str(finding) for state, finding in readers)
    assert all("There is no card" in str(finding) for _, finding in told.findings("reader.card"))

    card = make_card(authority, CardKind.GOOD_P384, GEDEON, datetime.now(UTC).date())
    pcscd.slots[0].insert(card)
    while not any("A card is in" in str(finding) for _, finding in told.findings("reader.card")):
        code, told = doctor(pcscd, tmp_path)
    assert code == Exit.DONE
    assert GEDEON.name not in str(told.checks)

    pcscd.kill()
    code, told = doctor(pcscd, tmp_path)
    assert (code, told.worst) == (Exit.NO_READER, "bad")
    assert told.findings("reader.service") == [("bad", "No card reader service (pcscd) answers.")]
    Path(pcscd.socket_path).unlink()
    code, told = doctor(pcscd, tmp_path)
    assert code == Exit.NO_READER
    assert "No card reader service (pcscd) runs" in str(told.findings("reader.socket"))
