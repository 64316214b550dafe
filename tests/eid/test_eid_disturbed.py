"""Every card type, disturbed at every single command: pulled out, answering rubbish, in bad readers."""

import time
from collections.abc import Iterator

import pytest
from card_forgeries import AUTHORITY, TODAY, good
from pcsc_service import Posted

from idtui.desk.events import (
    AddressFailed,
    AddressRead,
    CardFailed,
    CardInserted,
    CardRead,
    CardRemoved,
    Event,
    PhotoFailed,
    PhotoRead,
)
from idtui.devices import link
from idtui.devices.eid import CardSession, CardUnreadable, Manner, Trust, apdu
from idtui.domain.reading import CardFailure, Problem, Remark
from idtui.training.authority import Applet
from idtui.training.cards import PHOTO, CardKind, Changes, make_card
from idtui.training.chip import Chip
from idtui.training.people import ZOE
from idtui.training.photo import grey_photo
from idtui.training.reader import SimulatedCards

TRUST = AUTHORITY.trust(Trust.pinned())

PATIENCE = 20.0
"""Ten times the two seconds within which a disturbed card must have its answer."""

RUBBISH = (
    b"",
    b"\x90",
    b"\x90\x00",
    b"\x61\x00",
    b"\x6c\x00",
    b"\x67\x00",
    b"\x6d\x00",
    b"\x6f\x00",
    b"\x30\x82\xff\xff\x90\x00",
    b"\xff" * 258,
    bytes(256) + b"\x90\x00",
    bytes(60_000),
)


class Disturbed:
    """A card that gives `answer` to one command, or from it on to all; `seen` are the commands it got."""

    def __init__(self, chip: Chip, at: int, answer: bytes, *, lasting: bool = False) -> None:
        self.chip, self.atr = chip, chip.atr
        self._at, self._answer, self._lasting = at, answer, lasting
        self.seen: list[bytes] = []

    def power_on(self) -> None:
        self.chip.power_on()

    def exchange(self, command: bytes) -> bytes:
        self.seen.append(command)
        number = len(self.seen) - 1
        if number == self._at or (self._lasting and number > self._at):
            return self._answer
        return self.chip.exchange(command)


class Wired:
    """A disturbed card as a channel."""

    def __init__(self, card: Disturbed) -> None:
        self._card = card

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        answer = self._card.exchange(command)
        return answer[:-2], int.from_bytes(answer[-2:])


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "PAUSES", (0.0, 0.0, 0.0))


@pytest.fixture
def posted() -> Posted:
    return Posted()


@pytest.fixture
def reader(posted: Posted) -> Iterator[SimulatedCards]:
    reader = SimulatedCards(TRUST, lambda: TODAY, prove_chip=True)
    reader.start(posted)
    yield reader
    reader.stop()


def commands_of(applet: Applet) -> int:
    """Return the commands that reading everything of a good card takes."""
    chip = Disturbed(good(applet), -1, b"")
    read_all(chip)
    return len(chip.seen)


def read_all(card: Disturbed) -> list[object]:
    """Read identity, address and photo in process; return what came of each."""

    session = CardSession(Wired(card), card.atr, TRUST, TODAY, Manner(may_prove=True))
    return [session.read(), session.read_address(), session.read_photo()]


def outcomes(posted: Posted, contact: int) -> list[Event]:
    """Wait for the three answers about a card that has been asked for everything."""
    kinds = (CardRead, CardFailed, AddressRead, AddressFailed, PhotoRead, PhotoFailed)
    found: list[Event] = []
    while len(found) < 3:
        event = posted.next()
        if isinstance(event, kinds) and event.contact == contact:
            found.append(event)
    return found


@pytest.mark.parametrize("applet", Applet)
def test_a_card_pulled_out_after_every_single_command(
    reader: SimulatedCards, posted: Posted, applet: Applet
) -> None:
    chip = good(applet)
    total = commands_of(applet)
    assert total > 25
    for answers in range(total):
        begun = time.monotonic()
        reader.insert(chip, pulled_after=answers)
        contact = posted.until(CardInserted).contact
        reader.read_address(contact)
        reader.read_photo(contact)
        last = outcomes(posted, contact)
        assert any(getattr(event, "failure", None) is CardFailure.REMOVED for event in last)
        assert time.monotonic() - begun < PATIENCE
        if CardRemoved(contact) not in posted.seen:
            assert posted.until(CardRemoved).contact == contact
    reader.insert(chip)
    assert posted.until(CardRead).reading.verdict.verified


