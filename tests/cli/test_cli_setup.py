"""`idtui setup`: by options and on a terminal; hostile answers, interruption, and nothing half made."""

import os
import signal
import stat
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_calls import PASSPHRASE, Idtui
from hypothesis import given
from hypothesis import strategies as st
from terminal_session import Terminal

from idtui import config
from idtui.bootstrap import stores
from idtui.bootstrap.here import CLOCK
from idtui.cli.exits import Exit
from idtui.cli.setup import STEP_NAMES, configuration, scanner_test, terminal_test
from idtui.cli.setup.steps import STEPS
from idtui.cli.setup.strength import Strength, strength
from idtui.config import Config, ExtraRoot
from idtui.domain.errors import CannotSave
from idtui.domain.text import say
from idtui.seal.recovery import new_pair
from idtui.store import place
from idtui.store.desk_store import read_store, recover_store
from idtui.ui.profile import Profile
from idtui.words import LANGUAGES, words

Store = tuple[str, ...]
CLAIM = b'{"niss": "85073003328", "means": "eid", "entry": "manual", "reason": "pre.reader_unavailable"}\n'
NEW_PASSPHRASE = "vier losse woorden regen 7"


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Path, Path]:
    """A pair of the hospital: files of the public and the private half."""
    private, public = new_pair()
    halves = tmp_path / "public.pem", tmp_path / "private.pem"
    halves[0].write_text(public)
    halves[1].write_text(private)
    return halves


def test_the_parser_knows_the_steps() -> None:
    assert tuple(step.name for step in STEPS) == STEP_NAMES


# Unattended


def unattended(idtui: Idtui, store: Store, *more: str) -> dict[str, object]:
    ran = idtui("setup", "--unattended", "--json", *store, *more)
    assert ran.code in (Exit.DONE, Exit.WAITING), ran.err
    return {**ran.lines[0], "code": ran.code}


def test_options_alone_make_a_whole_desk(idtui: Idtui, store: Store, keys: tuple[Path, Path]) -> None:
    public, private = map(str, keys)
    answers = ("--lang", "nl", "--desk", "Onthaal 1", "--site", "710.00-012", "--profile", "mono")
    hub = ("--hub", "http://127.0.0.1:8480/fhir")
    told = unattended(
        idtui, store, *answers, *hub, "--recovery-public", public, "--recovery-private", private
    )
    file = config.default_file()
    assert told == {
        "config": str(file), "store": store[1], "created": True, "recovery": "proven", "hub": None,
        "code": Exit.DONE,
    }  # fmt: skip
    assert config.load(None) == Config(
        lang="nl", desk="Onthaal 1", site="71000012", profile="mono", hub=hub[1], store=Path(store[1])
    )
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(Path(store[1]).stat().st_mode) == 0o700
    assert idtui("record", *store[2:], stdin=CLAIM).code == Exit.DONE
    with recover_store(Path(store[1]), keys[1].read_text(), desk="x", clock=CLOCK):
        pass


def test_what_was_written_is_not_touched_unasked_and_the_old_one_stays(idtui: Idtui, store: Store) -> None:
    file = config.default_file()
    file.parent.mkdir(parents=True)
    file.write_text('desk = "A"\n# a remark\n')
    store = (*store, "--operator", "someone")
    ran = idtui("setup", "--unattended", *store)
    assert ran.code == Exit.USAGE
    assert file.read_text() == 'desk = "A"\n# a remark\n'
    assert not Path(store[1]).exists(), "nothing was begun"
    unattended(idtui, store, "--replace", "--site", "71000012")
    assert (config.load(None).desk, config.load(None).site) == ("A", "71000012")
    assert config.load(None).operator == "", "who runs setup is not written down"
    assert file.with_name("config.toml.old").read_text() == 'desk = "A"\n# a remark\n'
    unattended(idtui, store)
    by_hand = f"site = '71000012' # by hand\nstore = '{store[1]}'\n"
    file.write_text(by_hand)
    unattended(idtui, store[2:])
    assert file.read_text() == by_hand, "it says the same already"


