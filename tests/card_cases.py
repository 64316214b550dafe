"""Cards in use with their oddities, each with the verdict it must be given; the same rows stand in docs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from card_forgeries import AUTHORITY, FORGERIES, TODAY, Make

from idtui.devices.eid import Trust
from idtui.domain.niss import check_number
from idtui.domain.reading import CardFailure, PartialDate, Problem, Remark, Sex
from idtui.training.authority import Applet, Profile, issue
from idtui.training.cards import (
    ADDRESS,
    ADDRESS_SIGNATURE,
    GOOD,
    IDENTITY,
    IDENTITY_SIGNATURE,
    RRN,
    CardKind,
    Changes,
    make_card,
)
from idtui.training.chip import Chip
from idtui.training.people import GEDEON, GODELIEVE, ISMAIL, JURGEN, Person

ALL = tuple(Applet)
SIGNED_WITH_EC = (Applet.REKEYED, Applet.V1_8)

CITIZEN, KIDS = "eID (1)", "Kids-ID (6)"
FOREIGNERS: Mapping[int, str] = {
    **dict(zip(range(11, 19), ("A", "B", "C", "D", "E", "E+", "F", "F+"), strict=True)),
    19: "H",
    20: "I",
    21: "J",
    22: "M",
    23: "N",
    27: "K",
    28: "L",
    31: "EU",
    32: "EU+",
    33: "A, newer",
    34: "B, newer",
    35: "F, newer",
    36: "F+, newer",
    61: "kids EU",
    62: "kids EU+",
    63: "kids A",
    64: "kids B",
    65: "kids K",
    66: "kids L",
    67: "kids F",
    68: "kids F+",
    69: "kids M",
}
"""Document types of foreigners by number (IDADR5, CARDDATA)."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A row of the table. `shows` are fields of the identity; `problems`, `remarks` or `failure` the verdict.

    The remarks are those beside `old_signature` of applet 1.1 and `chip_not_proven` of all but 1.8.
    """

    card: str
    oddity: str = "none"
    make: Make
    applets: tuple[Applet, ...] = ALL
    problems: tuple[Problem, ...] = ()
    remarks: tuple[Remark, ...] = ()
    failure: CardFailure | None = None
    shows: Mapping[str, object] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        """The verdict as docs/cards.md writes it."""
        words = [f"`{word}`" for word in (*self.problems, *self.remarks)]
        if "birth_date" in self.shows:
            words.append(str(self.shows["birth_date"]))
        if self.failure:
            return f"no reading: `{self.failure}`"
        return ", ".join(["not verified" if self.problems else "verified", *words])


def trust() -> Trust:
    """Trust the training roots, none of which has been met yet: each card's own root is looked at."""
    return Trust(AUTHORITY.trust(Trust.pinned()).table())


def card(person: Person, identity: Mapping[int, bytes | None] | None = None) -> Make:
    """Make a good card of this person with some fields changed before it is signed."""
    changes = Changes(identity=identity or {})
    return lambda applet: make_card(AUTHORITY, GOOD[applet], person, TODAY, changes=changes)


def kind(which: CardKind) -> Make:
    return lambda applet: make_card(AUTHORITY, which, GEDEON, TODAY, applet=applet)


def running(what: Profile, first: int, last: int) -> Make:
    """Make a good card whose root or signer runs from the first of one year to the first of another."""
    period = (datetime(first, 1, 1, tzinfo=UTC), datetime(last, 1, 1, tzinfo=UTC))

    def make(applet: Applet) -> Chip:
        signers = AUTHORITY.signers(applet)
        if what is Profile.AUTHORITY:
            root = issue("idtui training root", applet, what, key=signers.root.key, period=period)
            changes = Changes(root=root)
        else:
            changes = Changes(signer=issue("training RRN", applet, what, signers.root, period=period))
        return make_card(AUTHORITY, GOOD[applet], GEDEON, TODAY, changes=changes)

    return make


def with_signature_files_of(length: int) -> Make:
    """Make a good card whose signature files are filled with zeros up to another length, and signed so."""

    def make(applet: Applet) -> Chip:
        chip, rrn = card(GEDEON)(applet), AUTHORITY.signers(applet).rrn
        signature = chip.files[IDENTITY_SIGNATURE].rstrip(b"\0").ljust(length, b"\0")
        address = rrn.sign(chip.files[ADDRESS].rstrip(b"\0") + signature)
        chip.files |= {IDENTITY_SIGNATURE: signature, ADDRESS_SIGNATURE: address.ljust(length, b"\0")}
        return chip

    return make


def changed(change: Callable[[Chip], object]) -> Make:
    def make(applet: Applet) -> Chip:
        chip = card(GEDEON)(applet)
        change(chip)
        return chip

    return make


def _person(person: Person) -> dict[str, object]:
    return {"niss": person.niss, "given_names": person.given_names, "card_number": person.card_number}


