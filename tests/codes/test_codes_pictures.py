"""Picture files good, crafted, huge and endless: each ends with an answer, none stops the program."""

import io
import os
import random
import signal
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from benchmarks import code_pictures, zone_pictures
from idtui.devices.codes import pictures
from idtui.devices.codes.answer import Answer, Fault, decode
from idtui.devices.codes.pictures import look_at, look_in
from idtui.domain.scan import find
from idtui.domain.symbology import Symbology

NUMBER = "85073003328"


@pytest.fixture
def page() -> Image.Image:
    return code_pictures.page(Symbology.CODE_128, NUMBER, random.Random(1))


def stored(picture: Image.Image, form: str) -> bytes:
    file = io.BytesIO()
    picture.save(file, form)
    return file.getvalue()


def texts(answer: Answer) -> set[str]:
    return {raw.code().text for raw in answer.codes}


def png(width: int, height: int, *, content: bytes = b"") -> bytes:
    """Return a grey PNG that claims this size, whatever it holds."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(content)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF", "WEBP", "BMP", "PPM"])
def test_each_form_of_picture_is_read(page: Image.Image, form: str, tmp_path: Path) -> None:
    file = tmp_path / "picture"
    file.write_bytes(stored(page, form))
    assert texts(look_at(file)) == {NUMBER}


def test_colour_transparency_and_16_bits_are_read(page: Image.Image) -> None:
    clear = Image.new("RGBA", page.size, (0, 0, 0, 0))
    clear.paste((0, 0, 0, 255), mask=page.point(lambda value: 255 - value))
    deep = page.convert("I").point(lambda value: value * 257)
    deep = deep.convert("I;16")
    for picture in (page.convert("RGB"), page.convert("P"), clear, deep):
        assert texts(look_in(stored(picture, "PNG"))) == {NUMBER}, picture.mode


def test_a_link_to_a_picture_is_followed_and_a_circle_of_links_is_not(
    page: Image.Image, tmp_path: Path
) -> None:
    file, link, circle = tmp_path / "picture.png", tmp_path / "link", tmp_path / "circle"
    file.write_bytes(stored(page, "PNG"))
    link.symlink_to(file)
    circle.symlink_to(circle)
    assert texts(look_at(link)) == {NUMBER}
    assert look_at(circle).fault is Fault.MISSING


def test_what_never_ends_is_not_even_begun(tmp_path: Path) -> None:
    pipe, link = tmp_path / "pipe", tmp_path / "zeros"
    os.mkfifo(pipe)
    link.symlink_to("/dev/zero")
    for file in (pipe, link, Path("/dev/zero"), tmp_path):
        assert look_at(file).fault is Fault.NOT_A_FILE


def test_a_file_that_is_missing_or_huge_is_said(tmp_path: Path) -> None:
    huge = tmp_path / "huge.png"
    with huge.open("wb") as stream:
        stream.truncate(pictures.LARGEST + 1)
    assert look_at(huge).fault is Fault.TOO_LARGE
    assert look_at(tmp_path / "nobody").fault is Fault.MISSING
    assert look_at(Path("zero\0byte")).fault is Fault.MISSING


def test_a_picture_that_unpacks_to_too_much_is_refused() -> None:
    assert look_in(png(65_000, 65_000)).fault is Fault.PIXELS
    assert look_in(png(8_001, 8_000)).fault is Fault.PIXELS


def test_the_largest_picture_allowed_fits_into_the_memory() -> None:
    wide, high = 8_000, 8_000
    answer = look_in(png(wide, high, content=(b"\0" + b"\xff" * wide) * high))
    assert (answer.fault, answer.codes) == (None, ())


@pytest.mark.parametrize("size", [(1, 1), (30_000, 1), (30_000, 2_000), (20, 60_000)])
def test_a_picture_of_any_shape_is_looked_at_for_codes_and_letters(size: tuple[int, int]) -> None:
    answer = look_in(stored(Image.new("L", size, 255), "PNG"))
    assert (answer.fault, answer.codes, answer.unread) == (None, (), None)


@pytest.mark.parametrize("form", ["PNG", "WEBP", "TIFF"])
def test_of_many_pictures_in_a_file_only_the_first_is_looked_at(page: Image.Image, form: str) -> None:
    file = io.BytesIO()
    other = code_pictures.page(Symbology.CODE_128, "17073003384", random.Random(1))
    page.save(file, form, save_all=True, append_images=[other, page] * 20, duration=1, lossless=True)
    assert texts(look_in(file.getvalue())) == {NUMBER}


def lined(size: tuple[int, int], step: int) -> Image.Image:
    """Return a page of rows of bars from edge to edge: everywhere three rows lie as a zone does."""
    width, height = size
    sheet = Image.new("L", size, 255)
    pen = ImageDraw.Draw(sheet)
    for top in range(0, height, step):
        for left in range(0, width, step // 3):
            pen.rectangle((left, top, left + step // 10, top + step // 2), fill=0)
    return sheet


@pytest.mark.parametrize(("size", "step"), [((2_000, 2_000), 170), ((2_000, 2_000), 30)])
def test_a_page_full_of_what_looks_like_letters_ends(size: tuple[int, int], step: int) -> None:
    answer = look_in(stored(lined(size, step), "PNG"))
    assert answer.codes == ()
    assert answer.fault in (None, Fault.TOO_LONG)  # on a busy machine the patience ends before the work


def test_a_zone_cut_short_or_bent_gives_no_wrong_number() -> None:
    chance = random.Random(8)
    zone = zone_pictures.page(zone_pictures.text(NUMBER, chance), chance)
    for form in ("PNG", "JPEG"):
        whole = stored(zone, form)
        bent = bytearray(whole)
        for _ in range(20):
            bent[chance.randrange(len(bent))] = chance.randrange(256)
        for data in (whole[: len(whole) * 3 // 4], bytes(bent)):
            assert {find(raw.code()).niss for raw in look_in(data).codes} <= {NUMBER}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no picture",
        b"%PDF-1.7\n",
        b"GIF89a" + bytes(40),
        b"\x89PNG\r\n\x1a\n",
        png(100, 100, content=b"x"),
    ],
)
def test_what_is_no_picture_is_said(data: bytes) -> None:
    assert look_in(data).fault is Fault.NO_PICTURE


def test_a_picture_cut_short_or_bent_never_gives_a_wrong_number(page: Image.Image) -> None:
    chance = random.Random(7)
    for form in ("PNG", "JPEG", "TIFF"):
        whole = stored(page, form)
        bent = bytearray(whole)
        for _ in range(20):
            bent[chance.randrange(len(bent))] = chance.randrange(256)
        for data in (whole[: len(whole) // 2], bytes(bent)):
            assert texts(look_in(data)) <= {NUMBER}


@pytest.mark.parametrize(
    ("program", "fault"),
    [
        ("import signal, os; os.kill(os.getpid(), signal.SIGSEGV)", Fault.CRASHED),
        ("raise MemoryError", Fault.CRASHED),
        ("print('no answer')", Fault.CRASHED),
        ("""print('{"codes":[{"symbology":"qr","data":"xyz"}]}')""", Fault.CRASHED),
        ("import sys; sys.stdin.close(); print('{}')", None),
        (
            "import signal; signal.setitimer(signal.ITIMER_PROF, 0.1)\nwhile True: pass",
            Fault.TOO_LONG,
        ),
    ],
)
def test_whatever_becomes_of_the_child_there_is_an_answer(
    program: str, fault: Fault | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "CHILD", (sys.executable, "-c", program))
    assert look_in(bytes(2**20)).fault is fault


def test_a_child_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "CHILD", (sys.executable, "-c", "import signal; signal.pause()"))
    monkeypatch.setattr(pictures, "PATIENCE", 0.2)
    assert look_in(bytes(2**20)).fault is Fault.TOO_LONG


@pytest.mark.parametrize(
    ("doing", "ended"),
    [
        ("child._limit_time()\nwhile True: pass", -signal.SIGPROF),
        ("resource.setrlimit(resource.RLIMIT_AS, (child.MEMORY,) * 2); bytearray(child.MEMORY)", 1),
    ],
)
def test_the_kernel_keeps_the_limits_of_the_child(doing: str, ended: int) -> None:
    program = f"import resource\nfrom idtui.devices.codes import child\nchild.SECONDS = 0.1\n{doing}"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=60, check=False)
    assert ran.returncode == ended


def test_an_answer_that_is_too_long_is_none() -> None:
    assert decode(b'{"codes":[]' + b" " * 10).fault is Fault.CRASHED
