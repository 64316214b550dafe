"""Message ids collected from the source, so that no sentence can be forgotten or left behind."""

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from idtui import cli
from idtui.cli.cards import Verdict
from idtui.cli.setup.configuration import EXPLAINED
from idtui.cli.setup.steps import STEPS
from idtui.cli.setup.strength import Strength
from idtui.cli.setup.terminal_test import ROWS
from idtui.desk.commands import COMMANDS
from idtui.desk.standing import Standing
from idtui.desk.wedge import ReadAs
from idtui.devices.codes import answer
from idtui.devices.eid.roots import Certainty
from idtui.domain import layouts
from idtui.domain.changes import CorrectedWhy, WithdrawnWhy
from idtui.domain.entries import TRAVELLING
from idtui.domain.episode import EpisodeKind, Series
from idtui.domain.quota import Shift
from idtui.domain.reading import CardFailure, Problem, ReaderState, Remark, Sex
from idtui.domain.roads import DIGITS_OF_DAY
from idtui.domain.rules import EntryType, HowVerified, Means, Moment, Reason, Road
from idtui.domain.scan import Miss
from idtui.domain.scope import Paper
from idtui.domain.symbology import Symbology
from idtui.domain.text import Message
from idtui.domain.visit import VisitKind, VisitState
from idtui.store.chain import Flaw
from idtui.store.watch import Work
from idtui.sync.itsme import Why
from idtui.training.cards import CardKind
from idtui.words import LANGUAGES, Words

SOURCE = Path(__file__).resolve().parents[2] / "idtui"

PATTERNS: Mapping[str, Iterable[str]] = {
    "problem.{}": Problem,
    "failure.{}": CardFailure,
    "road.{}": Road,
    "reason.{}": Reason,
    "why_not.reason_only_{}": Moment,
    "reader.{}": ReaderState,
    "reader.{}.help": [state for state in ReaderState if state is not ReaderState.READY],
    "kind.{}": TRAVELLING,
    "entry.{}": EntryType,
    "state.{}": Standing,
    "enrol.{}": ("waiting", "approved", "revoked"),
    "journal.flaw.{}": Flaw,
    "card.verdict.{}": Verdict,
    "remark.{}": Remark,
    "how.{}": HowVerified,
    "means.{}": Means,
    "paper.{}": Paper,
    "day.{}": DIGITS_OF_DAY,
    "episode.{}": EpisodeKind,
    "series.{}": Series,
    "freed.{}": ("11", "12", "14", "18", "19"),
    "withdrawn.{}": WithdrawnWhy,
    "corrected.{}": CorrectedWhy,
    "change.already_{}": (Standing.WITHDRAWN, Standing.CORRECTED),
    "scan.miss.{}": Miss,
    "scan.layout.{}": layouts.Fault,
    "scan.symbology.{}": Symbology,
    "scan.corrected.{}": [reading for reading in ReadAs if reading is not ReadAs.TYPED],
    "picture.{}": answer.Fault,
    "zone.{}": answer.Unread,
    "training.insert.{}": CardKind,
    "itsme.failed.{}": Why,
    "ui.sex.{}": [sex.name.lower() for sex in Sex],
    "ui.weekday.{}": [str(day) for day in range(7)],
    "quota.by.{}": ("desk", "month", "shift", "reason"),
    "shift.{}": Shift,
    "visit.kind.{}": VisitKind,
    "visit.state.{}": VisitState,
    "visits.age.{}": ("hub", "import"),
    "doctor.group.{}": (
        "program",
        "terminal",
        "clock",
        "reader",
        "codes",
        "trust",
        "store",
        "journal",
        "hub",
    ),
    "doctor.trust.certainty.{}": Certainty,
    "progress.{}": (*Work, "exporting", "sending"),
    "setup.step.{}": [step.name for step in STEPS],
    "setup.keyboard.{}": (*ROWS.values(), "unknown"),
    "setup.strength.{}": Strength,
    "setup.recovery.{}": ("proven", "unproven", "missing", "unchanged"),
    "setup.config.{}": EXPLAINED,
    "cli.option.{}": (),  # heard when the command line is built
}
"""Every f-string that makes a message id, and the values it can hold."""

FAMILIES = re.compile(r"(demo|how|keys|observed|training|ui)(\.([a-z0-9_]+|\{\}))+")
"""Ids that also stand in the source as bare strings and are put into words elsewhere."""

SPOKEN_ELSEWHERE = ("domain/text.py", "cli/parsers.py", "ui/paint/line.py")
"""Modules that make messages of ids they are given; those ids are collected where they are written."""

