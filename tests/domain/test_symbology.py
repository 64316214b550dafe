"""The identifier some scanners send in front of a code."""

import pytest

from idtui.domain.symbology import Symbology, split_aim


@pytest.mark.parametrize(
    ("text", "symbology", "rest"),
    [
        ("]C085073003328", Symbology.CODE_128, "85073003328"),
        ("]C0", Symbology.CODE_128, ""),
        ("]d285", Symbology.DATAMATRIX, "85"),
        ("]z085", Symbology.UNKNOWN, "85"),
        ("]C", Symbology.UNKNOWN, "]C"),
        ("]1085", Symbology.UNKNOWN, "]1085"),
        ("]C-85", Symbology.UNKNOWN, "]C-85"),
        ("C0185", Symbology.UNKNOWN, "C0185"),
        ("[C085", Symbology.UNKNOWN, "[C085"),
        ("", Symbology.UNKNOWN, ""),
    ],
)
def test_an_identifier_is_taken_off_only_where_it_is_one(text: str, symbology: Symbology, rest: str) -> None:
    assert split_aim(text) == (symbology, rest)
