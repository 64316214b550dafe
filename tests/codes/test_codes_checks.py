import shutil

import pytest

from idtui.desk.checks import Check, CheckState
from idtui.devices.codes import checks


def found() -> dict[str, Check]:
    return {check.id: check for check in checks.code_checks()}


def test_a_missing_zbar_is_a_warning_that_names_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "find_library", lambda _name: None)
    zbar = found()["codes.zbar"]
    assert zbar.state is CheckState.WARNING
    assert zbar.fix is not None
    monkeypatch.setattr(checks, "find_library", lambda name: f"lib{name}.so.0")
    assert found()["codes.zbar"].state is CheckState.OK


def test_a_camera_is_no_need_of_a_desk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    without = found()["codes.camera"]
    assert without.finding.id == "doctor.codes.no_camera"
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    assert found()["codes.camera"].finding.id == "doctor.codes.camera"
    assert {check.state for check in found().values()} <= {CheckState.OK, CheckState.WARNING}