NAMES_OF_IDS = frozenset({"command.word", "command.sentence", "contradictions[0]", "heading", "observation"})
"""Expressions that stand for ids collected from the command table or by `FAMILIES`."""

Given = frozenset[str]


@dataclass
class Uses:
    """Ids used by the source, each with the parameters that every use of it gives."""

    parameters: dict[str, Given | None] = field(default_factory=dict)
    """None where the id stands alone and nobody can see its parameters."""
    unknown: list[str] = field(default_factory=list)
    """Places whose id cannot be told: a pattern or an expression missing from the tables above."""

    def add(self, message_id: str, given: Given | None) -> None:
        """Note one use."""
        before = self.parameters.get(message_id)
        if before is not None and given is not None:
            given = before & given
        self.parameters[message_id] = before if given is None else given


class Listener(Words):
    """Words that only remember which ids they were asked for."""

    def __init__(self) -> None:
        super().__init__(LANGUAGES[0])
        self.heard: dict[str, Given] = {}

    def __call__(self, message: Message) -> str:
        self.heard[message.id] = frozenset(message.parameters)
        return message.id


def _pattern(node: ast.JoinedStr) -> str:
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)


def _ids(node: ast.expr) -> Iterator[str]:
    """Yield the ids an expression can stand for; raise LookupError when that cannot be told."""
    match node:
        case ast.Constant(value=str(literal)):
            yield literal
        case ast.IfExp(body=body, orelse=orelse):
            yield from _ids(body)
            yield from _ids(orelse)
        case ast.JoinedStr():
            pattern = _pattern(node)
            yield from (pattern.replace("{}", value) for value in PATTERNS[pattern])
        case _ if ast.unparse(node) not in NAMES_OF_IDS:
            raise LookupError(ast.unparse(node))


def _given(keywords: list[ast.keyword]) -> Given | None:
    names = [keyword.arg for keyword in keywords]
    return None if None in names else frozenset(name for name in names if name)


def _speech(node: ast.AST) -> tuple[ast.expr, Given | None] | None:
    """Return id and parameters where something is said; a bare string of `FAMILIES` has None."""
    match node:
        case ast.Call(func=ast.Name(id="say"), args=[first, *_], keywords=keywords):
            return first, _given(keywords)
        case ast.Call(func=ast.Name(id="Message"), args=[first, ast.Dict(keys=keys)]):
            return first, frozenset(str(key.value) for key in keys if isinstance(key, ast.Constant))
        case ast.Call(func=ast.Name(id="Message"), args=[first]):
            return first, frozenset()
        case ast.Call(func=ast.Attribute(attr="say"), args=[(ast.Constant() | ast.JoinedStr()) as first, *_]):
            return first, frozenset()
        case ast.Constant(value=str(literal)) if FAMILIES.fullmatch(literal):
            return node, None
        case ast.JoinedStr() if FAMILIES.fullmatch(_pattern(node)):
            return node, None
        case _:
            return None


def _collect(path: Path, module: str, uses: Uses) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        speech = _speech(node)
        if speech is None or module in SPOKEN_ELSEWHERE:
            continue
        first, given = speech
        try:
            for message_id in _ids(first):
                uses.add(message_id, given)
        except LookupError as error:
            uses.unknown.append(f"{module}:{first.lineno} {error.args[0]}")


def collect(source: Path) -> Uses:
    """Read every module below `source` and return the ids it uses."""
    uses = Uses()
    for path in sorted(source.rglob("*.py")):
        _collect(path, path.relative_to(source).as_posix(), uses)
    return uses


@pytest.fixture(scope="session")
def uses() -> Uses:
    """Everything the source says: its own sentences, the commands and the command line."""
    found = collect(SOURCE)
    for command in COMMANDS:
        found.add(command.word, frozenset())
        found.add(command.sentence, frozenset())
    listener = Listener()
    cli._parser(listener)
    for message_id, given in listener.heard.items():
        found.add(message_id, given)
    return found


@pytest.fixture(scope="session")
def used(uses: Uses) -> Mapping[str, Given | None]:
    """Every message id of the program, with the parameters that every use of it gives."""
    return uses.parameters


@pytest.fixture(scope="session")
def untold(uses: Uses) -> list[str]:
    """Places in the source whose message id cannot be told."""
    return uses.unknown


@pytest.fixture(scope="session")
def untold_in() -> Callable[[Path], list[str]]:
    """Collect from another directory and return the places that cannot be told."""
    return lambda source: collect(source).unknown
