import random
from pathlib import Path

import power_cuts
import pytest
from planted_bugs import BUGS
from power_cuts import SCENARIOS, Violation

DRAWS = 150
DRAWS_FOR_A_BUG = 600
SEED = 20261122


@pytest.mark.parametrize("name", SCENARIOS)
def test_no_cut_loses_or_changes_what_was_acknowledged(name: str, tmp_path: Path) -> None:
    assert power_cuts.run(SCENARIOS[name], DRAWS, random.Random(SEED), tmp_path) > DRAWS // 3


@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_caught(bug: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plant, scenario = BUGS[bug]
    plant(monkeypatch)
    with pytest.raises(Violation):
        power_cuts.run(SCENARIOS[scenario], DRAWS_FOR_A_BUG, random.Random(SEED), tmp_path)
