"""Compile the gettext catalogues (.po) into the form gettext reads (.mo), at build time and by hand."""

import sys
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent.parent


def compile_words(root: Path = ROOT) -> list[Path]:
    """Write one .mo beside each .po under idtui/words/locale; return the files written."""
    written = []
    for source in sorted((root / "idtui/words/locale").glob("*/LC_MESSAGES/*.po")):
        with source.open("rb") as stream:
            catalogue = read_po(stream)
        target = source.with_suffix(".mo")
        with target.open("wb") as stream:
            write_mo(stream, catalogue)
        written.append(target)
    return written


class CompileWords(BuildHookInterface):  # type: ignore[type-arg]  # no build configuration of our own
    """Run with every wheel and every editable install."""

    def initialize(self, version: str, build_data: dict[str, object]) -> None:  # noqa: ARG002  # fixed by hatchling
        """Compile before files are collected."""
        compile_words(Path(self.root))


if __name__ == "__main__":
    sys.exit(0 if compile_words() else "no catalogue found")
