"""Every card in use, every applet, every oddity: the verdict of the table, and the table in docs."""

from pathlib import Path

import pytest
from card_cases import CASES, Case, table, trust
from card_forgeries import TODAY

from idtui.devices.eid import CardSession, CardUnreadable, Manner
from idtui.domain.reading import Remark
from idtui.training.authority import Applet

DOCS = Path(__file__).resolve().parents[2] / "docs" / "cards.md"
BEGIN, END = "<!-- cases -->\n", "<!-- end of cases -->"

READ = [(case, applet) for case in CASES if not case.failure for applet in case.applets]
UNREAD = [(case, applet) for case in CASES if case.failure for applet in case.applets or (Applet.V1_8,)]


def name(pair: tuple[Case, Applet]) -> str:
    return f"{pair[1]}-{pair[0].card}-{pair[0].oddity}"


@pytest.mark.parametrize(("case", "applet"), READ, ids=map(name, READ))
def test_a_card_has_the_verdict_of_its_row(case: Case, applet: Applet) -> None:
    chip = case.make(applet)
    session = CardSession(chip, chip.atr, trust(), TODAY, Manner(may_prove=True))
    reading = session.read()
    remarks = set(case.remarks)
    if applet is not Applet.V1_8 or case.problems:
        remarks.add(Remark.CHIP_NOT_PROVEN)
    if applet is Applet.V1_1 and not case.problems:
        remarks.add(Remark.OLD_SIGNATURE)
    assert reading.verdict.problems == case.problems
    assert set(reading.verdict.remarks) == remarks
    assert {field: getattr(reading.identity, field) for field in case.shows} == case.shows
    assert reading.applet in (applet.split()[0], ""), "asked only where the budget has room"
    if not case.problems:
        address, problem = session.read_address()
        assert (address.postal_code != "", problem) == (True, None)
        photo, problem = session.read_photo()
        assert (photo is not None, problem) == (True, None)


@pytest.mark.parametrize(("case", "applet"), UNREAD, ids=map(name, UNREAD))
def test_a_card_that_gives_no_reading_says_why(case: Case, applet: Applet) -> None:
    chip = case.make(applet)
    with pytest.raises(CardUnreadable) as raised:
        CardSession(chip, chip.atr, trust(), TODAY).read()
    assert raised.value.failure is case.failure


def test_the_table_in_docs_lists_exactly_these_rows() -> None:
    text = DOCS.read_text(encoding="utf-8")
    rows = text[text.index(BEGIN) + len(BEGIN) : text.index(END)].splitlines()[2:]
    assert rows == table()
    assert len(set(rows)) == len(rows)
