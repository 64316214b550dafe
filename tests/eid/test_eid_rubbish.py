"""Whatever a card or reader answers, a reading ends: in a verdict or in CardUnreadable."""

from collections.abc import Sequence
from datetime import date

from effort import tries
from hypothesis import given, settings
from hypothesis import strategies as st

from idtui.devices.eid import CardSession, CardUnreadable, Manner, Trust
from idtui.devices.eid.certificate import parse_certificate
from idtui.training.authority import Applet, TrainingAuthority
from idtui.training.cards import GOOD, IDENTITY, RRN, make_card
from idtui.training.chip import Chip
from idtui.training.people import ZOE

TODAY = date(2026, 3, 2)
AUTHORITY = TrainingAuthority()
TRUST = AUTHORITY.trust(Trust.pinned())
FILES = {applet: make_card(AUTHORITY, GOOD[applet], ZOE, TODAY).files for applet in Applet}

STATUS_WORDS = [
    0x9000,
    0x6C00,
    0x6C10,
    0x6100,
    0x6110,
    0x6A82,
    0x6B00,
    0x6D00,
    0x6986,
    0x6985,
    0x6400,
    0x6700,
]
ANSWERS = st.tuples(st.binary(max_size=300), st.sampled_from(STATUS_WORDS) | st.integers(0, 0xFFFF))


class Lying:
    """A channel that gives the answers of a list in place of the chip's own, where the list has one."""

    def __init__(self, chip: Chip, answers: Sequence[tuple[bytes, int] | None]) -> None:
        self.chip = chip
        self.answers = answers
        self.count = 0

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        lie = self.answers[self.count] if self.count < len(self.answers) else None
        self.count += 1
        return lie or self.chip.transmit(command)


def read_all(channel: Lying) -> None:
    """Read identity, address and photo; a verified reading must be the true one."""
    session = CardSession(channel, channel.chip.atr, TRUST, TODAY, Manner(may_prove=True))
    try:
        reading = session.read()
        session.read_address()
        session.read_photo()
    except CardUnreadable:
        return
    finally:
        assert channel.count < 1500
    if reading.verdict.verified:
        assert reading.identity.niss == ZOE.niss


@settings(max_examples=tries(150), deadline=None)
@given(st.sampled_from(Applet), st.lists(st.none() | ANSWERS, max_size=25))
def test_a_card_that_lies_now_and_then(applet: Applet, answers: list[tuple[bytes, int] | None]) -> None:
    read_all(Lying(Chip(b"\x3b\x00", FILES[applet], card_data=bytes(28)), answers))


@settings(max_examples=tries(150), deadline=None)
@given(ANSWERS, st.integers(0, 24))
def test_a_card_that_repeats_itself(answer: tuple[bytes, int], begins: int) -> None:
    answers = [None] * begins + [answer] * 1500
    read_all(Lying(Chip(b"\x3b\x00", FILES[Applet.V1_8], card_data=bytes(28)), answers))


@settings(max_examples=tries(200), deadline=None)
@given(
    st.sampled_from(Applet),
    st.sampled_from(sorted(FILES[Applet.V1_7])),
    st.integers(0, 3000),
    st.binary(max_size=4),
)
def test_files_with_other_bytes_in_them(applet: Applet, path: bytes, position: int, put: bytes) -> None:
    files = dict(FILES[applet])
    content = files[path]
    position %= len(content)
    files[path] = content[:position] + put + content[position + 2 :]
    chip = Chip(b"\x3b\x00", files, card_data=bytes(28))
    read_all(Lying(chip, []))
    if path == IDENTITY and files[path] != content:
        verdict = CardSession(chip, chip.atr, TRUST, TODAY).read().verdict
        assert not verdict.verified


@settings(max_examples=tries(300), deadline=None)
@given(st.sampled_from(Applet), st.data())
def test_certificates_with_other_bytes_in_them(applet: Applet, data: st.DataObject) -> None:
    der = AUTHORITY.signers(applet).rrn.der
    mutated = bytearray(der)
    for _ in range(data.draw(st.integers(1, 6))):
        mutated[data.draw(st.integers(0, len(der) - 1))] = data.draw(st.integers(0, 255))
    certificate = parse_certificate(bytes(mutated))
    if certificate is not None and bytes(mutated) != der:
        chip = Chip(b"\x3b\x00", {**FILES[applet], RRN: bytes(mutated)}, card_data=bytes(28))
        assert not CardSession(chip, chip.atr, TRUST, TODAY).read().verdict.verified


@given(st.binary(max_size=200))
def test_any_bytes_are_no_certificate(content: bytes) -> None:
    assert parse_certificate(content) is None
