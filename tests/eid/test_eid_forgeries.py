"""Every forgery has exactly one problem word, its unforged twin has none, and each check is what finds it.

Each case is read three times: forged, not forged, and forged with the check taken out, which must let it
pass. So a check that stopped working would be seen.
"""

import pytest
from card_forgeries import AUTHORITY, FORGERIES, TODAY, Forgery, good

from idtui.devices.eid import CardSession, Manner, Trust
from idtui.domain.reading import Problem
from idtui.training.authority import Applet
from idtui.training.cards import IDENTITY, IDENTITY_SIGNATURE, RRN
from idtui.training.chip import Chip

CASES = [(forgery, applet) for forgery in FORGERIES for applet in forgery.applets]


def trust() -> Trust:
    return AUTHORITY.trust(Trust.pinned())


def problems(chip: Chip) -> list[Problem]:
    """Read everything as the first card of a desk, the chip proven; return all problems."""
    chip.power_on()
    reader = CardSession(chip, chip.atr, trust(), TODAY, Manner(may_prove=True))
    found = [*reader.read().verdict.problems, reader.read_address()[1], reader.read_photo()[1]]
    return [problem for problem in found if problem]


@pytest.mark.parametrize(
    ("forgery", "applet"), CASES, ids=[f"{applet}-{forgery.name}" for forgery, applet in CASES]
)
def test_a_forgery_has_one_name_and_one_check_that_finds_it(
    forgery: Forgery, applet: Applet, monkeypatch: pytest.MonkeyPatch
) -> None:
    forged = forgery.make(applet)
    assert problems(forged) == [forgery.problem]
    assert problems(good(applet)) == []
    forgery.remove_check(monkeypatch)
    assert problems(forged) == []


@pytest.mark.parametrize("applet", Applet)
@pytest.mark.parametrize("path", [IDENTITY, IDENTITY_SIGNATURE, RRN], ids=["identity", "signature", "signer"])
def test_one_flipped_bit(path: bytes, applet: Applet) -> None:
    chip = good(applet)
    content = chip.files[path]
    length = 4 + int.from_bytes(content[2:4]) if path == RRN else len(content.rstrip(b"\0"))
    for position in range(0, length, 7):
        flipped = bytearray(content)
        flipped[position] ^= 1 << (position % 8)
        chip.files[path] = bytes(flipped)
        chip.power_on()
        verdict = CardSession(chip, chip.atr, trust(), TODAY).read().verdict
        assert not verdict.verified, position


def test_a_repeated_forgery_stays_one() -> None:
    remembering = trust()
    for _ in range(3):
        for forgery in FORGERIES[:6]:
            chip = forgery.make(Applet.V1_8)
            verdict = CardSession(chip, chip.atr, remembering, TODAY).read().verdict
            assert verdict.problems == (forgery.problem,), forgery.name
