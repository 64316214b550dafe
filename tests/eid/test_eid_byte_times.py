"""The calculated times of the benchmark are those of the standard and of the answers to reset in use."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from idtui.devices.eid import apdu

SOURCE = Path(__file__).resolve().parents[2] / "benchmarks" / "byte_times.py"


@pytest.fixture(scope="module")
def times() -> ModuleType:
    spec = importlib.util.spec_from_file_location("byte_times", SOURCE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("atr", "microseconds"),
    [
        ("3B9894400AA503010101AD1310", 192),
        ("3B9813400AA503010101AD1311", 279),
        ("3B7F96000080318065B085040120120FFF829000", 48),
        ("3B00", 1116),
    ],
)
def test_the_time_of_a_byte(times: ModuleType, atr: str, microseconds: int) -> None:
    assert round(times.seconds_per_byte(bytes.fromhex(atr)) * 1e6) == microseconds


@pytest.mark.parametrize(
    ("command", "answered", "count"),
    [
        (apdu.select_application(apdu.APPLET), 0, 23),
        (apdu.select_path(apdu.MF + apdu.IDENTITY), 0, 14),
        (apdu.read_binary(0, 256), 256, 264),
        (apdu.read_binary(0, 256), 0, 7),
        (apdu.get_response(96), 96, 104),
        (apdu.internal_authenticate(bytes(48)), 0, 58),
    ],
)
def test_the_bytes_of_a_command(times: ModuleType, command: bytes, answered: int, count: int) -> None:
    assert times.bytes_of(command, answered) == count
