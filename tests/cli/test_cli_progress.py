"""The line of progress: drawn over itself, at any width, for a terminal only, and gone at the end."""

import sys
from io import StringIO
from pathlib import Path

import pyte
import pytest
from cli_calls import PASSPHRASE, Idtui
from hypothesis import given
from hypothesis import strategies as st
from terminal_session import Terminal

from idtui.cli import progress
from idtui.cli.exits import Exit
from idtui.cli.progress import EVERY, QUIET, Progress
from idtui.store.desk_store import open_store
from idtui.store.watch import Work, passed, watched
from idtui.words import LANGUAGES, words

CLAIM = b'{"niss": "85073003328", "means": "eid", "entry": "manual", "reason": "pre.reader_unavailable"}\n'


class Screen(StringIO):
    """A terminal that only takes text; `now` is its clock."""

    now = 0.0

    def isatty(self) -> bool:
        return True

    def tick(self) -> float:
        return self.now


def shown(out: Screen, columns: int) -> list[str]:
    screen = pyte.Screen(columns, 5)
    pyte.Stream(screen).feed(out.getvalue())
    return [line.rstrip() for line in screen.display]


@given(
    columns=st.integers(1, 200),
    language=st.sampled_from(LANGUAGES),
    steps=st.lists(st.integers(0, 99_999), min_size=1, max_size=20),
)
def test_it_stays_on_one_line_at_any_width_and_goes_away(
    columns: int, language: str, steps: list[int]
) -> None:
    out = Screen()
    line = Progress(words(language), out, out.tick)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(progress, "_columns", lambda _out: columns)
        for done in (0, *steps):
            line(Work.READING, done, 100_000)
            out.now += 1
        assert all(not row for row in shown(out, columns)[1:])
        if columns > 60:
            assert f"{steps[-1]}/100000" in shown(out, columns)[0]
        line(Work.READING, 100_000, 100_000)
    assert shown(out, columns) == [""] * 5
    assert "\x1b" not in out.getvalue()
    assert "\n" not in out.getvalue()


def test_short_work_says_nothing_and_long_work_at_most_ten_times_a_second() -> None:
    out = Screen()
    line = Progress(words("en"), out, out.tick)
    for done in range(1000):
        line(Work.CHECKING, done, 1000)
        out.now += QUIET / 2000
    line(Work.CHECKING, 1000, 1000)
    assert out.getvalue() == ""
    for done in range(10_000):
        line(Work.CHECKING, done, 10_000)
        out.now += 0.001
    assert 10 < out.getvalue().count("\r") <= 10 / EVERY + 1


def test_it_goes_away_when_the_work_fails() -> None:
    out = Screen()
    line = Progress(words("en"), out, out.tick)
    with pytest.raises(KeyError):  # noqa: PT012  # the loop is what fails
        for _ in line.over("exporting", [1, 2, 3]):
            out.now += 1
            if out.now > 2:
                raise KeyError
    line.clear()
    assert shown(out, 80)[0] == ""
    assert "Exporting: 1/3" in out.getvalue()


def test_without_a_terminal_and_without_a_watcher_nothing_is_said() -> None:
    out = StringIO()
    line = Progress(words("en"), out, iter(range(100)).__next__)
    for done in range(5):
        line(Work.READING, done, 9)
    assert out.getvalue() == ""
    passed(Work.READING, 1, 2)
    told: list[int] = []
    with watched(lambda _work, done, _total: told.append(done)):
        passed(Work.READING, 1, 2)
    passed(Work.READING, 2, 2)
    assert told == [1]


def test_the_store_tells_how_far_it_is(idtui: Idtui, store: tuple[str, ...]) -> None:
    told: list[tuple[str, int, int]] = []
    assert idtui("record", *store, stdin=CLAIM * 3).code == Exit.DONE
    from idtui.bootstrap.here import CLOCK

    with watched(lambda work, done, total: told.append((work, done, total))):
        open_store(Path(store[1]), desk="d", clock=CLOCK, passphrase=PASSPHRASE).close()
    assert told == [("reading", 0, 1), ("reading", 1, 1)]


@pytest.mark.parametrize("kind", ["dumb", "xterm-256color"])
def test_on_a_real_terminal(kind: str, idtui: Idtui, store: tuple[str, ...], tmp_path: Path) -> None:
    assert idtui("record", *store, stdin=CLAIM * 50).code == Exit.DONE
    code = (
        "import sys; from idtui.cli import progress, run; progress.QUIET = progress.EVERY = 0;"
        f"sys.stdout = open({str(tmp_path / 'out')!r}, 'w'); sys.exit(run(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", code, "journal", "export", "--lang", "en", *store]
    with Terminal(command, environment={"TERM": kind}, size=(30, 10)) as terminal:
        assert terminal.wait() == Exit.DONE
        assert b"Exporting: 49/50" in terminal.output
        assert not terminal.text().strip()
    assert b"85073003328" not in terminal.output
    assert len((tmp_path / "out").read_text().splitlines()) == 50
    assert progress.QUIET > 0