def test_a_second_run_changes_one_thing_and_keeps_the_entries(
    idtui: Idtui, store: Store, keys: tuple[Path, Path]
) -> None:
    assert unattended(idtui, store)["recovery"] == "missing"
    idtui("record", *store, stdin=CLAIM)
    told = unattended(idtui, store, "--recovery-public", str(keys[0]))
    assert (told["created"], told["recovery"], told["code"]) == (False, "unproven", Exit.WAITING)
    told = unattended(idtui, store)
    assert (told["recovery"], told["code"]) == ("unchanged", Exit.DONE)
    assert len(read_store(Path(store[1]), PASSPHRASE)) == 1


def test_a_pair_made_here_leaves_its_private_half_in_a_new_file(
    idtui: Idtui, store: Store, tmp_path: Path
) -> None:
    file = tmp_path / "stick" / "recovery.pem"
    file.parent.mkdir()
    assert unattended(idtui, store, "--recovery-new", str(file))["recovery"] == "proven"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with recover_store(Path(store[1]), file.read_text(), desk="x", clock=CLOCK):
        pass
    assert idtui("setup", "--unattended", *store, "--recovery-new", str(file)).code == Exit.USAGE


@pytest.mark.parametrize(
    "wrong",
    [
        ("--site", "12"),
        ("--site", "7100001\u0662"),
        ("--hub", "http://hub.example/fhir"),
        ("--enrol",),
        ("--desk", "\x1b[2J"),
        ("--desk", "x" * 41),
        ("--store", "/proc/idtui"),
        ("--store", "/dev/null"),
        ("--store", "a\x00b"),
        ("--recovery-public", "/nonexistent.pem"),
        ("--recovery-public", "/dev/zero"),
        ("--recovery-private", "/nonexistent.pem"),
        ("--recovery-new", "/nonexistent/folder/key.pem"),
        ("--training",),
    ],
)
def test_a_wrong_option_is_told_and_makes_nothing(
    idtui: Idtui, store: Store, wrong: tuple[str, ...], tmp_path: Path
) -> None:
    ran = idtui("setup", "--unattended", *store, *wrong)
    assert ran.code in (Exit.USAGE, Exit.CANNOT_SAVE)
    assert ran.err
    assert "\x1b" not in ran.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["passphrase"]


def test_without_a_passphrase_no_store_is_made(idtui: Idtui, store: Store) -> None:
    assert idtui("setup", "--unattended", *store[:2]).code == Exit.WRONG_PASSPHRASE
    assert not Path(store[1]).exists()
    assert not config.default_file().exists()


def test_a_network_file_system_is_refused_with_its_reason(
    idtui: Idtui, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, "file_system", lambda _path: "nfs4")
    ran = idtui("setup", "--unattended", *store)
    assert ran.code == Exit.CANNOT_SAVE
    assert "nfs4" in ran.err
    assert not Path(store[1]).exists()


def test_a_directory_of_others_or_with_something_else_is_refused(idtui: Idtui, store: Store) -> None:
    directory = Path(store[1])
    directory.mkdir()
    (directory / "letters").touch()
    assert idtui("setup", "--unattended", *store).code == Exit.USAGE
    (directory / "letters").unlink()
    unattended(idtui, store)
    directory.chmod(0o755)
    assert idtui("setup", "--unattended", *store).code == Exit.CANNOT_SAVE


def test_halves_of_two_pairs_make_nothing(idtui: Idtui, store: Store, keys: tuple[Path, Path]) -> None:
    keys[1].write_text(new_pair()[0])
    both = ("--recovery-public", str(keys[0]), "--recovery-private", str(keys[1]))
    ran = idtui("setup", "--unattended", *store, *both)
    assert (ran.code, "one pair" in ran.err) == (Exit.USAGE, True)
    assert not Path(store[1]).exists()