def _citizens() -> list[Case]:
    number = f"{710_229_001:09}{check_number(710_229_001, born_2000_or_later=False):02}"
    fields: list[tuple[str, dict[int, bytes | None], dict[str, object]]] = [
        ("document type written `1`", {0x0F: b"1"}, {"document_type": 1}),
        ("structure version (tag 00)", {0x00: b"\0\2"}, {}),
        ("no given name", {0x08: b"", 0x09: b""}, {"given_names": ""}),
        ("given names end in a blank", {0x08: b"Alix Specimen "}, {"given_names": "Alix Specimen"}),
        ("name of 110 bytes", {0x07: b"SPECIMEN" + b"N" * 102}, {"name": "SPECIMEN" + "N" * 102}),
        ("accents", {0x07: "SPÉÇÏMËN ŐŁ".encode()}, {"name": "SPÉÇÏMËN ŐŁ"}),
        ("sex `M`", {0x0D: b"M"}, {"sex": Sex.MAN}),
        ("sex `F` (French)", {0x0D: b"F"}, {"sex": Sex.WOMAN}),
        ("sex `V` (Dutch)", {0x0D: b"V"}, {"sex": Sex.WOMAN}),
        ("sex `W` (German)", {0x0D: b"W"}, {"sex": Sex.WOMAN}),
        ("national number with month 71", {0x06: b"71715100070"}, {"niss": "71715100070"}),
        ("national number of a 29 February that never was", {0x06: number.encode()}, {"niss": number}),
        ("card number with remainder 0, written 00", {0x01: b"000000009700"}, {}),
        ("card number with remainder 0, written 97", {0x01: b"000000009797"}, {}),
        ("duplicate", {0x12: b"01"}, {}),
    ]
    return [
        Case(card=CITIZEN, make=card(GODELIEVE), shows=_person(GODELIEVE)),
        *(
            Case(card=CITIZEN, oddity=name, make=card(GEDEON, tags), shows=shows)
            for name, tags, shows in fields
        ),
        *(_special_status(status) for status in range(6)),
        *(_birth(text, oddity, date) for text, oddity, date in BIRTH_DATES),
    ]


def _special_status(status: int) -> Case:
    return Case(
        card=CITIZEN,
        oddity=f"special status {status}",
        make=card(GEDEON, {0x10: str(status).encode()}),
        shows={"special_status": status},
    )


BIRTH_DATES = (
    ("01 AOUT 1971", "French", PartialDate(1971, 8, 1)),
    ("01 MAAR 1971", "Dutch", PartialDate(1971, 3, 1)),
    ("01.MÄR.1971", "German", PartialDate(1971, 3, 1)),
    ("01.DEZ. 1971", "German, dot and blank", PartialDate(1971, 12, 1)),
    ("01 JAN  1971", "two blanks", PartialDate(1971, 1, 1)),
    ("1 OKT 1971", "one digit", PartialDate(1971, 10, 1)),
    ("01 août 1971", "accent, lower case", PartialDate(1971, 8, 1)),
    ("1971", "year alone", PartialDate(1971)),
    ("        1971", "eight blanks and a year", PartialDate(1971)),
    ("   JAN 1971", "no day", PartialDate(1971, 1)),
    ("05     1971", "no month", PartialDate(1971, 0, 5)),
    ("31 FEB 1971", "impossible day", PartialDate(1971, 2)),
    ("unbekannt", "no date", PartialDate()),
)
"""What tag 0C says, what is odd about it, what is understood (IDADR5, MW `dob.cpp`)."""


def _birth(text: str, oddity: str, date: PartialDate) -> Case:
    return Case(
        card=CITIZEN,
        oddity=f"born `{text.strip()}` ({oddity})",
        make=card(GEDEON, {0x0C: text.encode()}),
        shows={"birth_date": date, "birth_text": text.strip()},
    )


def _tag(tag: int, text: str) -> dict[int, bytes | None]:
    return {tag: text.encode()}


def _others() -> list[Case]:
    tags: list[tuple[str, dict[int, bytes | None]]] = [
        *((f"special organisation {letter}", _tag(0x13, letter)) for letter in "1245"),
        ("member of family", {0x14: b""}),
        ("date and country of protection", {0x15: b"01.02.2020-BE"}),
        *((f"labour market {letter}", _tag(0x16, letter)) for letter in "789A"),
        ("VAT and regional file numbers", {0x17: b"", 0x18: b"", 0x19: b""}),
        ("Brexit mentions", {0x1B: b"B", 0x1C: b"C"}),
        ("mentions of an A card", {0x1D: b"D", 0x1E: b"K"}),
        ("EU registration date", {0x1F: b"01.02.2020"}),
    ]
    return [
        Case(card=KIDS, make=card(JURGEN), shows={**_person(JURGEN), "document_type": 6}),
        *(
            Case(
                card=f"{name} ({number})",
                oddity=f"card number `{'B000000005' if number % 2 else '000000005'}`",
                make=card(
                    ISMAIL,
                    {0x0F: str(number).encode(), 0x01: b"B000000005" if number % 2 else b"000000005"},
                ),
                shows={"document_type": number, "niss": ISMAIL.niss},
            )
            for number, name in FOREIGNERS.items()
        ),
        *(Case(card="A (11)", oddity=name, make=card(ISMAIL, fields)) for name, fields in tags),
        Case(
            card="unknown type (99)",
            make=card(ISMAIL, {0x0F: b"99"}),
            remarks=(Remark.UNKNOWN_DOCUMENT_TYPE,),
            shows={"document_type": 99},
        ),
    ]


