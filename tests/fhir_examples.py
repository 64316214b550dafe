"""One entry of every kind and every means, and docs/fhir-examples.md made of them: run me to write it."""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from idtui.domain.entries import (
    Consultation,
    Correction,
    Declined,
    Entry,
    Evidence,
    Exemption,
    Pending,
    RecordedVerdict,
    Verification,
    Withdrawal,
)
from idtui.domain.episode import Coverage, Episode, EpisodeKind, Series
from idtui.domain.reading import PartialDate, ReaderState, Remark, Sex
from idtui.domain.rules import EntryType, HowVerified, Means, Reason, Why
from idtui.domain.symbology import Symbology
from idtui.sync import fhir

PAGE = Path(__file__).resolve().parents[1] / "docs" / "fhir-examples.md"
MOMENT = datetime(2026, 11, 22, 2, 0, tzinfo=timezone(timedelta(hours=1)))
NISS = "85073003328"

HEAD = """# FHIR examples

One full Observation for every means and every kind of entry, as a desk sends it; [fhir.md](fhir.md) explains
the parts. All people are specimens. This page is made by `python tests/fhir_examples.py`, and a test keeps
it true.
"""


def head(number: int) -> dict[str, Any]:
    return {
        "id": f"019a0000-0000-7000-8000-{number:012}",
        "sequence": number,
        "site": "71000000",
        "desk": "desk-1",
        "operator": "op-1",
        "recorded_at": MOMENT + timedelta(seconds=5),
    }


def _verification(number: int, means: Means, entry: EntryType, **fields: object) -> Verification:
    given: dict[str, Any] = {
        "care_at": MOMENT,
        "verified_at": MOMENT,
        "niss": NISS,
        "episode": Episode(visit="V0000001"),
        "evidence": _READY,
    }
    return Verification(**head(number), **{**given, **fields}, means=means, entry=entry)


_PERSON: dict[str, Any] = {
    "name": "SPECIMEN",
    "given_names": "Alice",
    "birth_date": PartialDate(1985, 7, 30),
    "sex": Sex.WOMAN,
}
_CHIP = Evidence(
    reader=ReaderState.READY,
    reader_name="Specimen Reader",
    hub_reachable=True,
    root="Belgium Root CA6",
    certificate_sha256="ab" * 32,
    key="p-384",
    digest="sha384",
    card_applet="1.8",
)
_READY = Evidence(reader=ReaderState.READY, hub_reachable=True)
_NO_READER = Evidence(reader=ReaderState.NO_READER, hub_reachable=False)


def _declined(*higher: Means, why: Why = Why.NOT_SHOWN) -> tuple[Declined, ...]:
    return tuple(Declined(means=means, why=why) for means in higher)