@pytest.mark.parametrize(
    "at", ["idtui.cli.setup.configuration.write", "idtui.store.desk_store.recover_store"]
)
def test_a_failure_on_the_way_takes_everything_back(
    idtui: Idtui, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise CannotSave(say("store.stopped"))

    monkeypatch.setattr(at, fails)
    new = ("--recovery-new", str(tmp_path / "recovery.pem"))
    assert idtui("setup", "--unattended", *store, *new).code == Exit.CANNOT_SAVE
    assert sorted(path.name for path in tmp_path.iterdir()) == ["passphrase"]


def test_a_signal_waits_until_all_is_made(
    idtui: Idtui, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = configuration.write

    def interrupted(file: Path, text: str) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        write(file, text)

    monkeypatch.setattr(configuration, "write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        idtui("setup", "--unattended", *store)
    assert config.default_file().exists()
    assert stores.exists(Path(store[1]))


# The file

plain = st.text(st.characters(exclude_categories=["Cs"]))


@given(
    desk=plain,
    reader=plain,
    store=st.none() | plain.filter(lambda text: "\0" not in text).map(lambda text: Path("/x") / text),
    roots=st.lists(
        plain | st.builds(ExtraRoot, file=st.just(Path("/a b/\x7f\"'")), subject=st.tuples(plain))
    ).map(tuple),
    prove_chip=st.booleans(),
    undo_seconds=st.integers(0, 3600),
    lang=st.sampled_from([None, *LANGUAGES]),
)
def test_every_configuration_reads_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, **given: object
) -> None:
    wanted = Config(**given)  # type: ignore[arg-type]  # the strategies above make the right types
    text = configuration.document(wanted, words(wanted.lang or "en"))
    file = tmp_path_factory.getbasetemp() / "config.toml"
    file.write_text(text, encoding="utf-8", newline="")
    assert config.load(file) == wanted
    assert tomllib.loads(text).keys() == {
        name for name in Config.__struct_fields__ if getattr(wanted, name) != getattr(Config(), name)
    }


def test_a_path_that_is_not_unicode_is_refused(idtui: Idtui, tmp_path: Path, store: Store) -> None:
    odd = os.fsdecode(bytes(tmp_path) + b"/caf\xe9")
    ran = idtui("setup", "--unattended", "--store", odd, *store[2:])
    assert ran.code == Exit.USAGE


# What is judged


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("short", Strength.TOO_SHORT),
        ("aaaaaaaaaaaaaaaaaaaaaaaa", Strength.WEAK),
        ("abcdefghijklmnopqrstuvwx", Strength.WEAK),
        ("abababababababababababab", Strength.WEAK),
        ("12345678901234567890", Strength.WEAK),
        ("Welkom2024", Strength.FAIR),
        ("vier losse woorden regen", Strength.STRONG),
    ],
)
def test_the_strength_of_a_passphrase(text: str, expected: Strength) -> None:
    assert strength(text) is expected


def test_a_scan_is_taken_apart() -> None:
    scan = scanner_test.judge(b"]C085073003328\r", 0.02)
    assert (scan.prefix, scan.text, scan.suffix, scan.layout, scan.by_hand) == (
        "]C0", "85073003328", "CR", "same", False,
    )  # fmt: skip
    said = " ".join(words("en")(message) for message in scanner_test.told(scan))
    assert "85*********" in said
    assert "850730" not in said
    mangled = scanner_test.judge('!(àè"àà""é!\t'.encode(), 0.02)
    assert (mangled.layout, mangled.meant, mangled.suffix) == ("azerty", "85073003328", "Tab")
    hostile = scanner_test.judge(b"\x1b]0;x\x07" + b"\xff" * 300, 60.0)
    assert hostile.controls
    assert hostile.by_hand
    assert all("\x1b" not in words("fr")(message) for message in scanner_test.told(hostile))


