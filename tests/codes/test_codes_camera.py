"""The camera's road with a program in the place of ffmpeg that writes frames as ffmpeg does."""

import random
import sys
import threading
from pathlib import Path
from queue import Queue

import pytest
from PIL import Image

from benchmarks import code_pictures
from idtui.desk.events import CameraEnded, CodeScanned, Event
from idtui.devices.codes.camera import SIZE, DeskCamera, NoCamera, codes, of_device
from idtui.domain.symbology import Symbology

NUMBER = "85073003328"


def program(folder: Path, then: str) -> str:
    """Write a stand-in for ffmpeg that sends one empty and one good frame, and goes on as told."""
    frame = Image.new("L", SIZE, 255)
    frame.paste(code_pictures.page(Symbology.QR, NUMBER, random.Random(2)), (200, 50))
    (folder / "frame").write_bytes(frame.tobytes())
    script = folder / "ffmpeg"
    script.write_text(
        f"#!{sys.executable}\n"
        "import signal, sys\n"
        "assert sys.argv[-9:-7] == ['-i', 'camera'], sys.argv\n"
        "out = sys.stdout.buffer\n"
        f"frame = open({str(folder / 'frame')!r}, 'rb').read()\n"
        f"{then}\n",
        encoding="utf-8",
    )
    script.chmod(0o700)
    return str(script)


def test_a_code_before_the_camera_is_seen_and_the_children_end(tmp_path: Path) -> None:
    ffmpeg = program(tmp_path, "out.write(bytes([255]) * len(frame) + frame); out.flush(); signal.pause()")
    seen = codes(of_device("camera"), 60.0, ffmpeg=ffmpeg)
    code = next(seen)
    assert (code.text, code.symbology) == (NUMBER, Symbology.QR)
    seen.close()


def test_a_frozen_camera_is_given_up(tmp_path: Path) -> None:
    assert list(codes(of_device("camera"), 0.5, ffmpeg=program(tmp_path, "signal.pause()"))) == []


def test_a_camera_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(NoCamera) as missing:
        next(codes(of_device("camera"), 60.0, ffmpeg=str(tmp_path / "nothing")))
    assert missing.value.message.id == "camera.no_ffmpeg"
    with pytest.raises(NoCamera) as failed:
        next(codes(of_device("camera"), 60.0, ffmpeg=program(tmp_path, "sys.exit(1)")))
    assert failed.value.message.parameters["device"] == "camera"


class Posted:
    """Where a camera posts; `get` waits for the next event."""

    def __init__(self) -> None:
        self._events: Queue[Event] = Queue()

    def __call__(self, event: Event) -> None:
        self._events.put(event)

    def get(self) -> Event:
        return self._events.get(timeout=30)

    @property
    def empty(self) -> bool:
        return self._events.empty()


def test_the_desk_is_told_the_first_number(tmp_path: Path) -> None:
    ffmpeg = program(tmp_path, "out.write(frame); out.flush(); signal.pause()")
    camera, posted = DeskCamera(of_device("camera"), ffmpeg=ffmpeg), Posted()
    camera.look(posted)
    event = posted.get()
    assert isinstance(event, CodeScanned)
    assert event.found.niss == NUMBER
    camera.stop()


def test_the_desk_is_told_why_there_is_none(tmp_path: Path) -> None:
    for ffmpeg, why in (
        (str(tmp_path / "nothing"), "no_ffmpeg"),
        (program(tmp_path, "sys.exit(1)"), "failed"),
    ):
        camera, posted = DeskCamera(of_device("camera"), ffmpeg=ffmpeg), Posted()
        camera.look(posted)
        event = posted.get()
        assert isinstance(event, CameraEnded)
        assert event.why.id == f"camera.{why}"
        camera.stop()


def test_a_look_that_was_ended_tells_nothing_and_leaves_no_thread(tmp_path: Path) -> None:
    before = threading.active_count()
    camera, posted = DeskCamera(of_device("camera"), ffmpeg=program(tmp_path, "signal.pause()")), Posted()
    camera.look(posted)
    camera.look(posted)
    camera.stop()
    camera.stop()
    assert posted.empty
    assert threading.active_count() == before
