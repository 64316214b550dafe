import re

import pytest
from rule_examples import EXAMPLES, Example

from idtui.domain.register import RULES, Kind

BEHAVIOUR = [rule.number for rule in RULES if rule.kind is Kind.BEHAVIOUR]


def test_every_rule_of_the_three_texts_is_registered_once_and_in_order() -> None:
    assert [rule.number for rule in RULES] == [f"R-{number}" for number in range(1, 92)]


def test_every_behaviour_rule_has_its_examples_and_no_other() -> None:
    assert set(EXAMPLES) == set(BEHAVIOUR)


@pytest.mark.parametrize("number", EXAMPLES)
def test_a_rule_allows_and_refuses(number: str) -> None:
    assert EXAMPLES[number].allowed()
    assert EXAMPLES[number].refused()


@pytest.mark.parametrize("number", EXAMPLES)
def test_a_changed_row_breaks_its_example(number: str, monkeypatch: pytest.MonkeyPatch) -> None:
    EXAMPLES[number].change(monkeypatch)
    assert not holds(EXAMPLES[number])


def holds(example: Example) -> bool:
    try:
        return example.allowed() and example.refused()
    except (KeyError, AttributeError, StopIteration):
        return False


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.number)
def test_a_home_is_a_module_and_a_text_has_none(rule: object) -> None:
    kind, home = rule.kind, rule.home  # type: ignore[attr-defined]  # a row of the register
    assert bool(home) is (kind in (Kind.BEHAVIOUR, Kind.DATA))
    if home:
        __import__(f"idtui.{home}")
        assert re.fullmatch(r"(domain|desk)\.[a-z_]+", home)
