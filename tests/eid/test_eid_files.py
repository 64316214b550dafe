"""Command bytes, status words and the recoveries of reading files."""

from collections.abc import Callable
from datetime import date

import pytest

from idtui.devices.eid import CardSession, CardUnreadable, Manner, Trust, apdu
from idtui.devices.eid.files import CardFiles
from idtui.domain.reading import CardFailure, Problem
from idtui.training.authority import TrainingAuthority
from idtui.training.cards import (
    ADDRESS,
    IDENTITY,
    IDENTITY_SIGNATURE,
    ROOT,
    RRN,
    CardKind,
    Changes,
    make_card,
)
from idtui.training.chip import Chip
from idtui.training.people import GEDEON, ZOE

TODAY = date(2026, 3, 2)
AUTHORITY = TrainingAuthority()
TRUST = AUTHORITY.trust(Trust.pinned())

Answer = tuple[bytes, int]
Hook = Callable[[int, bytes], Answer | None]


class Interfered:
    """A channel to a chip on which a test answers some commands itself; it keeps the commands sent."""

    def __init__(self, chip: Chip, hook: Hook = lambda _number, _command: None) -> None:
        self.chip = chip
        self.hook = hook
        self.commands: list[bytes] = []

    def transmit(self, command: bytes) -> Answer:
        self.commands.append(command)
        return self.hook(len(self.commands) - 1, command) or self.chip.transmit(command)


def card(kind: CardKind = CardKind.GOOD_P384, **changes: object) -> Chip:
    return make_card(AUTHORITY, kind, ZOE, TODAY, changes=Changes(**changes))  # type: ignore[arg-type] # one field


def session(channel: Interfered, manner: Manner | None = None) -> CardSession:
    return CardSession(channel, channel.chip.atr, TRUST, TODAY, manner)


def failure(channel: Interfered) -> tuple[CardFailure, str]:
    with pytest.raises(CardUnreadable) as raised:
        session(channel).read()
    return raised.value.failure, raised.value.detail


def test_commands_are_those_of_the_manual() -> None:
    assert apdu.select_application(apdu.APPLET).hex() == "00a4040c0fa00000003029057000ad13100101ff"
    assert apdu.select_path(apdu.MF + apdu.IDENTITY).hex() == "00a4080c063f00df014031"
    assert apdu.select_path(apdu.RRN_CERTIFICATE).hex() == "00a4080c04df00503c"
    assert apdu.read_binary(0, 256).hex() == "00b0000000"
    assert apdu.read_binary(0x1FC, 0x1C).hex() == "00b001fc1c"
    assert apdu.get_response(0x60).hex() == "00c0000060"
    assert apdu.get_card_data().hex() == "80e400001c"


def test_a_reading_of_a_1_8_card_command_by_command() -> None:
    channel = Interfered(make_card(AUTHORITY, CardKind.GOOD_P384, GEDEON, TODAY))
    size = len(channel.chip.files[IDENTITY])
    certificate = 4 + int.from_bytes(channel.chip.files[RRN][2:4])
    session(channel).read()
    assert size < 256 < certificate
    assert [command.hex() for command in channel.commands] == [
        "00a4040c0fa00000003029057000ad13100101ff",
        "00a4080c063f00df014031",
        "00b0000000",
        f"00b00000{size:02x}",
        "00a4080c063f00df00503c",
        "00b0000000",
        "00b0010000",
        f"00b00200{certificate - 512:02x}",
        "00a4080c063f00df014032",
        "00b0000000",
    ]


@pytest.mark.parametrize("kind", CardKind)
def test_no_pin_command_is_ever_sent(kind: CardKind) -> None:
    channel = Interfered(make_card(AUTHORITY, kind, ZOE, TODAY))
    try:
        reader = session(channel, Manner(may_prove=True))
        reader.read()
        reader.read_address()
        reader.read_photo()
    except CardUnreadable:
        assert kind in (CardKind.NOT_AN_EID, CardKind.DAMAGED_CHIP, CardKind.NOT_ACTIVATED)
    allowed = {(0x00, 0xA4), (0x00, 0xB0), (0x00, 0xC0), (0x00, 0x88), (0x80, 0xE4)}
    assert {(command[0], command[1]) for command in channel.commands} <= allowed


