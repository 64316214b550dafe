"""The driver's filter and decoder, and the environment of each profile."""

import codecs
import os
from itertools import product

import pytest
from desk_fakes import HOSTILE
from rich.color import Color, ColorSystem
from rich.style import Style

from idtui.ui.driver import _tolerant_decoder, harmless
from idtui.ui.paint.line import Ink, greys
from idtui.ui.profile import Profile, prepare_environment
from idtui.ui.widgets.canvas import GREYS, STYLES, style_of
from idtui.words.picture import HALF_BLOCK

OURS = [
    "\x1b[1;1H", "\x1b[0m", "\x1b[1;30;46m", "\x1b[?1049h", "\x1b[?25l", "\x1b[?2026$p", "\x1b[?7l",
    "\x1b[<u",
]  # fmt: skip  # one sequence after the other


@pytest.mark.parametrize("ink", Ink)
def test_every_ink_of_the_canvas_passes(ink: Ink) -> None:
    without_colour = STYLES[ink].without_color + Style(color="default", bgcolor="default")
    for style in (STYLES[ink], without_colour):
        rendered = style.render("text", color_system=ColorSystem.STANDARD)
        assert harmless(rendered) == rendered


@pytest.mark.parametrize("system", [ColorSystem.STANDARD, ColorSystem.EIGHT_BIT])
def test_every_grey_of_a_photo_passes(system: ColorSystem) -> None:
    for above, below in product(range(16), range(16)):
        rendered = style_of(greys(above, below)).render(HALF_BLOCK, color_system=system)
        assert rendered.startswith("\x1b[")
        assert harmless(rendered) == rendered


def test_sixteen_greys_are_sixteen() -> None:
    assert len(set(GREYS)) == 16
    shown = [Color.parse(grey).get_truecolor().red for grey in GREYS]
    assert shown == sorted(shown)
    assert max(abs(grey - 17 * level) for level, grey in enumerate(shown)) <= 5


@pytest.mark.parametrize("sequence", OURS)
def test_our_own_sequences_pass(sequence: str) -> None:
    assert harmless(f"a{sequence}é\n") == f"a{sequence}é\n"


ALIEN = [
    "\x1b[2J", "\x1b[31m", "\x1b[38;5;160;48;5;16m", "\x1b[38;5;240m",
    "\x1b[31;40m", "\x1b[8m", "\x1b]52;c;eA==\x07", "\x1b]0;t\x1b\\", "\x1b[?1000h", "\x9b2J",
    "\x9d0;t\x9c", "\x00", "\x07", "\x08", "\r", "\x7f", "\x1bP$q\x1b\\", "\x1bc", "\x1b[6n", "\x1b[>1u",
    "\u202e", "\x1b", "\x1b[999", "\x1b]8;;x\x1b\\",
]  # fmt: skip  # one sequence after the other


@pytest.mark.parametrize("sequence", ALIEN)
def test_nothing_else_passes(sequence: str) -> None:
    passed = harmless(f"a{sequence}b")
    assert "\x1b" not in passed
    assert all(character.isprintable() or character == "\ufffd" for character in passed)
    assert passed.startswith("a\ufffd")
    assert passed.endswith("b")


@pytest.mark.parametrize("payload", HOSTILE)
def test_what_is_left_of_a_payload_is_ours_or_text(payload: str) -> None:
    for sequence in OURS:
        payload = payload.replace(sequence, "")  # what is left after ours
    left = harmless(payload)
    assert "\x1b]" not in left
    assert "\x9b" not in left
    assert "\x1b[2J" not in left


def test_focus_reports_and_pointer_shapes_are_not_asked_for() -> None:
    assert harmless("\x1b[?1004h\x1b]22;default\x07x") == "x"


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ([b"\xe9", b"x"], "éx"),
        ([b"\xe0\xe0\xe9", b"1"], "ààé1"),
        ([b"\x1b[M \xa0!"], "\x1b[M \xa0!"),
        ([b"\xc3", b"\xa9"], "é"),
    ],
)
def test_bytes_that_are_not_utf8_are_taken_as_latin1(sent: list[bytes], read: str) -> None:
    decoder = _tolerant_decoder("utf-8")()
    assert "".join(decoder.decode(part) for part in sent) == read


