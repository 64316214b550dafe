from collections.abc import Callable

import pytest

from idtui.domain.reading import Identity, PartialDate, Problem, Reading, Remark, Sex, Verdict

MakeReading = Callable[..., Reading]


@pytest.fixture
def make_reading() -> MakeReading:
    def make(*found: Problem | Remark, document_type: int = 1) -> Reading:
        return Reading(
            identity=Identity(
                niss="71715100070",
                name="SPECIMEN",
                given_names="Alice",
                birth_date=PartialDate(1971, 1, 1),
                birth_text="01 JAN 1971",
                birth_place="Hamont-Achel",
                sex=Sex.WOMAN,
                nationality="BELG",
                card_number="000000122157",
                document_type=document_type,
                valid_from=PartialDate(2021, 7, 23),
                valid_to=PartialDate(2031, 7, 23),
                municipality="Antwerpen",
            ),
            verdict=Verdict(
                problems=tuple(item for item in found if isinstance(item, Problem)),
                remarks=tuple(item for item in found if isinstance(item, Remark)),
            ),
            applet="1.8",
            atr="3B7F",
        )

    return make
