"""A sample of the mutated card files and answers of `make torture`, and the faults it must find."""

from collections import Counter
from collections.abc import Callable

import card_mutations
import pytest
from card_mutations import MutatedAnswers, MutatedFiles, Violation, one_of_each, tried
from effort import tries

from idtui.devices.eid import files, identity, session, tlv, verify

SEED = 20261122
ENOUGH = 20_000
"""Cases in which a planted fault must have shown."""


@pytest.fixture(autouse=True)
def _no_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "REST", 0.0)


def test_mutated_files_are_refused_or_unchanged() -> None:
    told = Counter(tried(MutatedFiles(one_of_each()), SEED, range(tries(2_000))))
    assert told["identity identity_signature"] > 500
    assert told["address address_signature"] > 500
    assert told["address verified"] > 5, "zeros behind an address are not signed"


def test_mutated_answers_end_in_a_verdict_or_a_failure() -> None:
    told = Counter(tried(MutatedAnswers(one_of_each()), SEED, range(tries(500))))
    assert told["verified"] > 20
    assert told["unexpected_answer"] > 20
    assert len(told) > 5


def everything_is_signed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(verify, "identity_digest", lambda *_: "sha384")


def every_address_is_signed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(session, "address_holds", lambda *_: True)


def every_photo_holds(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(session, "photo_holds", lambda *_: True)


def texts_are_not_cleaned(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(identity, "clean", lambda raw: raw)


def a_missing_length_is_an_index_error(patch: pytest.MonkeyPatch) -> None:
    def length(content: bytes, position: int) -> tuple[int, int]:
        total = 0
        while content[position] == 0xFF:
            total, position = total + 0xFF, position + 1
        return total + content[position], position + 1

    patch.setattr(tlv, "_length", length)


def a_block_may_be_longer_than_asked_for(patch: pytest.MonkeyPatch) -> None:
    """Take whatever comes, also nothing: then a file has no end."""

    def block(self: files.CardFiles, _path: bytes, offset: int, length: int) -> bytes:
        while not (data := self._exchange_block(offset, length)[0]):
            pass
        return data

    patch.setattr(files.CardFiles, "_read_block", block)


@pytest.mark.parametrize(
    "plant",
    [
        everything_is_signed,
        every_address_is_signed,
        texts_are_not_cleaned,
        a_missing_length_is_an_index_error,
    ],
)
def test_a_fault_of_the_files_is_found(
    monkeypatch: pytest.MonkeyPatch, plant: Callable[[pytest.MonkeyPatch], None]
) -> None:
    cases = MutatedFiles(one_of_each())
    plant(monkeypatch)
    with pytest.raises(Violation, match=f"case .* of seed {SEED}"):
        Counter(tried(cases, SEED, range(ENOUGH)))


@pytest.mark.parametrize(
    "plant",
    [everything_is_signed, every_address_is_signed, every_photo_holds, a_block_may_be_longer_than_asked_for],
)
def test_a_fault_of_the_reading_is_found(
    monkeypatch: pytest.MonkeyPatch, plant: Callable[[pytest.MonkeyPatch], None]
) -> None:
    cases = MutatedAnswers(one_of_each())
    plant(monkeypatch)
    with pytest.raises(Violation, match=f"case .* of seed {SEED}"):
        Counter(tried(cases, SEED, range(ENOUGH)))


def test_a_case_is_the_same_each_time() -> None:
    cards = one_of_each()
    again = [list(tried(MutatedFiles(cards), SEED, range(100, 200))) for _ in range(2)]
    assert again[0] == again[1]
    assert again[0] != list(tried(MutatedFiles(cards), SEED + 1, range(100, 200)))


def test_a_case_that_takes_too_long_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card_mutations, "CPU_BOUND", 0.0)
    with pytest.raises(Violation, match="took"):
        Counter(tried(MutatedFiles(one_of_each()), SEED, range(10)))


def test_originals_are_of_every_type_and_applet() -> None:
    names = {card.name for card in card_mutations.originals()}
    assert len(names) >= 4 * 28
    assert {"1.1, type 1", "1.8, type 6", "1.7 re-keyed, type 69"} <= names
