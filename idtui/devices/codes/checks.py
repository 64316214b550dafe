"""What `idtui doctor` says of codes: the two libraries that read pictures, and what a camera needs."""

import shutil
from collections.abc import Iterator
from ctypes.util import find_library
from importlib.metadata import version

from idtui.desk.checks import Check, ok, warning
from idtui.domain.text import say


def code_checks() -> Iterator[Check]:
    """Check the readers of codes; without zbar and without a camera the desk goes on."""
    yield ok("codes.zxing", say("doctor.codes.zxing", version=version("zxing-cpp")))
    if find_library("zbar"):
        yield ok("codes.zbar", say("doctor.codes.zbar", version=version("pyzbar")))
    else:
        yield warning("codes.zbar", say("doctor.codes.no_zbar"), say("doctor.codes.no_zbar.fix"))
    if shutil.which("ffmpeg"):
        yield ok("codes.camera", say("doctor.codes.camera"))
    else:
        yield ok("codes.camera", say("doctor.codes.no_camera"))
