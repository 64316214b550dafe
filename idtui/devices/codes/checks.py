"""What `idtui doctor` says of codes: what reads pictures of them, letters, and a camera."""

import shutil
from collections.abc import Iterator
from ctypes.util import find_library
from importlib.metadata import version

from idtui.desk.checks import Check, CheckState, ok, warning
from idtui.devices.codes import letters
from idtui.domain.text import Message, say


def code_checks() -> Iterator[Check]:
    """Check the readers of codes; without zbar the desk reads less well, the other two it may never need."""
    yield ok("codes.zxing", say("doctor.codes.zxing", version=version("zxing-cpp")))
    if find_library("zbar"):
        yield ok("codes.zbar", say("doctor.codes.zbar", version=version("pyzbar")))
    else:
        yield warning("codes.zbar", say("doctor.codes.no_zbar"), say("doctor.codes.no_zbar.fix"))
    if letters.are_readable():
        yield ok("codes.ocr", say("doctor.codes.ocr"))
    else:
        yield _not_needed("codes.ocr", say("doctor.codes.no_ocr"), say("doctor.codes.no_ocr.fix"))
    if shutil.which("ffmpeg"):
        yield ok("codes.camera", say("doctor.codes.camera"))
    else:
        yield _not_needed("codes.camera", say("doctor.codes.no_camera"), say("doctor.codes.no_camera.fix"))


def _not_needed(check_id: str, finding: Message, fix: Message) -> Check:
    """Return the check of something that is missing and that a desk may do without: no fault, but its fix."""
    return Check(check_id, CheckState.OK, finding, fix)