def test_the_keyboard_is_told_by_its_row_and_the_profile_by_what_is_seen() -> None:
    rows = {"& é \" ' ( § è": "azerty_be", "&é\"'(-è_": "azerty_fr", "12345678": "qwerty", "12": "unknown"}
    assert {row: terminal_test.keyboard(row) for row in rows} == rows
    assert terminal_test.proposed(letters=False, colours=True, far=True) is Profile.ASCII
    assert terminal_test.proposed(letters=True, colours=False, far=True) is Profile.MONO
    assert terminal_test.proposed(letters=True, colours=True, far=True) is Profile.LOW_BANDWIDTH
    assert terminal_test.proposed(letters=True, colours=True, far=False) is Profile.AUTO


# On a terminal

OpenSetup = Callable[..., Terminal]


@pytest.fixture
def on_terminal(tmp_path: Path) -> OpenSetup:
    """Run setup on a pty of its own, with a home of its own."""

    def open_setup(*options: str) -> Terminal:
        environment = {
            "XDG_CONFIG_HOME": str(tmp_path / "config"),
            "XDG_DATA_HOME": str(tmp_path / "data"),
            "LANG": "en_GB.UTF-8",
            "LC_ALL": "",
        }
        return Terminal(
            [sys.executable, "-m", "idtui", "setup", *options], environment=environment, size=(100, 60)
        )

    return open_setup


def answer(terminal: Terminal, question: str, keys: str) -> None:
    """Type an answer when its question stands on the last line that has one."""
    terminal.until(lambda: question in terminal.text(), question)
    terminal.screen.reset()
    terminal.send(keys)


def walk_to_the_store(terminal: Terminal, tmp_path: Path) -> None:
    answer(terminal, "Language (fr, nl, de, en) [en]:", "e\r")
    answer(terminal, "Name of this desk", "\x01\r")
    answer(terminal, "hidden characters", "Admission 1\r")
    answer(terminal, "INAMI number of the hospital", "123\r")
    answer(terminal, "8 or 11 digits", "71000012\r")
    answer(terminal, "Directory of the store", "/dev/null/x\r")
    answer(terminal, "Directory of the store", f"{tmp_path}/store\r")


def test_the_whole_walk(on_terminal: OpenSetup, tmp_path: Path) -> None:
    with on_terminal() as terminal:
        walk_to_the_store(terminal, tmp_path)
        answer(terminal, "Choose a passphrase:", "short\r")
        answer(terminal, "Too short", "aaaaaaaaaaaaaaaa\r")
        answer(terminal, "all the same", "n\r")
        answer(terminal, "Choose a passphrase:", f"{NEW_PASSPHRASE}\r")
        answer(terminal, "Once more:", "another\r")
        answer(terminal, "differ", f"{NEW_PASSPHRASE}\r")
        answer(terminal, "Once more:", f"{NEW_PASSPHRASE}\r")
        answer(terminal, "Recovery key (new", "maybe\r")
        answer(terminal, "Choose one of", "new\r")
        answer(terminal, "removable medium", f"{tmp_path}/key.pem\r")
        answer(terminal, "disk of the store", "y\r")
        answer(terminal, "letters and frame", "\r")
        answer(terminal, "different colours", "n\r")
        answer(terminal, "row of digits", "&é\"'(§è!çà\r")
        answer(terminal, "Profile", "\r")
        answer(terminal, "Scan any code", '!(àè"àà""é!\r')
        answer(terminal, "FHIR address", "http://hub.example/fhir\r")
        answer(terminal, "FHIR address", "\r")
        assert terminal.wait() == Exit.DONE
        assert "it opens the store" in terminal.output.decode()
        assert "Belgian AZERTY" in terminal.output.decode()
        assert "types QWERTY on an AZERTY" in terminal.output.decode()
    shown = terminal.output.decode()
    assert NEW_PASSPHRASE not in shown
    assert "85073003328" not in shown
    written = tomllib.loads((tmp_path / "config/idtui/config.toml").read_text())
    assert written.pop("store") == f"{tmp_path}/store"
    assert written == {"lang": "en", "desk": "Admission 1", "site": "71000012", "profile": "mono"}
    with recover_store(tmp_path / "store", (tmp_path / "key.pem").read_text(), desk="x", clock=CLOCK):
        pass