def test_the_other_form_of_path_is_tried_and_kept() -> None:
    chip = card()
    channel = Interfered(
        Chip(chip.atr, chip.files, paths_from_mf=False, card_data=bytes(28)),
    )
    assert session(channel).read().verdict.verified
    assert [command.hex() for command in channel.commands if command[1:3] == b"\xa4\x08"] == [
        "00a4080c063f00df014031",
        "00a4080c04df014031",
        "00a4080c04df00503c",
        "00a4080c04df014032",
    ]


@pytest.mark.parametrize("status", [0x6A82, 0x6A86, 0x6A87])
def test_the_applet_is_not_there(status: int) -> None:
    channel = Interfered(card(), lambda number, _: (b"", status) if number == 0 else None)
    assert failure(channel) == (CardFailure.NOT_AN_EID, f"{status:04X}")


def test_a_bank_card() -> None:
    channel = Interfered(make_card(AUTHORITY, CardKind.NOT_AN_EID, ZOE, TODAY))
    assert failure(channel) == (CardFailure.NOT_AN_EID, "6A82")


def test_a_card_with_the_applet_but_no_identity() -> None:
    chip = card()
    del chip.files[IDENTITY]
    channel = Interfered(chip)
    assert failure(channel)[0] is CardFailure.NOT_AN_EID
    assert len(channel.commands) < 10


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (0x6985, CardFailure.NOT_ACTIVATED),
        (0x6283, CardFailure.NOT_ACTIVATED),
        (0x6D00, CardFailure.NOT_ACTIVATED),
        (0x6400, CardFailure.BROKEN_CHIP),
        (0x6581, CardFailure.BROKEN_CHIP),
        (0x6982, CardFailure.UNEXPECTED_ANSWER),
        (0x6E00, CardFailure.UNEXPECTED_ANSWER),
        (0x0000, CardFailure.UNEXPECTED_ANSWER),
        (0xFFFF, CardFailure.UNEXPECTED_ANSWER),
    ],
)
@pytest.mark.parametrize("prefix", ["00a404", "00a408", "00b0"], ids=["applet", "select", "read"])
def test_status_words_that_end_a_reading(status: int, expected: CardFailure, prefix: str) -> None:
    begins = bytes.fromhex(prefix)
    channel = Interfered(card(), lambda _, command: (b"", status) if command.startswith(begins) else None)
    assert failure(channel) == (expected, f"{status:04X}")
    assert len(channel.commands) < 20


@pytest.mark.parametrize("number", range(11))
@pytest.mark.parametrize("status", [0x6D00, 0x6986, 0x9000], ids="{:04X}".format)
def test_a_reader_that_loses_the_file_once(number: int, status: int) -> None:
    chip = card()

    def hook(count: int, command: bytes) -> Answer | None:
        if count != number or (command[1] == 0xA4 and status != 0x6D00):
            return None
        if command[1] == 0xB0:
            chip.power_on()
        return b"", status

    channel = Interfered(chip, hook)
    assert session(channel).read().verdict.verified
    assert len(channel.commands) > number


def test_an_empty_answer_that_stays_ends_the_reading() -> None:
    channel = Interfered(card(), lambda _, command: (b"", 0x9000) if command[1] == 0xB0 else None)
    assert failure(channel) == (CardFailure.UNEXPECTED_ANSWER, "9000")
    assert sum(command[1] == 0xB0 for command in channel.commands) == 4


def test_a_file_whose_size_is_a_multiple_of_the_block() -> None:
    chip = card()
    chip.files[IDENTITY] = bytes(range(256)) * 2
    files = CardFiles(chip)
    files.select_applet()
    assert files.read(apdu.IDENTITY, cap=2048) == chip.files[IDENTITY]
    assert files.apdus == 5


def test_an_empty_file_is_not_the_end_of_one() -> None:
    channel = Interfered(card(), lambda _, command: (b"", 0x6B00) if command[1] == 0xB0 else None)
    assert failure(channel) == (CardFailure.UNEXPECTED_ANSWER, "6B00")


