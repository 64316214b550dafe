"""A camera as a scanner: a child `ffmpeg` gives grey frames to the child process that looks for codes.

Frames never enter this process. Only the input arguments of ffmpeg differ between a camera (v4l2) and a
picture that stands in for one.
"""

import subprocess
import threading
from collections.abc import Generator, Iterator, Sequence
from typing import IO

from idtui.devices.codes.answer import LONGEST_ANSWER, decode
from idtui.devices.codes.pictures import CHILD
from idtui.domain.errors import IdtuiError
from idtui.domain.scan import Code
from idtui.domain.text import clean, say

SIZE = (1280, 720)
"""Pixels of a frame, made by ffmpeg whatever the camera gives."""


class NoCamera(IdtuiError):
    """ffmpeg is not installed, or it ended without a frame: no such device, or another program has it."""


def of_device(device: str) -> tuple[str, ...]:
    """Return the input arguments for a video device of Linux."""
    return ("-f", "v4l2", "-i", device)


def codes(source: Sequence[str], seconds: float, *, ffmpeg: str = "ffmpeg") -> Generator[Code, None, None]:
    """Yield the codes a camera shows, again and again as it sees them, for at most so many seconds.

    Raises `NoCamera`. Both children are ended when the caller goes.
    """
    scale = f"scale={SIZE[0]}:{SIZE[1]}:force_original_aspect_ratio=decrease,pad={SIZE[0]}:{SIZE[1]}:-1:-1"
    command = [ffmpeg, "-hide_banner", "-loglevel", "error", "-nostdin", *source]
    command += ["-vf", scale, "-pix_fmt", "gray", "-f", "rawvideo", "-"]
    try:
        film = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # noqa: S603  # the system's own program
    except OSError:
        raise NoCamera(say("camera.no_ffmpeg")) from None
    looking = subprocess.Popen(  # noqa: S603  # this program itself
        [*CHILD, "frames", str(SIZE[0]), str(SIZE[1])],
        stdin=film.stdout,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    over = threading.Event()

    def give_up() -> None:
        over.set()
        film.kill()
        looking.kill()

    limit = threading.Timer(seconds, give_up)
    limit.start()
    try:
        yield from _answers(looking.stdout)
        if film.wait() and not over.is_set():
            raise NoCamera(say("camera.failed", device=clean(source[-1])))
    finally:
        limit.cancel()
        for child in (film, looking):
            child.kill()
            child.wait()
            if child.stdout:
                child.stdout.close()


def _answers(stream: IO[bytes] | None) -> Iterator[Code]:
    while stream and (line := stream.readline(LONGEST_ANSWER)):
        for raw in decode(line).codes:
            yield raw.code()
