"""The real ffmpeg as the eye of the desk: films made by ffmpeg itself, and a video device of Linux.

There is no camera here. Only the driver is replaced, by `camera_shim.c` inside ffmpeg: the way ffmpeg opens,
asks, maps, loses and closes a device of Linux is its own.
"""

import errno
import os
import queue
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cli_calls import Ran
from desk_fakes import Made
from PIL import Image
from real_parts import Need

from benchmarks import code_pictures, zone_pictures
from idtui.cli import run
from idtui.cli.exits import Exit
from idtui.desk.events import CameraEnded, CodeScanned, Event
from idtui.devices.codes import letters
from idtui.devices.codes.camera import SIZE, DeskCamera, of_device
from idtui.domain.path import Phase
from idtui.domain.symbology import Symbology

NUMBER = "85073003328"
DEVICE = "/dev/idtui-camera"
PATIENCE = 60.0
"""Ten times the seconds a number may take to be seen."""

SHIM = Path(__file__).parent / "camera_shim.c"
GROUND = f"color=gray:size={SIZE[0]}x{SIZE[1]}:rate=5:duration=2"
MOVING = "[0][1]overlay=x='100+60*t':y='60+40*sin(3*t)':shortest=1"

Camera = Callable[..., str]
Scan = Callable[..., Ran]
DeskAt = Callable[[str], "Desk"]


@pytest.fixture(autouse=True)
def ffmpeg(need: Need) -> None:
    if shutil.which("ffmpeg") is None:
        need("ffmpeg is not installed: packaging/system-packages.sh laptop")


def film(still: Image.Image, folder: Path, name: str, *form: str) -> Path:
    """Have ffmpeg make a film in which the still moves over a grey ground."""
    still.save(folder / "still.png")
    made = folder / name
    inputs = ["-f", "lavfi", "-i", GROUND, "-loop", "1", "-i", str(folder / "still.png")]
    command = [
        "ffmpeg",
        "-loglevel",
        "error",
        "-nostdin",
        *inputs,
        "-filter_complex",
        MOVING,
        *form,
        str(made),
    ]
    subprocess.run(command, check=True, timeout=PATIENCE)
    return made


@pytest.fixture
def vignette() -> Image.Image:
    return code_pictures.page(Symbology.CODE_128, NUMBER, random.Random(2)).crop((100, 150, 700, 450))


