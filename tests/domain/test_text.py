import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idtui.domain.text import LONGEST, clean, say, was_filtered

HOSTILE = {
    "escape": "\x1b[31mDUPONT",
    "osc": "\x1b]52;c;aGk=\x07DUPONT",
    "c1": "\x9b31mDUPONT\x9d",
    "nul": "DU\x00PONT",
    "del": "DU\x7fPONT",
    "bidi": "DU\u202ePONT\u2066",
    "combining": "D" + "\u0301" * 30 + "UPONT",
    "newline": "DU\r\nPONT\u2028",
    "tag": "DU\U000e0041PONT",
    "private": "DU\ue000PONT",
    "unassigned": "DU\u0378PONT",
    "surrogate": "DU\ud800PONT",
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_filtered_and_said_so(raw: str) -> None:
    text = clean(raw)
    assert was_filtered(raw)
    assert "PONT" in text
    assert all(
        unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
        for character in text
    )


@pytest.mark.parametrize("raw", ["Müller-Lüdenscheid", "D'Hondt", "Nguyễn", "[/foo] DUPONT [", "Łukasz"])
def test_names_and_markup_stay_as_they_are(raw: str) -> None:
    assert clean(raw) == unicodedata.normalize("NFC", raw)
    assert not was_filtered(raw)


@given(st.text())
def test_cleaning_twice_changes_nothing_and_never_grows(raw: str) -> None:
    once = clean(raw)
    assert clean(once) == once
    assert len(once) <= LONGEST
    assert once.isprintable()


def test_messages_compare_by_id_and_parameters() -> None:
    assert say("a", n=1) == say("a", n=1)
    assert hash(say("a", n=1)) == hash(say("a", n=1))
    assert say("a", n=1) != say("a", n=2)
