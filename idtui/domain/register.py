"""Every rule of the law by number: whether it is behaviour, data or text here, and where it lives.

`gist` is a short English statement for docs/rules.md; the texts themselves and their sources are the hospital
FAQ of INAMI (R-1 to R-67), the BIS sheet (R-68 to R-80) and the Vaccinnet sheet 3.2 (R-81 to R-91).
"""

from enum import StrEnum

import msgspec


class Kind(StrEnum):
    """What a rule is in this program."""

    BEHAVIOUR = "behaviour"
    """The program allows or refuses by it; a test holds one example of each."""
    DATA = "data"
    """A value, a date or a field the program keeps or passes on."""
    TEXT = "text"
    """Told to people; nothing a program could keep."""
    OPEN = "open"
    """Not built yet."""


class Rule(msgspec.Struct, frozen=True):
    """One rule; `home` is the module that holds it, empty for texts."""

    number: str
    kind: Kind
    gist: str
    home: str = ""


_B, _D, _T, _O = Kind.BEHAVIOUR, Kind.DATA, Kind.TEXT, Kind.OPEN

RULES: tuple[Rule, ...] = (
    Rule("R-1", _B, "Identity is verified where the hospital applies the third-party payer.", "domain.scope"),
    Rule("R-2", _O, "Record 21 of the billing file holds the verification."),
    Rule("R-3", _T, "Voluntary monitoring from 1-5-2022."),
    Rule("R-4", _T, "Monitoring: value 9 in zone 10 of record 10."),
    Rule("R-5", _T, "A hospital that starts tells eid@riziv-inami.fgov.be."),
    Rule("R-6", _T, "Mandatory monitoring from 1-9-2024."),
    Rule("R-7", _T, "From 1-1-2025 an invoice with a missing or wrong record 21 is refused."),
    Rule("R-8", _T, "General and psychiatric hospitals."),
    Rule("R-9", _T, "Care billed to mutualities under compulsory insurance."),
    Rule("R-10", _B, "Stays and ambulatory care; day hospitalisation is ambulatory.", "domain.episode"),
    Rule("R-11", _B, "Care given, and stays begun, from 1-4-2024.", "domain.scope"),
    Rule("R-12", _B, "MediPrima is out of scope.", "domain.scope"),
    Rule("R-13", _B, "Care of the federated entities is out of scope.", "domain.scope"),
    Rule("R-14", _B, "Care paid for Fedasil (OA 691) is out of scope.", "domain.scope"),
    Rule("R-15", _B, "Seamen (OA 675) are in scope.", "domain.scope"),
    Rule(
        "R-16",
        _B,
        "Services on INAMI's list are out of scope, where the hospital has the list.",
        "domain.refusals",
    ),
    Rule("R-17", _T, "Beneficiaries of compulsory insurance."),
    Rule("R-18", _B, "A child under three months is exempt.", "domain.scope"),
    Rule(
        "R-19", _B, "CT1 18X and the papers of European or Australian insured people exempt.", "domain.scope"
    ),
    Rule("R-20", _B, "First the identity card or foreigner card, by its chip.", "domain.rules"),
    Rule("R-21", _B, "Second the attestation of its loss or theft.", "domain.roads"),
    Rule("R-22", _B, "Third the ISI+ card.", "domain.rules"),
    Rule("R-23", _B, "Fourth the attestation of insured person.", "domain.rules"),
    Rule("R-24", _B, "In a stay a means is read within 72 hours of admission.", "domain.deadlines"),
    Rule("R-25", _B, "In ambulatory care a means is read once a day.", "domain.consulting"),
    Rule("R-26", _B, "A second service of the day needs at least a consultation.", "domain.consulting"),
    Rule("R-27", _B, "A consultation is of the identity read before.", "domain.consulting"),
    Rule("R-28", _B, "Recurring treatment: one reading for an invoice.", "domain.series"),
    Rule("R-29", _B, "Recurring treatment: one line for a treatment day.", "domain.series"),
    Rule("R-30", _B, "Recurring treatments are a closed list of six.", "domain.episode"),
    Rule("R-31", _B, "Without a means: the mutuality sticker is read.", "domain.rules"),
    Rule("R-32", _B, "Without a means: the NISS is used.", "domain.rules"),
    Rule("R-33", _B, "Without a means: one is read later.", "domain.rules"),
    Rule("R-34", _B, "Without a means: itsme.", "domain.rules"),
    Rule("R-35", _B, "Outside administrative hours a typed NISS is valid.", "domain.observed"),
    Rule("R-36", _B, "Its reason is then: outside administrative opening hours.", "domain.rules"),
    Rule("R-37", _B, "At a place without the hospital's network a typed NISS is valid.", "domain.observed"),
    Rule("R-38", _B, "Its reason is then: no connection with the software.", "domain.rules"),
    Rule("R-39", _B, "Before the care: one of R-40 to R-43.", "domain.rules"),
    Rule("R-40", _B, "No chip, or a defective one.", "domain.rules"),
    Rule("R-41", _B, "The reader is unavailable.", "domain.rules"),
    Rule("R-42", _B, "No connection with the hospital's software.", "domain.rules"),
    Rule("R-43", _B, "No document shown, identity verified otherwise.", "domain.rules"),
    Rule("R-44", _B, "After the care: one of R-45 to R-47.", "domain.rules"),
    Rule("R-45", _B, "No document shown during the visit.", "domain.rules"),
    Rule("R-46", _B, "The hospital's software is down.", "domain.rules"),
    Rule("R-47", _B, "Care given outside administrative opening hours.", "domain.rules"),
    Rule(
        "R-48",
        _B,
        "The hospital's application counts where it meets the condition of place.",
        "domain.refusals",
    ),
    Rule("R-49", _B, "and where a document was read at the first visit.", "domain.refusals"),
    Rule("R-50", _T, "The application is described in a protocol sent to INAMI."),
    Rule("R-51", _T, "A protocol shows that readings reach the patient file and are consulted."),
    Rule("R-52", _T, "It says how the data are recorded,"),
    Rule("R-53", _T, "and how the care provider sees them."),
    Rule("R-54", _T, "There is no model for the protocol."),
    Rule("R-55", _B, "Readings of chip, code or sticker count as read.", "domain.rules"),
    Rule("R-56", _B, "So does the hospital's application,", "domain.rules"),
    Rule("R-57", _B, "and itsme.", "domain.rules"),
    Rule("R-58", _B, "From 2026 at least 95 % are read.", "domain.quota"),
    Rule("R-59", _B, "At most 10 % typed in 2025, 5 % from 2026.", "domain.quota"),
    Rule("R-60", _B, "Going over the limit blocks nothing.", "domain.quota"),
    Rule("R-61", _T, "Detainees are beneficiaries of compulsory insurance."),
    Rule("R-62", _B, "Detainees without a mutuality are with CAAMI (OA 695), in scope.", "domain.scope"),
    Rule("R-63", _B, "During an exit measure the normal rules apply.", "domain.ladder"),
    Rule("R-64", _B, "Under police guard the means stays in prison; a form is handed over.", "domain.ladder"),
    Rule("R-65", _B, "The sticker on that form verifies.", "domain.ladder"),
    Rule("R-66", _B, "Without the form the NISS is typed, no document shown.", "domain.ladder"),
    Rule("R-67", _T, "Contact for the attestation of services: Jur_Reg@riziv-inami.fgov.be."),
    Rule(
        "R-68",
        _D,
        "A BIS number is for people outside the National Register; it is shown as such.",
        "domain.niss",
    ),
    *(Rule(f"R-{number}", _O, "BIS number: its creation and use.") for number in range(69, 81)),
    *(Rule(f"R-{number}", _O, "Access to Vaccinnet.") for number in range(81, 92)),
)