def test_the_error_handler_is_for_decoding_only() -> None:
    with pytest.raises(UnicodeEncodeError):
        "é".encode("ascii", "idtui-latin1")
    assert codecs.lookup_error("idtui-latin1") is not None


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("TEXTUAL") or name in ("NO_COLOR", "ESCDELAY", "SSH_CONNECTION"):
            monkeypatch.delenv(name)
    # What the code under test sets is taken back afterwards.
    for name in ("NO_COLOR", "ESCDELAY", "TEXTUAL_ANIMATIONS", "TEXTUAL_SMOOTH_SCROLL", "TEXTUAL_THEME"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    for name in ("TEXTUAL_DISABLE_KITTY_KEY", "TEXTUAL_COLOR_SYSTEM"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


def test_debugging_switches_are_taken_out(environment: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TEXTUAL_PRESS", "TEXTUAL_SCREENSHOT", "TEXTUAL_LOG", "TEXTUAL_DRIVER", "TEXTUAL_DEBUG"):
        monkeypatch.setenv(name, "x")
    prepare_environment(Profile.ANSI16)
    left = {name for name in os.environ if name.startswith("TEXTUAL")}
    assert left == {
        "TEXTUAL_ANIMATIONS",
        "TEXTUAL_SMOOTH_SCROLL",
        "TEXTUAL_DISABLE_KITTY_KEY",
        "TEXTUAL_THEME",
        "TEXTUAL_COLOR_SYSTEM",
    }


def test_profiles_are_settled(environment: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert prepare_environment(Profile.LOW_BANDWIDTH) is Profile.LOW_BANDWIDTH
    assert "NO_COLOR" not in os.environ
    assert prepare_environment(Profile.MONO) is Profile.MONO
    assert os.environ["NO_COLOR"] == "1"
    assert "ESCDELAY" not in os.environ
    monkeypatch.setenv("SSH_CONNECTION", "192.0.2.1 5 192.0.2.2 22")
    assert prepare_environment(Profile.ASCII).plain_ascii
    assert os.environ["ESCDELAY"] == "200"


@pytest.mark.parametrize(
    ("profile", "terminal", "colours"),
    [
        (Profile.AUTO, "xterm-256color", "256"),
        (Profile.AUTO, "xterm", "standard"),
        (Profile.ANSI16, "xterm-256color", "standard"),
        (Profile.LOW_BANDWIDTH, "xterm-256color", "standard"),
    ],
)
def test_more_than_16_colours_only_where_the_terminal_and_the_profile_have_them(
    environment: None, monkeypatch: pytest.MonkeyPatch, profile: Profile, terminal: str, colours: str
) -> None:
    monkeypatch.setenv("TERM", terminal)
    monkeypatch.delenv("COLORTERM", raising=False)
    prepare_environment(profile)
    assert os.environ["TEXTUAL_COLOR_SYSTEM"] == colours


def test_greys_need_colour(environment: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Profile.ANSI16.has_greys
    assert not Profile.ASCII.has_greys
    assert not Profile.MONO.has_greys
    monkeypatch.setenv("NO_COLOR", "1")
    assert not Profile.ANSI16.has_greys


@pytest.mark.parametrize(("encoding", "settled"), [("UTF-8", Profile.ANSI16), ("iso-8859-1", Profile.ASCII)])
def test_auto_looks_at_the_encoding(
    environment: None, monkeypatch: pytest.MonkeyPatch, encoding: str, settled: Profile
) -> None:
    class Stream:
        pass

    stream = Stream()
    stream.encoding = encoding  # type: ignore[attr-defined]  # all that is looked at
    monkeypatch.setattr("sys.__stderr__", stream)
    assert prepare_environment(Profile.AUTO) is settled
