"""A camera as a scanner: a child `ffmpeg` gives grey frames to the child process that looks for codes.

Frames never enter this process. Only the input arguments of ffmpeg differ between a camera of Linux (v4l2),
one of the network, and a film that stands in for one.
"""

import os
import signal
import subprocess
import tempfile
import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, suppress
from typing import IO

from idtui.desk.events import CameraEnded, CodeScanned, Event
from idtui.desk.ports import Post
from idtui.devices.codes.answer import LONGEST_ANSWER, Unread, decode
from idtui.devices.codes.pictures import CHILD
from idtui.domain.errors import IdtuiError
from idtui.domain.layouts import Layout
from idtui.domain.scan import Code, Miss, find
from idtui.domain.text import Message, clean, say

SECONDS = 60.0
"""Seconds a camera is watched for one number."""

SIZE = (1280, 720)
"""Pixels of a frame, made by ffmpeg whatever the camera gives."""


OF_LINUX = "v4l2"
"""Format of a video device of Linux."""

_MOST_WORDS = 4096


class NoCamera(IdtuiError):
    """ffmpeg is not installed, or gives no frames: no such device, another program has it, unplugged."""


def of_device(device: str, form: str = OF_LINUX) -> tuple[str, ...]:
    """Return the input arguments for a device or address in a format of ffmpeg; without one ffmpeg looks."""
    return (*(("-f", form) if form else ()), "-i", device)


class Film:
    """A camera being watched: ffmpeg and the child that looks, ended by `end` from any thread or by time.

    `unread` tells of the last zone of a card that was seen and not read.
    """

    def __init__(self, source: Sequence[str], seconds: float, *, ffmpeg: str = "ffmpeg") -> None:
        """Begin to watch. Raises `NoCamera` when there is no ffmpeg."""
        self.unread: Unread | None = None
        self._device = clean(source[-1])
        width, height = SIZE
        fit = f"scale={width}:{height}:force_original_aspect_ratio=decrease,pad={width}:{height}:-1:-1"
        command = [ffmpeg, "-hide_banner", "-loglevel", "error", "-nostdin", *source]
        command += ["-vf", fit, "-pix_fmt", "gray", "-f", "rawvideo", "-"]
        self._words = tempfile.TemporaryFile()  # noqa: SIM115  # closed at the end of the film
        try:
            self._film = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self._words)  # noqa: S603  # the system's own program
        except OSError:
            self._words.close()
            raise NoCamera(say("camera.no_ffmpeg")) from None
        self._looking = subprocess.Popen(  # noqa: S603  # this program itself
            [*CHILD, "frames", str(width), str(height), str(os.getpid())],
            stdin=self._film.stdout,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            process_group=0,  # with the program that reads letters for it
        )
        self._over = threading.Event()
        self._limit = threading.Timer(seconds, self.end)
        self._limit.start()

    def end(self) -> None:
        """Watch no longer."""
        self._over.set()
        self._film.kill()
        if self._looking.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self._looking.pid, signal.SIGKILL)

    def codes(self) -> Generator[Code, None, None]:
        """Yield the codes as they are seen, again and again, until the end. Raises `NoCamera`."""
        try:
            yield from self._answers(self._looking.stdout)
            ended = self._film.wait()
            if not self._over.is_set():
                raise NoCamera(self._why(ended))
        finally:
            self._limit.cancel()
            self.end()
            self._limit.join()
            self._words.close()
            for child in (self._film, self._looking):
                child.wait()
                if child.stdout:
                    child.stdout.close()

    def _answers(self, stream: IO[bytes] | None) -> Iterator[Code]:
        while stream and (line := stream.readline(LONGEST_ANSWER)):
            answer = decode(line)
            self.unread = answer.unread or self.unread
            for raw in answer.codes:
                yield raw.code()

    def _why(self, ended: int) -> Message:
        """Say why there are no more frames: no camera ends by itself, and what ends well had begun.

        The words of ffmpeg are those of the system in English, whatever the language.
        """
        self._words.seek(0)
        words = self._words.read(_MOST_WORDS).decode(errors="replace")
        if ended <= 0:
            return say("camera.ended", device=self._device)
        if "Device or resource busy" in words:
            return say("camera.busy", device=self._device)
        if "Permission denied" in words:
            return say("camera.forbidden", device=self._device)
        if "No such file or directory" in words or "No such device" in words:
            return say("camera.missing", device=self._device)
        return say("camera.failed", device=self._device)


def codes(source: Sequence[str], seconds: float, *, ffmpeg: str = "ffmpeg") -> Generator[Code, None, None]:
    """Yield the codes a camera shows, again and again as it sees them, for at most so many seconds.

    Raises `NoCamera`. Both children are ended when the caller goes.
    """
    yield from Film(source, seconds, ffmpeg=ffmpeg).codes()


class DeskCamera:
    """The port `Camera`: one look at a time, in a thread of its own."""

    def __init__(
        self, source: Sequence[str], layouts: Sequence[Layout] = (), *, ffmpeg: str = "ffmpeg"
    ) -> None:
        self._source = source
        self._layouts = layouts
        self._ffmpeg = ffmpeg
        self._look: _Look | None = None

    def look(self, post: Post) -> None:
        """Look for a code with one NISS, or a label the site describes.

        Leads to CodeScanned, or to CameraEnded with why there is none.
        """
        self.stop()
        self._look = _Look(self._source, self._layouts, self._ffmpeg, post)

    def stop(self) -> None:
        """Look no longer, and tell nothing more."""
        if self._look:
            self._look.end()
        self._look = None


class _Look:
    """One look through the camera."""

    def __init__(self, source: Sequence[str], layouts: Sequence[Layout], ffmpeg: str, post: Post) -> None:
        self._source, self._layouts, self._ffmpeg, self._post = source, layouts, ffmpeg, post
        self._film: Film | None = None
        self._unwanted = False
        self._turn = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="camera", daemon=True)
        self._thread.start()

    def end(self) -> None:
        with self._turn:
            self._unwanted = True
            if self._film:
                self._film.end()
        self._thread.join()

    def _run(self) -> None:
        try:
            self._tell(self._seen())
        except NoCamera as error:
            self._tell(CameraEnded(error.message))

    def _tell(self, event: Event) -> None:
        if not self._unwanted:
            self._post(event)

    def _seen(self) -> Event:
        """Return the first number or label of the site seen, or at the end what the last code was."""
        with self._turn:
            if self._unwanted:
                return CameraEnded(say("camera.nothing_seen"))
            self._film = Film(self._source, SECONDS, ffmpeg=self._ffmpeg)
        why = say("camera.nothing_seen")
        watching = self._film.codes()
        with closing(watching):
            for code in watching:
                found = find(code, self._layouts)
                if found.niss or found.miss is Miss.LABEL:
                    return CodeScanned(found)
                why = found.why or why
        return CameraEnded(say(f"zone.{self._film.unread}") if self._film.unread else why)
