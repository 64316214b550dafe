"""Independent programs read our simulated cards through the same daemon and say what we say."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from real_parts import PATIENCE, Need, Watcher

from idtui.training.authority import TrainingAuthority
from idtui.training.cards import CardKind, make_card
from idtui.training.pcscd import PrivatePcscd
from idtui.training.people import GEDEON

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("pcscd")]

PYTHONBEID = """
import json
from pythonbeid import CardReader
with CardReader() as reader:
    print(json.dumps(reader.read_informations(), default=lambda moment: moment.strftime("%d.%m.%Y")))
"""

Ours = dict[str, Any]
ReadOurs = Callable[[CardKind], Ours]


@pytest.fixture
def read_ours(pcscd: PrivatePcscd, watcher: Watcher, authority: TrainingAuthority) -> ReadOurs:
    """Put a card in and return what we read of it, the address among it; the card stays in."""

    def read(kind: CardKind) -> Ours:
        pcscd.slots[0].insert(make_card(authority, kind, GEDEON, datetime.now(UTC).date()))
        reading = watcher.until("CardRead")["reading"]
        assert reading["verdict"]["problems"] == []
        watcher.ask_address(1)
        return {**reading["identity"], "address": watcher.until("AddressRead")["address"]}

    return read


def run(daemon: PrivatePcscd, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, env=daemon.environment, capture_output=True, text=True, timeout=PATIENCE, check=False
    )


def dotted(date: dict[str, int]) -> str:
    return f"{date['day']:02}.{date['month']:02}.{date['year']}"


@pytest.mark.parametrize("kind", [CardKind.GOOD_RSA, CardKind.GOOD_P384])
def test_opensc_reads_what_we_read(
    need: Need, pcscd: PrivatePcscd, read_ours: ReadOurs, kind: CardKind
) -> None:
    """OpenSC's eidenv 0.23: ends 1 for every Belgian card (`exit_status` is set for Estonian ones only) and
    prints no street, not even that of the public specimen's own address file; neither is asked of it here."""
    if shutil.which("eidenv") is None:
        need("eidenv (opensc) is not installed")
    ours = read_ours(kind)
    lines = run(pcscd, "eidenv").stdout.splitlines()
    theirs = dict(line.removeprefix("BELPIC_").split(": ", 1) for line in lines if line.startswith("BELPIC_"))
    assert {key: theirs[key] for key in theirs.keys() - {"CHIPNUMBER", "STREETANDNUMBER", "INITIAL"}} == {
        "CARDNUMBER": ours["card_number"],
        "VALIDFROM": dotted(ours["valid_from"]),
        "VALIDTILL": dotted(ours["valid_to"]),
        "DELIVERINGMUNICIPALITY": ours["municipality"],
        "NATIONALNUMBER": ours["niss"],
        "NAME": ours["name"],
        "FIRSTNAMES": ours["given_names"],
        "NATIONALITY": ours["nationality"],
        "BIRTHLOCATION": ours["birth_place"],
        "BIRTHDATE": ours["birth_text"],
        "SEX": ours["sex"],
        "NOBLECONDITION": ours["noble_condition"],
        "DOCUMENTTYPE": f"{ours['document_type']:02}",
        "SPECIALSTATUS": str(ours["special_status"]),
        "ZIPCODE": ours["address"]["postal_code"],
        "MUNICIPALITY": ours["address"]["municipality"],
    }
    assert theirs["INITIAL"] == GEDEON.third_initial


def test_pythonbeid_reads_what_we_read_of_a_french_card(pcscd: PrivatePcscd, read_ours: ReadOurs) -> None:
    """pythonbeid 0.3.0 knows French month names and looks at no tag: hence a French card with every field."""
    ours = read_ours(CardKind.GOOD_RSA)
    finished = run(pcscd, sys.executable, "-c", PYTHONBEID)
    assert finished.returncode == 0, finished.stderr
    assert json.loads(finished.stdout) == {
        "card_number": ours["card_number"],
        "validity_start": dotted(ours["valid_from"]),
        "validity_end": dotted(ours["valid_to"]),
        "issuing_municipality": ours["municipality"],
        "national_number": ours["niss"],
        "last_name": ours["name"],
        "first_names": ours["given_names"],
        "suffix": GEDEON.third_initial,
        "nationality": ours["nationality"],
        "birth_place": ours["birth_place"],
        "birth_date": dotted(ours["birth_date"]),
        "sex": ours["sex"],
        "address": ours["address"]["street"],
        "postal_code": ours["address"]["postal_code"],
        "city": ours["address"]["municipality"],
    }
