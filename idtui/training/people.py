"""Specimen people for training and tests: invented, all called SPECIMEN, with published test numbers."""

from dataclasses import dataclass, replace

from idtui.domain.niss import check_number

SURNAME = "SPECIMEN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A specimen person as a card would print them: texts in the language of the card, see IDADR5.

    `sex` is the card's letter (M, or F, V, W in French, Dutch, German). `document_type` is tag 0F.
    """

    key: str
    language: str
    niss: str
    name: str = SURNAME
    given_names: str
    third_initial: str = ""
    nationality: str
    birth_place: str
    birth_date: str
    sex: str
    noble_condition: str = ""
    document_type: str = "01"
    special_status: str = "0"
    card_number: str
    municipality: str
    street: str
    postal_code: str

    def __repr__(self) -> str:
        return f"Person({self.key})"


def _number(nine: int, *, born_2000_or_later: bool) -> str:
    """Return a national number with a right check number."""
    return f"{nine:09}{check_number(nine, born_2000_or_later=born_2000_or_later):02}"


def _citizen_card(ten: int) -> str:
    """Return a citizen's card number: ten digits and their remainder by 97."""
    return f"{ten:010}{ten % 97:02}"


GEDEON = Person(
    key="gedeon",
    language="fr",
    niss="85073003328",
    given_names="Gédéon Échantillon",
    third_initial="F",
    nationality="Belge",
    birth_place="Liège",
    birth_date="30 JUIL 1985",
    sex="M",
    card_number=_citizen_card(5_900_000_001),
    municipality="Liège",
    street="Rue de l'Échantillon 12",
    postal_code="4000",
)
GODELIEVE = Person(
    key="godelieve",
    language="nl",
    niss="40123100289",
    given_names="Godelieve Voorbeeld",
    nationality="Belg",
    birth_place="Geraardsbergen",
    birth_date="31 DEC 1940",
    sex="V",
    special_status="1",
    card_number=_citizen_card(5_900_000_002),
    municipality="Gent",
    street="Voorbeeldstraat 3 bus 1",
    postal_code="9000",
)
JURGEN = Person(
    key="jurgen",
    language="de",
    niss="17073003384",
    given_names="Jürgen Müsterchen",
    nationality="Belgier",
    birth_place="Eupen",
    birth_date="30.JUL.2017",
    sex="M",
    document_type="06",
    card_number="610000000003",
    municipality="Eupen",
    street="Mustergäßchen 7",
    postal_code="4700",
)
ZOE = Person(
    key="zoe",
    language="fr",
    niss=_number(720229998, born_2000_or_later=False),
    given_names="Zoé-Anaïs Modèle",
    nationality="Belge",
    birth_place="Hélécine",
    birth_date="29 FEV  1972",
    sex="F",
    noble_condition="Comtesse",
    card_number=_citizen_card(5_900_000_004),
    municipality="Woluwe-Saint-Lambert",
    street="Avenue du Spécimen 45/b",
    postal_code="1200",
)
ISMAIL = Person(
    key="ismail",
    language="nl",
    niss="98472899765",
    given_names="İsmail Örnek",
    nationality="Turkije",
    birth_place="Eskişehir",
    birth_date="28 JUL 1998",
    sex="M",
    document_type="11",
    card_number="B000000005",
    municipality="Antwerpen",
    street="Modelplein 8",
    postal_code="2000",
)

PEOPLE = (GEDEON, GODELIEVE, JURGEN, ZOE, ISMAIL)
"""Two French cards, two Dutch, one German; a child born after 2000, an old patient, a foreigner with BIS."""


def hostile(person: Person) -> Person:
    """Return the person with texts that try to drive a terminal, a screen library and a reader's eye."""
    return replace(
        person,
        name="[/foo] DUPONT [",
        given_names="Eve\x1b[31m\x1b]0;owned\x07 Zalgo" + "\N{COMBINING ACUTE ACCENT}" * 6,
        nationality="Belge\0\x9b2J",
        birth_place="Li\N{RIGHT-TO-LEFT OVERRIDE}ège\N{ZERO WIDTH SPACE}",
        noble_condition="[bold]Comte[/bold]\x85",
        municipality="Gent\r\n\x1bc",
        street="Rue [link=x]\x1b[2J 1",
    )
