"""What the tests of the screen share: the four languages, and scenes of the desk by name."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
from desk_fakes import (
    EXPIRED,
    FORGED,
    GOOD,
    LATE_EVENING,
    STATION,
    HandCourier,
    HandHub,
    HandPhones,
    HandVisits,
    Made,
    MemoryJournal,
)
from hospital_told import ABOUT_ALICE, DUE, HOSPITAL, READ
from PIL import Image

from idtui.desk.events import (
    AddressRead,
    BatchAnswered,
    CardFailed,
    CodeScanned,
    Event,
    PhoneAwaited,
    PhoneConfirmed,
    PhoneFailed,
    PhoneOpened,
    PhotoRead,
    QuotaTold,
    ReadElsewhere,
    Receipt,
    Refusal,
    WorklistTold,
)
from idtui.desk.ports import Post
from idtui.desk.stamp import Station
from idtui.domain.path import Confirmed, Settings
from idtui.domain.reading import Address, CardFailure, PartialDate, Photo, Problem
from idtui.domain.scan import Found, Miss
from idtui.domain.symbology import Symbology
from idtui.domain.text import say
from idtui.training.visits import specimen_visits
from idtui.words import LANGUAGES

Scene = Callable[[], Made]


def _typed(*keys: str) -> Made:
    return Made().started().keys(*keys)


def _read(reading: object) -> Made:
    made = Made().started()
    made.cards.show(reading)  # type: ignore[arg-type]  # a Reading
    return made


def _reading() -> Made:
    made = Made().started()
    made.cards.insert()
    return made


def _unreadable() -> Made:
    made = Made().started()
    made.cards.insert(CardFailed(1, CardFailure.MUTE))
    return made


def _address() -> Made:
    made = _read(GOOD).keys("g")
    address = Address("Teststraat 1", "1000", "Testdorp")
    made.desk.handle(AddressRead(1, address, Problem.ADDRESS_SIGNATURE))
    return made


def _full() -> Made:
    journal = MemoryJournal()
    journal.full = True
    return Made(journal=journal).started()


def gradient() -> bytes:
    """Return a JPEG of the size of a card's photo, dark at the left, light at the right."""
    picture = Image.linear_gradient("L").rotate(90).resize((140, 200))
    kept = BytesIO()
    picture.save(kept, "JPEG")
    return kept.getvalue()


def _photo() -> Made:
    made = _read(GOOD).keys("f")
    made.desk.handle(PhotoRead(1, Photo(gradient())))
    return made


def _put_off() -> Made:
    made = _typed("r", *"V0093121", "enter", "r", *"unknown, bed 4", "enter", "n", *NISS, "r")
    return made.keys("j", "end", "enter", "c", "e", "h", *"04:10", "enter", "escape", "l")


def _completes() -> Made:
    made = _typed("n", *GOOD.identity.niss, "r")
    made.cards.show(GOOD)
    return made


def _read_earlier() -> Made:
    made = _read(GOOD).keys("enter")
    made.cards.remove()
    made.cards.show(GOOD)
    return made


def _parked() -> Made:
    made = Made(courier=HandCourier()).started()
    made.cards.show(GOOD)
    made.keys("enter", "o")
    made.desk.handle(BatchAnswered((), (Refusal(made.journal.kept[0].id, 409, "[/foo] conflict"),)))
    return made


def _delivered() -> Made:
    made = Made(courier=HandCourier()).started()
    made.cards.show(GOOD)
    made.keys("enter", "o")
    made.desk.handle(BatchAnswered((Receipt(made.journal.kept[0].id),)))
    return made


STICKER = Found(niss="85073003328", count=1, alone=True, symbology=Symbology.CODE_128)


def _scanned(found: Found, *keys: str) -> Made:
    made = _typed(*keys)
    made.desk.handle(CodeScanned(found))
    return made


def _scanned_earlier() -> Made:
    made = _scanned(STICKER).keys("v")
    made.desk.handle(CodeScanned(STICKER))
    return made


def _with_app() -> Made:
    return Made(settings=Settings(hospital_app=True)).started()


class StillCamera:
    """A camera that sees nothing."""

    def look(self, post: Post) -> None:
        """Look."""

    def stop(self) -> None:
        """End."""


def _at_visits() -> Made:
    visits = HandVisits(*specimen_visits(LATE_EVENING), told_at=LATE_EVENING - timedelta(minutes=12))
    return Made(visits=visits).started()


def _visit_read() -> Made:
    made = _at_visits().keys("d", *"0093102", "enter")
    made.cards.show(GOOD)
    return made


def _of_hospital() -> Made:
    made = _at_visits().keys("n", *NISS, "l")
    made.desk.handle(QuotaTold(2026, HOSPITAL))
    made.desk.handle(WorklistTold((DUE,)))
    return made.keys("l")


def _read_elsewhere() -> Made:
    made = Made(hub=HandHub()).started()
    made.cards.show(GOOD)
    made.desk.handle(ReadElsewhere(ABOUT_ALICE, (READ,)))
    return made


