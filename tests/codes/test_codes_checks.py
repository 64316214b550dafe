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


@pytest.mark.parametrize("name", ["ocr", "camera"])
def test_what_a_desk_may_do_without_is_no_fault_and_names_its_package(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    missing = found()[f"codes.{name}"]
    assert (missing.state, missing.finding.id) == (CheckState.OK, f"doctor.codes.no_{name}")
    assert missing.fix is not None
    monkeypatch.setattr(shutil, "which", lambda program: f"/usr/bin/{program}")
    there = found()[f"codes.{name}"]
    assert (there.finding.id, there.fix) == (f"doctor.codes.{name}", None)


def test_a_camera_is_no_need_of_a_desk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    without = found()["codes.camera"]
    assert without.finding.id == "doctor.codes.no_camera"
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    assert found()["codes.camera"].finding.id == "doctor.codes.camera"
    assert {check.state for check in found().values()} <= {CheckState.OK, CheckState.WARNING}
