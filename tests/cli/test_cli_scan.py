import random
from pathlib import Path

import pytest
from cli_calls import Idtui
from PIL import Image

from benchmarks import code_pictures
from idtui.cli.exits import Exit
from idtui.domain.symbology import Symbology

NUMBER, OTHER = "85073003328", "17073003384"


def kept(folder: Path, name: str, symbology: Symbology, text: str) -> str:
    file = folder / name
    code_pictures.page(symbology, text, random.Random(3)).save(file)
    return str(file)


def test_one_number_is_printed_masked_unless_asked(idtui: Idtui, tmp_path: Path) -> None:
    file = kept(tmp_path, "one.png", Symbology.CODE_128, NUMBER)
    ran = idtui("scan", file)
    assert (ran.code, ran.err) == (Exit.DONE, "")
    assert "85.**.**-***.**" in ran.out
    assert "30.07.1985" in ran.out
    assert "85.07.30-033.28" in idtui("scan", file, "--niss").out


def test_json_gives_the_shape_of_a_code_and_its_text_only_when_asked(idtui: Idtui, tmp_path: Path) -> None:
    file = kept(tmp_path, "one.png", Symbology.QR, f"Specimen;{NUMBER}")
    (masked,) = idtui("scan", "--json", file).lines
    assert masked["niss"] == "85.**.**-***.**"
    assert masked["codes"] == [{"symbology": "qr", "length": 20, "shape": "Aaaaaaaa;99999999999"}]
    assert NUMBER not in str(masked)
    (full,) = idtui("scan", "--json", "--niss", file).lines
    assert (full["niss"], full["symbology"], full["bis"]) == (NUMBER, "qr", False)
    assert full["codes"] == [
        {"symbology": "qr", "length": 20, "shape": "Aaaaaaaa;99999999999", "text": f"Specimen;{NUMBER}"}
    ]


def test_the_exit_code_says_what_each_picture_gave(idtui: Idtui, tmp_path: Path) -> None:
    good = kept(tmp_path, "good.png", Symbology.DATAMATRIX, NUMBER)
    wrong = kept(tmp_path, "wrong.png", Symbology.CODE_128, "85073003329")
    two = kept(tmp_path, "two.png", Symbology.QR, f"{NUMBER} {OTHER}")
    empty, text = tmp_path / "empty.png", tmp_path / "text.png"
    Image.new("L", (200, 100), 255).save(empty)
    text.write_text("no picture", encoding="utf-8")
    for files, code in (
        ([good, good], Exit.DONE),
        ([wrong], Exit.NOT_VERIFIED),
        ([two], Exit.NOT_VERIFIED),
        ([str(empty)], Exit.NO_CARD),
        ([str(text)], Exit.UNREADABLE),
        ([good, str(empty), str(text)], Exit.NO_CARD),
        ([], Exit.USAGE),
    ):
        ran = idtui("scan", "--json", *files)
        assert ran.code == code, files
        assert len(ran.lines) == len(files)
        assert NUMBER not in ran.out + ran.err
    assert idtui("scan", "--json", str(text)).lines[0]["error"] == "no_picture"
    assert idtui("scan", "--json", str(empty)).lines[0]["miss"] == "no_code"


def test_a_layout_of_the_configuration_is_used(idtui: Idtui, tmp_path: Path) -> None:
    file = kept(tmp_path, "isi.png", Symbology.DATAMATRIX, f"0123456789{NUMBER}")
    assert idtui("scan", file).code == Exit.NOT_VERIFIED
    config = tmp_path / "config.toml"
    config.write_text(
        '[[scan.layout]]\nname = "specimen"\nsupport = "isi_plus"\nsymbology = ["datamatrix"]\n'
        "pattern = '(?P<card_number>[0-9]{10})(?P<niss>[0-9]{11})'\n",
        encoding="utf-8",
    )
    ran = idtui("scan", "--json", "--niss", "--config", str(config), file)
    (found,) = ran.lines
    assert (ran.code, found["niss"], found["layout"], found["support"]) == (
        Exit.DONE,
        NUMBER,
        "specimen",
        "isi_plus",
    )
    assert found["fields"] == {"card_number": "0123456789"}


@pytest.mark.parametrize("pattern", ["(?P<niss>.*)", "[0-9]+", "("])
def test_an_unfit_layout_is_refused_at_the_start(idtui: Idtui, tmp_path: Path, pattern: str) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f"[[scan.layout]]\nname = 'specimen'\npattern = '{pattern}'\n", encoding="utf-8")
    ran = idtui("scan", "--config", str(config), "nothing.png")
    assert ran.code == Exit.USAGE
    assert "specimen" in ran.err


def test_the_camera_and_pictures_exclude_each_other_and_ffmpeg_is_named(
    idtui: Idtui, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert idtui("scan", "picture.png", "--camera").code == Exit.USAGE
    monkeypatch.setenv("PATH", str(tmp_path))
    ran = idtui("scan", "--camera")
    assert ran.code == Exit.NO_READER
    assert "ffmpeg" in ran.err