def _training() -> Made:
    return Made(station=Station(STATION.site, STATION.desk, STATION.operator, training=True)).started()


def _phone(*after: Event) -> Made:
    phones = HandPhones()
    made = Made(phones=phones, settings=Settings(itsme=True)).started().keys("t")
    for event in after:
        phones.post(event)
    return made


NISS = tuple("85073003328")
AWAITED = PhoneAwaited(1, "HTTPS://ITSME.HOSPITAL.EXAMPLE/I/ABCDEFGHJK", 300)
ZOE = Confirmed("85073003328", "SPECIMEN", "Zoé Modèle", PartialDate(1985, 7, 30))

SCENES: dict[str, Scene] = {
    "waiting": lambda: Made().started(),
    "greeting": lambda: Made(warnings=(say("ui.waiting"), say("ui.reading"))).started(),
    "training": _training,
    "full": _full,
    "reading": _reading,
    "verified": lambda: _read(GOOD),
    "refused": lambda: _read(FORGED),
    "expired": lambda: _read(EXPIRED),
    "unreadable": _unreadable,
    "address": _address,
    "photo": _photo,
    "photo_asked": lambda: _read(GOOD).keys("f"),
    "nothing_shown": lambda: _typed("x"),
    "typing": lambda: _typed("n", "8", "5", "0"),
    "wrong_check": lambda: _typed("n", *"85073003329"),
    "reason": lambda: _typed("n", *NISS),
    "reason_after_care": lambda: _typed("n", *NISS, "k"),
    "reason_nothing_shown": lambda: _typed("x", "n", *NISS),
    "reason_after_refused_card": lambda: _read(FORGED).keys("n", *NISS),
    "typing_after_unreadable_card": lambda: _unreadable().keys("n"),
    "how": lambda: _typed("n", *NISS, "g"),
    "recorded": lambda: _read(GOOD).keys("enter"),
    "parked": _parked,
    "delivered": _delivered,
    "phone": _phone,
    "phone_code": lambda: _phone(AWAITED),
    "phone_opened": lambda: _phone(AWAITED, PhoneOpened(1)),
    "phone_confirmed": lambda: _phone(AWAITED, PhoneConfirmed(1, ZOE)),
    "phone_cancelled": lambda: _phone(AWAITED, PhoneFailed(1, say("itsme.failed.cancelled"))),
    "help": lambda: _typed("h"),
    "later": lambda: _typed("r", *"inconnu, lit 4"),
    "worklist": _put_off,
    "completing": lambda: _put_off().keys("enter"),
    "due": lambda: _put_off().keys("escape"),
    "completes": _completes,
    "read_earlier": _read_earlier,
    "visits": lambda: _at_visits().keys("d"),
    "visit_open": lambda: _at_visits().keys("d", "enter"),
    "visit_read": _visit_read,
    "visit_exempt": lambda: _at_visits().keys("d", *"nova", "enter"),
    "visit_of_another": lambda: _visit_read().keys("enter"),
    "episode": lambda: _typed("e"),
    "help_turned": lambda: _typed("h", "down", "down"),
    "read_elsewhere": _read_elsewhere,
    "worklist_of_hospital": _of_hospital,
    "quota": lambda: _of_hospital().keys("escape", "c"),
    "journal": lambda: _read(GOOD).keys("enter", "n", *NISS, "l", "j"),
    "journal_empty": lambda: _typed("j"),
    "journal_searched": lambda: _read(GOOD).keys("enter", "j", *"zz"),
    "journal_entry": lambda: _read(GOOD).keys("enter", "j", "enter"),
    "journal_withdraw": lambda: _read(GOOD).keys("enter", "j", "enter", "t"),
    "scanning": lambda: _typed("i"),
    "scanned": lambda: _scanned(STICKER),
    "scanned_chosen": lambda: _scanned(STICKER, "v"),
    "scanned_matrix": lambda: _scanned(Found(niss="98472899765", count=1, symbology=Symbology.DATAMATRIX)),
    "scanned_due": lambda: _scanned(STICKER, "n", *NISS, "r"),
    "scanned_earlier": _scanned_earlier,
    "scanned_wrong": lambda: _scanned(Found(miss=Miss.SEVERAL, count=2)),
    "app_never_read": lambda: _with_app().keys("k", "n", *NISS),
    "attested": lambda: _typed("p", *NISS),
    "attested_no_such_day": lambda: _typed("p", *NISS, "3", "9"),
    "freed": lambda: _typed("f"),
    "born": lambda: _typed("f", "n", "2", "0"),
    "who_scanned": lambda: _scanned(STICKER, "r"),
    "camera": lambda: Made(camera=StillCamera()).started().keys("b"),
    "locked": lambda: _delivered().keys("ctrl+l"),
    "journal_visit": lambda: _read(GOOD).keys("enter", "j", "enter", "c", "v", *"V009"),
}


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=SCENES)
def scene(request: pytest.FixtureRequest) -> Made:
    return SCENES[str(request.param)]()


@pytest.fixture
def scenes() -> dict[str, Scene]:
    return SCENES


@pytest.fixture
def photo() -> bytes:
    return gradient()