def test_more_than_was_asked_for_is_refused() -> None:
    files = CardFiles(Interfered(card(), lambda _, command: (b"12", 0x9000) if command[1] == 0xB0 else None))
    assert files.read(apdu.IDENTITY, cap=100, length=2) == b"12"
    with pytest.raises(CardUnreadable):
        files.read(apdu.IDENTITY, cap=100, length=1)


def test_a_reader_that_resolves_the_length_itself() -> None:
    chip = card()

    def hook(_: int, command: bytes) -> Answer | None:
        data, status = chip.transmit(command)
        return chip.transmit(command[:4] + bytes([status & 0xFF])) if status >> 8 == 0x6C else (data, status)

    channel = Interfered(chip, hook)
    assert session(channel).read().verdict.verified


def test_an_answer_that_waits_is_fetched() -> None:
    chip = card()
    waiting = bytearray()

    def hook(_: int, command: bytes) -> Answer | None:
        if command[1] == 0xC0:
            length = command[4]
            part = bytes(waiting[:length])
            del waiting[:length]
            return part, 0x6100 + min(len(waiting), 100) if waiting else 0x9000
        data, status = chip.transmit(command)
        if command[1] != 0xB0 or status != 0x9000:
            return data, status
        waiting[:] = data
        return b"", 0x6100 + min(len(waiting), 100)

    assert session(Interfered(chip, hook)).read().verdict.verified


@pytest.mark.parametrize(
    "answer",
    [
        (b"\x01" * 256, 0x9000),
        (b"", 0x6C00),
        (b"", 0x6C01),
        (b"", 0x6100),
        (b"x", 0x6101),
        (b"x" * 400, 0x9000),
    ],
    ids=["endless", "6C00", "6C01", "6100", "6101", "too much"],
)
def test_a_card_that_never_ends(answer: Answer) -> None:
    channel = Interfered(card(), lambda _, command: answer if command[1] in (0xB0, 0xC0) else None)
    assert failure(channel)[0] is CardFailure.UNEXPECTED_ANSWER
    assert len(channel.commands) < 600


@pytest.mark.parametrize(
    "content",
    [b"", bytes(2500), b"\x30\x82", b"\x30\x82\xff\xff" + bytes(9000), b"\x30\x03\x02\x01\x00", b"x" * 900],
    ids=["missing", "zeros", "cut", "too long", "tiny", "rubbish"],
)
@pytest.mark.parametrize("path", [RRN, ROOT], ids=["signer", "root"])
def test_a_certificate_that_is_none(path: bytes, content: bytes) -> None:
    chip = card()
    chip.files[path] = content
    if not content:
        del chip.files[path]
    fresh = Trust.pinned() if path == ROOT else TRUST
    reading = CardSession(chip, chip.atr, fresh, TODAY).read()
    assert reading.verdict.problems == (Problem.NO_CERTIFICATE,)
    assert reading.identity.name == "SPECIMEN"


def test_a_card_without_signature_file() -> None:
    chip = card()
    del chip.files[IDENTITY_SIGNATURE]
    assert CardSession(chip, chip.atr, TRUST, TODAY).read().verdict.problems == (Problem.IDENTITY_SIGNATURE,)


def test_a_card_without_address() -> None:
    chip = card()
    del chip.files[ADDRESS]
    reader = CardSession(chip, chip.atr, TRUST, TODAY)
    reader.read()
    address, problem = reader.read_address()
    assert address.street == ""
    assert problem is Problem.ADDRESS_SIGNATURE


def test_a_channel_that_fails_is_passed_on_as_it_is() -> None:
    class Removed:
        def transmit(self, command: bytes) -> Answer:
            raise CardUnreadable(CardFailure.REMOVED if command else CardFailure.SILENT)

    with pytest.raises(CardUnreadable) as raised:
        CardSession(Removed(), b"", TRUST, TODAY).read()
    assert raised.value.failure is CardFailure.REMOVED
    assert str(raised.value) == "removed"
