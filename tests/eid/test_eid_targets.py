"""The parsers as the coverage-guided run of `make torture` feeds them: valid files and noise."""

import random

import pytest
from effort import tries
from parser_targets import TARGETS, TODAY, TRUST, Scripted, chips, script_of, seeds

from idtui.devices.eid import CardSession
from idtui.devices.eid import identity as identity_module
from idtui.domain.reading import Problem


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_takes_valid_files_and_noise(target: str) -> None:
    drawn = random.Random(target)
    files = seeds(target)
    assert len(files) >= 8
    for content in files:
        TARGETS[target](content)
    for _ in range(tries(100)):
        TARGETS[target](drawn.randbytes(drawn.randrange(300)))


def test_a_script_is_the_card_it_was_taken_from() -> None:
    chip = next(chips())
    wire = Scripted(script_of(chip))
    reading = CardSession(wire, chip.atr, TRUST, TODAY).read()
    assert reading.verdict.problems == (Problem.UNKNOWN_ROOT,)
    assert reading.identity.name == "SPECIMEN"


def test_a_text_that_is_not_cleaned_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity_module, "clean", lambda raw: raw)
    content = next(content for content in seeds("identity") if b"\x1b" in content)
    with pytest.raises(AssertionError, match="may not be shown"):
        TARGETS["identity"](content)