@pytest.mark.parametrize("lasting", [False, True], ids=["once", "from then on"])
@pytest.mark.parametrize("applet", Applet)
def test_rubbish_at_every_single_command(
    reader: SimulatedCards, posted: Posted, applet: Applet, lasting: bool
) -> None:
    """What is read all the same must be the truth; every other outcome is a failure or a problem."""
    for number in range(commands_of(applet)):
        for answer in RUBBISH:
            begun = time.monotonic()
            reader.insert(Disturbed(good(applet), number, answer, lasting=lasting))
            contact = posted.until(CardInserted).contact
            reader.read_address(contact)
            reader.read_photo(contact)
            for event in outcomes(posted, contact):
                check_truth(event)
            assert time.monotonic() - begun < PATIENCE


def check_truth(event: Event) -> None:
    match event:
        case CardRead(_, reading) if reading.verdict.verified:
            assert reading.identity.niss == ZOE.niss
            assert reading.identity.name == ZOE.name
        case AddressRead(_, address, None):
            assert address.street == ZOE.street
        case PhotoRead(_, photo, None):
            assert photo is not None
            assert photo.jpeg[:2] == b"\xff\xd8"


@pytest.mark.parametrize("applet", Applet)
def test_one_wrong_answer_and_the_card_is_still_read(
    reader: SimulatedCards, posted: Posted, applet: Applet
) -> None:
    """Nothing, or an unknown instruction: what a contact gives that closes a moment too late."""
    for number in range(10):
        for answer in (b"", b"\x6d\x00", b"\x6f\x00"):
            reader.insert(Disturbed(good(applet), number, answer))
            event = posted.until(CardRead)
            assert event.reading.identity.niss == ZOE.niss


class Narrow(Disturbed):
    """A reader that cannot do 256 bytes at once: it says so, or it falls silent."""

    def __init__(self, chip: Chip, answer: bytes) -> None:
        super().__init__(chip, -1, answer)

    def exchange(self, command: bytes) -> bytes:
        answer = super().exchange(command)
        return self._answer if len(answer) > apdu.SAFE_BLOCK + 2 else answer


@pytest.mark.parametrize("answer", [b"\x67\x00", b"", b"\x90"], ids=["wrong length", "nothing", "one byte"])
@pytest.mark.parametrize("applet", Applet)
def test_a_reader_that_fails_with_full_blocks_is_asked_for_fewer_bytes(
    reader: SimulatedCards, posted: Posted, applet: Applet, answer: bytes
) -> None:
    card = Narrow(good(applet), answer)
    reader.insert(card)
    assert posted.until(CardRead).reading.verdict.verified
    reader.read_photo(1)
    photo = posted.until(PhotoRead).photo
    assert photo is not None
    assert photo.jpeg == card.chip.files[PHOTO]
    refused = [command for command in card.seen if command[1] == 0xB0 and command[4] in (0, 253, 254, 255)]
    assert len(refused) <= 2, "a full block is asked for again only where a file's end gave its length"


class Tired(Disturbed):
    """A card of applet 1.1 that needs a moment after 6Cxx, else it gives `answer`."""

    MOMENT = 0.008

    def __init__(self, chip: Chip, answer: bytes) -> None:
        super().__init__(chip, -1, answer)
        self._ready_at = 0.0

    def exchange(self, command: bytes) -> bytes:
        tired = time.monotonic() < self._ready_at
        answer = self._answer if tired else super().exchange(command)
        self._ready_at = time.monotonic() + self.MOMENT if answer[:1] == b"\x6c" else 0.0
        return answer


@pytest.mark.parametrize("answer", [b"", b"\x6d\x00", b"\x6f\x00"])
def test_a_card_that_needs_a_moment_after_a_wrong_length_is_given_it(
    reader: SimulatedCards, posted: Posted, answer: bytes
) -> None:
    reader.insert(Tired(good(Applet.V1_1), answer))
    assert posted.until(CardRead).reading.verdict.verified
    reader.read_photo(1)
    assert posted.until(PhotoRead).problem is None


