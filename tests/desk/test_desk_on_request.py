"""What is read from the card only when asked: address and photo."""

from desk_fakes import FORGED, Made, read

from idtui.desk.events import (
    AddressFailed,
    AddressRead,
    PhotoFailed,
    PhotoRead,
)
from idtui.desk.state import Overlay, ShownPhoto
from idtui.domain.reading import Address, CardFailure, Photo, Problem
from idtui.domain.text import say


def test_the_address_is_read_only_when_asked() -> None:
    made = read(Made().started())
    assert made.cards.asked == []
    made.keys("g")
    assert made.cards.asked == [1]
    made.desk.handle(AddressRead(1, Address("Teststraat 1", "1000", "Testdorp"), Problem.ADDRESS_SIGNATURE))
    assert made.desk.state.address is not None
    assert made.desk.state.address.problem is Problem.ADDRESS_SIGNATURE
    made.keys("enter")
    assert made.desk.state.address is None


def test_an_address_that_comes_late_is_dropped() -> None:
    made = read(Made().started()).keys("g", "escape")
    made.desk.handle(AddressRead(1, Address("Teststraat 1", "1000", "Testdorp")))
    made.desk.handle(AddressFailed(1, CardFailure.REMOVED))
    assert made.desk.state.address is None


def test_the_photo_is_read_only_when_asked_and_goes_with_the_patient() -> None:
    made = read(Made().started())
    assert made.cards.asked_photo == []
    made.keys("f")
    assert made.cards.asked_photo == [1]
    assert made.desk.state.photo == ShownPhoto()
    made.desk.handle(PhotoRead(1, Photo(b"jpeg")))
    assert made.desk.state.photo == ShownPhoto(Photo(b"jpeg"))
    made.desk.handle(PhotoRead(1, None, Problem.PHOTO_HASH))
    assert made.desk.state.photo == ShownPhoto(problem=Problem.PHOTO_HASH)
    made.desk.handle(PhotoFailed(1, CardFailure.REMOVED))
    assert made.desk.state.photo == ShownPhoto(failure=say("failure.removed", detail=""))
    assert made.desk.state.overlay is Overlay.PHOTO
    made.keys("enter")
    assert made.journal.kept == [], "it only closes the photo"
    made.keys("enter")
    assert made.desk.state.photo is None
    made.desk.handle(PhotoRead(1, Photo(b"jpeg")))
    assert made.desk.state.photo is None, "it came late"
    made.keys("f")
    assert made.cards.asked_photo == [1], "nobody is read"


def test_the_address_of_a_card_that_is_gone_cannot_be_read() -> None:
    made = read(Made().started())
    made.cards.remove()
    made.keys("g")
    assert made.cards.asked == []
    assert made.desk.state.notice is not None
    assert made.desk.state.notice.message == say("why_not.card_gone")


def test_the_photo_goes_with_the_card_and_with_its_overlay() -> None:
    made = read(Made().started()).keys("f")
    made.desk.handle(PhotoRead(1, Photo(b"jpeg")))
    made.cards.remove()
    assert (made.desk.state.overlay, made.desk.state.photo) == (Overlay.NONE, None)
    made.keys("f")
    assert made.cards.asked_photo == [1]
    assert made.desk.state.notice is not None
    assert made.desk.state.notice.message == say("why_not.card_gone")


def test_a_photo_once_read_is_shown_again_without_reading_and_a_failed_one_is_read_again() -> None:
    made = read(Made().started()).keys("f")
    made.desk.handle(PhotoFailed(1, CardFailure.RESET))
    made.keys("escape", "f")
    assert made.cards.asked_photo == [1, 1]
    made.desk.handle(PhotoRead(1, Photo(b"jpeg")))
    made.keys("escape", "f")
    assert made.cards.asked_photo == [1, 1]
    assert made.desk.state.photo == ShownPhoto(Photo(b"jpeg"))


def test_no_photo_is_shown_of_a_card_that_is_not_verified() -> None:
    made = Made().started()
    made.cards.show(FORGED)
    made.keys("f")
    assert made.cards.asked_photo == []
    assert made.desk.state.overlay is Overlay.NONE
    assert made.desk.state.notice is not None
    assert made.desk.state.notice.message == say("why_not.photo_unproven")