def verifications() -> Iterator[tuple[str, Verification]]:
    """Yield every means with every entry type it may have."""
    verdict = RecordedVerdict(verified=True, remarks=(Remark.CHIP_NOT_PROVEN,))
    chip: dict[str, Any] = {**_PERSON, "serial": "000000122157", "evidence": _CHIP, "verdict": verdict}
    yield "Electronic identity card, chip", _verification(1, Means.EID, EntryType.CHIP, **chip)
    yield (
        "Electronic foreigner card, chip, in a series of treatments",
        _verification(
            2,
            Means.FOREIGNER,
            EntryType.CHIP,
            **chip,
            episode=Episode(kind=EpisodeKind.SERIES, series=Series.DIALYSIS, billing_period="2026-11"),
        ),
    )
    yield (
        "Identity card by its bar code, in a stay, with coverage",
        _verification(
            3,
            Means.EID,
            EntryType.BARCODE,
            serial="000000122157",
            episode=Episode(
                kind=EpisodeKind.HOSPITALISATION,
                visit="V0000002",
                admitted_at=datetime(2026, 11, 21, 20, 15, tzinfo=UTC),
            ),
            coverage=Coverage(insurer="300", ct1="110", ct2="110"),
        ),
    )
    yield (
        "Foreigner card by its data matrix",
        _verification(4, Means.FOREIGNER, EntryType.DATAMATRIX, serial="B000000000"),
    )
    yield (
        "Attestation of loss or theft, NISS typed",
        _verification(
            5,
            Means.LOSS_THEFT,
            EntryType.MANUAL,
            reason=Reason.NO_CHIP_OR_DEFECTIVE,
            document_shown=Means.LOSS_THEFT,
            declined=_declined(Means.EID, why=Why.LOST),
            evidence=replace(_READY, attested_on=date(2026, 11, 20)),
        ),
    )
    yield (
        "ISI+, data matrix",
        _verification(
            6,
            Means.ISI_PLUS,
            EntryType.DATAMATRIX,
            declined=_declined(Means.EID, Means.LOSS_THEFT),
            evidence=replace(_READY, symbology=Symbology.DATAMATRIX),
        ),
    )
    yield (
        "Social-insurance attestation, bar code",
        _verification(
            7,
            Means.INSURED_ATTESTATION,
            EntryType.BARCODE,
            declined=_declined(Means.EID, Means.LOSS_THEFT, Means.ISI_PLUS),
        ),
    )
    yield (
        "itsme",
        _verification(
            8,
            Means.ITSME,
            EntryType.ITSME,
            **_PERSON,
            declined=_declined(Means.EID, why=Why.IN_PRISON),
            evidence=replace(_READY, acr="http://itsme.services/v2/claim/acr_basic"),
        ),
    )
    yield "Vignette", _verification(9, Means.VIGNETTE, EntryType.BARCODE)
    yield "Hospital app", _verification(10, Means.HOSPITAL_APP, EntryType.HOSPITAL_APP, **_PERSON)
    yield (
        "No document, identity verified otherwise",
        _verification(
            11,
            Means.NONE,
            EntryType.MANUAL,
            reason=Reason.NO_DOCUMENT_IDENTITY_VERIFIED,
            declined=_declined(Means.EID, Means.LOSS_THEFT, Means.ISI_PLUS, Means.INSURED_ATTESTATION),
            evidence=replace(_NO_READER, how_verified=HowVerified.PATIENT_FILE),
        ),
    )
    yield (
        "NISS typed after care, outside hours, contradicted by what the machine saw",
        _verification(
            12,
            Means.EID,
            EntryType.MANUAL_AFTERWARDS,
            reason=Reason.OUTSIDE_HOURS,
            document_shown=Means.EID,
            declined=_declined(Means.EID, why=Why.NOT_READABLE),
            verified_at=MOMENT + timedelta(hours=6),
            evidence=Evidence(reader=ReaderState.READY, contradicted=("observed.in_hours",)),
            delegator="op-2",
        ),
    )


def others() -> Iterator[tuple[str, Entry]]:
    """Yield every other kind that travels."""
    care: dict[str, Any] = {"care_at": MOMENT, "episode": Episode(visit="V0000001")}
    yield (
        "Exemption: a European health insurance card",
        Exemption(
            **head(20), **care, rule="R-19", niss=NISS, document_shown="EHIC", coverage=Coverage(ct1="180")
        ),
    )
    yield (
        "Exemption of a newborn without a number",
        Exemption(**head(21), **care, rule="R-18", alias="Baby 1"),
    )
    yield (
        "Consultation of an identity read earlier that day",
        Consultation(**head(22), **care, reading=head(1)["id"], niss=NISS),
    )
    yield (
        "Pending: an unknown patient",
        Pending(
            **head(23),
            care_at=MOMENT,
            episode=Episode(),
            alias="Unknown 3",
            declined=_declined(Means.EID),
            evidence=_NO_READER,
        ),
    )
    yield "Pending: only the visit is known", Pending(**head(24), **care, evidence=Evidence())
    yield (
        "Correction",
        Correction(**head(25), replaces=head(5)["id"], by=head(1)["id"], why="card found"),
    )
    yield "Withdrawal", Withdrawal(**head(26), withdraws=head(9)["id"], why="undo")


def examples() -> list[tuple[str, Entry]]:
    """Return all of them, with their titles."""
    return [*verifications(), *others()]


def page() -> str:
    """Return the page."""
    parts = [HEAD]
    for title, entry in examples():
        parts.append(f"\n## {title}\n\n```json\n{shown(fhir.observation(entry))}\n```\n")
    return "".join(parts)


def shown(resource: dict[str, Any]) -> str:
    """Return a resource as JSON, one line a field and one a component."""
    lines = [f'  "{name}": {json.dumps(value)}' for name, value in resource.items() if name != "component"]
    components = ",\n".join(f"    {json.dumps(one)}" for one in resource["component"])
    return "{\n" + ",\n".join([*lines, f'  "component": [\n{components}\n  ]']) + "\n}"


if __name__ == "__main__":
    sys.stdout.write(f"{PAGE.name}: {PAGE.write_text(page(), encoding='utf-8')} characters\n")