def challenges(card: Disturbed) -> int:
    return sum(command[:2] == b"\x00\x88" for command in card.seen)


def test_a_chip_is_challenged_once_in_a_contact_whatever_happens(
    reader: SimulatedCards, posted: Posted
) -> None:
    undisturbed = Disturbed(good(Applet.V1_8), -1, b"")
    reader.insert(undisturbed)
    assert Remark.CHIP_NOT_PROVEN not in posted.until(CardRead).reading.verdict.remarks
    reader.read_address(1)
    posted.until(AddressRead)
    assert challenges(undisturbed) == 1
    number = next(n for n, command in enumerate(undisturbed.seen) if command[:2] == b"\x00\x88")
    for at in (number, number + 1):
        for answer in (b"", b"\x90\x00", b"\x6c\x60", b"\x69\x85", b"\x6d\x00", b"\x61\x60"):
            card = Disturbed(good(Applet.V1_8), at, answer)
            reader.insert(card)
            verdict = posted.until(CardRead).reading.verdict
            assert challenges(card) == 1
            assert verdict.verified
            proven = (at, answer) == (number + 1, b"\x6c\x60")  # the answer alone is fetched again
            assert (Remark.CHIP_NOT_PROVEN in verdict.remarks) is not proven


@pytest.mark.parametrize("status", [b"\x69\x85", b"\x6a\x80", b"\x6a\x88", b"\x6d\x00"])
def test_a_chip_that_does_not_answer_the_challenge_is_not_called_a_copy(status: bytes) -> None:
    plain = Disturbed(good(Applet.V1_8), -1, b"")
    read_all(plain)
    number = next(n for n, command in enumerate(plain.seen) if command[:2] == b"\x00\x88")
    card = Disturbed(good(Applet.V1_8), number, status)
    session = CardSession(Wired(card), card.atr, TRUST, TODAY, Manner(may_prove=True))
    verdict = session.read().verdict
    assert verdict.remarks == (Remark.CHIP_NOT_PROVEN,)
    assert verdict.verified


@pytest.mark.parametrize(
    ("kind", "applet"),
    [(CardKind.FORGED_IDENTITY, Applet.V1_8), (CardKind.SELF_MADE_ROOT, Applet.V1_8)],
)
def test_no_challenge_is_spent_on_a_card_that_is_not_verified(kind: CardKind, applet: Applet) -> None:
    card = Disturbed(make_card(AUTHORITY, kind, ZOE, TODAY, applet=applet), -1, b"")
    read_all(card)
    assert challenges(card) == 0


@pytest.mark.parametrize("applet", [Applet.V1_1, Applet.V1_7, Applet.REKEYED])
def test_no_challenge_is_put_to_an_older_chip(applet: Applet) -> None:
    card = Disturbed(good(applet), -1, b"")
    read_all(card)
    assert challenges(card) == 0


def test_a_photo_larger_than_any_is_given_up() -> None:
    chip = make_card(AUTHORITY, CardKind.GOOD_P384, ZOE, TODAY, changes=Changes(files={PHOTO: bytes(0x5000)}))
    session = CardSession(chip, chip.atr, TRUST, TODAY)
    session.read()
    with pytest.raises(CardUnreadable):
        session.read_photo()


def test_a_card_without_photo_has_none_that_is_its_own() -> None:
    chip = good(Applet.V1_7)
    del chip.files[PHOTO]
    session = CardSession(chip, chip.atr, TRUST, TODAY)
    with pytest.raises(RuntimeError):
        session.read_photo()
    session.read()
    assert session.read_photo() == (None, Problem.PHOTO_HASH)


@pytest.mark.parametrize("applet", Applet)
def test_one_flipped_bit_of_the_photo(applet: Applet) -> None:
    chip = good(applet)
    session = CardSession(chip, chip.atr, TRUST, TODAY)
    session.read()
    whole = chip.files[PHOTO]
    assert whole == grey_photo(*((150, 195) if applet is Applet.V1_8 else (140, 200)))
    for position in range(0, len(whole), 997):
        flipped = bytearray(whole)
        flipped[position] ^= 1
        chip.files[PHOTO] = bytes(flipped)
        assert session.read_photo() == (None, Problem.PHOTO_HASH)
