"""Picture files given to the child process: opened so that nothing can make the desk wait."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

from idtui.devices.codes.answer import LONGEST_ANSWER, Answer, Fault, decode

LARGEST = 32 * 2**20
"""Bytes of a picture file."""

PATIENCE = 20.0
"""Seconds for a picture on a busy machine; the child itself ends after four of the processor."""

CHILD = (sys.executable, "-m", "idtui.devices.codes.child")


def look_at(file: Path) -> Answer:
    """Return the codes in a picture file, or why it cannot be looked at; never raises for what is in it."""
    data = _content(file)
    return data if isinstance(data, Answer) else look_in(data)


def look_in(data: bytes) -> Answer:
    """Return the codes in a picture of that content."""
    try:
        ended = subprocess.run(  # noqa: S603  # this program itself
            [*CHILD, "picture"],
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # zbar writes warnings there, over the screen
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Answer(fault=Fault.TOO_LONG)
    if ended.returncode < 0:
        return Answer(fault=Fault.TOO_LONG if ended.returncode == -signal.SIGPROF else Fault.CRASHED)
    return decode(ended.stdout[:LONGEST_ANSWER])


def _content(file: Path) -> bytes | Answer:
    """Read a regular file of bounded size; a pipe or device is not even waited for."""
    try:
        handle = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except (OSError, ValueError):  # a name may hold a zero byte
        return Answer(fault=Fault.MISSING)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return Answer(fault=Fault.NOT_A_FILE)
        with os.fdopen(handle, "rb", closefd=False) as stream:
            data = stream.read(LARGEST + 1)
    except OSError:
        return Answer(fault=Fault.MISSING)
    finally:
        os.close(handle)
    return data if len(data) <= LARGEST else Answer(fault=Fault.TOO_LARGE)
