"""Independent programs read our simulated cards through the same daemon; docs say where they differ."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from real_parts import PATIENCE, Need, Watcher

from idtui.training.authority import TrainingAuthority
from idtui.training.cards import GOOD, CardKind, Changes, make_card
from idtui.training.pcscd import PrivatePcscd
from idtui.training.people import GEDEON, GODELIEVE, ISMAIL, JURGEN, Person

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("pcscd")]

DOCS = Path(__file__).resolve().parents[2] / "docs" / "cards.md"

PYTHONBEID = """
import json
from pythonbeid import CardReader
with CardReader() as reader:
    print(json.dumps(reader.read_informations(), default=lambda moment: moment.strftime("%d.%m.%Y")))
"""

NAME_110 = "SPECIMEN" + "N" * 102

Ours = dict[str, Any]
Read = Callable[..., Ours]


@pytest.fixture
def read_ours(pcscd: PrivatePcscd, watcher: Watcher, authority: TrainingAuthority) -> Read:
    """Put a card in and return what we read of it, the address among it; the card stays in."""

    def read(kind: CardKind, person: Person = GEDEON, identity: Mapping[int, bytes] | None = None) -> Ours:
        changes = Changes(identity=dict(identity or {}))
        pcscd.slots[0].insert(make_card(authority, kind, person, datetime.now(UTC).date(), changes=changes))
        reading = watcher.until("CardRead")["reading"]
        watcher.ask("address", 1)
        verdict = {"problems": reading["verdict"]["problems"]}
        return {**reading["identity"], **verdict, "address": watcher.until("AddressRead")["address"]}

    return read


def run(daemon: PrivatePcscd, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, env=daemon.environment, capture_output=True, text=True, timeout=PATIENCE, check=False
    )


def opensc(need: Need, daemon: PrivatePcscd) -> dict[str, str]:
    """Return what OpenSC's eidenv prints; it ends 1 for every Belgian card."""
    if shutil.which("eidenv") is None:
        need("eidenv (opensc) is not installed")
    lines = run(daemon, "eidenv").stdout.splitlines()
    return dict(line.removeprefix("BELPIC_").split(": ", 1) for line in lines if line.startswith("BELPIC_"))


def pythonbeid(daemon: PrivatePcscd) -> dict[str, str]:
    """Return what pythonbeid reads; nothing when it ends with an error."""
    finished = run(daemon, sys.executable, "-c", PYTHONBEID)
    read: dict[str, str] = json.loads(finished.stdout) if finished.returncode == 0 else {}
    return read


def dotted(date: dict[str, int]) -> str:
    day, month = (f"{part:02}" if part else "??" for part in (date["day"], date["month"]))
    return f"{day}.{month}.{date['year']}"


@pytest.mark.parametrize(
    ("kind", "person"),
    [*((kind, GEDEON) for kind in GOOD.values()), (CardKind.GOOD_RSA, JURGEN), (CardKind.GOOD_RSA, ISMAIL)],
)
def test_opensc_reads_what_we_read(
    need: Need, pcscd: PrivatePcscd, read_ours: Read, kind: CardKind, person: Person
) -> None:
    ours = read_ours(kind, person)
    theirs = opensc(need, pcscd)
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
    assert theirs["INITIAL"] == person.third_initial


