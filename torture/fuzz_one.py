"""One coverage-guided run, started by `parsers.py`: `fuzz_one.py TARGET CORPUS [options of libFuzzer]`."""

import importlib
import sys
from pathlib import Path

import atheris

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    """Instrument the rooms of the parsers while they are imported, and run."""
    sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
    with atheris.instrument_imports(include=["idtui.devices", "idtui.domain"]):
        targets = importlib.import_module("parser_targets").TARGETS
    atheris.Setup([sys.argv[0], *sys.argv[2:]], targets[sys.argv[1]])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