@pytest.fixture
def camera(need: Need, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Camera:
    """Plug a camera in that shows a still moving; it stays for so many frames, or cannot be opened."""
    if shutil.which("gcc") is None:
        need("gcc is not installed: packaging/system-packages.sh build")

    def plug(still: Image.Image, *, frames: int = 10**6, error: int = 0) -> str:
        raw = film(still, tmp_path, "film.yuyv", "-pix_fmt", "yuyv422", "-f", "rawvideo")
        shim = tmp_path / "shim.so"
        subprocess.run(["gcc", "-shared", "-fPIC", "-o", str(shim), str(SHIM), "-ldl"], check=True)
        told = {"FILM": raw, "WIDTH": SIZE[0], "HEIGHT": SIZE[1], "FRAMES": frames, "ERROR": error}
        for name, value in told.items():
            monkeypatch.setenv(f"CAMERA_{name}", str(value))
        monkeypatch.setenv("LD_PRELOAD", str(shim))
        return DEVICE

    return plug


@pytest.fixture
def scan(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Scan:
    """Run `idtui scan --camera`, and require that no child is left."""

    def call(device: str, form: str) -> Ran:
        config = tmp_path / "config.toml"
        config.write_text(f'[scan]\ncamera = "{device}"\ncamera_format = "{form}"\n', encoding="utf-8")
        code = run(["scan", "--camera", "--json", "--niss", "--lang", "en", "--config", str(config)])
        assert children() == []
        return Ran(code, *capfd.readouterr())

    return call


def children() -> list[int]:
    """Return the processes whose parent is this one."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile
        if int(fields[1]) == os.getpid():
            found.append(int(stat.parent.name))
    return found


@pytest.fixture
def desk_at() -> Iterator[DeskAt]:
    """Open a desk with a camera and have it look; end it at last."""
    desks = list[Desk]()

    def opened(device: str) -> Desk:
        desks.append(Desk(device))
        return desks[-1]

    yield opened
    for desk in desks:
        desk.made.desk.stop()
    assert children() == []


class Desk:
    """A desk with a camera, whose events come one by one."""

    def __init__(self, device: str) -> None:
        self._events: queue.Queue[Event] = queue.Queue()
        self.made = Made(camera=DeskCamera(of_device(device)))
        self.made.desk.start(self._events.put, lambda: None)
        self.made.keys("b")

    def told(self) -> Event:
        """Wait for what the camera tells, and let the desk take it."""
        while not isinstance(event := self._events.get(timeout=PATIENCE), CodeScanned | CameraEnded):
            self.made.desk.handle(event)
        self.made.desk.handle(event)
        return event


def test_a_video_device_gives_its_number_to_the_command(
    camera: Camera, scan: Scan, vignette: Image.Image
) -> None:
    ran = scan(camera(vignette), "v4l2")
    assert (ran.code, ran.lines[0]["niss"], ran.lines[0]["symbology"]) == (Exit.DONE, NUMBER, "code128")


def test_a_film_that_ffmpeg_knows_by_itself_gives_its_number(
    scan: Scan, vignette: Image.Image, tmp_path: Path
) -> None:
    ran = scan(str(film(vignette, tmp_path, "film.mkv", "-c:v", "mpeg4", "-q:v", "3")), "")
    assert (ran.code, ran.lines[0]["niss"]) == (Exit.DONE, NUMBER)


def test_the_desk_reads_the_number_and_leaves_no_child(
    camera: Camera, vignette: Image.Image, desk_at: DeskAt
) -> None:
    desk = desk_at(camera(vignette))
    event = desk.told()
    assert isinstance(event, CodeScanned)
    ladder = desk.made.desk.state.ladder
    assert (ladder.phase, ladder.number) == (Phase.SCANNED, NUMBER)
    assert children() == []


def test_a_key_ends_the_look_and_its_children(camera: Camera, desk_at: DeskAt) -> None:
    desk = desk_at(camera(Image.new("L", (100, 100), 255)))
    desk.made.keys("escape")
    assert children() == []


def test_the_zone_of_a_card_before_the_camera_counts_as_typed(
    camera: Camera, need: Need, desk_at: DeskAt
) -> None:
    if not (letters.are_readable() and zone_pictures.FONT.exists()):
        need("tesseract-ocr and fonts-ocr-b are not installed: packaging/system-packages.sh test")
    draw = random.Random(3)
    desk = desk_at(camera(zone_pictures.page(zone_pictures.text(NUMBER, draw), draw)))
    event = desk.told()
    assert isinstance(event, CodeScanned)
    assert event.found.symbology is Symbology.MRZ
    ladder = desk.made.desk.state.ladder
    assert (ladder.phase, ladder.digits) == (Phase.REASON, NUMBER)
    assert children() == []


@pytest.mark.parametrize(
    ("error", "why"),
    [(errno.EBUSY, "busy"), (errno.EACCES, "forbidden"), (errno.ENODEV, "missing"), (errno.EIO, "failed")],
)
def test_a_device_that_cannot_be_opened_is_said(
    error: int, why: str, camera: Camera, vignette: Image.Image, desk_at: DeskAt
) -> None:
    event = desk_at(camera(vignette, error=error)).told()
    assert isinstance(event, CameraEnded)
    assert (event.why.id, event.why.parameters["device"]) == (f"camera.{why}", DEVICE)
    assert children() == []


def test_a_camera_pulled_out_in_the_middle_is_said(camera: Camera, desk_at: DeskAt) -> None:
    event = desk_at(camera(Image.new("L", (100, 100), 255), frames=5)).told()
    assert isinstance(event, CameraEnded)
    assert event.why.id == "camera.ended"
    assert children() == []


def test_an_ffmpeg_that_is_killed_is_said(camera: Camera, desk_at: DeskAt) -> None:
    desk = desk_at(camera(Image.new("L", (100, 100), 255)))
    os.kill(_begun("ffmpeg"), signal.SIGKILL)
    event = desk.told()
    assert isinstance(event, CameraEnded)
    assert event.why.id == "camera.ended"
    assert children() == []


def test_a_desk_that_is_killed_leaves_no_child_behind(camera: Camera) -> None:
    """What looks ends with the desk, and ffmpeg with what looks."""
    program = (
        "import sys\n"
        "from idtui.devices.codes.camera import Film, of_device\n"
        "film = Film(of_device(sys.argv[1]), 60.0)\n"
        "print(film._film.pid, film._looking.pid, flush=True)\n"
        "next(film.codes())\n"
    )
    device = camera(Image.new("L", (100, 100), 255))
    desk = subprocess.Popen([sys.executable, "-c", program, device], stdout=subprocess.PIPE, text=True)
    with desk:
        assert desk.stdout is not None
        left = {int(child) for child in desk.stdout.readline().split()}
        assert len(left) == 2
        desk.kill()
    until = time.monotonic() + PATIENCE
    while left and time.monotonic() < until:
        left = {child for child in left if _runs(child)}
    assert left == set()


def _runs(process: int) -> bool:
    """Say whether a process is there and not only waiting to be asked how it ended."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def _begun(name: str) -> int:
    """Wait until a child of that name runs; the look begins it in a thread of its own."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        for child in children():
            if Path(f"/proc/{child}/cmdline").read_bytes().startswith(name.encode()):
                return child
    raise AssertionError(f"no {name} was started")


def test_no_device_at_all_is_said_by_the_command(scan: Scan) -> None:
    ran = scan("/dev/idtui-no-camera", "v4l2")
    assert ran.code == Exit.NO_READER
    assert "There is no camera /dev/idtui-no-camera" in ran.err