def _times() -> list[Case]:
    valid: dict[int, bytes | None] = {0x03: b"01.01.2000", 0x04: b"01.01.2030"}
    return [
        Case(
            card="any", oddity="card expired", make=card(GEDEON, {0x03: b"01.01.2014", 0x04: b"01.01.2024"}),
            remarks=(Remark.EXPIRED_CARD,),
        ),
        Case(
            card="any", oddity="card not valid yet",
            make=card(GEDEON, {0x03: b"01.01.2027", 0x04: b"01.01.2037"}), remarks=(Remark.NOT_YET_VALID,),
        ),
        Case(card="any", oddity="valid for thirty years", make=card(GEDEON, valid)),
        Case(card="any", oddity="signer's certificate has ended", make=running(Profile.REGISTER, 2013, 2024)),
        Case(
            card="any", oddity="signer's certificate begins tomorrow",
            make=running(Profile.REGISTER, 2027, 2040), remarks=(Remark.CERTIFICATE_TIME,),
        ),
        Case(
            card="any", oddity="root issued anew with its key", make=running(Profile.AUTHORITY, 2009, 2050),
            remarks=(Remark.ROOT_REISSUED,),
        ),
        Case(
            card="any", oddity="root has ended (and was issued anew)",
            make=running(Profile.AUTHORITY, 2003, 2014), remarks=(Remark.ROOT_REISSUED,),
        ),
    ]  # fmt: skip  # one row after the other


def _files() -> list[Case]:
    return [
        *(
            Case(
                card="any", oddity=f"EC signature files of {length} bytes", applets=SIGNED_WITH_EC,
                make=with_signature_files_of(length),
            )
            for length in (0, 255, 256, 512)
        ),
        Case(
            card="any", oddity="no signer's certificate (zeros)",
            make=changed(lambda chip: chip.files.update({RRN: bytes(1300)})),
            problems=(Problem.NO_CERTIFICATE,),
        ),
        Case(
            card="any", oddity="identity file cut short",
            make=changed(lambda chip: chip.files.update({IDENTITY: chip.files[IDENTITY][:-3]})),
            problems=(Problem.IDENTITY_SIGNATURE, Problem.DAMAGED_IDENTITY),
            shows={"name": "", "niss": ""},
        ),
        Case(card="any", oddity="unknown tag", make=card(GEDEON, {0x42: b""}), remarks=(Remark.UNKNOWN_TAG,)),
        Case(
            card="any", oddity="texts that try to drive a terminal", make=kind(CardKind.HOSTILE_TEXT),
            remarks=(Remark.TEXT_FILTERED,),
        ),
        Case(
            card="any", oddity="chip has answered 5,000 challenges", applets=(Applet.V1_8,),
            make=changed(lambda chip: setattr(chip, "proofs_left", 0)), remarks=(Remark.CHIP_NOT_PROVEN,),
        ),
        Case(
            card="any", oddity="never activated", make=kind(CardKind.NOT_ACTIVATED),
            failure=CardFailure.NOT_ACTIVATED,
        ),
        Case(
            card="any", oddity="memory fault", make=kind(CardKind.DAMAGED_CHIP),
            failure=CardFailure.BROKEN_CHIP,
        ),
        Case(
            card="bank card", applets=(), make=kind(CardKind.NOT_AN_EID), failure=CardFailure.NOT_AN_EID
        ),
    ]  # fmt: skip  # one row after the other


CASES = (*_citizens(), *_others(), *_times(), *_files())


def _row(card: str, applets: tuple[Applet, ...], oddity: str, verdict: str) -> str:
    which = "all" if applets == ALL else ", ".join(applets) or "none"
    return f"| {card} | {which} | {oddity} | {verdict} |"


def table() -> list[str]:
    """Return the rows of docs/cards.md: cards with their oddities, then the forgeries of them."""
    return [
        *(_row(case.card, case.applets, case.oddity, case.verdict) for case in CASES),
        *(
            _row("forgery", forgery.applets, forgery.name, f"not verified, `{forgery.problem}`")
            for forgery in FORGERIES
        ),
    ]
