import os
import stat
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest
from cli_calls import Idtui, Ran

from idtui import config
from idtui.bootstrap import cards, here
from idtui.cli.exits import Exit
from idtui.config import Config
from idtui.devices import pcsc
from idtui.devices.eid import Trust
from idtui.domain.errors import NotUnderstood
from idtui.training.authority import Applet, TrainingAuthority
from idtui.training.cards import PHOTO, CardKind, Changes, make_card
from idtui.training.people import GEDEON
from idtui.training.photo import grey_photo
from idtui.training.reader import SimulatedCards

AUTHORITY = TrainingAuthority()
TODAY = datetime.now(UTC).date()

ReadCard = Callable[..., Ran]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    path = tmp_path / "training.der"
    path.write_bytes(AUTHORITY.signers(Applet.V1_8).root.der)
    return path


@pytest.fixture
def read_card(idtui: Idtui, root: Path, monkeypatch: pytest.MonkeyPatch) -> ReadCard:
    """Run `idtui card` on a simulated reader with that card in it, the training root trusted."""

    def read(kind: CardKind, *options: str, photo: bytes | None = None) -> Ran:
        changes = Changes(files={PHOTO: photo} if photo is not None else {})
        chip = make_card(AUTHORITY, kind, GEDEON, TODAY, changes=changes)

        def cards(trust: Trust, today: Callable[[], date], _only: str, *, prove_chip: bool) -> SimulatedCards:
            reader = SimulatedCards(trust, today, prove_chip=prove_chip)
            reader.insert(chip)
            return reader

        monkeypatch.setattr(pcsc, "PcscCards", cards)
        return idtui("card", "--json", "--root", str(root), *options)

    return read


def test_the_photo_of_a_verified_card_is_written_for_its_owner_alone(
    read_card: ReadCard, tmp_path: Path
) -> None:
    file = tmp_path / "photo.jpg"
    file.write_bytes(b"an older and longer file" * 999)
    file.chmod(0o666)
    ran = read_card(CardKind.GOOD_P384, "--photo", str(file))
    assert (ran.code, ran.lines[0]["verdict"]) == (Exit.DONE, "verified")
    assert file.read_bytes() == grey_photo(150, 195)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "photo" in ran.err.splitlines()[-1]


def test_a_new_photo_file_is_never_readable_by_others(read_card: ReadCard, tmp_path: Path) -> None:
    file = tmp_path / "photo.jpg"
    before = os.umask(0)
    try:
        assert read_card(CardKind.GOOD_P384, "--photo", str(file)).code == Exit.DONE
    finally:
        os.umask(before)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("kind", "photo", "problems"),
    [
        (CardKind.GOOD_P384, grey_photo(96, 96), ["photo_hash"]),
        (CardKind.FORGED_IDENTITY, None, ["identity_signature"]),
    ],
)
def test_a_photo_that_is_not_proven_is_not_written(
    read_card: ReadCard, tmp_path: Path, kind: CardKind, photo: bytes | None, problems: list[str]
) -> None:
    file = tmp_path / "photo.jpg"
    ran = read_card(kind, "--photo", str(file), photo=photo)
    assert (ran.code, ran.lines[0]["problems"]) == (Exit.NOT_VERIFIED, problems)
    assert not file.exists()


def test_a_photo_that_cannot_be_read_is_said_and_loses_nothing(read_card: ReadCard, tmp_path: Path) -> None:
    file = tmp_path / "photo.jpg"
    ran = read_card(CardKind.GOOD_P384, "--photo", str(file), photo=b"")
    assert (ran.code, ran.lines[0]["verdict"]) == (Exit.DONE, "verified")
    assert "unexpected answer" in ran.err.splitlines()[-1]
    assert not file.exists()


def test_a_photo_that_cannot_be_written_ends_with_14(read_card: ReadCard, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.jpg"
    link = tmp_path / "photo.jpg"
    link.symlink_to(elsewhere)
    assert read_card(CardKind.GOOD_P384, "--photo", str(link)).code == Exit.CANNOT_SAVE
    assert not elsewhere.exists()


@pytest.mark.parametrize(
    ("kind", "options", "problems", "proven"),
    [
        (CardKind.GOOD_P384, (), [], False),
        (CardKind.GOOD_P384, ("--prove-chip",), [], True),
        (CardKind.CLONED_CHIP, (), [], False),
        (CardKind.CLONED_CHIP, ("--prove-chip",), ["cloned_chip"], True),
    ],
)
def test_the_chip_is_asked_for_proof_only_when_that_is_wanted(
    read_card: ReadCard, kind: CardKind, options: tuple[str, ...], problems: list[str], proven: bool
) -> None:
    ran = read_card(kind, *options)
    remarks = msgspec.convert(ran.lines[0]["remarks"], list[str])
    assert ran.lines[0]["problems"] == problems
    assert ("chip_not_proven" in remarks) is not proven


def test_the_proof_may_be_configured(read_card: ReadCard, tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("prove_chip = true\n", encoding="utf-8")
    ran = read_card(CardKind.CLONED_CHIP, "--config", str(file))
    assert ran.lines[0]["problems"] == ["cloned_chip"]


def configured(tmp_path: Path, text: str) -> Config:
    file = tmp_path / "config.toml"
    file.write_text(text, encoding="utf-8")
    return config.load(file)


def test_extra_roots_are_files_or_bring_their_rule(tmp_path: Path, root: Path) -> None:
    plain = configured(tmp_path, f'roots = ["{root}"]')
    ruled = configured(
        tmp_path, f'roots = [{{file = "{root}", subject = ["CN=training RRN"], policies = ["1.2.3"]}}]'
    )
    mixed = configured(tmp_path, f'roots = ["{root}", {{file = "{root}"}}]')
    assert [extra.file for extra in mixed.extra_roots] == [root, root]
    assert cards.trust(plain).table()[-1].leaf.common_name_end == "RRN"
    rule = cards.trust(ruled).table()[-1].leaf
    assert (rule.subject, rule.whole_subject) == (frozenset({"CN=training RRN"}), True)
    assert rule.policies == frozenset({"1.2.3"})
    for given in (plain, ruled):
        loud = [message for message in here.warnings(given) if message.id == "warning.extra_root"]
        assert [message.parameters["name"] for message in loud] == [root.name]


@pytest.mark.parametrize(
    "text",
    [
        "roots = [1]",
        'roots = [{subject = ["CN=RRN"]}]',
        "roots = [{file = 1}]",
        'roots = [{file = "a", colour = "red"}]',
        'roots = [{file = "a", policies = ["any"]}]',
    ],
)
def test_a_root_that_is_no_root_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(NotUnderstood):
        configured(tmp_path, text)


def test_paths_of_the_configuration_are_understood(tmp_path: Path) -> None:
    assert configured(tmp_path, f'store = "{tmp_path}"').store == tmp_path