@pytest.mark.parametrize("kind", GOOD.values())
def test_pythonbeid_reads_what_we_read_of_a_french_card(
    pcscd: PrivatePcscd, read_ours: Read, kind: CardKind
) -> None:
    """pythonbeid 0.3.0 knows French month names and looks at no tag: hence a French card with every field."""
    ours = read_ours(kind)
    assert pythonbeid(pcscd) == {
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


@dataclass(frozen=True)
class Difference:
    """A row of docs/cards.md: the card, who reads it otherwise, what both say of one field."""

    card: str
    peer: str
    theirs: str
    ours: str
    key: str
    of_ours: Callable[[Ours], object]
    person: Person = GEDEON
    identity: Mapping[int, bytes] = field(default_factory=dict)
    kind: CardKind = CardKind.GOOD_RSA

    @property
    def row(self) -> str:
        """How the row begins in docs."""
        return f"| {self.card} | {self.peer} | {self.theirs} | {self.ours} | "


def _birth(ours: Ours) -> str:
    return f"`{dotted(ours['birth_date'])}`"


DIFFERENCES = (
    Difference(
        "born `28 JUL 1998` (Dutch)", "pythonbeid", "`28.01.1998`", "`28.07.1998`", "birth_date", _birth,
        person=ISMAIL,
    ),
    Difference(
        "born `30.JUL.2017` (German)", "pythonbeid", "error", "`30.07.2017`", "birth_date", _birth,
        person=JURGEN,
    ),
    Difference(
        "born `1971`", "pythonbeid", "error", "`??.??.1971`", "birth_date", _birth, identity={0x0C: b"1971"}
    ),
    Difference(
        "sex `V` (Dutch)", "pythonbeid", "`V`", "`F`", "sex", lambda ours: f"`{ours['sex']}`",
        person=GODELIEVE,
    ),
    Difference(
        "given names `Alix `", "pythonbeid", "`Alix `", "`Alix`", "first_names",
        lambda ours: f"`{ours['given_names']}`", identity={0x08: b"Alix "},
    ),
    Difference(
        "document type `1`", "OpenSC", "`1`", "`01`", "DOCUMENTTYPE",
        lambda ours: f"`{ours['document_type']:02}`", identity={0x0F: b"1"},
    ),
    Difference(
        "name of 110 bytes", "OpenSC", "91 letters, then the given names", "the name", "NAME",
        lambda ours: "the name" if ours["name"] == NAME_110 else "", identity={0x07: NAME_110.encode()},
    ),
    Difference(
        "street", "OpenSC", "nothing", "the street", "STREETANDNUMBER",
        lambda ours: "the street" if ours["address"]["street"] == GEDEON.street else "",
    ),
    Difference(
        "structure version (tag 00)", "OpenSC", "error", "the identity", "NAME",
        lambda ours: "the identity" if ours["niss"] == GEDEON.niss else "", identity={0x00: b"\0\2"},
    ),
    Difference(
        "structure version (tag 00)", "pythonbeid", "error", "the identity", "last_name",
        lambda ours: "the identity" if ours["niss"] == GEDEON.niss else "", identity={0x00: b"\0\2"},
    ),
    Difference(
        "name altered after signing", "OpenSC", "the altered name", "`identity_signature`", "NAME",
        lambda ours: f"`{ours['problems'][0]}`", kind=CardKind.FORGED_IDENTITY,
    ),
    Difference(
        "name altered after signing", "pythonbeid", "the altered name", "`identity_signature`", "last_name",
        lambda ours: f"`{ours['problems'][0]}`", kind=CardKind.FORGED_IDENTITY,
    ),
)  # fmt: skip  # one difference after the other

WORDS = {
    "": "nothing",
    NAME_110[:91] + GEDEON.given_names: "91 letters, then the given names",
    "XPECIMEN": "the altered name",
}
"""How docs put into words what a peer prints."""


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda it: f"{it.peer}-{it.card}")
def test_where_a_peer_differs_docs_say_what_both_read(
    need: Need, pcscd: PrivatePcscd, read_ours: Read, difference: Difference
) -> None:
    ours = read_ours(difference.kind, difference.person, difference.identity)
    read = opensc(need, pcscd) if difference.peer == "OpenSC" else pythonbeid(pcscd)
    said = read.get(difference.key)
    theirs = "error" if said is None else WORDS.get(said, f"`{said}`")
    assert (theirs, difference.of_ours(ours)) == (difference.theirs, difference.ours)


def test_docs_list_exactly_these_differences() -> None:
    text = DOCS.read_text(encoding="utf-8")
    rows = text.split("| on the card | program |")[1].split("\n\n")[0].splitlines()[2:]
    assert len(rows) == len(DIFFERENCES)
    for row, difference in zip(rows, DIFFERENCES, strict=True):
        assert row.startswith(difference.row)
