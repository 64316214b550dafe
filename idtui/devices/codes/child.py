"""The child process that looks for codes: untrusted pictures meet C libraries here, behind limits.

`picture` reads one picture file from standard input and answers one line of JSON; `frames WIDTH HEIGHT DESK`
reads raw grey frames until the input or the process DESK ends and answers a line for each frame with a code,
or in which a zone was seen and not read. The kernel ends the child when one picture takes too long or too
much memory; nothing but the answer leaves it.
"""

import io
import os
import resource
import signal
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from typing import BinaryIO

from PIL import Image, ImageOps

from idtui.devices.codes import zone
from idtui.devices.codes.answer import MOST_CODES, Answer, Fault, Raw, encode
from idtui.devices.codes.readers import Seen
from idtui.devices.codes.stages import size_within, smaller, stages
from idtui.devices.codes.zone import Sight
from idtui.domain.scan import find
from idtui.domain.symbology import Symbology

MEMORY = 512 * 2**20
"""Bytes of address space."""

SECONDS = 4
"""Seconds of the processor for one picture; then the kernel ends the child."""

PICTURE_BUDGET = 1.5
FRAME_BUDGET = 0.1
"""Seconds of the processor after which no further way of looking is begun."""

BETWEEN_ZONES = 0.7
"""Seconds from one frame in which a zone is looked for to the next: letters take longer than codes."""

FRAME_ZONE = 0.8
"""Seconds of the processor after which no further way of reading the letters of a frame is begun."""

LONGEST_FILM = 90
"""Seconds after which the kernel ends the child, also when a camera gives no frames at all."""

MOST_PIXELS = 64_000_000
ENOUGH_PIXELS = 4_000_000
"""A larger picture is made smaller before anything is looked for."""

FORMATS = ("PNG", "JPEG", "TIFF", "WEBP", "BMP", "PPM")


def main(arguments: Sequence[str]) -> None:
    """Answer on standard output, by the limits above."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    match arguments:
        case ["picture"]:
            _limit_time()
            _say(_picture(sys.stdin.buffer.read()))
        case ["frames", width, height, desk]:
            _frames(sys.stdin.buffer, (int(width), int(height)), int(desk))


def _limit_time() -> None:
    """Have the kernel end this process unless the next picture is done in time, whatever a library does."""
    signal.setitimer(signal.ITIMER_PROF, SECONDS)


def _say(answer: Answer) -> None:
    sys.stdout.buffer.write(encode(answer) + b"\n")
    sys.stdout.buffer.flush()


def _picture(data: bytes) -> Answer:
    """Look at one picture file. Pillow raises almost anything on a crafted one: no picture."""
    Image.MAX_IMAGE_PIXELS = None  # we judge by the size ourselves
    warnings.simplefilter("ignore")  # a strange tag is no reason to refuse a picture
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as file:
            if file.width * file.height > MOST_PIXELS:
                return Answer(fault=Fault.PIXELS)
            file.draft("L", size_within(file.size, ENOUGH_PIXELS))
            picture = _grey(ImageOps.exif_transpose(file))
    except MemoryError:
        return Answer(fault=Fault.PIXELS)
    except Exception:  # noqa: BLE001  # see above
        return Answer(fault=Fault.NO_PICTURE)
    return look(smaller(picture, ENOUGH_PIXELS), PICTURE_BUDGET, zone.look)


def _grey(picture: Image.Image) -> Image.Image:
    """Return it in 256 greys; what is transparent becomes white, 16 bits become 8."""
    if picture.mode.startswith("I"):
        return picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if picture.has_transparency_data:
        ground = Image.new("RGBA", picture.size, "white")
        ground.alpha_composite(picture.convert("RGBA"))
        return ground.convert("L")
    return picture.convert("L")


def look(
    picture: Image.Image, budget: float, zone_in: Callable[[Image.Image], Sight] | None = None
) -> Answer:
    """Return the codes of a grey picture, looked for in stages until one gives a national number.

    All codes up to then are returned, so that a second number beside the first is not overlooked. After
    `budget` seconds of the processor no further stage is begun. The zone of a card is looked for once, behind
    the first stage: what is printed as a code wins over letters.
    """
    begun = time.process_time()
    codes: dict[Seen, Raw] = {}
    sight = Sight()
    for stage in stages(picture):
        for seen in stage():
            codes.setdefault(seen, Raw(seen.symbology, seen.data.hex()))
        if zone_in and len(codes) < MOST_CODES and not _has_number(codes):
            before = time.process_time()
            sight, zone_in = zone_in(picture), None
            begun += time.process_time() - before  # letters have a budget of their own
            if sight.text:
                letters = sight.text.encode()
                codes[Seen(Symbology.MRZ, letters)] = Raw(Symbology.MRZ, letters.hex())
        if len(codes) > MOST_CODES or _has_number(codes) or time.process_time() - begun > budget:
            break
    unread = None if _has_number(codes) else sight.unread
    return Answer(codes=tuple(codes.values())[:MOST_CODES], unread=unread)


def _has_number(codes: dict[Seen, Raw]) -> bool:
    return any(find(raw.code()).niss for raw in codes.values())


def _frames(stream: BinaryIO, size: tuple[int, int], desk: int) -> None:
    """Look at frames until they end; not for a desk that is gone, and never longer than a look may take."""
    signal.alarm(LONGEST_FILM)
    length = size[0] * size[1]
    zone_due = time.monotonic()
    while len(frame := stream.read(length)) == length and os.getppid() == desk:
        _limit_time()
        due = time.monotonic() >= zone_due
        answer = look(Image.frombytes("L", size, frame), FRAME_BUDGET, _zone_in_frame if due else None)
        if due:
            zone_due = time.monotonic() + BETWEEN_ZONES
        if answer.codes or answer.unread:
            _say(answer)


def _zone_in_frame(frame: Image.Image) -> Sight:
    return zone.look(frame, FRAME_ZONE)


if __name__ == "__main__":
    main(sys.argv[1:])
