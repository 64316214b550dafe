"""The real reader port over a scripted PC/SC library: every code, every recovery, every hang."""

import ctypes
import importlib
import threading
import time
from collections.abc import Iterator
from datetime import date

import pytest
import smartcard.scard
from pcsc_service import ATR, PATIENCE, PRESENT, READER, FakeService, Posted

from idtui.desk.events import (
    AddressFailed,
    AddressRead,
    CardFailed,
    CardInserted,
    CardRead,
    CardRemoved,
    ReaderChanged,
)
from idtui.devices import link, pcsc
from idtui.devices.contacts import READ_ANEW
from idtui.devices.eid.session import CardSession
from idtui.devices.eid.trust import Trust
from idtui.devices.pcsc import PcscCards
from idtui.devices.pcsc_codes import Code, offers_t0
from idtui.domain.reading import CardFailure, ReaderState

LEAVE, RESET = smartcard.scard.SCARD_LEAVE_CARD, smartcard.scard.SCARD_RESET_CARD
T1_ONLY = bytes.fromhex("3B818131 00 00")
"""An answer to reset that offers T=1 and nothing else."""
COMM_DATA_LOST = smartcard.scard.SCARD_E_COMM_DATA_LOST


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> FakeService:
    service = FakeService()
    monkeypatch.setattr(pcsc, "load", service.module)
    monkeypatch.setattr(pcsc, "RETRY", 0.01)
    monkeypatch.setattr(pcsc, "SLICE_MS", 50)
    monkeypatch.setattr(link, "PAUSES", (0.0, 0.0, 0.0))
    return service


@pytest.fixture
def posted() -> Posted:
    return Posted()


def make_cards(only: str = "", silence: float = PATIENCE) -> PcscCards:
    return PcscCards(Trust.pinned(), lambda: date(2026, 11, 22), only, silence)


@pytest.fixture
def cards(service: FakeService, posted: Posted) -> Iterator[PcscCards]:
    cards = make_cards()
    cards.start(posted)
    yield cards
    cards.stop()


def test_a_card_is_read_at_once_and_its_address_on_request(
    service: FakeService, cards: PcscCards, posted: Posted
) -> None:
    service.insert()
    assert posted.next() == ReaderChanged(ReaderState.READY, READER)
    assert posted.next() == CardInserted(1, READER)
    read = posted.next()
    assert isinstance(read, CardRead)
    assert read.reading.identity.name == "SPECIMEN"
    assert read.reading.atr == ATR.hex().upper()
    cards.read_address(1)
    assert posted.until(AddressRead).address.municipality == "SPECIMEN"
    assert service.dispositions == [LEAVE, LEAVE]
    service.remove()
    assert posted.next() == CardRemoved(1)
    cards.read_address(1)
    assert posted.next() == AddressFailed(1, CardFailure.REMOVED)


@pytest.mark.parametrize("call", ["SCardConnect", "SCardBeginTransaction", "SCardTransmit"])
@pytest.mark.parametrize(
    "lasting",
    [
        (Code.SHARING_VIOLATION, CardFailure.IN_USE),
        (Code.NO_SMARTCARD, CardFailure.REMOVED),
        (Code.REMOVED_CARD, CardFailure.REMOVED),
        (Code.READER_UNAVAILABLE, CardFailure.SILENT),
        (Code.UNRESPONSIVE_CARD, CardFailure.MUTE),
        (Code.UNPOWERED_CARD, CardFailure.MUTE),
        (Code.RESET_CARD, CardFailure.RESET),
        (COMM_DATA_LOST, CardFailure.UNEXPECTED_ANSWER),
    ],
)
def test_every_lasting_code_has_its_failure(
    service: FakeService, cards: PcscCards, posted: Posted, call: str, lasting: tuple[int, CardFailure]
) -> None:
    code, failure = lasting
    service.codes[call].extend([code, code - (1 << 32)] * 5)  # some builds hand codes over signed
    service.insert()
    assert posted.until(CardFailed) == CardFailed(1, failure, f"{code:08X}")