@pytest.mark.parametrize("stop", ["\x03", "\x04"])
def test_leaving_in_the_middle_changes_nothing(on_terminal: OpenSetup, tmp_path: Path, stop: str) -> None:
    with on_terminal() as terminal:
        walk_to_the_store(terminal, tmp_path)
        answer(terminal, "Choose a passphrase:", stop)
        assert terminal.wait() == (130 if stop == "\x03" else Exit.USAGE)
        assert "Nothing was changed." in terminal.output.decode()
    assert list(tmp_path.iterdir()) == []


def test_one_thing_alone(on_terminal: OpenSetup, idtui: Idtui, store: Store, tmp_path: Path) -> None:
    unattended(idtui, store)
    with on_terminal("--only", "recovery", "--lang", "nl", *store[2:]) as terminal:
        answer(terminal, "Herstelsleutel (new", "new\r")
        answer(terminal, "verwijderbaar medium", f"{tmp_path}/key.pem\r")
        answer(terminal, "wie het ene neemt", "j\r")
        answer(terminal, "als .old", "j\r")
        assert terminal.wait() == Exit.DONE
    with recover_store(Path(store[1]), (tmp_path / "key.pem").read_text(), desk="x", clock=CLOCK):
        pass


def test_a_test_alone_makes_no_store(on_terminal: OpenSetup, tmp_path: Path) -> None:
    with on_terminal("--only", "scanner") as terminal:
        answer(terminal, "Scan any code", "\r")
        assert terminal.wait() == Exit.DONE
    assert [path.name for path in tmp_path.iterdir()] == ["config"]


def test_the_passphrase_alone_is_changed_by_who_knows_the_old_one(
    on_terminal: OpenSetup, idtui: Idtui, store: Store, tmp_path: Path
) -> None:
    unattended(idtui, store)
    with on_terminal("--only", "passphrase") as terminal:
        answer(terminal, "Passphrase:", "not this one\r")
        answer(terminal, "Passphrase:", f"{PASSPHRASE.text}\r")
        answer(terminal, "Change the passphrase", "y\r")
        answer(terminal, "Choose a passphrase:", f"{NEW_PASSPHRASE}\r")
        answer(terminal, "Once more:", f"{NEW_PASSPHRASE}\r")
        assert terminal.wait() == Exit.WAITING, "there is no recovery key yet"
    assert idtui("list", *store).code == Exit.WRONG_PASSPHRASE
    (tmp_path / "new").write_text(NEW_PASSPHRASE)
    assert idtui("list", *store[:2], "--passphrase-file", str(tmp_path / "new")).code == Exit.DONE


def test_another_store_alone_gets_keys_of_its_own(
    on_terminal: OpenSetup, idtui: Idtui, store: Store, tmp_path: Path
) -> None:
    unattended(idtui, store)
    with on_terminal("--only", "store") as terminal:
        answer(terminal, "Directory of the store [", f"{tmp_path}/other\r")
        answer(terminal, "Choose a passphrase:", f"{NEW_PASSPHRASE}\r")
        answer(terminal, "Once more:", f"{NEW_PASSPHRASE}\r")
        answer(terminal, "stays beside it", "y\r")
        assert terminal.wait() == Exit.WAITING
    written = tomllib.loads((tmp_path / "config/idtui/config.toml").read_text())
    assert written["store"] == f"{tmp_path}/other"
    assert stores.exists(tmp_path / "other")
    assert stores.exists(Path(store[1])), "the old one stays where it is"