@pytest.mark.parametrize("call", ["SCardConnect", "SCardBeginTransaction", "SCardTransmit"])
def test_a_card_that_offers_t0_and_is_refused_it_is_in_other_hands(
    service: FakeService, cards: PcscCards, posted: Posted, call: str
) -> None:
    """So answers pcscd while another program resets the card, or speaks another protocol with it."""
    service.codes[call].extend([Code.PROTOCOL_MISMATCH] * 4)
    service.insert()
    assert posted.until(CardFailed) == CardFailed(1, CardFailure.IN_USE, "8010000F")
    assert not service.codes[call]


@pytest.mark.parametrize("call", ["SCardConnect", "SCardBeginTransaction", "SCardTransmit"])
def test_a_card_that_does_not_offer_t0_is_no_eid_at_once(
    service: FakeService, cards: PcscCards, posted: Posted, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    monkeypatch.setattr("pcsc_service.ATR", T1_ONLY)
    service.codes[call].append(Code.PROTOCOL_MISMATCH)
    service.insert()
    assert posted.until(CardFailed) == CardFailed(1, CardFailure.NOT_AN_EID, "8010000F")


@pytest.mark.parametrize("call", ["SCardConnect", "SCardTransmit"])
def test_a_reset_of_another_program_that_passes_is_read_over(
    service: FakeService, cards: PcscCards, posted: Posted, call: str
) -> None:
    service.codes[call].extend([Code.PROTOCOL_MISMATCH] * 3)
    service.insert()
    assert posted.until(CardRead).contact == 1


@pytest.mark.parametrize(
    ("atr", "offered"),
    [
        ("3B9813400AA503010101AD1311", True),  # applet 1.1: T=0 named
        ("3B02 1450", True),  # names no protocol
        ("3F02 1450", True),
        ("3B80 80 01 01", True),  # T=0 first, then T=1
        ("3B80 81 00 01", True),  # T=1 first, then T=0
        ("3B81 81 31 00 00", False),
        ("3BF0 13 00 00 81 31 20", False),
        ("3B80", False),  # ends where a protocol should stand
        ("3B", False),
        ("", False),
        ("0098 13 40", False),
        ("3BFF FF FF FF FF", False),
    ],
)
def test_an_answer_to_reset_says_whether_it_offers_t0(atr: str, offered: bool) -> None:
    assert offers_t0(bytes.fromhex(atr)) is offered


def test_a_card_let_go_is_read_without_being_put_in_again(
    service: FakeService, cards: PcscCards, posted: Posted
) -> None:
    posted.until(ReaderChanged)
    service.share(on=True)
    service.codes["SCardConnect"].extend([Code.SHARING_VIOLATION] * 4)
    service.insert()
    assert posted.until(CardFailed) == CardFailed(1, CardFailure.IN_USE, "8010000B")
    service.share(on=False)
    assert posted.next() == CardRemoved(1)
    assert posted.next() == CardInserted(2, READER)
    assert posted.until(CardRead).contact == 2
    service.share(on=True)
    service.share(on=False)
    cards.read_address(2)
    assert isinstance(posted.next(), AddressRead), "a card that was read is not read again"


def test_a_card_never_free_for_us_is_read_anew_a_few_times_only(
    service: FakeService, cards: PcscCards, posted: Posted
) -> None:
    posted.until(ReaderChanged)
    service.codes["SCardConnect"].extend([Code.SHARING_VIOLATION] * 4 * (READ_ANEW + 1))
    service.insert()
    for contact in range(1, READ_ANEW + 1):
        assert posted.until(CardFailed).contact == contact
        service.share(on=True)
        service.share(on=False)
    assert posted.until(CardFailed).contact == READ_ANEW + 1
    service.share(on=True)
    service.share(on=False)
    cards.read_address(READ_ANEW + 1)
    assert posted.next() == AddressFailed(READ_ANEW + 1, CardFailure.IN_USE)
    service.swap()
    assert posted.until(CardRead).contact == READ_ANEW + 2


def test_what_is_no_answer_to_reset_is_a_bad_contact_and_no_other_card(
    service: FakeService, cards: PcscCards, posted: Posted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pcsc_service.ATR", bytes(3))
    service.codes["SCardConnect"].extend([Code.PROTOCOL_MISMATCH] * 2)
    service.insert()
    assert posted.until(CardRead).contact == 1, "it may pass by itself"
    service.codes["SCardConnect"].extend([Code.PROTOCOL_MISMATCH] * 4)
    service.swap()
    assert posted.until(CardFailed) == CardFailed(2, CardFailure.MUTE, "8010000F")


@pytest.mark.parametrize("card", [(ATR, CardFailure.IN_USE), (T1_ONLY, CardFailure.RESET)])
def test_a_card_read_as_an_eid_is_never_called_another_one(
    service: FakeService,
    cards: PcscCards,
    posted: Posted,
    monkeypatch: pytest.MonkeyPatch,
    card: tuple[bytes, CardFailure],
) -> None:
    atr, failure = card
    monkeypatch.setattr("pcsc_service.ATR", atr)
    service.insert()
    posted.until(CardRead)
    service.codes["SCardConnect"].extend([Code.PROTOCOL_MISMATCH] * 8)  # while another program resets it
    cards.read_address(1)
    assert posted.next() == AddressFailed(1, failure, "8010000F")


def test_a_card_the_wrong_way_round_is_mute(
    service: FakeService, cards: PcscCards, posted: Posted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Present, mute, no answer to reset: so says pcscd of a card with its chip on the other side."""
    monkeypatch.setattr("pcsc_service.ATR", b"")
    monkeypatch.setattr("pcsc_service.PRESENT", PRESENT | smartcard.scard.SCARD_STATE_MUTE)
    service.codes["SCardConnect"].extend([Code.UNPOWERED_CARD] * 4)
    service.insert()
    assert posted.until(CardFailed) == CardFailed(1, CardFailure.MUTE, "80100067")


@pytest.mark.parametrize(
    "passing",
    [
        (Code.SHARING_VIOLATION, 3, LEAVE),
        (Code.UNRESPONSIVE_CARD, 3, RESET),
        (COMM_DATA_LOST, 3, RESET),
        (Code.RESET_CARD, 1, LEAVE),
    ],
)
def test_what_passes_by_itself_is_tried_again(
    service: FakeService, cards: PcscCards, posted: Posted, passing: tuple[int, int, int]
) -> None:
    code, times, disposition = passing
    service.codes["SCardTransmit"].extend([0, 0, 0, *[code] * times])
    service.insert()
    assert posted.until(CardRead).contact == 1
    assert service.dispositions == [disposition] * times + [LEAVE]


def test_a_second_foreign_reset_ends_the_reading(
    service: FakeService, cards: PcscCards, posted: Posted
) -> None:
    service.codes["SCardTransmit"].extend([0, Code.RESET_CARD, 0, Code.RESET_CARD])
    service.insert()
    assert posted.until(CardFailed).failure is CardFailure.RESET


def test_nothing_is_waited_for_before_the_first_failure_and_each_pause_only_once(
    service: FakeService, cards: PcscCards, posted: Posted, monkeypatch: pytest.MonkeyPatch
) -> None:
    rests: list[float] = []
    monkeypatch.setattr(link.Pulse, "rest", lambda _pulse, seconds: rests.append(seconds))
    monkeypatch.setattr(link, "PAUSES", (0.05, 0.2, 0.5))
    service.insert()
    posted.until(CardRead)
    assert rests == []
    service.codes["SCardConnect"].extend([Code.UNRESPONSIVE_CARD] * 4)
    service.swap()
    assert posted.until(CardFailed).failure is CardFailure.MUTE
    assert rests == [0.05, 0.2, 0.5]


@pytest.mark.parametrize("answer", [b"", b"\x90"])
def test_an_answer_without_status_word_is_unexpected(
    service: FakeService, cards: PcscCards, posted: Posted, answer: bytes
) -> None:
    service.rubbish = answer
    service.insert()
    assert posted.until(CardFailed) == CardFailed(1, CardFailure.UNEXPECTED_ANSWER)


def test_a_removal_the_daemon_does_not_count_is_told(
    service: FakeService, cards: PcscCards, posted: Posted
) -> None:
    service.insert()
    posted.until(CardRead)
    service.remove(counted=False)
    assert posted.next() == CardRemoved(1)


def test_a_quick_swap_is_a_new_card(service: FakeService, cards: PcscCards, posted: Posted) -> None:
    service.insert()
    posted.until(CardRead)
    service.swap()
    assert posted.next() == CardRemoved(1)
    assert posted.next() == CardInserted(2, READER)
    assert posted.until(CardRead).contact == 2


def test_a_card_gone_in_mid_read_fails_once_and_then_is_removed(
    service: FakeService, cards: PcscCards, posted: Posted
) -> None:
    service.hang_at("SCardTransmit")
    service.insert()
    service.await_hanging()
    posted.until(CardInserted)
    service.remove()
    assert posted.next() == CardFailed(1, CardFailure.REMOVED)
    assert posted.next() == CardRemoved(1)
    service.move()
    service.insert()
    assert posted.next() == CardInserted(2, READER)


def test_the_service_goes_and_comes_back(service: FakeService, cards: PcscCards, posted: Posted) -> None:
    service.insert()
    posted.until(CardRead)
    service.set_down(Code.NO_SERVICE)
    assert posted.next() == CardRemoved(1)
    assert posted.next() == ReaderChanged(ReaderState.NO_SERVICE)
    service.set_down(0)
    assert posted.next() == ReaderChanged(ReaderState.READY, READER)
    assert posted.next() == CardInserted(2, READER)


def test_one_failing_call_loses_nothing(service: FakeService, cards: PcscCards, posted: Posted) -> None:
    service.insert()
    posted.until(CardRead)
    service.codes["SCardListReaders"].append(Code.UNKNOWN_READER)
    service.swap()
    assert posted.next() == CardRemoved(1)
    assert posted.until(CardRead).contact == 2
    assert ReaderChanged(ReaderState.NO_SERVICE) not in posted.seen


@pytest.mark.parametrize("call", ["SCardEstablishContext", "SCardListReaders"])
@pytest.mark.parametrize("code", [Code.SECURITY_VIOLATION, Code.NO_ACCESS])
def test_a_service_that_refuses_this_user_is_told_apart(
    service: FakeService, posted: Posted, call: str, code: int
) -> None:
    service.codes[call].extend([code] * 3)
    cards = make_cards()
    cards.start(posted)
    assert posted.next() == ReaderChanged(ReaderState.REFUSED)
    assert posted.next() == ReaderChanged(ReaderState.READY, READER)
    cards.stop()


def test_a_reader_is_unplugged_with_its_card_and_plugged_in_again(
    service: FakeService, cards: PcscCards, posted: Posted
) -> None:
    service.insert()
    posted.until(CardRead)
    service.set_readers()
    assert posted.next() == CardRemoved(1)
    assert posted.next() == ReaderChanged(ReaderState.NO_READER)
    service.set_readers(READER)
    assert posted.next() == ReaderChanged(ReaderState.READY, READER)
    assert posted.next() == CardInserted(2, READER)


def test_virtual_readers_and_those_not_asked_for_are_not_looked_at(
    service: FakeService, posted: Posted
) -> None:
    service.readers = ["Windows Hello for Business 1", "Another 00 00"]
    cards = make_cards(only="specimen")
    cards.start(posted)
    assert posted.next() == ReaderChanged(ReaderState.NO_READER)
    service.set_readers("Windows Hello for Business 1", READER, "Another 00 00")
    assert posted.next() == ReaderChanged(ReaderState.READY, READER)
    cards.stop()


def test_a_readers_name_is_cleaned(service: FakeService, posted: Posted) -> None:
    service.readers = ["evil\x1b[2Jreader"]
    cards = make_cards()
    cards.start(posted)
    assert posted.next() == ReaderChanged(ReaderState.READY, "evil\N{REPLACEMENT CHARACTER}[2Jreader")
    cards.stop()


def test_a_connection_that_waits_for_another_program_says_so(service: FakeService, posted: Posted) -> None:
    """The daemon lets no one in during a transaction; a PIN dialogue lasts as long as its holder thinks."""
    cards = make_cards(silence=0.05)
    cards.start(posted)
    service.shared = True
    service.hang_at("SCardConnect")
    service.insert()
    assert posted.until(CardFailed) == CardFailed(1, CardFailure.IN_USE)
    service.move()
    assert posted.until(CardRead).contact == 2, "its transaction is over, though it stays connected"
    cards.stop()


@pytest.mark.parametrize(
    ("call", "failure"),
    [
        ("SCardEstablishContext", CardFailure.SILENT),
        ("SCardConnect", CardFailure.SILENT),
        ("SCardBeginTransaction", CardFailure.IN_USE),
        ("SCardTransmit", CardFailure.SILENT),
    ],
)
def test_a_call_that_never_returns_is_given_up_and_the_next_card_is_read(
    service: FakeService, posted: Posted, call: str, failure: CardFailure
) -> None:
    cards = make_cards(silence=0.05)
    cards.start(posted)
    posted.until(ReaderChanged)
    service.hang_at(call)
    service.insert()
    assert posted.until(CardFailed) == CardFailed(1, failure)
    service.hanging = ""
    cards.read_address(1)
    assert posted.next() == AddressFailed(1, failure)
    service.swap()
    assert posted.until(CardRead).contact == 2
    hung = [thread for thread in threading.enumerate() if thread.name == "card-1"]
    assert len(hung) == 1
    service.move()
    hung[0].join(PATIENCE)
    service.remove()
    assert posted.next() == CardRemoved(2), "the late answer about the first card must not be posted"
    cards.stop()


def test_stop_returns_within_a_second_while_a_call_hangs(service: FakeService, posted: Posted) -> None:
    cards = make_cards()
    cards.start(posted)
    service.hang_at("SCardTransmit")
    service.insert()
    service.await_hanging()
    begun = time.monotonic()
    cards.stop()
    assert time.monotonic() - begun < 1.0
    service.move()


def test_stop_does_not_wait_for_the_wait_under_way(
    service: FakeService, posted: Posted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pcsc, "SLICE_MS", PATIENCE * 1000)
    cards = make_cards()
    cards.start(posted)
    service.await_waiting()
    cards.stop()
    assert not [thread for thread in threading.enumerate() if thread.name == "pcsc-watch"]


def test_a_fault_of_ours_still_ends_in_an_answer(
    service: FakeService, cards: PcscCards, posted: Posted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CardSession, "read", lambda _session: 1 // 0)
    service.insert()
    assert posted.until(CardFailed) == CardFailed(1, CardFailure.UNEXPECTED_ANSWER, "ZeroDivisionError")


def test_without_the_library_that_is_told_and_pyscard_is_not_touched(
    posted: Posted, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def absent(name: str) -> None:
        raise OSError(name)

    def untouched(name: str) -> None:
        pytest.fail(f"{name} imported")

    monkeypatch.setattr(ctypes, "CDLL", absent)
    monkeypatch.setattr(importlib, "import_module", untouched)
    cards = make_cards()
    cards.start(posted)
    assert posted.next() == ReaderChanged(ReaderState.NO_LIBRARY)
    cards.stop()
    assert capfd.readouterr() == ("", "")
